"""A stand-in for arXiv on loopback: the announcement feeds and the query API, with their misbehaviours.

    python -m tests.servers.arxiv --days DIR --date 2026-02-09

It answers from announcement days in one shape, {"date", "papers": [{"id", "version", "announce_type",
"title", "authors", "abstract", "primary_category"}]}, where a paper may add `categories`, `submitted` (its
first version's ISO time), `authors_list`, `comment`, `doi` and `journal_ref`. Sources of the wire formats:
https://info.arxiv.org/help/rss.html, https://info.arxiv.org/help/api/user-manual.html and the code of
arXiv/arxiv-feed.
"""

import argparse
import hashlib
import re
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from digest_lib.announcements import feed_time, previous_announcement, submission_window
from tests.servers.documents import (
    ATOM,
    RSS,
    categories_of,
    error_document,
    feed_document,
    query_document,
)
from tests.servers.faults import REDIRECTED, Answer, Fault, Listing, Page
from tests.servers.index import DayFolder, Index, QueryError, whole_number
from tests.servers.loopback import Answering, LoopbackServer

FEED_CAP = 2000
API_SLICE = 2000
# The order in which the feed's rows are listed, and so the order in which its cap keeps them.
_LISTED = ("replace-cross", "replace", "cross", "new")
_CATEGORY = re.compile(r"[a-z]+(-[a-z]+)*(\.[A-Za-z]{2,}(-[a-z]+)*)?")


@dataclass(frozen=True)
class Request:
    """One request as the server saw it: what was asked, by whom, when (monotonic seconds), and the answer.

    `kind` is "feed" or "api"; `finished` is the moment the whole answer was ready to be sent; `fault` names
    the misbehaviour shown, "" for none.
    """

    kind: str
    path: str
    categories: tuple[str, ...]
    ids: tuple[str, ...]
    search_query: str
    user_agent: str
    started: float
    finished: float
    status: int
    fault: str


@dataclass
class _Rule:
    """A fault on duty: for which requests, how many of them still, after how many let through."""

    service: str
    fault: Fault
    category: str | None
    times: int | None
    skip: int


class ArxivServer:
    """arXiv as it stands on `today`, served from `days` between `with` and its end.

    `today` is the date in New York; set it while the server runs to let a season pass. A date without a day
    has an empty feed, as weekends and holidays have, and the API knows only what was announced up to `today`.
    Days are read once: what is served of a day does not follow later changes of its dictionary.

    Raises:
        ValueError: a key of `days` is no announcement day (on entering).
    """

    feed_url: str
    api_url: str

    def __init__(self, days: Mapping[date, dict], today: date, port: int = 0):
        self.days, self.today = days, today
        self.log: list[Request] = []
        self._port, self._rules, self._lock = port, [], threading.Lock()
        self._closing = threading.Event()
        self._index = Index(days)

    def __enter__(self) -> Self:
        for day in self.days:
            submission_window(day)
        handler = type("Handler", (_Handler,), {"arxiv": self})
        self._server = LoopbackServer(("127.0.0.1", self._port), handler)
        base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.feed_url, self.api_url = f"{base}/rss", f"{base}/api/query"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def fault(
        self, service: str, fault: Fault, *, category: str | None = None, times: int | None = 1, skip: int = 0
    ) -> None:
        """Misbehave in the next `times` requests to `service` ("feed" or "api"; times=None: from now on).

        With a `category`, only where a feed or a search names it, and a feed's rows change in it alone. The
        first `skip` such requests pass. Each request meets one fault, and faults come in the order given.

        Raises:
            ValueError: the service cannot show that fault.
        """
        stage = {"feed": fault.feed, "api": fault.page}[service]
        if stage is None and (fault.answer is None or fault.page):
            raise ValueError(f"the {service} cannot show the fault {fault.name!r}")
        self._rules.append(_Rule(service, fault, category, times, skip))

    def clear_faults(self) -> None:
        """Behave from now on."""
        self._rules.clear()

    def respond(self, target: str, headers: Mapping[str, str]) -> Answer | None:
        """The answer to a GET of `target`, logged; None if the server closes while it stalls."""
        started = time.monotonic()
        url = urlsplit(target)
        params = {name: values[-1] for name, values in parse_qs(url.query).items()}
        kind = "feed" if url.path.startswith("/rss/") else "api"
        if kind == "feed":
            categories = tuple(unquote(url.path.removeprefix("/rss/")).split("+"))
        else:
            categories = tuple(re.findall(r"cat:([\w.-]+)", params.get("search_query", "")))
        rule = self._next_rule(kind, categories, REDIRECTED in url.query)
        fault = rule.fault if rule else Fault("")
        if kind == "feed":
            answer = self._feed(target, categories, fault, rule.category if rule else None)
        elif url.path == "/api/query":
            answer = self._api(target, params, fault)
        else:
            answer = Answer(target, 404, {"Content-Type": "text/plain"}, b"Not found")
        if fault.answer:
            answer = fault.answer(answer)
        etag = answer.headers.get("ETag")
        if etag and etag in headers.get("If-None-Match", ""):
            answer = Answer(target, 304, {"ETag": etag}, b"")
        if answer.stall and self._closing.wait(answer.stall):
            return None
        ids = tuple(filter(None, params.get("id_list", "").split(",")))
        agent, query = headers.get("User-Agent", ""), params.get("search_query", "")
        finished = time.monotonic()
        self.log.append(
            Request(kind, target, categories, ids, query, agent, started, finished, answer.status, fault.name)
        )
        return answer

    def _next_rule(self, service: str, categories: tuple[str, ...], redirected: bool) -> _Rule | None:
        """The fault due for this request, used up by one; a redirected request is not redirected again."""
        with self._lock:
            for rule in self._rules:
                named = rule.category is None or rule.category in categories
                if rule.service != service or not named or rule.times == 0:
                    continue
                if redirected and rule.fault == Fault.redirect:
                    continue
                if rule.skip:
                    rule.skip -= 1
                    continue
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return None

    def _feed(self, target: str, wanted: tuple[str, ...], fault: Fault, faulty: str | None) -> Answer:
        malformed = [name for name in wanted if not _CATEGORY.fullmatch(name)]
        if malformed:
            message = f"Bad archive/subject class structure '{malformed[0]}'."
            return Answer(target, 400, {"Content-Type": "text/plain; charset=utf-8"}, message.encode())
        today = self.today
        listing = Listing(dict.fromkeys(wanted, today), today, previous_announcement(today))
        if fault.feed:
            listing = fault.feed(listing, faulty)
        body = feed_document(wanted, listing.dated, self._rows(listing))
        lasts = feed_time(today + timedelta(days=1)) - feed_time(today)
        headers = {
            "Content-Type": RSS,
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"',
            # As if asked at the midnight at which the feed changes.
            "Cache-Control": f"max-age={lasts.total_seconds():.0f}",
        }
        return Answer(target, 200, headers, body)

    def _rows(self, listing: Listing) -> list[tuple[str, Mapping[str, Any]]]:
        """(announce type, paper) per row, each paper once, in the feed's order and within its cap."""
        first = next(iter(listing.sources))
        pad = {"version": 2, "authors": "Author 1", "abstract": "Synthetic.", "primary_category": first}
        rows = {}
        for number in range(listing.padding):
            paper_id = f"2614.{number:05d}"
            rows[paper_id] = ("replace", pad | {"id": paper_id, "title": f"Replacement {number}"})
        for day in sorted(set(listing.sources.values()) & set(self.days)):
            shown = {name for name, source in listing.sources.items() if source == day}
            for paper in self.days[day]["papers"]:
                if any(_belongs(category, shown) for category in categories_of(paper)):
                    # Relative to the whole request: a paper is new only where its home is asked for.
                    home = _belongs(paper["primary_category"], listing.sources)
                    kind = paper["announce_type"].removesuffix("-cross")
                    if not home:
                        kind = "replace-cross" if kind == "replace" else "cross"
                    rows[paper["id"]] = (kind, paper)
        newest_first = sorted(rows.values(), key=lambda row: row[1]["id"], reverse=True)
        return sorted(newest_first, key=lambda row: _LISTED.index(row[0]))[:FEED_CAP]

    def _api(self, target: str, params: Mapping[str, str], fault: Fault) -> Answer:
        try:
            start, size = whole_number(params, "start", 0), whole_number(params, "max_results", 10)
            matches = self._index.search(params, self.today)
        except QueryError as error:
            return Answer(target, 400, {"Content-Type": ATOM}, error_document(str(error)))
        page = (fault.page or Page.cut)(matches, start, min(size, API_SLICE))
        built = feed_time(self.today) + timedelta(minutes=10)
        body = query_document(params, start, size, page.total, page.entries, built)
        return Answer(target, 200, {"Content-Type": ATOM}, body)


class _Handler(Answering):
    arxiv: ArxivServer

    def do_GET(self) -> None:  # noqa: N802
        self.send(self.arxiv.respond(self.path, self.headers))


def _belongs(category: str, wanted: Iterable[str]) -> bool:
    """Whether a request for `wanted`, categories or whole archives, is one for `category`."""
    return category in wanted or category.partition(".")[0] in wanted


def main(arguments: list[str] | None = None) -> None:
    """Serve a folder of day files until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.servers.arxiv",
        description="Stand in for arXiv on 127.0.0.1: its feeds and its query API, as they were on one date.",
        epilog="Prints the environment for a digest of that morning; paste it into another terminal. The feed"
        " carries the announcement of the date, the API every paper announced up to it. Ctrl-C ends it.",
    )
    parser.add_argument(
        "--days", type=Path, required=True, metavar="DIR", help="folder of YYYY-MM-DD.json.gz or .json files"
    )
    parser.add_argument(
        "--date", type=date.fromisoformat, required=True, metavar="D", help="today in New York, YYYY-MM-DD"
    )
    parser.add_argument("--port", type=int, default=0, metavar="P", help="default: any free port")
    options = parser.parse_args(arguments)
    days = DayFolder(options.days)
    if not days:
        parser.error(f"no day files in {options.days}")
    with ArxivServer(days, options.date, options.port) as server:
        print(f"export ARXIV_API_URL={server.api_url}")
        print(f"export ARXIV_FEED_URL={server.feed_url}")
        print(f"export DIGEST_NOW={options.date}T13:30:00+08:00  # Asia/Shanghai", flush=True)
        if options.date not in days:
            print(f"# {options.days} has no {options.date}: its feed is empty, as on a holiday", flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
