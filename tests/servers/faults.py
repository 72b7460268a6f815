"""What a misbehaving arXiv can show, as data: each fault alters one stage of the stand-in's answer.

The stages are a feed's `Listing` (which announcement it shows under which date), a `Page` of the query API
(which of the matching papers it shows) and the HTTP `Answer`. The faults are those that users report of the
live service: stale and late feeds, an index behind its feed, overload that answers 200.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, Self

from tests.servers.documents import ATOM, error_document

RATE_EXCEEDED = b"Rate exceeded."
MAINTENANCE = b"<!DOCTYPE html><html><body><h1>Down for maintenance</h1><br></body></html>"
REDIRECTED = "redirected=1"
UNREADABLE_DATE = b"<published>2026-02-30T25:61:00Z</published>"


@dataclass(frozen=True)
class Listing:
    """What a feed is about to show.

    `sources` names, per requested category, the announcement whose rows it shows (None: no rows), `dated` the
    date it carries; `previous` is the announcement before, `padding` how many replacements are added.
    """

    sources: dict[str, date | None]
    dated: date
    previous: date
    padding: int = 0


@dataclass(frozen=True)
class Page:
    """One slice of an API search: the entries shown and the total claimed."""

    entries: Sequence[Any]
    total: int

    @classmethod
    def cut(cls, matches: Sequence[Any], start: int, size: int) -> Self:
        """The honest slice: `size` of `matches` from `start` on."""
        return cls(matches[start : start + size], len(matches))


@dataclass(frozen=True)
class Answer:
    """An HTTP answer about to be sent to a request for `target`; `torn` closes the connection in mid-body."""

    target: str
    status: int
    headers: dict[str, str]
    body: bytes
    torn: bool = False
    stall: float = 0.0

    def instead(self, body: bytes, kind: str = "text/html; charset=utf-8", status: int = 200) -> Self:
        """The same answer with another body and without a validator for it."""
        return replace(self, status=status, headers={"Content-Type": kind}, body=body)


@dataclass(frozen=True)
class Fault:
    """One misbehaviour: a name and the stage it alters. `feed` and `page` are one service's, `answer` both's.

    `Fault.stale` and its like are complete; `Fault.status(503)` and its like take parameters.
    """

    name: str
    feed: Callable[[Listing, str | None], Listing] | None = None
    page: Callable[[Sequence[Any], int, int], Page] | None = None
    answer: Callable[[Answer], Answer] | None = None

    stale: ClassVar["Fault"]  # feed: the previous announcement's rows under today's date
    old: ClassVar["Fault"]  # feed: the previous announcement, date and all: before midnight
    empty: ClassVar["Fault"]  # feed: a channel without items, as on a holiday
    empty_page: ClassVar["Fault"]  # API: no entries although the total is right
    short_page: ClassVar["Fault"]  # API: half of the entries asked for
    error_feed: ClassVar["Fault"]  # API: an error entry, at 200
    bad_date: ClassVar["Fault"]  # API: the first entry's <published> cannot be parsed
    html: ClassVar["Fault"]  # a web page at 200
    blank: ClassVar["Fault"]  # an empty body at 200
    rate_exceeded: ClassVar["Fault"]  # `Rate exceeded.` at 200
    truncated: ClassVar["Fault"]  # half of the XML, with that half's Content-Length
    disconnect: ClassVar["Fault"]  # half of the promised body, then the connection closes
    redirect: ClassVar["Fault"]  # 301 to the same resource, marked so that the second request is served
    gzip: ClassVar["Fault"]  # the answer compressed, whatever the client accepts

    @staticmethod
    def status(code: int, retry_after: int | None = None) -> "Fault":
        """An HTTP error: 429 says `Rate exceeded.`, any other a web page; `retry_after` in seconds."""

        def refuse(answer: Answer) -> Answer:
            refusal = answer.instead(RATE_EXCEEDED if code == 429 else MAINTENANCE, status=code)
            if retry_after is not None:
                refusal.headers["Retry-After"] = str(retry_after)
            return refusal

        return Fault(f"status {code}", answer=refuse)

    @staticmethod
    def stall(seconds: float) -> "Fault":
        """The right answer after `seconds` of silence."""
        return Fault("stall", answer=lambda answer: replace(answer, stall=seconds))

    @staticmethod
    def missing(ids: Sequence[str] = (), share: float = 0.0) -> "Fault":
        """An index behind its feed: `ids`, and a fixed `share` (0-1) of all papers, are not there yet."""

        def lacks(paper_id: str) -> bool:
            # A checksum, so that a paper missing once is missing again until the fault is used up.
            return paper_id in ids or zlib.crc32(paper_id.encode()) % 1000 < share * 1000

        def lag(matches: Sequence[Any], start: int, size: int) -> Page:
            return Page.cut([match for match in matches if not lacks(match.id)], start, size)

        return Fault("missing", page=lag)

    @staticmethod
    def shifted(by: int = 1) -> "Fault":
        """Later pages as if `by` papers had arrived in front meanwhile: entries come again."""
        return Fault("shifted", page=lambda found, start, size: Page(found[max(0, start - by) :][:size], len(found)))

    @staticmethod
    def overflow(replacements: int = 2000) -> "Fault":
        """That many replacements more, which the feed's cap prefers to new papers."""
        return Fault("overflow", feed=lambda listing, _: replace(listing, padding=replacements))


def _previous_rows(listing: Listing, category: str | None) -> Listing:
    return _rows_of(listing, category, listing.previous)


def _rows_of(listing: Listing, category: str | None, day: date | None) -> Listing:
    """`listing` with the rows of `day` for `category`, or for every category if that is None."""
    chosen = {name: day if category in (None, name) else shown for name, shown in listing.sources.items()}
    return replace(listing, sources=chosen)


def _spoil_date(answer: Answer) -> Answer:
    return replace(answer, body=re.sub(rb"<published>.*?</published>", UNREADABLE_DATE, answer.body, count=1))


def _redirect(answer: Answer) -> Answer:
    target = answer.target + ("&" if "?" in answer.target else "?") + REDIRECTED
    return replace(answer, status=301, headers={"Location": target}, body=b"")


def _compress(answer: Answer) -> Answer:
    return replace(answer, headers=answer.headers | {"Content-Encoding": "gzip"}, body=gzip.compress(answer.body))


Fault.stale = Fault("stale", feed=_previous_rows)
Fault.old = Fault("old", feed=lambda show, name: replace(_previous_rows(show, name), dated=show.previous))
Fault.empty = Fault("empty", feed=lambda show, name: _rows_of(show, name, None))
Fault.empty_page = Fault("empty page", page=lambda found, start, size: Page([], len(found)))
Fault.short_page = Fault(
    "short page", page=lambda found, start, size: Page(found[start : start + size // 2], len(found))
)
Fault.bad_date = Fault("bad date", page=Page.cut, answer=_spoil_date)
Fault.error_feed = Fault(
    "error feed", page=Page.cut, answer=lambda answer: answer.instead(error_document("internal error"), ATOM)
)
Fault.html = Fault("html", answer=lambda answer: answer.instead(MAINTENANCE))
Fault.blank = Fault("blank", answer=lambda answer: answer.instead(b""))
Fault.rate_exceeded = Fault("rate exceeded", answer=lambda answer: answer.instead(RATE_EXCEEDED))
Fault.truncated = Fault("truncated", answer=lambda answer: replace(answer, body=answer.body[: len(answer.body) // 2]))
Fault.disconnect = Fault("disconnect", answer=lambda answer: replace(answer, torn=True))
Fault.redirect = Fault("redirect", answer=_redirect)
Fault.gzip = Fault("gzip", answer=_compress)
