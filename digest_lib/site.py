"""A static site of the stored days, for a hosted workflow: one page that lists them, and the reports at hand.

What it copies is an allow-list: reports and the feed. The run's notebook would show the reader file.
"""

import shutil
from html import escape
from pathlib import Path

from digest_lib.history import DIGEST, REPORT, Archive, write_atomically
from digest_lib.reader import Reader
from digest_lib.wording import WORDINGS

FEED = "feed.xml"
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>arXiv digest</title>{feed}
<style>body {{ font: 16px/1.7 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }}
li {{ margin: .3rem 0 }} small {{ color: #666; margin-left: .5rem }}
@media (prefers-color-scheme: dark) {{ body {{ background: #111; color: #ddd }} a {{ color: #8bf }} }}</style></head>
<body><h1>arXiv digest</h1><ul>
{days}
</ul></body></html>
"""


def build(archive: Archive, reader: Reader, folder: Path, text: str = "") -> int:
    """Write the site into `folder`, newest day first; the number of days listed.

    Args:
        text: the address below which the day folders can be read, for the digests; without one they are not linked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    words = WORDINGS[reader.language]
    days = []
    for day in reversed(archive.days()):
        if not (day.path / DIGEST).exists():
            continue
        title = words.title.format(day.date)
        if (day.path / REPORT).exists():
            shutil.copyfile(day.path / REPORT, folder / f"{day.date}.html")
            title = f'<a href="{day.date}.html">{title}</a>'
        link = f' <a href="{escape(text)}/{day.date}/{DIGEST}">{DIGEST}</a>' if text else ""
        days.append(f"<li>{title} <small>{escape(words.read.format(day.manifest().papers_read))}{link}</small></li>")
    feed = ""
    if (archive.root / FEED).exists():
        shutil.copyfile(archive.root / FEED, folder / FEED)
        feed = f'<link rel="alternate" type="application/atom+xml" href="{FEED}">'
    write_atomically(folder / "index.html", _PAGE.format(language=reader.language, feed=feed, days="\n".join(days)))
    return len(days)
