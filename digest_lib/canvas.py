"""What charts are drawn on: palette, axes, bands, and text that plotly shows and does not obey.

Backgrounds are transparent and lines of a middle grey, so that a figure stands on a light page as on a dark one. What
colour tells, a marker, a dash or a sign tells too.
"""

from collections.abc import Iterable
from html import escape

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from digest_lib.reader import Reader
from digest_lib.wording import Wording, wording

# Okabe and Ito's palette, which people with any colour vision can tell apart (https://jfly.uni-koeln.de/color/)
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#F0E442")
MARKERS = ("circle", "square", "diamond", "cross", "triangle-up", "x", "star", "pentagon", "hourglass")
PATTERNS = ("", "/", ".", "\\", "x", "-", "|")
"""One fewer than colours, so that more fields than colours still differ."""
FEW_DAYS = 8
GREY, FAINT = "#8C8C8C", "rgba(128,128,128,0.35)"
_AXIS = {"gridcolor": "rgba(128,128,128,0.3)", "zerolinecolor": "rgba(128,128,128,0.5)", "automargin": True}
_TEMPLATE = go.layout.Template(
    layout={
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "colorway": COLOURS,
        "hoverlabel": {"align": "left", "namelength": -1},
        "legend": {"traceorder": "normal", "orientation": "h", "yanchor": "bottom", "y": 1, "x": 0},
        "margin": {"l": 55, "r": 15, "t": 40, "b": 50},
        "font": {"family": "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"},
    }
)
_TITLE_LENGTH, NAME_LENGTH = 80, 34


def words_of(reader: Reader) -> Wording:
    """The charts' phrases in the reader's language."""
    return wording(reader.language).charts


def shown(text: str, most: int = _TITLE_LENGTH) -> str:
    """Text for plotly, which obeys some HTML and fills in what stands in `%{...}`: escaped and cut."""
    cut = str(text) if len(str(text)) <= most else f"{str(text)[: most - 1]}…"
    return escape(cut).replace("%", "&#37;")


def listed(titles: Iterable[str]) -> str:
    """Titles as the further lines of a hover text."""
    return "".join(f"<br>· {shown(title)}" for title in list(titles)[:5])


def fill(place: int) -> dict:
    """How bars of the field, or part, at a place in the order are filled."""
    pattern = {"shape": PATTERNS[place % len(PATTERNS)], "size": 6, "fillmode": "overlay", "fgopacity": 0.45}
    return {"color": COLOURS[place % len(COLOURS)], "pattern": pattern}


def fields_of(rows: pd.DataFrame, reader: Reader) -> list[tuple[str, int]]:
    """The fields present, as the reader lists them, then those of older readers; with the place of their colour."""
    present = set(rows["field"])
    current = {field.name: place for place, field in enumerate(reader.fields)}
    older = {name: len(current) + number for number, name in enumerate(sorted(present.difference(current)))}
    return [(name, place) for name, place in (current | older).items() if name in present]


def sheet(reader: Reader, key: str, x: str, y: str | None, height: int = 420) -> go.Figure:
    """An empty figure with the title, the note and the named axes of one chart."""
    words = words_of(reader)
    figure = go.Figure(layout={"xaxis_title": words.axes[x], "yaxis_title": words.axes[y] if y else None})
    return _dressed(figure, words, key, height)


def rows_of_days(
    reader: Reader, key: str, axes: list[str], titles: list[str] | None = None, height: int = 150
) -> go.Figure:
    """A figure of rows over one time axis, each `height` pixels high."""
    gap = 34 if titles else 16
    total = max(len(axes), 1) * height + 90
    spacing = gap / (total - 90) if len(axes) > 1 else 0
    figure = make_subplots(max(len(axes), 1), 1, shared_xaxes=True, vertical_spacing=spacing, subplot_titles=titles)
    figure.update_annotations(x=0, xanchor="left", font_size=13)
    for row, name in enumerate(axes, 1):
        figure.update_yaxes(title=name, row=row, col=1)
    return _dressed(figure, words_of(reader), key, total)


def _dressed(figure: go.Figure, words: Wording, key: str, height: int) -> go.Figure:
    title = {"text": words.titles[key], "x": 0, "xref": "paper"}
    return figure.update_layout(template=_TEMPLATE, title=title, meta={"note": words.notes[key]}, height=height)


def by_day(figure: go.Figure, days: pd.Series, words: Wording) -> go.Figure:
    """The figure with announcement days along its axes; it says so where there are none."""
    days = days.drop_duplicates()
    if len(days) <= FEW_DAYS:  # plotly would divide them into hours
        figure.update_xaxes(tickvals=days)
    figure.update_xaxes(tickformat="%Y-%m-%d" if len(days) <= FEW_DAYS else "%m-%d\n%Y", type="date")
    return figure if len(days) else empty(figure, words.no_days)


def empty(figure: go.Figure, sentence: str) -> go.Figure:
    """The figure with a sentence in the place of what there is not."""
    figure.add_annotation(text=sentence, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font_size=15)
    return figure.update_xaxes(visible=False).update_yaxes(visible=False).update_layout(height=170, showlegend=False)


def band(
    figure: go.Figure,
    x: pd.Series,
    ends: tuple[pd.Series, pd.Series],
    colour: str,
    at: dict | None = None,
    **other: object,
) -> None:
    """A shaded band between two series; `other` is for its upper edge alone."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    edge = {"x": x, "mode": "lines", "line": {"width": 0, **other.pop("line", {})}, "hoverinfo": "skip"} | (at or {})
    figure.add_scatter(y=ends[0].round(2), showlegend=False, **edge)
    fill = {"fill": "tonexty", "fillcolor": f"rgba({red},{green},{blue},0.18)"}
    figure.add_scatter(y=ends[1].round(2), **edge, **fill, **({"showlegend": False} | other))


def mark_threshold(figure: go.Figure, reader: Reader) -> None:
    """Draw the reader's threshold as an upright line."""
    text = wording(reader.language).threshold.format(f"{reader.threshold:g}")
    figure.add_vline(x=reader.threshold, line={"dash": "dash", "color": GREY}, annotation_text=text)
