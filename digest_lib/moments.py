"""At which moments a run is started, by any clock.

A run is started a while after the feed of an announcement day is out (midnight in New York), and again hours later for
what arXiv had not got ready; a run that finds its day finished ends at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from digest_lib.announcements import NEW_YORK, announcement_days, feed_time

LOOKS = (timedelta(minutes=35), timedelta(hours=4, minutes=35))
"""After the feed is out: once arXiv's worst half-hour is over, and when a late feed or index has mostly caught up."""


@dataclass(frozen=True)
class Moments:
    """Times of day on days of the week (0 is Sunday) by one clock: each hour with each day."""

    minute: int
    hours: tuple[int, ...]
    weekdays: tuple[int, ...]

    @property
    def cron(self) -> str:
        """The five fields of a crontab line."""
        return f"{self.minute} {listed(self.hours)} * * {listed(self.weekdays)}"


def moments(zone: tzinfo | None, since: date) -> list[Moments]:
    """What the clock of `zone` (None: this machine's) shows when a run is due, at any time of the year.

    Two years are looked at, so that every pair of offsets that New York and the zone can have is met in a whole week.
    """
    days: dict[tuple[int, int], set[int]] = {}
    for day in announcement_days(since, since + timedelta(days=730), holidays=()):
        for look in LOOKS:
            shown = (feed_time(day) + look).astimezone(zone)
            days.setdefault((shown.minute, shown.hour), set()).add(shown.isoweekday() % 7)
    hours: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for (minute, hour), weekdays in sorted(days.items()):
        hours.setdefault((minute, tuple(sorted(weekdays))), []).append(hour)
    return [Moments(minute, tuple(found), weekdays) for (minute, weekdays), found in hours.items()]


def next_run(now: datetime) -> datetime:
    """The next moment after `now` at which a run is due, by this machine's clock."""
    first = now.astimezone(NEW_YORK).date()
    due = (feed_time(day) + look for day in announcement_days(first, first + timedelta(days=7), ()) for look in LOOKS)
    return min(moment for moment in due if moment > now).astimezone()


def listed(numbers: Iterable[int], width: int = 1) -> str:
    """`0,4`, or with a width of 2 `00,04`."""
    return ",".join(f"{number:0{width}}" for number in numbers)
