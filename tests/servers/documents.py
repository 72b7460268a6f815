"""The XML that arXiv sends: a feed's channel, the query API's answer and its error document.

Sources: https://info.arxiv.org/help/rss.html and https://info.arxiv.org/help/api/user-manual.html, and the
code of arXiv/arxiv-feed and arXiv/arxiv-search.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from pylatexenc.latex2text import LatexNodes2Text

from digest_lib.announcements import NEW_YORK, feed_time

RSS = "application/rss+xml; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
_SCHEMA = "http://arxiv.org/schemas/atom"
_ATOM_NAMESPACES = (
    f'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="{_SCHEMA}" '
    'xmlns="http://www.w3.org/2005/Atom"'
)
_RSS_NAMESPACES = (
    f'xmlns:arxiv="{_SCHEMA}" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_AFFILIATED = re.compile(r"(.*?\S)\s*\((.*)\)\s*", re.DOTALL)


@dataclass(frozen=True)
class Entry:
    """One version of a paper in the query API; the times are aware."""

    id: str
    version: int
    paper: Mapping[str, Any]
    published: datetime
    updated: datetime


def xml(value: object) -> str:
    """`value` as character data or attribute; XML 1.0 has no place for most control characters: they go."""
    return escape(_NOT_XML.sub("", str(value)), {'"': "&quot;"})


def categories_of(paper: Mapping[str, Any]) -> list[str]:
    """The paper's categories, its primary one first."""
    return list(dict.fromkeys([paper["primary_category"], *paper.get("categories", ())]))


def split_authors(authors: str) -> list[str]:
    """The names in a feed's one string: commas inside parentheses or braces separate nothing."""
    names, depth = [""], 0
    for character in authors:
        depth = max(0, depth + (character in "({") - (character in ")}"))
        if character == "," and not depth:
            names.append("")
        else:
            names[-1] += character
    return [name.strip() for name in names if name.strip()]


def feed_document(wanted: Sequence[str], dated: date, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> bytes:
    """The RSS channel of the categories `wanted`, generated on `dated`, of rows (announce type, paper)."""
    name, link = xml(", ".join(wanted)), xml("http://rss.arxiv.org/rss/" + "+".join(wanted))
    midnight = format_datetime(datetime.combine(dated, time(0), NEW_YORK))
    built = format_datetime(feed_time(dated) + timedelta(seconds=11))
    items = "".join(_item(announce_type, paper, midnight) for announce_type, paper in rows)
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<rss {_RSS_NAMESPACES} version="2.0"><channel>
<title>{name} updates on arXiv.org</title>
<link>{link}</link>
<description>{name} updates on the arXiv.org e-print archive.</description>
<atom:link href="{link}" rel="self" type="application/rss+xml"/>
<docs>http://www.rssboard.org/rss-specification</docs><language>en-us</language>
<lastBuildDate>{built}</lastBuildDate>
<managingEditor>rss-help@arxiv.org</managingEditor>
<pubDate>{midnight}</pubDate>
<skipDays><day>Sunday</day><day>Saturday</day></skipDays>
{items}</channel></rss>
""".encode()


def _item(announce_type: str, paper: Mapping[str, Any], midnight: str) -> str:
    name = f"{paper['id']}v{paper['version']}"
    summary = f"arXiv:{name} Announce Type: {announce_type} \nAbstract: {paper['abstract']}"
    categories = "".join(f"<category>{xml(category)}</category>" for category in categories_of(paper))
    named = (("doi", "arxiv:DOI"), ("journal_ref", "arxiv:journal_reference"))
    extras = "".join(f"<{tag}>{xml(paper[key])}</{tag}>" for key, tag in named if paper.get(key))
    return f"""<item><title>{xml(paper["title"])}</title><link>https://arxiv.org/abs/{xml(paper["id"])}</link>
<description>{xml(summary)}</description>
<guid isPermaLink="false">oai:arXiv.org:{xml(name)}</guid>
{categories}
<pubDate>{midnight}</pubDate>
<arxiv:announce_type>{announce_type}</arxiv:announce_type>
<dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>
{extras}<dc:creator>{xml(paper["authors"])}</dc:creator></item>
"""


def query_document(
    params: Mapping[str, str], start: int, size: int, total: int, entries: Iterable[Entry], updated: datetime
) -> bytes:
    """The query API's Atom document: `entries` from `start` on of `total` matches to the request `params`."""
    asked = {name: params.get(name, "") for name in ("search_query", "id_list")}
    asked |= {"start": str(start), "max_results": str(size)}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    link = xml("https://arxiv.org/api/query?" + urlencode(asked, errors="replace"))
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed {_ATOM_NAMESPACES}>
 <id>https://arxiv.org/api/{hashlib.sha256(query.encode("utf-8", "replace")).hexdigest()[:27]}</id>
 <title>arXiv Query: {xml(query)}</title>
 <updated>{_atom_time(updated)}</updated>
 <link href="{link}" type="application/atom+xml"/>
 <opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>
 <opensearch:totalResults>{total}</opensearch:totalResults>
 <opensearch:startIndex>{start}</opensearch:startIndex>
{"".join(map(_entry, entries))}</feed>
""".encode()


def _entry(entry: Entry) -> str:
    paper, name = entry.paper, xml(f"{entry.id}v{entry.version}")
    comment, doi, journal = (paper.get(key) for key in ("comment", "doi", "journal_ref"))
    # A withdrawn paper has an abstract page and nothing to download.
    pdf = "" if "withdrawn" in (comment or "") else f"https://arxiv.org/pdf/{name}"
    parts = [
        f"<id>http://arxiv.org/abs/{name}</id><title>{xml(paper['title'])}</title>",
        f"<updated>{_atom_time(entry.updated)}</updated>",
        f'<link href="https://arxiv.org/abs/{name}" rel="alternate" type="text/html"/>',
        f'<link href="{pdf}" rel="related" type="application/pdf" title="pdf"/>' if pdf else "",
        f"<summary>{xml(paper['abstract'])}</summary>",
        *(f'<category term="{xml(category)}" scheme="{_SCHEMA}"/>' for category in categories_of(paper)),
        f"<published>{_atom_time(entry.published)}</published>",
        f"<arxiv:comment>{xml(comment)}</arxiv:comment>" if comment else "",
        f'<arxiv:primary_category term="{xml(paper["primary_category"])}"/>',
        f"<arxiv:journal_ref>{xml(journal)}</arxiv:journal_ref>" if journal else "",
        *map(_author, paper.get("authors_list") or split_authors(paper["authors"])),
        f"<arxiv:doi>{xml(doi)}</arxiv:doi>" if doi else "",
        f'<link rel="related" href="https://doi.org/{xml(doi)}" title="doi"/>' if doi else "",
    ]
    return " <entry>\n  " + "\n  ".join(filter(None, parts)) + "\n </entry>\n"


def _author(name: str) -> str:
    affiliated = _AFFILIATED.fullmatch(name)
    person, place = affiliated.groups() if affiliated else (name, "")
    affiliation = f"<arxiv:affiliation>{xml(_from_tex(place))}</arxiv:affiliation>" if place else ""
    return f"<author><name>{xml(_from_tex(person))}</name>{affiliation}</author>"


@lru_cache(maxsize=4096)
def _from_tex(text: str) -> str:
    return LatexNodes2Text().latex_to_text(text) if "\\" in text else text


def _atom_time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def error_document(message: str) -> bytes:
    """The query API's error document: one entry titled `Error`, without a <published>."""
    where = xml("https://arxiv.org/api/errors#" + message.replace(" ", "_"))
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed {_ATOM_NAMESPACES}>
 <id>{where}</id><title>Error</title><updated>2026-02-06T05:10:00Z</updated>
 <opensearch:itemsPerPage>1</opensearch:itemsPerPage>
 <opensearch:totalResults>1</opensearch:totalResults>
 <opensearch:startIndex>0</opensearch:startIndex>
 <entry><id>{where}</id><title>Error</title><updated>2026-02-06T05:10:00Z</updated>
  <link href="{where}" rel="alternate" type="text/html"/><summary>{xml(message)}</summary></entry>
</feed>
""".encode()
