"""What every run brings up to date from the stored days: files for other programs and for the browser, and Zotero."""

from collections.abc import Mapping
from typing import IO

from digest_lib.delivery import archive as calendar
from digest_lib.delivery import bibtex, feed
from digest_lib.history import BIBTEX, FEED, INDEX, Archive, Day
from digest_lib.reader import Reader


def rebuild(
    archive: Archive, reader: Reader, environ: Mapping[str, str], progress: IO[str], day: Day | None = None
) -> None:
    """Write the feed, the calendar, and after a run its day's BibTeX; then Zotero has its turn where it is wanted.

    What fails is told and left as it was.

    Args:
        environ: where Zotero's collection and key are named, if it is wanted.
        progress: where a fault is told, in one line.
    """
    steps = {FEED: lambda: feed.write(archive, reader), INDEX: lambda: calendar.write(archive, reader)}
    if day:  # first, as the calendar links to it
        steps = {BIBTEX: lambda: bibtex.write(day, reader)} | steps
        if environ.get("DIGEST_ZOTERO"):
            from digest_lib.delivery import zotero  # noqa: PLC0415 - its client takes a second to import

            steps["Zotero"] = lambda: zotero.send(archive, reader, environ)
    for name, write in steps.items():
        try:
            write()
        except Exception as error:  # noqa: BLE001 - the day is made, and the next run writes them all again
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            print(f"{name} is not up to date ({reason}); the next run tries again.", file=progress)
