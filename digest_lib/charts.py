"""DataFrames to plotly figures; each title is the question that the figure answers."""

from collections.abc import Sequence
from html import escape

import pandas as pd
import plotly.graph_objects as go

from digest_lib.reader import Reader
from digest_lib.wording import WORDINGS, Wording

# Okabe and Ito's palette, which people with any colour vision can tell apart (https://jfly.uni-koeln.de/color/)
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#F0E442")
FEW_DAYS = 8
MARKERS = ("circle", "square", "diamond", "cross", "triangle-up", "x", "star", "pentagon")


def score_distribution(counts: pd.DataFrame, reader: Reader) -> go.Figure:
    """Stacked bars of `trends.score_counts`, with a line at the threshold."""
    words = WORDINGS[reader.language]
    figure = _figure(words, words.scores_title, "score", "papers")
    for field, place in _fields(counts, reader):
        rows = counts[counts["field"] == field]
        figure.add_bar(
            x=rows["score"] + 0.25,
            y=rows["papers"],
            width=0.46,
            name=field,
            marker_color=COLOURS[place % len(COLOURS)],
            customdata=rows["score"],
            hovertemplate=f"{field}<br>%{{customdata:.1f}}+: %{{y}} {words.columns['papers']}<extra></extra>",
        )
    figure.update_layout(barmode="stack", xaxis={"range": [0, 10], "dtick": 1})
    figure.add_vline(
        x=reader.threshold,
        line_dash="dash",
        annotation_text=words.threshold.format(f"{reader.threshold:g}"),
        annotation_yshift=14,
    )
    return figure


def field_trend(shares: pd.DataFrame, reader: Reader) -> go.Figure:
    """Lines of `trends.field_shares` over announcement days."""
    words = WORDINGS[reader.language]
    figure = _figure(words, words.shares_title, "date", "share")
    for field, place in _fields(shares, reader):
        rows = shares[shares["field"] == field]
        figure.add_scatter(
            x=rows["date"],
            y=rows["share"],
            mode="lines+markers",
            name=field,
            line_color=COLOURS[place % len(COLOURS)],
            marker_symbol=MARKERS[place % len(MARKERS)],
            customdata=rows["papers"],
            hovertemplate=f"{field}<br>%{{x|%Y-%m-%d}}: %{{y:.0%}} (%{{customdata}})<extra></extra>",
        )
    figure.update_layout(yaxis={"tickformat": ".0%", "rangemode": "tozero"}, xaxis_tickformat="%m-%d")
    days = shares["date"].drop_duplicates()
    if len(days) <= FEW_DAYS:  # plotly would divide them into hours
        figure.update_xaxes(tickvals=days)
    if shares["date"].nunique() < 2:
        figure.add_annotation(text=words.no_history, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False)
    return figure


def score_scatter(table: pd.DataFrame, reader: Reader) -> go.Figure:
    """Two judges' scores of the same papers (`tuning.compare`), with the line on which they agree."""
    words = WORDINGS[reader.language]
    figure = _figure(words, words.scatter_title, "score", "score")
    figure.add_scatter(x=[0, 10], y=[0, 10], mode="lines", line_color=COLOURS[6], hoverinfo="skip", showlegend=False)
    figure.add_scatter(
        x=table["score_current"],
        y=table["score_candidate"],
        mode="markers",
        marker={"color": COLOURS[0], "opacity": 0.6, "size": 9},
        text=table["title"].map(escape),
        hovertemplate="%{text}<br>%{x:.1f} → %{y:.1f}<extra></extra>",
        showlegend=False,
    )
    return figure.update_layout(xaxis_range=[0, 10.3], yaxis_range=[0, 10.3])


def _fields(rows: pd.DataFrame, reader: Reader) -> Sequence[tuple[str, int]]:
    """The fields present, as the reader lists them, then those of older readers; with the place of their colour."""
    present = set(rows["field"])
    listed = {field.name: place for place, field in enumerate(reader.fields)}
    older = {name: len(listed) + number for number, name in enumerate(sorted(present.difference(listed)))}
    return [(name, place) for name, place in (listed | older).items() if name in present]


def _figure(words: Wording, title: str, x: str, y: str) -> go.Figure:
    return go.Figure(
        layout={
            "template": "plotly_white",
            "title": {"text": title, "x": 0, "xref": "paper"},
            "xaxis": {"title": words.columns[x]},
            "yaxis": {"title": words.columns[y]},
            "legend": {"orientation": "h", "y": -0.25},
            "margin": {"l": 60, "r": 20, "t": 30, "b": 40},
            "height": 460,
            "font": {"family": "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"},
        }
    )
