"""Announcements and papers from arXiv: the feed says which, the query API says what.

A category's feed lists the ids announced on the feed's own date. For any other date only the submission window
is left, which is an approximation: moderation holds some papers for days.
"""

import hashlib
import html
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Self, get_args
from urllib.parse import urlsplit

import arxiv
from lxml import etree
from pylatexenc.latex2text import LatexNodes2Text

from digest_lib.announcements import NEW_YORK
from digest_lib.arxiv_session import ArxivSession, parse_xml
from digest_lib.errors import ArxivUnreachable
from digest_lib.records import CATEGORY_ALIASES, AnnounceType, Paper

API_URL = "https://export.arxiv.org/api/query"
FEED_URL = "https://rss.arxiv.org/rss"
# https://info.arxiv.org/help/api/tou.html: no more than one request every three seconds
COURTESY_SECONDS = 3.0
# 150 ids of 10 characters make an address of about 1,800 characters, below what proxies accept.
IDS_PER_REQUEST = 150
# The API's largest slice is 2,000; smaller pages are more often answered in time.
PAGE_SIZE = 500

_ARXIV = "{http://arxiv.org/schemas/atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_TEX = LatexNodes2Text(keep_comments=True)
# Control characters, and the marks that turn the direction of text: they would disturb every line around them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True)
class FeedItem:
    """One row of a category's feed, its texts as they stand there."""

    id: str
    version: int
    announce_type: AnnounceType
    title: str
    creators: str
    """All authors in one string, with raw TeX accents and affiliations in parentheses."""
    abstract: str
    categories: tuple[str, ...]


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

    def papers(self, ids: Sequence[str]) -> Iterator[dict[str, arxiv.Result]]:
        """Metadata by base id, one dict a request, as far as the API knows the ids; missing ones are asked for twice.

        Raises:
            ArxivUnreachable: no answer to a request; what the earlier ones gave stands.
        """
        missing = list(ids)
        for _ in range(2):
            for batch in _even_batches(missing, IDS_PER_REQUEST):
                self._client.page_size = len(batch)
                results = self._results(arxiv.Search(id_list=batch, max_results=len(batch)))
                found = {paper: results[paper] for paper in batch if paper in results}
                missing = [paper for paper in missing if paper not in found]
                yield found

    def submitted(self, categories: Sequence[str], start: datetime, end: datetime) -> list[arxiv.Result]:
        """Papers first submitted in (start, end] and listed in any of the categories, oldest first.

        Raises:
            ArxivUnreachable: no answer, or fewer papers than the API says it has.
        """
        cats = " OR ".join(f"cat:{category}" for category in categories)
        window = _window(start, end)
        search = arxiv.Search(
            f"({cats}) AND submittedDate:{window}",
            max_results=0,  # all of them
            sort_by=arxiv.SortCriterion.SubmittedDate,
            sort_order=arxiv.SortOrder.Ascending,
        )
        self._client.page_size = PAGE_SIZE
        self.session.total_results = 0
        results = self._results(search)
        if len(results) < self.session.total_results:
            raise ArxivUnreachable(
                f"arXiv said it had {self.session.total_results} papers for {window} and gave {len(results)}."
            )
        return [result for result in results.values() if start < result.published <= end]

    def has_papers(self, start: datetime, end: datetime) -> bool:
        """Whether the API knows a paper of any category that was first submitted in (start, end].

        Raises:
            ArxivUnreachable: no answer.
        """
        self._client.page_size = 1
        return bool(self._results(arxiv.Search(f"submittedDate:{_window(start, end)}", max_results=1)))

    def _results(self, search: arxiv.Search) -> dict[str, arxiv.Result]:
        """All results of a search by base id: pages that shifted while they were read repeat papers."""
        try:
            return {_base_id(result.get_short_id()): result for result in self._client.results(search)}
        except (arxiv.ArxivError, ValueError) as error:
            raise ArxivUnreachable(f"arXiv's index sent a result that cannot be read ({error}).") from None


def _feed_item(item: etree._Element) -> FeedItem:
    identifier = (item.findtext("guid") or item.findtext("link") or "").rpartition(":")[2]
    paper, _, version = identifier.removeprefix("//arxiv.org/abs/").rpartition("v")
    announce_type = item.findtext(f"{_ARXIV}announce_type")
    if not version.isdigit() or announce_type not in get_args(AnnounceType):
        raise ArxivUnreachable(f"The feed holds a row that is no announcement: {identifier!r}, {announce_type!r}.")
    return FeedItem(
        id=paper,
        version=int(version),
        announce_type=announce_type,
        title=item.findtext("title") or "",
        creators=item.findtext(f"{_DC}creator") or "",
        abstract=(item.findtext("description") or "").partition("Abstract:")[2],
        categories=tuple(category.text or "" for category in item.iterfind("category")),
    )


def paper_from_result(result: arxiv.Result, day: date, announce_type: AnnounceType) -> Paper:
    """A paper announced on `day`, as the query API describes it."""
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
        primary_category=CATEGORY_ALIASES.get(result.primary_category, result.primary_category),
        categories=tuple(result.categories),
        submitted=result.published,
        comment=clean(result.comment or ""),
    )


def paper_from_feed(item: FeedItem, day: date) -> Paper:
    """A paper announced on `day`, as its feed describes it: no affiliations apart, no time of submission."""
    # Affiliations stand in parentheses after a name and hold commas themselves.
    names = re.sub(r"\s*\([^()]*(\([^()]*\)[^()]*)*\)", "", clean(item.creators)).split(", ")
    return Paper(
        id=item.id,
        version=item.version,
        announced=day,
        announce_type=item.announce_type,
        title=clean(item.title),
        authors=tuple(decode_tex(name) for name in names if name),
        abstract=clean(item.abstract),
        primary_category=item.categories[0],
        categories=item.categories,
        metadata="feed",
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


def _window(start: datetime, end: datetime) -> str:
    """A range of submission times as the API writes it."""
    return f"[{start.astimezone(UTC):%Y%m%d%H%M} TO {end.astimezone(UTC):%Y%m%d%H%M}]"


def _even_batches(ids: Sequence[str], most: int) -> list[list[str]]:
    count = math.ceil(len(ids) / most)
    return [list(ids[len(ids) * i // count : len(ids) * (i + 1) // count]) for i in range(count)]


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
