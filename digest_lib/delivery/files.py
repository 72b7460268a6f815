"""The files for other programs and for the browser, which every run writes anew from the stored days."""

from typing import IO

from digest_lib.delivery import archive as calendar
from digest_lib.delivery import bibtex, feed
from digest_lib.history import Archive, Day
from digest_lib.reader import Reader


def rebuild(archive: Archive, reader: Reader, progress: IO[str], day: Day | None = None) -> None:
    """Write the feed, the calendar, and with a day its BibTeX. A file that fails is told and left as it was.

    Args:
        progress: where a fault is told, in one line.
    """
    steps = {feed.FEED: lambda: feed.write(archive, reader), calendar.INDEX: lambda: calendar.write(archive, reader)}
    if day:  # first, as the calendar links to it
        steps = {bibtex.BIBTEX: lambda: bibtex.write(day, reader)} | steps
    for name, write in steps.items():
        try:
            write()
        except Exception as error:  # noqa: BLE001 - the day is made, and the next run writes them all again
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            print(f"{name} was not written ({reason}); the next run tries again.", file=progress)
