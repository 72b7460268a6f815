"""DataFrames to plotly figures; each title is the question that the figure answers, and its note says how to read it.

Backgrounds are transparent and lines of a middle grey, so that a figure stands on a light page as on a dark one. What
colour tells, a marker, a dash or a sign tells too.
"""

from collections.abc import Iterable
from html import escape

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from digest_lib.reader import Reader
from digest_lib.wording import WORDINGS, ChartWording

# Okabe and Ito's palette, which people with any colour vision can tell apart (https://jfly.uni-koeln.de/color/)
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#F0E442")
MARKERS = ("circle", "square", "diamond", "cross", "triangle-up", "x", "star", "pentagon", "hourglass")
PATTERNS = ("", "/", ".", "\\", "x", "-", "|")
"""One fewer than colours, so that more fields than colours still differ."""
FEW_DAYS = 8
_GREY, _FAINT = "#8C8C8C", "rgba(128,128,128,0.35)"
_JUDGES = {"model": "circle", "local": "circle-open", "imported": "diamond"}
_STATES = {"whole": ("#009E73", ""), "partial": ("#E69F00", "◐"), "quiet": ("#8C8C8C", "-"), "failed": ("#D55E00", "✕")}
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
_TITLE_LENGTH, _NAME_LENGTH = 80, 34


def score_distribution(counts: pd.DataFrame, reader: Reader) -> go.Figure:
    """Stacked bars of `trends.score_counts`, with a line for the days before and one at the threshold."""
    words = _words(reader)
    figure = _figure(reader, "scores", "score", "papers")
    for field, place in _fields(counts, reader):
        rows = counts[counts["field"] == field]
        figure.add_bar(
            x=rows["score"] + 0.25,
            y=rows["papers"],
            width=0.46,
            name=_shown(field),
            marker=_fill(place) if field != WORDINGS[reader.language].no_field else {"color": _FAINT},
            customdata=list(zip(rows["score"], rows["usual"].round(1), map(_listed, rows["titles"]), strict=True)),
            hovertemplate=f"{_shown(field)}<br>%{{customdata[0]:.1f}}+: %{{y}} ({words.usual} %{{customdata[1]}})"
            "%{customdata[2]}<extra></extra>",
        )
    usual = counts.groupby("score")["usual"].sum()
    if usual.sum():
        figure.add_scatter(
            x=usual.index + 0.25,
            y=usual.round(1),
            mode="markers",
            marker={"symbol": "line-ew-open", "color": COLOURS[5], "size": 18, "line_width": 3},
            name=words.usual,
        )
    _mark_threshold(figure, reader)
    return figure.update_layout(barmode="stack", xaxis={"range": [0, 10.1], "dtick": 1}, height=480)


def threshold_curve(curve: pd.DataFrame, reader: Reader) -> go.Figure:
    """`trends.threshold_curve`: today's papers by threshold, over the band of the days before."""
    words = _words(reader)
    figure = _figure(reader, "thresholds", "threshold", "papers")
    if curve["usual"].notna().any():
        band = {"name": words.usual_range, "showlegend": True, "line": {"shape": "vh"}}
        _band(figure, curve["threshold"], (curve["low"], curve["high"]), _GREY, **band)
        figure.add_scatter(
            x=curve["threshold"],
            y=curve["usual"].round(1),
            name=words.usual,
            line={"color": _GREY, "dash": "dash", "shape": "vh"},
        )
    line = {"color": COLOURS[0], "shape": "vh"}
    figure.add_scatter(x=curve["threshold"], y=curve["papers"], name=words.axes["papers"], line=line)
    _mark_threshold(figure, reader)
    return figure.update_layout(hovermode="x unified", xaxis={"range": [0, 10], "dtick": 1})


def field_growth(shares: pd.DataFrame, rising: pd.DataFrame, reader: Reader, among: str = "recommended") -> go.Figure:
    """`trends.field_shares` in one row a field: single days, mean and band; those of `trends.rising_fields` marked."""
    words = _words(reader)
    fields = _fields(shares, reader)
    grown = dict(zip(rising["field"], rising["times"].where(rising["rises"]), strict=True))
    titles = [
        f"<b>{_shown(field)}</b>" + (f"  {words.rises.format(grown[field])}" if grown.get(field, 0) > 0 else "")
        for field, _ in fields
    ]
    figure = _rows(reader, among, [""] * len(fields), titles, height=110)
    for number, (field, place) in enumerate(fields, 1):
        rows = shares[shares["field"] == field]
        colour, at = COLOURS[place % len(COLOURS)], {"row": number, "col": 1}
        _band(figure, rows["date"], (rows["low"] * 100, rows["high"] * 100), colour, at)
        figure.add_scatter(
            x=rows["date"],
            y=(rows["share"] * 100).round(2),
            mode="markers",
            marker={"color": colour, "symbol": MARKERS[place % len(MARKERS)], "size": 5, "opacity": 0.6},
            customdata=list(zip(rows["papers"], rows["of"], rows["title"].map(_shown), strict=True)),
            hovertemplate="%{x|%Y-%m-%d}: %{y:.1f} % (%{customdata[0]}/%{customdata[1]})<br>%{customdata[2]}"
            "<extra></extra>",
            **at,
        )
        figure.add_scatter(
            x=rows["date"],
            y=(rows["mean"] * 100).round(2),
            mode="lines",
            line={"color": colour},
            hoverinfo="skip",
            **at,
        )
    return (
        _by_day(figure, shares["date"], words)
        .update_layout(showlegend=False)
        .update_yaxes(rangemode="tozero", ticksuffix=" %")
    )


def risen_terms(terms: pd.DataFrame, reader: Reader) -> go.Figure:
    """Bars of `newness.rising_terms`, steepest first, with the share before as a dot; or that nothing stands out."""
    words = _words(reader)
    terms = terms[::-1]
    names = [_shown(term, _NAME_LENGTH) for term in terms["term"]]
    figure = _figure(reader, "terms", "share", None, height=150 + 24 * len(terms))
    figure.add_bar(
        x=[round(share * 100, 2) for share in terms["share"]],
        y=names,
        orientation="h",
        marker_color=COLOURS[0],
        name=words.this_week,
        customdata=list(zip(terms["papers"], terms["q"], map(_listed, terms["titles"]), strict=True)),
        hovertemplate="%{y}: %{x:.1f} % (%{customdata[0]}, q = %{customdata[1]:.2g})%{customdata[2]}<extra></extra>",
    )
    figure.add_scatter(
        x=[round(share * 100, 2) for share in terms["before"]],
        y=names,
        mode="markers",
        marker={"symbol": "circle-open", "color": COLOURS[5], "size": 9, "line_width": 2},
        name=words.before,
    )
    return figure if len(terms) else _empty(figure, words.nothing_new)


def recurring_names(names: pd.DataFrame, kind: str, reader: Reader) -> go.Figure:
    """Bars of `trends.recurring`; `kind` is the column it counted."""
    words = _words(reader)
    names = names[::-1]
    figure = _figure(reader, kind, "papers", None, height=110 + 24 * len(names))
    figure.add_bar(
        x=names["papers"],
        y=[_shown(name, _NAME_LENGTH) for name in names["name"]],
        orientation="h",
        marker_color=COLOURS[2],
        customdata=list(zip(names["mean"].astype(float).round(1), map(_listed, names["titles"]), strict=True)),
        hovertemplate=f"%{{y}}: %{{x}} ({words.axes['mean']} %{{customdata[0]}})%{{customdata[1]}}<extra></extra>",
    )
    return figure.update_xaxes(rangemode="tozero") if len(names) else _empty(figure, words.no_names)


def judging_trend(days: pd.DataFrame, reader: Reader) -> go.Figure:
    """`trends.judging`: selection rate and mean score in two rows, with a line at each change."""
    words = _words(reader)
    figure = _rows(reader, "judging", [words.axes["rate"], words.axes["mean"]], height=200)
    for row, column, scale in ((1, "rate", 100), (2, "mean", 1)):
        for judge, of_judge in days.groupby("judge"):
            if row == 1:
                _band(figure, of_judge["date"], (of_judge["low"] * 100, of_judge["high"] * 100), _GREY)
            figure.add_scatter(
                x=of_judge["date"],
                y=(of_judge[column] * scale).round(2),
                mode="markers",
                name=words.judges[judge],
                legendgroup=judge,
                showlegend=row == 1,
                marker={"color": COLOURS[list(_JUDGES).index(judge)], "symbol": _JUDGES[judge], "size": 7},
                customdata=of_judge[["recommended", "papers"]],
                hovertemplate="%{x|%Y-%m-%d}: %{y:.1f} (%{customdata[0]}/%{customdata[1]})<extra></extra>",
                row=row,
                col=1,
            )
    changes = days[days["changed"].map(len) > 0]
    for day, changed in zip(changes["date"], changes["changed"], strict=True):
        figure.add_vline(x=day.timestamp() * 1000, line={"dash": "dash", "color": _GREY, "width": 1})
        what = " + ".join(words.changes[name] for name in changed)
        figure.add_annotation(
            x=day, y=1, yref="y domain", text=what, textangle=-90, xanchor="right", yanchor="top", showarrow=False
        )
    return _by_day(figure, days["date"], words)


def disagreement(days: pd.DataFrame, reader: Reader) -> go.Figure:
    """`trends.disagreement` in two rows; says so where no paper has both scores."""
    words = _words(reader)
    figure = _rows(reader, "disagreement", [words.axes["differ"], words.axes["apart"]], height=150)
    for row, column, scale in ((1, "differ", 100), (2, "apart", 1)):
        figure.add_scatter(
            x=days["date"],
            y=(days[column] * scale).astype(float).round(2),
            mode="lines+markers",
            line_color=COLOURS[row],
            marker_symbol=MARKERS[row],
            customdata=days["papers"],
            hovertemplate=f"%{{x|%Y-%m-%d}}: %{{y:.1f}} (%{{customdata}} {words.axes['papers']})<extra></extra>",
            row=row,
            col=1,
        )
    figure.update_layout(showlegend=False)
    return _by_day(figure, days["date"], words) if len(days) else _empty(figure, words.no_pairs)


def completeness_calendar(states: pd.DataFrame, reader: Reader) -> go.Figure:
    """`trends.completeness` as cells, one row a category; what is not complete bears a sign."""
    words = _words(reader)
    shown = states.assign(kind=states["state"].where(states["state"] == "quiet", "partial"))
    shown.loc[states["state"] == "failed", "kind"] = "failed"
    shown.loc[states["whole"] & (states["state"] != "quiet"), "kind"] = "whole"
    shown["number"] = shown["kind"].map(list(_STATES).index).astype(float)
    cells = shown.set_index(["category", "date"])
    grid = cells["number"].unstack().sort_index(ascending=False)
    if len(states):  # days without a record stay blank
        grid = grid.reindex(columns=pd.date_range(states["date"].min(), states["date"].max()))
    counts = cells["judged"].astype(str) + "/" + cells["announced"].astype(str)
    texts = {
        "label": counts + " " + cells["kind"].map(words.states),
        "sign": cells["kind"].map({kind: sign for kind, (_, sign) in _STATES.items()}),
    }
    wide = {
        name: column.unstack(fill_value="").reindex(index=grid.index, columns=grid.columns, fill_value="").to_numpy()
        for name, column in texts.items()
    }
    colours = [colour for colour, _ in _STATES.values()]
    steps = [(edge / len(colours), colour) for n, colour in enumerate(colours) for edge in (n, n + 1)]
    figure = _figure(reader, "completeness", "date", None, height=130 + 34 * len(grid))
    figure.add_heatmap(
        x=grid.columns,
        y=[_shown(name) for name in grid.index],
        z=grid.to_numpy(),
        text=wide["sign"],
        texttemplate="%{text}",
        customdata=wide["label"],
        hovertemplate="%{y} %{x|%Y-%m-%d}: %{customdata}<extra></extra>",
        colorscale=steps,
        zmin=-0.5,
        zmax=len(colours) - 0.5,
        showscale=False,
        xgap=1,
        ygap=2,
    )
    for kind, (colour, sign) in _STATES.items():  # a heat map has no legend of its own
        name = f"{words.states[kind]} {sign}"
        figure.add_scatter(
            x=[None], y=[None], mode="markers", marker={"color": colour, "symbol": "square", "size": 11}, name=name
        )
    return _by_day(figure, states["date"].drop_duplicates(), words)


def cost(costs: pd.DataFrame, reader: Reader, of: str = "day") -> go.Figure:
    """`trends.costs` in three rows, of each day or by `paper`."""
    words = _words(reader)
    share = costs["papers"].where(costs["papers"] > 0) if of == "paper" else 1
    figure = _rows(reader, of, [words.axes[key] for key in ("tokens", "cost", "seconds")], height=150)
    rows = [*((1, part) for part in ("prompt", "cached", "completion")), (2, "cost"), (3, "seconds")]
    for place, (row, column) in enumerate(rows):
        figure.add_bar(
            x=costs["date"],
            y=(costs[column] / share).round(6),
            name=words.axes[column],
            showlegend=row == 1,
            marker=_fill(place) if row == 1 else {"color": COLOURS[place]},
            customdata=costs["papers"],
            hovertemplate=f"%{{x|%Y-%m-%d}}: %{{y:.4~g}} (%{{customdata}} {words.axes['papers']})<extra></extra>",
            row=row,
            col=1,
        )
    figure.update_yaxes(exponentformat="none", row=2, col=1)
    return _by_day(figure, costs["date"], words).update_layout(barmode="stack")


def score_scatter(table: pd.DataFrame, reader: Reader) -> go.Figure:
    """Two judges' scores of the same papers (`tuning.compare`), with the line on which they agree."""
    figure = _figure(reader, "scatter", "score", "score")
    figure.add_scatter(x=[0, 10], y=[0, 10], mode="lines", line_color=_GREY, hoverinfo="skip", showlegend=False)
    figure.add_scatter(
        x=table["score_current"],
        y=table["score_candidate"],
        mode="markers",
        marker={"color": COLOURS[0], "opacity": 0.6, "size": 9},
        text=table["title"].map(_shown),
        hovertemplate="%{text}<br>%{x:.1f} → %{y:.1f}<extra></extra>",
        showlegend=False,
    )
    return figure.update_layout(xaxis_range=[0, 10.3], yaxis_range=[0, 10.3])


def _words(reader: Reader) -> ChartWording:
    return WORDINGS[reader.language].charts


def _shown(text: str, most: int = _TITLE_LENGTH) -> str:
    """Text for plotly, which obeys some HTML and fills in what stands in `%{...}`: escaped and cut."""
    cut = str(text) if len(str(text)) <= most else f"{str(text)[: most - 1]}…"
    return escape(cut).replace("%", "&#37;")


def _listed(titles: Iterable[str]) -> str:
    return "".join(f"<br>· {_shown(title)}" for title in list(titles)[:5])


def _fill(place: int) -> dict:
    pattern = {"shape": PATTERNS[place % len(PATTERNS)], "size": 6, "fillmode": "overlay", "fgopacity": 0.45}
    return {"color": COLOURS[place % len(COLOURS)], "pattern": pattern}


def _fields(rows: pd.DataFrame, reader: Reader) -> list[tuple[str, int]]:
    """The fields present, as the reader lists them, then those of older readers; with the place of their colour."""
    present = set(rows["field"])
    listed = {field.name: place for place, field in enumerate(reader.fields)}
    older = {name: len(listed) + number for number, name in enumerate(sorted(present.difference(listed)))}
    return [(name, place) for name, place in (listed | older).items() if name in present]


def _figure(reader: Reader, key: str, x: str, y: str | None, height: int = 420) -> go.Figure:
    words = _words(reader)
    figure = go.Figure(layout={"xaxis_title": words.axes[x], "yaxis_title": words.axes[y] if y else None})
    return _dressed(figure, words, key, height)


def _rows(reader: Reader, key: str, axes: list[str], titles: list[str] | None = None, height: int = 150) -> go.Figure:
    """A figure of rows over one time axis, each `height` pixels high."""
    gap = 34 if titles else 16
    total = max(len(axes), 1) * height + 90
    spacing = gap / (total - 90) if len(axes) > 1 else 0
    figure = make_subplots(max(len(axes), 1), 1, shared_xaxes=True, vertical_spacing=spacing, subplot_titles=titles)
    figure.update_annotations(x=0, xanchor="left", font_size=13)
    for row, name in enumerate(axes, 1):
        figure.update_yaxes(title=name, row=row, col=1)
    return _dressed(figure, _words(reader), key, total)


def _dressed(figure: go.Figure, words: ChartWording, key: str, height: int) -> go.Figure:
    title = {"text": words.titles[key], "x": 0, "xref": "paper"}
    return figure.update_layout(template=_TEMPLATE, title=title, meta={"note": words.notes[key]}, height=height)


def _by_day(figure: go.Figure, days: pd.Series, words: ChartWording) -> go.Figure:
    days = days.drop_duplicates()
    if len(days) <= FEW_DAYS:  # plotly would divide them into hours
        figure.update_xaxes(tickvals=days)
    figure.update_xaxes(tickformat="%Y-%m-%d" if len(days) <= FEW_DAYS else None, type="date")
    return figure if len(days) else _empty(figure, words.no_days)


def _empty(figure: go.Figure, sentence: str) -> go.Figure:
    figure.add_annotation(text=sentence, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font_size=15)
    return figure.update_xaxes(visible=False).update_yaxes(visible=False).update_layout(height=170, showlegend=False)


def _band(
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


def _mark_threshold(figure: go.Figure, reader: Reader) -> None:
    text = WORDINGS[reader.language].threshold.format(f"{reader.threshold:g}")
    figure.add_vline(x=reader.threshold, line={"dash": "dash", "color": _GREY}, annotation_text=text)
