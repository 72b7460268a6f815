"""Which days a run has to make, and what became of each: the archive against the calendar."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Literal

from digest_lib.announcements import announcement_days, is_announcement_day
from digest_lib.history import Archive

REACH_DAYS = 30
"""How far back `daily` makes up for missed and incomplete days by itself; a longer absence is a back-fill."""

Status = Literal["complete", "partial", "quiet", "imported", "missing", "no announcement"]


def days_to_make(archive: Archive, newest: date, holidays: Collection[date]) -> list[date]:
    """The newest announcement day, and of the last weeks those that no run has made or finished; oldest first.

    Nothing is missed before the first day that a run has made. A gap between such days is: a run that arXiv gave
    nothing for one day may have made the next. A day that older digests tell of is left as it is, unless it is the
    newest: nobody has asked for it to be made, and perhaps paid for, again.
    """
    stored = {day.date: day.manifest() for day in archive.days(before=newest + timedelta(days=1))}
    oldest = newest - timedelta(days=REACH_DAYS)
    made = {day: manifest for day, manifest in stored.items() if not manifest.is_imported}
    reopened = [
        day
        for day, manifest in made.items()
        if not manifest.is_final and day >= oldest and is_announcement_day(day, holidays)
    ]
    since = max(min(made, default=newest), oldest)
    missed = [day for day in announcement_days(since, newest, holidays) if day not in stored]
    return sorted({*reopened, *missed, newest})


def left_to_backfill(archive: Archive, newest: date, holidays: Collection[date]) -> list[date]:
    """Announcement days since the last one that a run has made, as far as they are too long ago for `days_to_make`."""
    oldest = newest - timedelta(days=REACH_DAYS)
    last = next((day.date for day in reversed(archive.days()) if not day.manifest().is_imported), oldest)
    return list(announcement_days(last + timedelta(days=1), oldest - timedelta(days=1), holidays))


def statuses(
    archive: Archive, first: date, last: date, holidays: Collection[date]
) -> Iterator[tuple[date, Status, str]]:
    """Every calendar day from `first` to `last`: what became of it, and what is wrong with it where anything is."""
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        manifest = archive.day(day).manifest()
        if manifest:
            faults = [f"{name} {c.state} ({c.why})" for name, c in manifest.categories.items() if c.why]
            if waiting := manifest.stood_in.get("service"):
                faults.append(f"{waiting} papers wait for the model service")
            if manifest.state == "partial" and not manifest.history:
                faults.append("a run has begun it and not ended yet, or was interrupted; the next one goes on")
            yield day, "imported" if manifest.is_imported else manifest.state, "; ".join(faults)
        else:
            yield day, "missing" if is_announcement_day(day, holidays) else "no announcement", ""


def calendar(archive: Archive, first: date, last: date, holidays: Collection[date]) -> str:
    """The days as a calendar of weeks, Monday to Friday, then one line for each day that lacks something."""
    marks = {"complete": "+", "partial": "!", "quiet": "o", "imported": "i", "missing": "?", "no announcement": "."}
    known = {day: (status, why) for day, status, why in statuses(archive, first, last, holidays)}
    legend = "   ".join(f"{mark} {status}" for status, mark in marks.items())
    lines = [legend, "", "            Mo Tu We Th Fr"]
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        week = [known.get(monday + timedelta(days=offset), ("", ""))[0] for offset in range(5)]
        lines.append(f"{monday}  " + " ".join(f"{marks.get(status, ' '):>2}" for status in week))
        monday += timedelta(days=7)
    lines += [f"{day} partial: {why}" for day, (status, why) in known.items() if status == "partial"]
    for missing, group in groupby(known.items(), key=lambda item: item[1][0] in ("missing", "no announcement")):
        days = [day for day, (status, _) in group if status == "missing"]
        if missing and days:
            lines.append(f"{len(days)} missing; `make backfill FROM={days[0]} TO={days[-1]}` makes them")
    return "\n".join(lines)
