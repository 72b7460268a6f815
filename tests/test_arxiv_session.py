"""The courteous session: no answer is believed unseen, none is asked for too fast."""

import pytest
import requests

from digest_lib.arxiv_session import TRIES, ArxivSession
from digest_lib.arxiv_source import ArxivSource
from digest_lib.errors import ArxivUnreachable
from tests.servers.arxiv import ArxivServer
from tests.servers.faults import Fault

NO_ANSWERS = [
    (Fault.html, "answered with a web page instead of a feed"),
    (Fault.blank, "answered with a blank page"),
    (Fault.rate_exceeded, r"answered 'Rate exceeded\.'"),
    (Fault.truncated, "sent an answer that breaks off or is no XML"),
    (Fault.disconnect, "broke off in the middle of its answer"),
    (Fault.status(429), "answered HTTP 429"),
    (Fault.status(503), "answered HTTP 503"),
    (Fault.status(406), "answered HTTP 406"),
]


@pytest.mark.parametrize(("fault", "sentence"), NO_ANSWERS, ids=[fault.name for fault, _ in NO_ANSWERS])
@pytest.mark.parametrize("service", ["feed", "api"])
def test_what_is_no_answer_is_asked_for_again_and_then_named(
    arxiv: ArxivServer, service: str, fault: Fault, sentence: str
):
    """Whatever comes in place of an answer, at 200 or not, is asked for again; if it stays, its sentence says so."""
    url = {"feed": f"{arxiv.feed_url}/cs.CV", "api": f"{arxiv.api_url}?id_list=2613.00001"}[service]
    session = ArxivSession(delay_seconds=0)
    arxiv.fault(service, fault, times=1)
    assert session.get(url).status_code == 200
    assert len(arxiv.log) == 2

    arxiv.fault(service, fault, times=None)
    with pytest.raises(ArxivUnreachable, match=sentence):
        session.get(url)
    assert 2 + TRIES == len(arxiv.log)


def test_a_refusal_is_not_argued_with(arxiv: ArxivServer):
    """After a 403, as arXiv asks of robots, and after a 400, which cannot get better, nothing more is sent."""
    arxiv.fault("feed", Fault.status(403), times=None)
    with pytest.raises(ArxivUnreachable, match="HTTP 403"):
        ArxivSession(delay_seconds=0).get(f"{arxiv.feed_url}/cs.CV")
    with pytest.raises(ArxivUnreachable, match="HTTP 400"):
        ArxivSession(delay_seconds=0).get(f"{arxiv.api_url}?search_query=nonsense:x")
    assert [403, 400] == [request.status for request in arxiv.log]


def test_an_error_feed_and_an_empty_first_page_are_no_results(arxiv: ArxivServer, source: ArxivSource):
    """An error entry at 200 is a refusal, and a page without entries is asked for again where papers are known."""
    first = source.feed("cs.CV").items[0].id
    arxiv.fault("api", Fault.empty_page, times=1)
    assert [[first]] == [list(batch) for batch in source.papers([first])]
    arxiv.fault("api", Fault.error_feed, times=None)
    with pytest.raises(ArxivUnreachable, match="refused the query: internal error"):
        list(source.papers([first]))


def test_retry_after_is_honoured(arxiv: ArxivServer):
    """The service's Retry-After is the least pause before the next request."""
    arxiv.fault("feed", Fault.status(429, retry_after=1))
    ArxivSession(delay_seconds=0).get(f"{arxiv.feed_url}/cs.CV")
    refused, served = arxiv.log
    assert served.started - refused.finished >= 1


def test_requests_are_spaced_and_never_two_at_once(arxiv: ArxivServer):
    """The pause is kept between the end of one request and the start of the next, whoever sends it."""
    source = ArxivSource(arxiv.api_url, arxiv.feed_url, delay_seconds=0.15)
    list(source.papers([item.id for item in source.feed("cs.CV").items]))
    source.feed("cs.LG")
    assert len(arxiv.log) == 3
    for earlier, later in zip(arxiv.log, arxiv.log[1:], strict=False):
        assert later.started - earlier.finished >= 0.15


def test_only_loopback_goes_without_the_courtesy_delay():
    """Three seconds for any service that is not on this machine, whatever the other address is."""
    assert ArxivSource().session.delay_seconds == 3
    assert ArxivSource("http://127.0.0.1:1/api", "https://rss.arxiv.org/rss").session.delay_seconds == 3
    assert ArxivSource("http://127.0.0.1:1/api", "http://localhost:1/rss").session.delay_seconds == 0
    assert ArxivSource.from_environ({"ARXIV_DELAY_SECONDS": "0.5"}).session.delay_seconds == 0.5


def test_a_stall_is_not_waited_for_for_ever(arxiv: ArxivServer):
    """A service that accepts a request and says nothing is asked again, and the second answer is taken."""
    arxiv.fault("feed", Fault.stall(60), times=1)
    assert ArxivSession(delay_seconds=0, timeout_seconds=0.3).get(f"{arxiv.feed_url}/cs.CV").ok
    assert [""] == [request.fault for request in arxiv.log]


def test_redirects_and_compression_are_followed(arxiv: ArxivServer):
    """A redirect leads to the answer, and a compressed answer is read."""
    session = ArxivSession(delay_seconds=0)
    plain = session.get(f"{arxiv.feed_url}/cs.CV").content
    arxiv.fault("feed", Fault.redirect)
    assert plain == session.get(f"{arxiv.feed_url}/cs.CV").content
    arxiv.fault("feed", Fault.gzip)
    assert plain == session.get(f"{arxiv.feed_url}/cs.CV").content


def test_nobody_there_is_said_in_words():
    """A connection refused is told as a service that cannot be reached, not as a stack of exceptions."""
    with pytest.raises(ArxivUnreachable, match=r"cannot be reached \(no network"):
        ArxivSession(delay_seconds=0).get("http://127.0.0.1:9/rss/cs.CV")


def test_requests_say_who_asks(arxiv: ArxivServer, source: ArxivSource):
    """Feed and API requests both carry this tool's name and version."""
    list(source.papers([source.feed("cs.CV").items[0].id]))
    assert all(request.user_agent.startswith("arxiv-digest-workspace/") for request in arxiv.log)
    assert len(arxiv.log) == 2
    assert requests.utils.default_user_agent() in arxiv.log[0].user_agent
