"""Which days a run makes, and the calendar that says what became of each."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from digest_lib.history import Archive
from digest_lib.plan import calendar, days_to_make, left_to_backfill
from digest_lib.records import Announcement, CategoryState

NOTHING: frozenset[date] = frozenset()


@pytest.fixture
def store(tmp_path: Path):
    """Stores days of February 2026 with a state each; returns their archive."""

    def make(**days: str) -> Archive:
        archive = Archive(tmp_path)
        for name, state in days.items():
            day = date(2026, 2, int(name.removeprefix("d")))
            category = (
                CategoryState(state="late", why="its feed is empty")
                if state == "partial"
                else CategoryState(state="quiet")
            )
            folder = archive.day(day)
            folder.store(
                Announcement(day=day, papers=(), categories={"cs.CV": category}), datetime(2026, 2, 1, tzinfo=UTC)
            )
            folder.store_manifest(folder.manifest().model_copy(update={"state": state}))
        return archive

    return make


def test_a_first_run_makes_the_newest_day_alone(store):
    """Nothing is missed before the first stored day."""
    assert [date(2026, 2, 9)] == days_to_make(store(), date(2026, 2, 9), NOTHING)


def test_missed_and_partial_days_come_first_and_finished_ones_not(store):
    """Oldest first: a partial day, a gap between stored days, the days since the last one, the newest."""
    archive = store(d2="partial", d3="complete", d5="quiet")
    days = days_to_make(archive, date(2026, 2, 9), NOTHING)
    assert [2, 4, 6, 9] == [day.day for day in days]
    assert not left_to_backfill(archive, date(2026, 2, 9), NOTHING)


def test_a_day_that_turned_out_a_holiday_is_left_alone(store):
    """A stored day whose evening the reader calls a holiday is not asked for again."""
    archive = store(d6="complete", d9="partial")
    assert [10] == [day.day for day in days_to_make(archive, date(2026, 2, 10), frozenset({date(2026, 2, 8)}))]


def test_a_long_absence_is_left_to_backfill(store):
    """After more than a month the last month is made up for, and the rest is named."""
    archive = store(d2="complete")
    newest = date(2026, 4, 10)
    assert min(days_to_make(archive, newest, NOTHING)) >= date(2026, 3, 11)
    left = left_to_backfill(archive, newest, NOTHING)
    assert (left[0], left[-1]) == (date(2026, 2, 3), date(2026, 3, 10))


def test_the_calendar_says_what_became_of_each_day(store):
    """One mark a weekday, a line for what a partial day lacks, and what makes the missing ones."""
    archive = store(d2="complete", d3="partial", d5="quiet")
    text = calendar(archive, date(2026, 2, 2), date(2026, 2, 9), frozenset({date(2026, 2, 5)}))
    assert "2026-02-02   +  !  ?  o  .\n2026-02-09   ?" in text
    assert "2026-02-03 partial: cs.CV late (its feed is empty); a run has begun it and not ended yet" in text
    assert "1 missing; `make backfill FROM=2026-02-04 TO=2026-02-04` makes them" in text
    day = archive.day(date(2026, 2, 3))
    day.store_manifest(day.manifest().model_copy(update={"categories": {}, "stood_in": {"service": 81}}))
    waiting = calendar(archive, date(2026, 2, 2), date(2026, 2, 9), NOTHING)
    assert "2026-02-03 partial: 81 papers wait for the model service; a run" in waiting
    assert "1 missing; `make backfill FROM=2026-02-09 TO=2026-02-09` makes them" in text
