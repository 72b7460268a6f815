"""What the stored days say, as plain DataFrames: one row a judged paper in (see `judged_papers`), one answer out."""

from datetime import date

import pandas as pd

from digest_lib.history import Archive
from digest_lib.reader import Reader
from digest_lib.wording import WORDINGS

COLUMNS = ["date", "id", "title", "category", "field", "score", "relevance", "judge"]


def judged_papers(archive: Archive, first: date, last: date) -> pd.DataFrame:
    """One row a judged paper announced from `first` to `last`, with its newest verdict: the columns `COLUMNS`."""
    rows = []
    for day in archive.days():
        if first <= day.date <= last:
            newest = day.newest_verdicts()
            rows += [
                (day.date, p.id, p.title, p.primary_category, v.field, v.score, v.relevance, v.judge)
                for p in day.papers()
                if (v := newest.get(p.id))
            ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"date": "datetime64[s]", "score": float})


def with_current_fields(table: pd.DataFrame, reader: Reader) -> pd.DataFrame:
    """The table with fields under the names they bear today, so that a renamed field keeps its trend."""
    today = {alias: field.name for field in reader.fields for alias in field.aliases}
    today[""] = WORDINGS[reader.language].no_field  # a model names no field below the threshold
    return table.assign(field=table["field"].replace(today))


def score_counts(table: pd.DataFrame, width: float = 0.5) -> pd.DataFrame:
    """Papers by field and score: columns field, score (lower end of a bin `width` wide), papers."""
    bins = (table["score"] / width).astype(int) * width
    return table.assign(score=bins).groupby(["field", "score"]).size().rename("papers").reset_index()


def field_shares(table: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Each field's share of the recommended papers: columns date, field, papers, share (0-1).

    Every field has a row on every announcement day that recommends anything, so that an absence counts as zero.
    """
    recommended = table[table["score"] >= threshold]
    counts = recommended.groupby(["date", "field"]).size().unstack(fill_value=0)
    shares = counts.div(counts.sum(axis="columns"), axis="index")
    return pd.DataFrame({"papers": counts.stack(), "share": shares.stack()}).reset_index()
