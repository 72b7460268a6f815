"""A static site of the stored days, for a hosted workflow: the calendar, and what it links to.

What it copies is an allow-list: the run's notebook would show the reader file.
"""

import shutil
from pathlib import Path

from digest_lib.delivery import archive as calendar
from digest_lib.history import BIBTEX, DIGEST, FEED, REPORT, Archive
from digest_lib.reader import Reader


def build(archive: Archive, reader: Reader, folder: Path, text: str = "") -> int:
    """Write the site into `folder`; the number of days listed.

    Args:
        text: the address below which the day folders can be read, for the digests; without one they are copied.
    """
    folder.mkdir(parents=True, exist_ok=True)
    days = archive.days()
    copied = (REPORT, BIBTEX) if text else (REPORT, BIBTEX, DIGEST)
    for file in (archive.root / FEED, *(day.path / name for day in days for name in copied)):
        if file.exists():
            copy = folder / file.relative_to(archive.root)
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(file, copy)
    calendar.write(archive, reader, folder, text)
    return len(days)
