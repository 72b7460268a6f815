"""The one way to arXiv: an HTTP session that is courteous, patient and believes no answer unseen.

It supplies, once, what the `arxiv` package and plain `requests` lack: a timeout, the pause between requests
that arXiv asks for (https://info.arxiv.org/help/api/tou.html), backoff with jitter and Retry-After, and a look
into each body: a web page, a blank page, `Rate exceeded.` or torn XML at status 200 is no answer.
"""

import random
import sys
import time
from importlib.metadata import version
from urllib.parse import urlsplit

import requests
from lxml import etree
from tqdm import tqdm
from urllib3.exceptions import MaxRetryError, ProtocolError

from digest_lib.errors import ArxivOffline, ArxivUnreachable

USER_AGENT = f"arxiv-digest-workspace/{version('arxiv-digest-workspace')} {requests.utils.default_user_agent()}"
TRIES = 5
LONGEST_PAUSE = 120.0
"""Seconds; where arXiv asks for more, the run's own patience or the next run is the answer."""
OFFLINE_TRIES = 2
"""Where no connection can be made at all, five tries would only keep the reader waiting."""
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
ATOM = "{http://www.w3.org/2005/Atom}"


class BadAnswer(Exception):
    """An answer that is no feed and no query result; `retry_after` in seconds where the service named it."""

    def __init__(self, what: str, retry_after: float = 0, final: bool = False) -> None:
        super().__init__(what)
        self.retry_after = retry_after
        self.final = final


class ArxivSession(requests.Session):
    """A `requests.Session` whose `get` spaces, repeats and checks its requests; one connection, one at a time.

    Args:
        delay_seconds: least pause between the end of one request and the start of the next.
        timeout_seconds: longest silence of the service that is waited for.
    """

    def __init__(self, delay_seconds: float, timeout_seconds: float = 45) -> None:
        super().__init__()
        self.delay_seconds = delay_seconds
        self.timeout_seconds = timeout_seconds
        self.total_results = 0
        """`totalResults` of the newest query result: what its pages must add up to."""
        self._free_at = 0.0

    def get(self, url: str, **kwargs) -> requests.Response:
        """The answer to a GET, once it is a well-formed feed or query result.

        Raises:
            ArxivUnreachable: several tries gave none; the sentence says what came instead.
            ArxivOffline: no connection could be made.
        """
        kwargs["headers"] = {"User-Agent": USER_AGENT}  # the arxiv package brings its own on every request
        for attempt in range(1, TRIES + 1):
            time.sleep(max(0.0, self._free_at - time.monotonic()))
            try:
                answer = super().get(url, timeout=self.timeout_seconds, **kwargs)
                self._check(answer)
                return answer
            except (BadAnswer, requests.RequestException) as error:
                offline = isinstance(error, requests.ConnectionError) and isinstance(error.args[0], MaxRetryError)
                tries = 1 if getattr(error, "final", False) else OFFLINE_TRIES if offline else TRIES
                what = f"arXiv ({urlsplit(url).hostname}) {_in_words(error)}"
                if attempt >= tries or getattr(error, "retry_after", 0) > LONGEST_PAUSE:
                    raise (ArxivOffline if offline else ArxivUnreachable)(what) from None
                pause = self._pause(attempt, getattr(error, "retry_after", 0))
                tqdm.write(f"{what}; asking again in {pause:.1f} s (try {attempt + 1} of {tries})", file=sys.stderr)
                time.sleep(pause)
            finally:
                self._free_at = time.monotonic() + self.delay_seconds
        raise AssertionError("unreachable: the last try returns or raises")

    def _pause(self, attempt: int, retry_after: float) -> float:
        """Seconds before the next try: doubling from the courtesy delay, with jitter, never under Retry-After."""
        return max(retry_after, max(self.delay_seconds, 0.05) * 2 ** (attempt - 1) * random.uniform(1, 1.5))

    def _check(self, answer: requests.Response) -> None:
        if answer.status_code != requests.codes.ok:
            wait = answer.headers.get("Retry-After", "")
            # After a 403 arXiv asks robots to stop; 400 and 404 do not get better by asking again.
            final = answer.status_code in (400, 403, 404)
            raise BadAnswer(_status_in_words(answer.status_code), float(wait) if wait.isdigit() else 0, final)
        body = answer.content.strip()
        if not body:
            raise BadAnswer("answered with a blank page")
        if body.lower().startswith(b"rate exceeded"):
            raise BadAnswer("answered 'Rate exceeded.'")
        if body[:200].lower().lstrip().startswith((b"<!doctype html", b"<html")):
            raise BadAnswer("answered with a web page instead of a feed (an error page, or a proxy's log-in)")
        root = parse_xml(body)
        if root.tag == f"{ATOM}feed":
            self._check_query_result(root)
        elif root.tag != "rss":
            raise BadAnswer(f"answered with <{root.tag}> instead of a feed")

    def _check_query_result(self, root: etree._Element) -> None:
        entries = root.findall(f"{ATOM}entry")
        if any("/api/errors" in (entry.findtext(f"{ATOM}id") or "") for entry in entries):
            raise BadAnswer(f"refused the query: {entries[0].findtext(f'{ATOM}summary')}", final=True)
        self.total_results = int(root.findtext(f"{OPENSEARCH}totalResults") or 0)
        start = int(root.findtext(f"{OPENSEARCH}startIndex") or 0)
        if not entries and start < self.total_results:
            raise BadAnswer(f"answered with an empty page although it knows {self.total_results} papers")


def parse_xml(body: bytes) -> etree._Element:
    """The root of a body, read strictly: no entities, no network.

    Raises:
        BadAnswer: the body is not well-formed, mostly because it breaks off.
    """
    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as error:
        raise BadAnswer("sent an answer that breaks off or is no XML") from error


def _status_in_words(code: int) -> str:
    match code:
        case 429:
            meaning = " (it is overloaded, mostly right after the announcement)"
        case 403:
            meaning = " (it refuses this machine for now)"
        case _ if code >= 500:
            meaning = " (an error of its own)"
        case _:
            meaning = ""
    return f"answered HTTP {code}{meaning}"


def _in_words(error: BadAnswer | requests.RequestException) -> str:
    match error:
        case BadAnswer():
            return str(error)
        case requests.Timeout():
            return "did not answer in time"
        case requests.exceptions.ChunkedEncodingError() | requests.exceptions.ContentDecodingError():
            return "broke off in the middle of its answer"
        case requests.ConnectionError(args=[ProtocolError(), *_]):
            return "closed the connection without an answer"
        case requests.ConnectionError(args=[MaxRetryError(), *_]):
            return "cannot be reached (no network, a wrong address, or the service is down)"
    return f"could not be asked: {error}"
