"""arXiv's calendar."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest_lib.announcements import (
    HOLIDAYS,
    announcement_days,
    feed_time,
    is_announcement_day,
    latest_announcement,
    moment,
    newest_announcement,
    previous_announcement,
    submission_window,
)

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("2026-03-10", "202603061900", "202603091800"),  # daylight saving begins inside
        ("2026-11-03", "202610301800", "202611021900"),  # and ends inside
        ("2026-11-30", "202611251900", "202611271900"),  # the first after Thanksgiving
        ("2026-02-09", "202602051900", "202602061900"),
    ],
)
def test_windows_are_those_that_were_checked(day: str, start: str, end: str):
    """The submission windows of days checked by hand come out to the minute, in UTC."""
    window = submission_window(date.fromisoformat(day))
    assert (start, end) == tuple(f"{moment:%Y%m%d%H%M}" for moment in window)


def test_the_day_after_a_holiday_has_no_announcement():
    """A holiday silences the evening, so the next day's feed is empty and has no window."""
    assert not is_announcement_day(date(2026, 11, 27))
    with pytest.raises(ValueError, match="no announcement day"):
        submission_window(date(2026, 11, 27))


def test_the_record_agrees():
    """The five weekdays without a feed in the winter of 2025 are exactly those the calendar leaves out."""
    weekdays = {date(2025, 11, 18) + timedelta(days=n) for n in range(84)}
    silent = {day for day in weekdays if day.weekday() < 5} - set(
        announcement_days(date(2025, 11, 18), date(2026, 2, 9))
    )
    assert silent == {
        date(2025, 11, 28),
        date(2025, 12, 26),
        date(2025, 12, 31),
        date(2026, 1, 2),
        date(2026, 1, 20),
    }


def _next(day: date, holidays: Collection[date] = HOLIDAYS) -> date:
    return next(announcement_days(day + timedelta(days=1), day + timedelta(days=30), holidays))


@given(DAYS)
def test_windows_tile_the_time_line(day: date):
    """Each window begins where the one before ends, so no submission falls between two announcements or into both."""
    day = latest_announcement(day)
    start, end = submission_window(day)
    assert start < end
    assert submission_window(_next(day))[0] == end
    assert submission_window(previous_announcement(day))[1] == start


@given(DAYS)
def test_a_reader_holiday_merges_two_windows(day: date):
    """A holiday that a reader adds removes its day and hands the window to the next one."""
    day = latest_announcement(day)
    holidays = HOLIDAYS | {day - timedelta(days=1)}
    following = _next(day, holidays)
    assert not is_announcement_day(day, holidays)
    if day.weekday() != 0:  # a Sunday evening's deadline is Friday's, whatever becomes of the Sunday
        assert submission_window(following, holidays)[0] == submission_window(day)[0]


@given(DAYS)
def test_windows_close_before_the_feed_is_out(day: date):
    """Every paper of a window was submitted before the feed that announces it."""
    day = latest_announcement(day)
    assert submission_window(day)[1] < feed_time(day)


@pytest.mark.parametrize(
    ("now", "newest"),
    [
        ("2026-02-09T13:30:00+08:00", "2026-02-09"),  # half past midnight in New York
        ("2026-02-09T12:59:59+08:00", "2026-02-06"),  # one second before it
        ("2026-02-08T20:30:00-05:00", "2026-02-06"),  # announced on the site, the feed still old
        ("2026-02-08T12:00:00+08:00", "2026-02-06"),  # a Sunday
        ("2026-11-27T12:00:00+00:00", "2026-11-26"),  # no announcement on Thanksgiving's evening
        ("2026-07-06T04:00:00+00:00", "2026-07-06"),  # midnight in New York, in summer
    ],
)
def test_the_newest_announcement_goes_by_new_york(now: str, newest: str):
    """The newest announcement follows midnight in New York, not the reader's own calendar."""
    assert date.fromisoformat(newest) == newest_announcement(datetime.fromisoformat(now))


def test_a_moment_needs_a_zone():
    """A naive time has no announcement day, and one from outside is taken as UTC."""
    with pytest.raises(ValueError, match="time zone"):
        newest_announcement(datetime(2026, 2, 9))  # noqa: DTZ001 - the naive time is the point
    assert datetime(2026, 2, 9, 5, 30, tzinfo=UTC) == moment("2026-02-09T05:30:00")
    assert moment().tzinfo is not None
