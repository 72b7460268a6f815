"""The recommended papers of the newest days as an Atom feed, for feed readers."""

import re
from html import escape
from uuid import NAMESPACE_URL, uuid5

from feedgen.feed import FeedGenerator

from digest_lib.announcements import feed_time
from digest_lib.digest import MOST_AUTHORS, recommended
from digest_lib.durable import write_atomically
from digest_lib.history import FEED, INDEX, Archive
from digest_lib.reader import Reader
from digest_lib.records import Verdict
from digest_lib.wording import wording

DAYS = 7
MOST_ENTRIES = 1000
# https://www.w3.org/TR/xml/#charsets: what no XML document can hold, however it is written.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(archive: Archive, reader: Reader) -> None:
    """Write `feed.xml` beside the day folders: newest day first, best first within a day; nothing without a day.

    The same days give the same bytes. An entry keeps its id for good, and is `updated` when its day is made again.
    """
    days = [(day, day.manifest()) for day in reversed(archive.days()[-DAYS:])]
    if not days:
        return
    # Several readers have several feeds, each in a folder of its own name.
    identity = uuid5(NAMESPACE_URL, f"arxiv-digest/{archive.root.resolve().name}")
    feed = FeedGenerator()
    feed.id(identity.urn)
    feed.title(wording(reader.language).title.partition(" - ")[0])
    feed.author(name="arXiv digest")
    feed.link(href=FEED, rel="self")
    feed.link(href=INDEX, rel="alternate")
    feed.language(reader.language)
    feed.updated(max(manifest.updated for _, manifest in days))
    chosen = [(m, *pair) for day, m in days for pair in recommended(day.papers(), day.newest_verdicts(), reader)]
    for manifest, paper, verdict in chosen[:MOST_ENTRIES]:
        entry = feed.add_entry(order="append")
        entry.id(uuid5(identity, f"{paper.id} {paper.announced}").urn)
        entry.title(_text(paper.title))
        entry.updated(manifest.updated)
        entry.published(feed_time(paper.announced))
        entry.link(href=paper.link, rel="alternate")
        entry.content(_body(verdict), type="html")
        entry.author([{"name": _text(name)} for name in paper.authors[:MOST_AUTHORS]])
        if verdict.field:
            entry.category(term=_text(verdict.field))
    write_atomically(archive.root / FEED, feed.atom_str(pretty=True).decode())


def _body(verdict: Verdict) -> str:
    """Score, field and reason as HTML; a feed reader may well run what is not escaped."""
    return _text(f"<p><b>{verdict.score:.1f}</b> {escape(verdict.field)}</p><p>{escape(verdict.reason)}</p>")


def _text(text: str) -> str:
    return _NOT_XML.sub("", text)
