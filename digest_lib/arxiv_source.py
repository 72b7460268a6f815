"""Announcements and papers from arXiv: the feed says which, the query API says what.

A category's feed lists the ids announced on the feed's own date. For any other date only the submission window
is left, which is an approximation: moderation holds some papers for days.
"""

import hashlib
import html
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Self
from urllib.parse import urlsplit

import arxiv
from lxml import etree
from pylatexenc.latex2text import LatexNodes2Text

from digest_lib.announcements import HOLIDAYS, NEW_YORK, submission_window
from digest_lib.arxiv_session import ArxivSession, parse_xml
from digest_lib.errors import ArxivUnreachable
from digest_lib.records import Announcement, AnnounceType, CategoryState, Paper

API_URL = "https://export.arxiv.org/api/query"
FEED_URL = "https://rss.arxiv.org/rss"
# https://info.arxiv.org/help/api/tou.html: no more than one request every three seconds
COURTESY_SECONDS = 3.0
# 150 ids of 10 characters make an address of about 1,800 characters, below what proxies accept.
IDS_PER_REQUEST = 150
# The API's largest slice is 2,000; smaller pages are more often answered in time.
PAGE_SIZE = 500
# Of several rows for one paper, the strongest announcement counts.
_STRENGTH: tuple[AnnounceType, ...] = ("new", "cross", "replace", "replace-cross")

_ARXIV = "{http://arxiv.org/schemas/atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_TEX = LatexNodes2Text(keep_comments=True)
# Control characters, and the marks that turn the direction of text: they would disturb every line around them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

Progress = Callable[[int], None]


@dataclass(frozen=True)
class FeedItem:
    """One row of a category's feed."""

    id: str
    version: int
    announce_type: AnnounceType


@dataclass(frozen=True)
class Feed:
    """One category's feed: its own date, its rows in order, and the SHA-256 of its body."""

    category: str
    day: date
    items: tuple[FeedItem, ...]
    hash: str


class ArxivSource:
    """arXiv's feeds and query API behind one courteous session.

    Args:
        api_url, feed_url: where the two services are.
        delay_seconds: pause between requests; None means 3 s, and none on a loopback address.
    """

    def __init__(self, api_url: str = API_URL, feed_url: str = FEED_URL, delay_seconds: float | None = None) -> None:
        if delay_seconds is None:
            delay_seconds = 0 if _is_loopback(api_url) and _is_loopback(feed_url) else COURTESY_SECONDS
        self.feed_url = feed_url.rstrip("/")
        self.session = ArxivSession(delay_seconds)
        # The session spaces and repeats requests; the package's own way of doing so knows no backoff.
        self._client = arxiv.Client(page_size=IDS_PER_REQUEST, delay_seconds=0, num_retries=0)
        self._client.query_url_format = api_url + "?{}"
        self._client._session = self.session  # noqa: SLF001 - the package offers no other place for a timeout

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """The source that ARXIV_API_URL, ARXIV_FEED_URL and ARXIV_DELAY_SECONDS name; arXiv itself by default."""
        delay = environ.get("ARXIV_DELAY_SECONDS")
        return cls(
            environ.get("ARXIV_API_URL") or API_URL,
            environ.get("ARXIV_FEED_URL") or FEED_URL,
            float(delay) if delay else None,
        )

    def feed(self, category: str) -> Feed:
        """What the feed of one category says now.

        Raises:
            ArxivUnreachable: no answer, or one that is no feed.
        """
        body = self.session.get(f"{self.feed_url}/{category}").content
        channel = parse_xml(body.strip()).find("channel")
        published = channel.findtext("pubDate") if channel is not None else None
        if not published:
            raise ArxivUnreachable(f"The feed of {category} carries no date, so it is no announcement.")
        return Feed(
            category=category,
            day=parsedate_to_datetime(published).astimezone(NEW_YORK).date(),
            items=tuple(_feed_item(item) for item in channel.iterfind("item")),
            hash=hashlib.sha256(body).hexdigest(),
        )

    def papers(self, ids: Sequence[str], progress: Progress = lambda count: None) -> dict[str, arxiv.Result]:
        """Metadata by base id, as far as the API knows the ids (asked twice); `progress` hears of each batch."""
        found: dict[str, arxiv.Result] = {}
        for _ in range(2):
            missing = [paper for paper in ids if paper not in found]
            for batch in _even_batches(missing, IDS_PER_REQUEST):
                self._client.page_size = len(batch)
                results = self._client.results(arxiv.Search(id_list=batch, max_results=len(batch)))
                answered = {_base_id(result.get_short_id()): result for result in results}
                found |= {paper: answered[paper] for paper in batch if paper in answered}
                progress(len(answered))
        return found

    def submitted(self, categories: Sequence[str], start: datetime, end: datetime) -> list[arxiv.Result]:
        """Papers first submitted in (start, end] and listed in any of the categories, oldest first.

        Raises:
            ArxivUnreachable: no answer, or fewer papers than the API says it has.
        """
        cats = " OR ".join(f"cat:{category}" for category in categories)
        window = f"[{start.astimezone(UTC):%Y%m%d%H%M} TO {end.astimezone(UTC):%Y%m%d%H%M}]"
        search = arxiv.Search(
            f"({cats}) AND submittedDate:{window}",
            max_results=0,  # all of them
            sort_by=arxiv.SortCriterion.SubmittedDate,
            sort_order=arxiv.SortOrder.Ascending,
        )
        self._client.page_size = PAGE_SIZE
        self.session.total_results = 0
        results = {_base_id(result.get_short_id()): result for result in self._client.results(search)}
        if len(results) < self.session.total_results:
            raise ArxivUnreachable(
                f"arXiv said it had {self.session.total_results} papers for {window} and gave {len(results)}. "
                "Nothing was written; run again in a few minutes."
            )
        return [result for result in results.values() if start < result.published <= end]

    def announcement(
        self,
        day: date,
        categories: Sequence[str],
        include: Iterable[AnnounceType] = ("new",),
        holidays: Iterable[date] = (),
        progress: Progress = lambda count: None,
    ) -> Announcement:
        """What arXiv announced on `day` in the categories: by the feeds where they are that day's, else by window.

        Raises:
            ArxivUnreachable: any feed, or any announced paper, could not be had.
        """
        feeds = []
        for category in categories:
            feed = self.feed(category)
            if feed.day != day:
                return self._by_window(day, categories, HOLIDAYS | frozenset(holidays), progress)
            feeds.append(feed)
        if not any(feed.items for feed in feeds):
            self._must_be_quiet(day, categories, HOLIDAYS | frozenset(holidays))
        wanted = _strongest(feeds, frozenset(include))
        results = self.papers(list(wanted), progress)
        lacking = [paper for paper in wanted if paper not in results]
        if lacking:
            raise ArxivUnreachable(
                f"arXiv announced {len(wanted)} papers, but its index does not know {len(lacking)} of them yet "
                f"({', '.join(lacking[:3])}{', ...' if len(lacking) > 3 else ''}). Nothing was written; "
                "run again in half an hour."
            )
        papers = [_paper(results[paper], day, announce_type) for paper, announce_type in wanted.items()]
        return _announcement("feed", day, categories, papers, {feed.category: feed.hash for feed in feeds})

    def _by_window(
        self, day: date, categories: Sequence[str], holidays: frozenset[date], progress: Progress
    ) -> Announcement:
        results = self.submitted(categories, *submission_window(day, holidays))
        papers = [_paper(r, day, "new") for r in results if r.primary_category in categories]
        progress(len(papers))
        return _announcement("window", day, categories, papers, {})

    def _must_be_quiet(self, day: date, categories: Sequence[str], holidays: frozenset[date]) -> None:
        """An empty feed is a quiet day only if nothing was submitted for it either."""
        waiting = self.submitted(categories, *submission_window(day, holidays))
        if waiting:
            raise ArxivUnreachable(
                f"The feed of {day} is empty, but {len(waiting)} papers were submitted for that day: the feed is "
                "late, or an unlisted holiday (add it to 'holidays' in the reader file). Nothing was written; "
                "run again later."
            )


def _announcement(
    source: str, day: date, categories: Sequence[str], papers: list[Paper], feed_hash: dict[str, str]
) -> Announcement:
    homes = Counter(paper.home(categories) for paper in papers)
    return Announcement(
        day=day,
        source=source,
        papers=tuple(sorted(papers, key=lambda paper: paper.id)),
        categories={
            category: CategoryState(
                state="announced" if homes[category] else "quiet", announced=homes[category], fetched=homes[category]
            )
            for category in categories
        },
        feed_hash=feed_hash,
    )


def _strongest(feeds: Sequence[Feed], include: frozenset[str]) -> dict[str, AnnounceType]:
    """For each announced id the strongest of its announce types over all feeds, where it is one to include."""
    wanted: dict[str, AnnounceType] = {}
    for item in (item for feed in feeds for item in feed.items):
        known = wanted.get(item.id, item.announce_type)
        wanted[item.id] = min(known, item.announce_type, key=_STRENGTH.index)
    return {paper: announce_type for paper, announce_type in wanted.items() if announce_type in include}


def _feed_item(item: etree._Element) -> FeedItem:
    identifier = (item.findtext("guid") or item.findtext("link") or "").rpartition(":")[2]
    paper, _, version = identifier.removeprefix("//arxiv.org/abs/").rpartition("v")
    announce_type = item.findtext(f"{_ARXIV}announce_type")
    if not version.isdigit() or announce_type not in _STRENGTH:
        raise ArxivUnreachable(f"The feed holds a row that is no announcement: {identifier!r}, {announce_type!r}.")
    return FeedItem(paper, int(version), announce_type)


def _paper(result: arxiv.Result, day: date, announce_type: AnnounceType) -> Paper:
    identifier, _, version = result.get_short_id().rpartition("v")
    affiliations = dict.fromkeys(clean(name) for author in result.authors for name in author.affiliation)
    return Paper(
        id=identifier,
        version=int(version),
        announced=day,
        announce_type=announce_type,
        title=clean(result.title),
        authors=tuple(decode_tex(clean(author.name)) for author in result.authors),
        affiliations=tuple(affiliations),
        abstract=clean(result.summary),
        primary_category=result.primary_category,
        categories=tuple(result.categories),
        submitted=result.published,
        comment=clean(result.comment or ""),
    )


def clean(text: str) -> str:
    """One line of printable text: white space collapsed, control and direction characters dropped, `&amp;` decoded."""
    return " ".join(_UNPRINTABLE.sub("", html.unescape(text)).split())


def decode_tex(name: str) -> str:
    r"""A name with its TeX accents as Unicode: `Adam Wr\'obel` becomes `Adam Wróbel`."""
    return _TEX.latex_to_text(name).strip() if "\\" in name or "{" in name else name


def _base_id(short_id: str) -> str:
    """`2602.06122` for `2602.06122v2`: two versions are one paper."""
    return re.sub(r"v\d+$", "", short_id)


def _even_batches(ids: Sequence[str], most: int) -> list[list[str]]:
    count = math.ceil(len(ids) / most)
    return [list(ids[len(ids) * i // count : len(ids) * (i + 1) // count]) for i in range(count)]


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
