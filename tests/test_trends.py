"""Transformations on tables small enough to check by hand."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd

from digest_lib import trends
from digest_lib.history import Archive
from digest_lib.reader import ResearchField
from digest_lib.records import Announcement

MONDAY = date(2026, 2, 9)
ROWS = [
    ("2026-02-06", "a", 8.0),
    ("2026-02-06", "a", 6.0),
    ("2026-02-06", "b", 6.2),
    ("2026-02-06", "b", 1.0),
    ("2026-02-09", "a", 9.0),
    ("2026-02-09", "b", 5.9),
]
TABLE = pd.DataFrame(ROWS, columns=["date", "field", "score"]).astype({"date": "datetime64[s]"})


def test_scores_are_counted_in_bins_by_field():
    """Each score falls into the bin that begins at or below it."""
    counts = trends.score_counts(TABLE)
    expected = {("a", 6.0): 1, ("a", 8.0): 1, ("a", 9.0): 1, ("b", 1.0): 1, ("b", 5.5): 1, ("b", 6.0): 1}
    assert expected == dict(zip(zip(counts["field"], counts["score"], strict=True), counts["papers"], strict=True))


def test_shares_are_of_the_recommended_papers_of_each_day():
    """Shares add up to one on each day, and a field without a paper that day counts as zero."""
    shares = trends.field_shares(TABLE, threshold=6)
    found = {(row.date.date(), row.field): (row.papers, round(row.share, 4)) for row in shares.itertuples()}
    assert found == {
        (date(2026, 2, 6), "a"): (2, 0.6667),
        (date(2026, 2, 6), "b"): (1, 0.3333),
        (date(2026, 2, 9), "a"): (1, 1.0),
        (date(2026, 2, 9), "b"): (0, 0.0),
    }


def test_no_papers_give_empty_answers():
    """A table without rows yields answers without rows, in the same columns."""
    empty = TABLE.iloc[:0]
    assert list(trends.score_counts(empty).columns) == ["field", "score", "papers"]
    shares = trends.field_shares(empty, threshold=6)
    assert shares.empty
    assert {"date", "field", "papers", "share"} == set(shares.columns)


def test_a_renamed_field_keeps_its_trend(reader):
    """Rows under an older name of a field count under its name of today."""
    renamed = reader.model_copy(update={"fields": (ResearchField(name="c", aliases=("a",)),)})
    assert ["c", "c", "b", "b", "c", "b"] == list(trends.with_current_fields(TABLE, renamed)["field"])


def test_the_table_has_each_paper_once_with_its_newest_verdict(tmp_path: Path, paper, verdict):
    """A paper judged twice has one row, with what was said last; an unjudged one has none."""
    archive = Archive(tmp_path)
    day = archive.open(MONDAY)
    announcement = Announcement(day=MONDAY, papers=(paper(1), paper(2), paper(3)), categories={})
    day.store(announcement, datetime(2026, 2, 9, tzinfo=UTC))
    day.append([verdict(1, 3.0), verdict(2, 5.0), verdict(1, 8.0)])
    table = trends.judged_papers(archive, MONDAY, MONDAY)
    assert [("2613.00001", 8.0), ("2613.00002", 5.0)] == list(zip(table["id"], table["score"], strict=True))
    assert trends.judged_papers(archive, MONDAY + timedelta(days=1), date.max).empty
