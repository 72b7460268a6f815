"""The query API's index: which papers of the announcement days a request means.

Source: https://info.arxiv.org/help/api/user-manual.html
"""

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from digest_lib.announcements import submission_window
from tests.servers.documents import Entry, categories_of

# The test that a search makes, and a date before which no paper that passes it was announced.
Search = tuple[Callable[[Entry], bool], date]
_PAPER_ID = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v(\d+))?")
_TOKEN = re.compile(r"\s*(?:([()])|(AND|OR)\b|cat:([\w.-]+)|submittedDate:\[(\d{12}) TO (\d{12})\])\s*")


class QueryError(ValueError):
    """What the query API answers with status 400."""


class DayFolder(Mapping[date, dict]):
    """A folder of day files, `YYYY-MM-DD.json.gz` or `.json`, each read when it is first asked for."""

    def __init__(self, folder: Path):
        paths = {path.name.split(".")[0]: path for path in folder.glob("*.json*")}
        self._paths = {date.fromisoformat(name): paths[name] for name in sorted(paths)}
        self._load = lru_cache(maxsize=None)(self._read)

    def __getitem__(self, day: date) -> dict:
        return self._load(day)

    def __iter__(self) -> Iterator[date]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def _read(self, day: date) -> dict:
        path = self._paths[day]
        content = path.read_bytes()
        return json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)


class Index:
    """What the query API knows of `days`; each day is read once, when a request first needs it."""

    def __init__(self, days: Mapping[date, dict]):
        self._days = days
        self._versions = lru_cache(maxsize=None)(self._read_versions)

    def search(self, params: Mapping[str, str], today: date) -> list[Entry]:
        """What the request asks for, of what was announced up to `today`, in the order it asks for.

        Raises:
            QueryError: the request is malformed.
        """
        query, id_list = params.get("search_query", ""), params.get("id_list", "")
        if not query and not id_list:
            raise QueryError("Either a search_query or id_list must be specified for the classic API.")
        accepts, earliest = _parse_query(query) if query else ((lambda _: True), date.min)
        found = self._by_id(id_list.split(","), today) if id_list else self._current(earliest, today)
        found = [entry for entry in found if accepts(entry)]
        keys: dict[str, Callable[[Entry], Any]] = {
            # There is no relevance here, only the promise that it is not the order asked for.
            "relevance": lambda entry: entry.id[::-1],
            "lastUpdatedDate": lambda entry: (entry.updated, entry.id),
            "submittedDate": lambda entry: (entry.published, entry.id),
        }
        by, order = params.get("sortBy", "relevance"), params.get("sortOrder", "descending")
        if by not in keys or order not in ("ascending", "descending"):
            raise QueryError("sortBy must be in: relevance, lastUpdatedDate, submittedDate")
        return sorted(found, key=keys[by], reverse=order == "descending")

    def _by_id(self, wanted: list[str], today: date) -> list[Entry]:
        """The papers named, each once: the version named, or the current one; unknown ones vanish."""
        found, announced = {}, self._announced(today)
        for name in filter(None, map(str.strip, wanted)):
            match = _PAPER_ID.fullmatch(name)
            if not match:
                raise QueryError(f"incorrect id format for {name}")
            paper_id, version = match[1], int(match[2]) if match[2] else None
            for day in announced:
                entry = self._entry(day, paper_id)
                if entry and version in (None, entry.version):
                    found.setdefault((paper_id, entry.version), entry)
                    break
        return list(found.values())

    def _current(self, earliest: date, today: date) -> list[Entry]:
        """The current version of every paper announced since `earliest`."""
        current: dict[str, Entry] = {}
        for day in self._announced(today, earliest):
            for paper_id in self._versions(day).keys() - current.keys():
                current[paper_id] = self._entry(day, paper_id)
        return list(current.values())

    def _announced(self, last: date, earliest: date = date.min) -> list[date]:
        """The days up to `last`, newest first."""
        return sorted((day for day in self._days if earliest <= day <= last), reverse=True)

    def _entry(self, day: date, paper_id: str) -> Entry | None:
        """The version of the paper announced on `day`."""
        if paper_id not in self._versions(day):
            return None
        paper, updated = self._versions(day)[paper_id]
        version, published = int(paper["version"]), updated
        if "submitted" in paper:
            published = datetime.fromisoformat(paper["submitted"])
            published = published if published.tzinfo else published.replace(tzinfo=UTC)
        elif paper["announce_type"] != "new":
            earlier = (self._entry(before, paper_id) for before in self._announced(day - timedelta(days=1)))
            first = next(filter(None, earlier), None)
            if first:
                published = first.published
            elif version > 1:
                # Of an old paper nothing is known, only that it is older than its replacement.
                published = updated - timedelta(days=30)
        return Entry(paper_id, version, paper, published, updated if version > 1 else published)

    def _read_versions(self, day: date) -> dict[str, tuple[Mapping[str, Any], datetime]]:
        """Per paper of `day` its record and a submission time: spread over the day's window in id order."""
        start, end = submission_window(day)
        papers = sorted(self._days[day]["papers"], key=lambda paper: paper["id"])
        step = (end - start) / (len(papers) + 1)
        times = ((start + step * place).replace(microsecond=0) for place in range(1, len(papers) + 1))
        return {paper["id"]: (paper, moment) for paper, moment in zip(papers, times, strict=True)}


def whole_number(params: Mapping[str, str], name: str, default: int) -> int:
    """The parameter `name` as a number.

    Raises:
        QueryError: it is none, or negative.
    """
    value = params.get(name, str(default))
    if not value.isdecimal():
        raise QueryError(f"{name} must be a non-negative integer")
    return int(value)


def _parse_query(query: str) -> Search:
    """`query`, read: a test of entries, and a date before which no paper that passes it was announced.

    Terms are `cat:X` and `submittedDate:[FROM TO TO]` (GMT, both ends included), joined by AND and OR from
    left to right, with parentheses.

    Raises:
        QueryError: the query is none of this.
    """
    tokens = list(_TOKEN.finditer(query))
    if "".join(token[0] for token in tokens) != query:
        raise QueryError(f"cannot understand the query {query}")
    tokens.reverse()
    accepts, earliest = _parse_terms(tokens, query)
    if tokens:
        raise QueryError(f"unbalanced parentheses in {query}")
    return accepts, earliest


def _parse_terms(tokens: list[re.Match[str]], query: str) -> Search:
    """The terms up to a closing parenthesis or the end; `tokens`, last first, are used up."""
    accepts, earliest = _parse_term(tokens, query)
    while tokens and tokens[-1][2]:
        both = tokens.pop()[2] == "AND"
        left, (right, other) = accepts, _parse_term(tokens, query)
        if both:
            accepts, earliest = (lambda e, a=left, b=right: a(e) and b(e)), max(earliest, other)
        else:
            accepts, earliest = (lambda e, a=left, b=right: a(e) or b(e)), min(earliest, other)
    return accepts, earliest


def _parse_term(tokens: list[re.Match[str]], query: str) -> Search:
    token = tokens.pop() if tokens else None
    if token and token[1] == "(":
        inner = _parse_terms(tokens, query)
        if tokens and tokens.pop()[1] == ")":
            return inner
    elif token and token[3]:
        return (lambda entry: token[3] in categories_of(entry.paper)), date.min
    elif token and token[4]:
        try:
            first, last = (datetime.strptime(end, "%Y%m%d%H%M").replace(tzinfo=UTC) for end in token.group(4, 5))
        except ValueError as error:
            raise QueryError(f"no date in {token[0]}") from error
        return (lambda entry: first <= entry.published <= last), first.date()
    raise QueryError(f"cannot understand the query {query}")
