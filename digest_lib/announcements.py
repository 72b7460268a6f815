"""arXiv's announcement calendar, as pure functions of dates and holidays.

An *announcement day* is the date that the feed and the mailing carry: a weekday whose evening before
(20:00 in New York) had an announcement. Everything here is keyed by that date. Source of the schedule:
https://info.arxiv.org/help/availability.html
"""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
_DEADLINE = time(14, 0)
_SUNDAY, _FRIDAY = 6, 4

# Evenings without an announcement. arXiv edits its list in mid-year, so a reader file may add to it
# (`holidays:`). 2025's are those seen in the record, 2026's are arXiv's own list.
HOLIDAYS = frozenset(
    date.fromisoformat(day)
    for day in (
        *("2025-11-27", "2025-12-25", "2025-12-30"),
        *("2026-01-01", "2026-01-19", "2026-06-19", "2026-07-03", "2026-09-07", "2026-11-26"),
        *("2026-12-25", "2026-12-29", "2026-12-31"),
    )
)


def moment(text: str = "") -> datetime:
    """An ISO 8601 time as an aware datetime (UTC where it names no zone); the clock's where `text` is empty.

    Raises:
        ValueError: `text` is no ISO time.
    """
    if not text:
        return datetime.now(UTC)
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def is_announcement_day(day: date, holidays: Collection[date] = HOLIDAYS) -> bool:
    """Whether the feed dated `day` carries an announcement (made at 20:00 New York on the evening before)."""
    evening = day - timedelta(days=1)
    return evening.weekday() in (_SUNDAY, 0, 1, 2, 3) and evening not in holidays


def newest_announcement(now: datetime, holidays: Collection[date] = HOLIDAYS) -> date:
    """The newest announcement day whose feed is out at `now` (aware): feeds change at midnight in New York.

    Raises:
        ValueError: `now` has no time zone, so no one can say what day it is in New York.
    """
    if now.tzinfo is None:
        raise ValueError("a moment without a time zone has no announcement day")
    return latest_announcement(now.astimezone(NEW_YORK).date(), holidays)


def latest_announcement(day: date, holidays: Collection[date] = HOLIDAYS) -> date:
    """The newest announcement day that is not after `day`."""
    while not is_announcement_day(day, holidays):
        day -= timedelta(days=1)
    return day


def previous_announcement(day: date, holidays: Collection[date] = HOLIDAYS) -> date:
    """The announcement day before `day`."""
    return latest_announcement(day - timedelta(days=1), holidays)


def announcement_days(first: date, last: date, holidays: Collection[date] = HOLIDAYS) -> Iterator[date]:
    """Every announcement day from `first` to `last`, both included, oldest first."""
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if is_announcement_day(day, holidays):
            yield day


def feed_time(day: date) -> datetime:
    """The moment (UTC) at which the feed of announcement day `day` is published: midnight in New York."""
    return datetime.combine(day, time(0), NEW_YORK).astimezone(UTC)


def submission_window(day: date, holidays: Collection[date] = HOLIDAYS) -> tuple[datetime, datetime]:
    """When the papers announced on `day` were submitted: the half-open window (start, end], in UTC.

    Only an approximation of what was announced: moderation holds some papers for days.

    Raises:
        ValueError: `day` is no announcement day.
    """
    if not is_announcement_day(day, holidays):
        raise ValueError(f"{day} is no announcement day")
    return _deadline(previous_announcement(day, holidays)), _deadline(day)


def _deadline(day: date) -> datetime:
    """The last moment (UTC) to submit for announcement day `day`: 14:00 on the last working day before it."""
    evening = day - timedelta(days=1)
    if evening.weekday() == _SUNDAY:
        evening -= timedelta(days=_SUNDAY - _FRIDAY)
    return datetime.combine(evening, _DEADLINE, NEW_YORK).astimezone(UTC)
