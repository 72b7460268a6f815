"""DataFrames to plotly figures: each title is the question that the figure answers, its note says how to read it."""

import pandas as pd
import plotly.graph_objects as go

from digest_lib.canvas import (
    COLOURS,
    FAINT,
    GREY,
    MARKERS,
    NAME_LENGTH,
    band,
    by_day,
    empty,
    fields_of,
    fill,
    listed,
    mark_threshold,
    rows_of_days,
    sheet,
    shown,
    words_of,
)
from digest_lib.reader import Reader
from digest_lib.wording import wording

_JUDGES = {"model": "circle", "local": "circle-open", "imported": "diamond"}
_STATES = {"whole": ("#009E73", ""), "partial": ("#E69F00", "◐"), "quiet": ("#8C8C8C", "-"), "failed": ("#D55E00", "✕")}


def score_distribution(counts: pd.DataFrame, reader: Reader) -> go.Figure:
    """Stacked bars of `trends.score_counts`, with a line for the days before and one at the threshold."""
    words = words_of(reader)
    figure = sheet(reader, "scores", "score", "papers")
    for field, place in fields_of(counts, reader):
        rows = counts[counts["field"] == field]
        figure.add_bar(
            x=rows["score"] + 0.25,
            y=rows["papers"],
            width=0.46,
            name=shown(field),
            marker=fill(place) if field != wording(reader.language).no_field else {"color": FAINT},
            customdata=list(zip(rows["score"], rows["usual"].round(1), map(listed, rows["titles"]), strict=True)),
            hovertemplate=f"{shown(field)}<br>%{{customdata[0]:.1f}}+: %{{y}} ({words.usual} %{{customdata[1]}})"
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
    mark_threshold(figure, reader)
    return figure.update_layout(barmode="stack", xaxis={"range": [0, 10.5], "dtick": 1}, height=480)


def threshold_curve(curve: pd.DataFrame, reader: Reader) -> go.Figure:
    """`trends.threshold_curve`: today's papers by threshold, over the band of the days before."""
    words = words_of(reader)
    figure = sheet(reader, "thresholds", "threshold", "papers")
    if curve["usual"].notna().any():
        edge = {"name": words.usual_range, "showlegend": True, "line": {"shape": "vh"}}
        band(figure, curve["threshold"], (curve["low"], curve["high"]), GREY, **edge)
        figure.add_scatter(
            x=curve["threshold"],
            y=curve["usual"].round(1),
            name=words.usual,
            line={"color": GREY, "dash": "dash", "shape": "vh"},
        )
    line = {"color": COLOURS[0], "shape": "vh"}
    figure.add_scatter(x=curve["threshold"], y=curve["papers"], name=words.axes["papers"], line=line)
    mark_threshold(figure, reader)
    return figure.update_layout(hovermode="x unified", xaxis={"range": [0, 10], "dtick": 1})


def field_growth(shares: pd.DataFrame, rising: pd.DataFrame, reader: Reader, among: str = "recommended") -> go.Figure:
    """`trends.field_shares` in one row a field: single days, mean and band; those of `trends.rising_fields` marked."""
    words = words_of(reader)
    fields = fields_of(shares, reader)
    grown = dict(zip(rising["field"], rising["times"].where(rising["rises"]), strict=True))
    titles = [
        f"<b>{shown(field)}</b>" + (f"  {words.rises.format(grown[field])}" if grown.get(field, 0) > 0 else "")
        for field, _ in fields
    ]
    figure = rows_of_days(reader, among, [""] * len(fields), titles, height=110)
    for number, (field, place) in enumerate(fields, 1):
        rows = shares[shares["field"] == field]
        colour, at = COLOURS[place % len(COLOURS)], {"row": number, "col": 1}
        band(figure, rows["date"], (rows["low"] * 100, rows["high"] * 100), colour, at)
        figure.add_scatter(
            x=rows["date"],
            y=(rows["share"] * 100).round(2),
            mode="markers",
            marker={"color": colour, "symbol": MARKERS[place % len(MARKERS)], "size": 5, "opacity": 0.6},
            customdata=list(zip(rows["papers"], rows["of"], rows["title"].map(shown), strict=True)),
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
        by_day(figure, shares["date"], words)
        .update_layout(showlegend=False)
        .update_yaxes(rangemode="tozero", ticksuffix=" %")
    )


def risen_terms(terms: pd.DataFrame, reader: Reader) -> go.Figure:
    """Bars of `newness.rising_terms`, steepest first, with the share before as a dot; or that nothing stands out."""
    words = words_of(reader)
    terms = terms[::-1]
    names = [shown(term, NAME_LENGTH) for term in terms["term"]]
    figure = sheet(reader, "terms", "share", None, height=150 + 24 * len(terms))
    figure.add_bar(
        x=[round(share * 100, 2) for share in terms["share"]],
        y=names,
        orientation="h",
        marker_color=COLOURS[0],
        name=words.this_week,
        customdata=list(zip(terms["papers"], terms["q"], map(listed, terms["titles"]), strict=True)),
        hovertemplate="%{y}: %{x:.1f} % (%{customdata[0]}, q = %{customdata[1]:.2g})%{customdata[2]}<extra></extra>",
    )
    figure.add_scatter(
        x=[round(share * 100, 2) for share in terms["before"]],
        y=names,
        mode="markers",
        marker={"symbol": "circle-open", "color": COLOURS[5], "size": 9, "line_width": 2},
        name=words.before,
    )
    return figure if len(terms) else empty(figure, words.nothing_new)


def recurring_names(names: pd.DataFrame, kind: str, reader: Reader) -> go.Figure:
    """Bars of `trends.recurring`; `kind` is the column it counted."""
    words = words_of(reader)
    names = names[::-1]
    figure = sheet(reader, kind, "papers", None, height=110 + 24 * len(names))
    figure.add_bar(
        x=names["papers"],
        y=[shown(name, NAME_LENGTH) for name in names["name"]],
        orientation="h",
        marker_color=COLOURS[2],
        customdata=list(zip(names["mean"].astype(float).round(1), map(listed, names["titles"]), strict=True)),
        hovertemplate=f"%{{y}}: %{{x}} ({words.axes['mean']} %{{customdata[0]}})%{{customdata[1]}}<extra></extra>",
    )
    return figure.update_xaxes(rangemode="tozero") if len(names) else empty(figure, words.no_names)


def judging_trend(days: pd.DataFrame, reader: Reader) -> go.Figure:
    """`trends.judging`: selection rate and mean score in two rows, with a line at each change."""
    words = words_of(reader)
    figure = rows_of_days(reader, "judging", [words.axes["rate"], words.axes["mean"]], height=200)
    for row, column, scale in ((1, "rate", 100), (2, "mean", 1)):
        for judge, of_judge in days.groupby("judge"):
            if row == 1:
                band(figure, of_judge["date"], (of_judge["low"] * 100, of_judge["high"] * 100), GREY)
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
        figure.add_vline(x=day.timestamp() * 1000, line={"dash": "dash", "color": GREY, "width": 1})
        what = " + ".join(words.changes[name] for name in changed)
        figure.add_annotation(
            x=day, y=1, yref="y domain", text=what, textangle=-90, xanchor="right", yanchor="top", showarrow=False
        )
    return by_day(figure, days["date"], words)


def disagreement(days: pd.DataFrame, reader: Reader) -> go.Figure:
    """`trends.disagreement` in two rows; says so where no paper has both scores."""
    words = words_of(reader)
    figure = rows_of_days(reader, "disagreement", [words.axes["differ"], words.axes["apart"]], height=150)
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
    return by_day(figure, days["date"], words) if len(days) else empty(figure, words.no_pairs)


def completeness_calendar(states: pd.DataFrame, reader: Reader) -> go.Figure:
    """`trends.completeness` as cells, one row a category; what is not complete bears a sign."""
    words = words_of(reader)
    kinds = states.assign(kind=states["state"].where(states["state"] == "quiet", "partial"))
    kinds.loc[states["state"] == "failed", "kind"] = "failed"
    kinds.loc[states["whole"] & (states["state"] != "quiet"), "kind"] = "whole"
    kinds["number"] = kinds["kind"].map(list(_STATES).index).astype(float)
    cells = kinds.set_index(["category", "date"])
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
    figure = sheet(reader, "completeness", "date", None, height=130 + 34 * len(grid))
    figure.add_heatmap(
        x=grid.columns,
        y=[shown(name) for name in grid.index],
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
    return by_day(figure, states["date"].drop_duplicates(), words)


def cost(costs: pd.DataFrame, reader: Reader, of: str = "day") -> go.Figure:
    """`trends.costs` in a row a kind, of each day or by `paper`; a kind that no day has cost is left out."""
    words = words_of(reader)
    share = costs["papers"].where(costs["papers"] > 0) if of == "paper" else 1
    kinds = {"tokens": ["prompt", "cached", "completion"], "cost": ["cost"], "seconds": ["seconds"]}
    spent = [kind for kind, parts in kinds.items() if (costs[parts] > 0).any(axis=None)]
    figure = rows_of_days(reader, of, [words.axes[kind] for kind in spent], height=150)
    columns = [(row, column) for row, kind in enumerate(spent, 1) for column in kinds[kind]]
    for place, (row, column) in enumerate(columns):
        figure.add_bar(
            x=costs["date"],
            y=(costs[column] / share).round(6),
            name=words.axes[column],
            showlegend=column in kinds["tokens"],
            marker=fill(place) if column in kinds["tokens"] else {"color": COLOURS[3 + row]},
            customdata=costs["papers"],
            hovertemplate=f"%{{x|%Y-%m-%d}}: %{{y:.4~g}} (%{{customdata}} {words.axes['papers']})<extra></extra>",
            row=row,
            col=1,
        )
    figure.update_yaxes(exponentformat="none", rangemode="tozero")
    return by_day(figure, costs["date"] if spent else costs["date"][:0], words).update_layout(barmode="stack")


def score_scatter(table: pd.DataFrame, reader: Reader) -> go.Figure:
    """Two judges' scores of the same papers (`tuning.compare`), with the line on which they agree."""
    figure = sheet(reader, "scatter", "score", "score")
    figure.add_scatter(x=[0, 10], y=[0, 10], mode="lines", line_color=GREY, hoverinfo="skip", showlegend=False)
    figure.add_scatter(
        x=table["score_current"],
        y=table["score_candidate"],
        mode="markers",
        marker={"color": COLOURS[0], "opacity": 0.6, "size": 9},
        text=table["title"].map(shown),
        hovertemplate="%{text}<br>%{x:.1f} → %{y:.1f}<extra></extra>",
        showlegend=False,
    )
    return figure.update_layout(xaxis_range=[0, 10.3], yaxis_range=[0, 10.3])
