"""The stand-in for arXiv and the synthetic days, as a client meets them: over HTTP, on loopback."""

import gzip
import json
import threading
import time
from datetime import UTC, date, datetime

import arxiv
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from digest_lib.announcements import is_announcement_day, submission_window
from tests.servers.arxiv import ArxivServer
from tests.servers.documents import feed_document, split_authors
from tests.servers.faults import Fault
from tests.servers.index import DayFolder
from tests.servers.synthetic import CATEGORIES, FIELDS, HOSTILE, MARK, synthetic_day, synthetic_days

TODAY = date(2026, 3, 10)
YESTERDAY = date(2026, 3, 9)
DAYS = synthetic_days(TODAY, 4, papers=60)
TYPE = "{http://arxiv.org/schemas/atom}announce_type"
ALL = "+".join(CATEGORIES)
ATOM = {"a": "http://www.w3.org/2005/Atom", "x": "http://arxiv.org/schemas/atom"}


@pytest.fixture
def server():
    """A stand-in on the Tuesday after New York's clocks went forward."""
    with ArxivServer(DAYS, TODAY) as running:
        yield running


def paper(paper_id, primary, *others, kind="new", version="1", **extra):
    """A synthetic paper of the categories given."""
    fixed = {"title": f"Paper {paper_id} (Synthetic)", "authors": "Author 1", "abstract": MARK}
    listed = {"primary_category": primary, "categories": [primary, *others]}
    return {"id": paper_id, "version": version, "announce_type": kind} | fixed | listed | extra


def feed(server, categories=ALL, **options):
    """The feed's channel."""
    answer = requests.get(f"{server.feed_url}/{categories}", timeout=5, **options)
    answer.raise_for_status()
    return etree.fromstring(answer.content).find("channel")


def rows(channel):
    """{id: announce type}, in the feed's order."""
    return {i.findtext("link").rsplit("/", 1)[1]: i.findtext(TYPE) for i in channel.iter("item")}


def ids(day, *kinds):
    """The ids of a day's papers of these announce types."""
    return {p["id"] for p in DAYS[day]["papers"] if p["announce_type"] in kinds}


def query(server, **params):
    """The API's answer to `params`."""
    return requests.get(server.api_url, params=params, timeout=5)


def client(server, page_size=25, retries=0):
    """The arxiv package's client, pointed at the stand-in."""
    made = arxiv.Client(page_size=page_size, delay_seconds=0, num_retries=retries)
    made.query_url_format = server.api_url + "?{}"
    return made


def found(server, page_size=25, **search):
    """The base ids that the arxiv package finds, in order."""
    results = client(server, page_size).results(arxiv.Search(max_results=None, **search))
    return [result.get_short_id().split("v")[0] for result in results]


# ---- the feed ----


def test_a_feed_lists_the_announcement_of_its_date(server):
    """A feed holds every paper of the day once, with the type that it was announced under."""
    listed = rows(feed(server))
    assert listed.keys() == {p["id"] for p in DAYS[TODAY]["papers"]}
    assert {i for i, kind in listed.items() if kind == "new"} == ids(TODAY, "new")
    assert {i for i, kind in listed.items() if kind == "cross"} == ids(TODAY, "cross")


@pytest.mark.parametrize(
    ("today", "stamp"),
    [
        (date(2026, 3, 6), "Fri, 06 Mar 2026 00:00:00 -0500"),
        (date(2026, 3, 10), "Tue, 10 Mar 2026 00:00:00 -0400"),
        (date(2026, 3, 8), "Sun, 08 Mar 2026 00:00:00 -0500"),
    ],
)
def test_a_feed_is_dated_midnight_in_new_york(server, today, stamp):
    """The channel carries New York's midnight with that day's offset, on weekends without items."""
    server.today = today
    channel = feed(server)
    assert channel.findtext("pubDate") == stamp
    assert [day.text for day in channel.find("skipDays")] == ["Sunday", "Saturday"]
    assert bool(rows(channel)) == (today in DAYS)
    assert {item.findtext("pubDate") for item in channel.iter("item")} <= {stamp}


def test_announce_types_are_relative_to_the_request():
    """A paper is new or replaced only where its primary category is asked for, and a row comes once."""
    papers = [
        paper("2615.00001", "cs.CV", "cs.LG"),
        paper("2615.00002", "cs.LG", "cs.CV", kind="replace", version="2"),
        paper("2615.00003", "stat.ML", "cs.LG", kind="cross"),
    ]
    with ArxivServer({TODAY: {"papers": papers}}, TODAY) as server:
        one, two, three = (p["id"] for p in papers)
        assert rows(feed(server, "cs.CV")) == {one: "new", two: "replace-cross"}
        assert rows(feed(server, "cs.LG")) == {one: "cross", two: "replace", three: "cross"}
        both = rows(feed(server, "cs.CV+cs.LG"))
        assert list(both.items()) == [(two, "replace"), (three, "cross"), (one, "new")]


def test_a_feed_is_not_sent_twice(server):
    """A feed asked for with its ETag answers 304 until its content changes."""
    first = requests.get(f"{server.feed_url}/cs.CV", timeout=5)
    again = {"If-None-Match": first.headers["ETag"]}
    assert first.headers["Cache-Control"] == "max-age=86400"
    assert requests.get(f"{server.feed_url}/cs.CV", headers=again, timeout=5).status_code == 304
    server.today = YESTERDAY
    assert requests.get(f"{server.feed_url}/cs.CV", headers=again, timeout=5).status_code == 200


@pytest.mark.parametrize("category", ["cs.", "CS CV", "cs.CV+", "cs..CV", "cs.CV.LG"])
def test_a_malformed_category_is_refused(server, category):
    """A category that cannot be one answers 400."""
    assert requests.get(f"{server.feed_url}/{category}", timeout=5).status_code == 400


# ---- the API ----


def test_the_api_gives_the_papers_named(server):
    """Papers named with or without version come back complete, in no promised order; unknown ones vanish."""
    wanted = [f"{name}v1" if place % 2 else name for place, name in enumerate(sorted(ids(TODAY, "new")))]
    got = found(server, id_list=[*wanted, "2613.99999"])
    assert set(got) == ids(TODAY, "new")
    assert len(got) == len(wanted)
    assert got != sorted(got)
    assert "<opensearch:totalResults>0<" in query(server, id_list="2613.99999").text


def test_the_api_knows_only_what_was_announced(server):
    """The index grows with the announcements: a paper is found from its day on."""
    paper_id = min(ids(TODAY, "new"))
    server.today = YESTERDAY
    assert found(server, id_list=[paper_id]) == []
    server.today = TODAY
    assert found(server, id_list=[paper_id]) == [paper_id]


def test_a_search_finds_a_submission_window(server):
    """Categories and the day's submission window find that day's papers and no others, page by page."""
    start, end = (f"{moment:%Y%m%d%H%M}" for moment in submission_window(TODAY))
    terms = " OR ".join(f"cat:{name}" for name in CATEGORIES)
    search = f"({terms}) AND submittedDate:[{start} TO {end}]"
    assert (start, end) == ("202603061900", "202603091800")
    assert set(found(server, page_size=7, query=search)) == ids(TODAY, "new", "cross")
    assert found(server, query=f"cat:cs.XX AND submittedDate:[{start} TO {end}]") == []


def test_a_search_pages_in_the_order_asked_for(server):
    """Slices in ascending submission order cover the matches once, and the total is that of all of them."""
    sort = {"search_query": "cat:cs.LG", "sortBy": "submittedDate", "sortOrder": "ascending"}
    whole = etree.fromstring(query(server, max_results=2000, **sort).content)
    second = etree.fromstring(query(server, start=10, max_results=5, **sort).content)
    names = [entry.findtext("a:id", None, ATOM) for entry in whole.iterfind("a:entry", ATOM)]
    times = [entry.findtext("a:published", None, ATOM) for entry in whole.iterfind("a:entry", ATOM)]
    total = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
    assert times == sorted(times)
    assert [e.findtext("a:id", None, ATOM) for e in second.iterfind("a:entry", ATOM)] == names[10:15]
    assert whole.findtext(total) == second.findtext(total) == str(len(names))


def test_a_search_gives_the_current_version():
    """Of a revised paper the API gives the newest version, with the first one's submission time."""
    old = paper("2615.00001", "cs.LG", submitted="2026-02-20T10:00:00Z")
    days = {
        YESTERDAY: {"papers": [old]},
        TODAY: {"papers": [paper("2615.00001", "cs.LG", kind="replace", version="2")]},
    }
    with ArxivServer(days, TODAY) as server:
        (result,) = client(server).results(arxiv.Search("submittedDate:[202602200000 TO 202602202359]"))
        assert result.get_short_id() == "2615.00001v2"
        assert result.published == datetime(2026, 2, 20, 10, tzinfo=UTC) < result.updated
        assert found(server, id_list=["2615.00001v1"]) == ["2615.00001"]


def test_the_api_gives_authors_in_unicode():
    """TeX accents are letters, and an affiliation with commas stands beside its author's name."""
    authors = r"Auth\'or 12 (Example Lab, Sampletown), Fran\c{c}ois Author"
    with ArxivServer({TODAY: {"papers": [paper("2615.00001", "cs.LG", authors=authors)]}}, TODAY) as server:
        (result,) = client(server).results(arxiv.Search(id_list=["2615.00001"]))
        assert [author.name for author in result.authors] == ["Authór 12", "François Author"]
        assert result.authors[0].affiliation == ["Example Lab, Sampletown"]
        creator = feed(server, "cs.LG").find("item").findtext("{http://purl.org/dc/elements/1.1/}creator")
        assert creator == authors


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"id_list": "no id"},
        {"search_query": "cat:cs.LG AND"},
        {"search_query": "(cat:cs.LG"},
        {"search_query": "cat:cs.LG)"},
        {"search_query": "submittedDate:[202613010000 TO 202613020000]"},
        {"id_list": "2613.00001", "start": "-1"},
        {"search_query": "cat:cs.LG", "sortBy": "date"},
    ],
)
def test_a_malformed_query_is_an_error_entry(server, params):
    """What the API cannot read answers 400 with one entry titled Error and no publication date."""
    answer = query(server, **params)
    (entry,) = etree.fromstring(answer.content).iterfind("a:entry", ATOM)
    assert answer.status_code == 400
    assert entry.findtext("a:title", None, ATOM) == "Error"
    assert entry.findtext("a:id", None, ATOM).startswith("https://arxiv.org/api/errors#")
    assert entry.find("a:published", ATOM) is None


# ---- hostile text ----


def test_hostile_papers_arrive_whole():
    """Markup, TeX, marks of direction and thousands of authors survive both ways; control characters go."""
    with ArxivServer({TODAY: {"papers": HOSTILE}}, TODAY) as server:
        listed = {item.findtext("link")[-10:]: item for item in feed(server, "cs.LG").iter("item")}
        results = client(server, 100).results(arxiv.Search(id_list=list(listed), max_results=None))
        known = {result.get_short_id().removesuffix("v1"): result for result in results}
    assert listed.keys() == known.keys() == {p["id"] for p in HOSTILE}
    for hostile in HOSTILE:
        title = "".join(c for c in hostile["title"] if c not in "\x00\x08\x1b")
        abstract = "".join(c for c in hostile["abstract"] if c not in "\x0b\ufffe")
        assert listed[hostile["id"]].findtext("title") == title
        assert listed[hostile["id"]].findtext("description").endswith(f"\nAbstract: {abstract}")
        assert known[hostile["id"]].title == " ".join(title.split())
        assert known[hostile["id"]].summary == abstract
        assert len(known[hostile["id"]].authors) == len(split_authors(hostile["authors"]))


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec=None), max_size=40))
def test_any_text_makes_a_well_formed_feed(text):
    """Whatever stands in a title, the feed can be parsed and nothing but characters outside XML is lost."""
    shown = paper("2615.00001", "cs.LG") | {"title": text, "abstract": text, "authors": text}
    root = etree.fromstring(feed_document(["cs.LG"], TODAY, [("new", shown)]))
    kept = "".join(
        c for c in text if c in "\t\n\r" or " " <= c < "\ud800" or (c >= "\ue000" and c not in "\ufffe\uffff")
    )
    assert root.findtext(".//item/title") == kept.replace("\r\n", "\n").replace("\r", "\n")


# ---- misbehaviour ----


def test_a_stale_feed_has_todays_date_and_old_rows(server):
    """A stale feed cannot be told by its date, an old one can, an empty one has neither rows nor fault."""
    for fault in (Fault.stale, Fault.old, Fault.empty):
        server.fault("feed", fault)
    stale, old, empty, right = (feed(server) for _ in range(4))
    previous = {p["id"] for p in DAYS[YESTERDAY]["papers"]}
    assert (rows(stale).keys(), stale.findtext("pubDate")[5:7]) == (previous, "10")
    assert (rows(old).keys(), old.findtext("pubDate")[5:7]) == (previous, "09")
    assert (list(rows(empty)), empty.findtext("pubDate")[5:7]) == ([], "10")
    assert rows(right).keys() == {p["id"] for p in DAYS[TODAY]["papers"]}


def test_one_category_can_be_stale_alone(server):
    """A fault of one category shows in every feed that names it and leaves the others' rows alone."""
    server.fault("feed", Fault.stale, category="cs.RO", times=None)
    robots = rows(feed(server, "cs.RO")).keys()
    assert robots <= {p["id"] for p in DAYS[YESTERDAY]["papers"]}
    assert rows(feed(server, "cs.CV")).keys() <= {p["id"] for p in DAYS[TODAY]["papers"]}
    mixed = rows(feed(server, "cs.CV+cs.RO")).keys()
    assert robots <= mixed
    assert rows(feed(server, "cs.CV")).keys() <= mixed
    server.clear_faults()
    assert not robots & rows(feed(server, "cs.RO")).keys()


def test_an_overflowing_feed_drops_new_papers_first(server):
    """The cap of 2,000 keeps replacements and cuts the newest end of the list."""
    server.fault("feed", Fault.overflow(2000))
    server.fault("feed", Fault.overflow(1960))
    full, nearly = rows(feed(server)), rows(feed(server))
    assert len(full) == len(nearly) == 2000
    assert "new" not in full.values()
    assert 0 < sum(kind == "new" for kind in nearly.values()) < len(ids(TODAY, "new"))


@pytest.mark.parametrize("service", ["feed", "api"])
@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        (Fault.status(429, retry_after=7), 429, "Rate exceeded."),
        (Fault.status(403), 403, "<!DOCTYPE html>"),
        (Fault.status(503), 503, "<!DOCTYPE html>"),
        (Fault.rate_exceeded, 200, "Rate exceeded."),
        (Fault.html, 200, "<!DOCTYPE html>"),
        (Fault.blank, 200, ""),
    ],
)
def test_a_refusal_is_served_as_often_as_asked(server, service, fault, status, body):
    """An overloaded arXiv answers so twice, then rightly, and the log says which."""
    server.fault(service, fault, times=2)
    url = f"{server.feed_url}/cs.LG" if service == "feed" else f"{server.api_url}?search_query=cat:cs.LG"
    answers = [requests.get(url, timeout=5) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].text == answers[1].text
    assert answers[0].text.startswith(body)
    assert answers[0].headers.get("Retry-After") == ("7" if status == 429 else None)
    assert "xml" in answers[2].headers["Content-Type"]
    assert [(entry.kind, entry.fault) for entry in server.log] == [(service, fault.name)] * 2 + [(service, "")]


def test_broken_transfers(server):
    """A disconnect breaks the transfer, a truncation looks whole, a redirect and gzip are transparent."""
    server.fault("feed", Fault.disconnect)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        feed(server)
    server.fault("feed", Fault.truncated)
    with pytest.raises(etree.XMLSyntaxError):
        feed(server)
    server.fault("feed", Fault.redirect, times=None)
    answer = requests.get(f"{server.feed_url}/cs.LG", timeout=5)
    assert [step.status_code for step in (*answer.history, answer)] == [301, 200]
    server.clear_faults()
    server.fault("feed", Fault.gzip)
    packed = requests.get(f"{server.feed_url}/cs.LG", timeout=5)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content == answer.content


def test_a_stall_ends_with_the_server():
    """A stalled request is answered late, and one that stalls for an hour does not outlive the server."""
    with ArxivServer(DAYS, TODAY) as server:
        server.fault("feed", Fault.stall(0.2))
        feed(server)
        assert server.log[0].finished - server.log[0].started >= 0.2
        server.fault("feed", Fault.stall(3600))
        ended = []

        def wait():
            with pytest.raises(requests.exceptions.ConnectionError):
                feed(server)
            ended.append(time.monotonic())

        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.1)
    waiting.join(timeout=2)
    assert ended
    with pytest.raises(requests.exceptions.ConnectionError):
        feed(server)


def test_the_api_can_lie_about_pages(server):
    """Missing, shifted, short and empty pages keep the status 200 and a total that tells on most of them."""
    wanted = sorted(ids(TODAY, "new"))
    server.fault("api", Fault.missing(ids=wanted[:2]))
    assert set(found(server, page_size=100, id_list=wanted)) == set(wanted[2:])
    server.fault("api", Fault.missing(share=0.5), times=2)
    half, same = (found(server, page_size=100, id_list=wanted) for _ in range(2))
    assert half == same
    assert 0 < len(half) < len(wanted)
    server.fault("api", Fault.shifted(3), skip=1)
    shifted = found(server, page_size=30, id_list=wanted)
    assert len(shifted) - len(set(shifted)) == 3
    server.fault("api", Fault.short_page)
    short = query(server, id_list=",".join(wanted), max_results=20).text
    assert (short.count("<entry>"), f"totalResults>{len(wanted)}<" in short) == (10, True)
    server.fault("api", Fault.empty_page)
    empty = query(server, id_list=",".join(wanted)).text
    assert (empty.count("<entry>"), f"totalResults>{len(wanted)}<" in empty) == (0, True)
    server.fault("api", Fault.error_feed)
    error = query(server, id_list=wanted[0])
    assert (error.status_code, "<title>Error</title>" in error.text) == (200, True)
    server.fault("api", Fault.bad_date)
    with pytest.raises(ValueError, match=r"month|day|hour|isoformat"):
        found(server, id_list=wanted)


def test_a_fault_needs_its_service(server):
    """A feed has no pages and the API no rows, so their faults are refused."""
    with pytest.raises(ValueError, match="cannot show"):
        server.fault("feed", Fault.empty_page)
    with pytest.raises(ValueError, match="cannot show"):
        server.fault("api", Fault.stale)


def test_the_log_tells_what_was_asked(server):
    """The log holds each request's categories, ids, search, client and times, in order."""
    feed(server, "cs.CV+cs.LG", headers={"User-Agent": "digest/0"})
    query(server, search_query="cat:cs.LG", id_list="2613.00001,2613.00002")
    first, second = server.log
    assert (first.kind, first.categories, first.user_agent, first.status) == (
        "feed",
        ("cs.CV", "cs.LG"),
        "digest/0",
        200,
    )
    assert (second.kind, second.ids) == ("api", ("2613.00001", "2613.00002"))
    assert (second.search_query, second.categories) == ("cat:cs.LG", ("cs.LG",))
    assert first.started <= first.finished <= second.started <= second.finished


# ---- days ----


def test_a_folder_of_days_is_read_when_asked_for(tmp_path):
    """Day files, packed or not, are served from a folder, and one that no request needs is never opened."""
    (tmp_path / f"{YESTERDAY}.json").write_text(json.dumps({"papers": [paper("2615.00001", "cs.LG")]}))
    packed = gzip.compress(json.dumps({"papers": [paper("2615.00002", "cs.LG")]}).encode())
    (tmp_path / f"{TODAY}.json.gz").write_bytes(packed)
    for unneeded in ("2026-02-20", "2026-03-11"):
        (tmp_path / f"{unneeded}.json").write_text("no JSON")
    with ArxivServer(DayFolder(tmp_path), TODAY) as server:
        assert rows(feed(server)) == {"2615.00002": "new"}
        assert found(server, id_list=["2615.00001"]) == ["2615.00001"]
        assert len(found(server, query="cat:cs.LG AND submittedDate:[202603010000 TO 202603100000]")) == 2


def test_a_day_that_cannot_be_is_refused():
    """There is no announcement on a Sunday: neither served nor made up."""
    sunday = date(2026, 3, 8)
    with (
        pytest.raises(ValueError, match="no announcement day"),
        ArxivServer({sunday: {"papers": []}}, sunday),
    ):
        pass
    with pytest.raises(ValueError, match="no announcement day"):
        synthetic_day(sunday)


def test_a_synthetic_day_depends_on_its_date_alone():
    """The same day has the same papers whatever was asked for with it, and another seed has others."""
    longer = synthetic_days(TODAY, 40)
    assert longer[TODAY] == synthetic_day(TODAY) != synthetic_day(TODAY, seed=1)
    assert list(longer) == sorted(longer)
    assert all(map(is_announcement_day, longer))
    few, many = (synthetic_day(TODAY, papers=count)["papers"] for count in (10, 50))
    assert all(p in many for p in few)


def test_synthetic_papers_are_no_real_ones():
    """Ids lie in months that do not exist, ascend within a day and are unique; every text says what it is."""
    days = synthetic_days(TODAY, 60, papers=200)
    everything = [p for content in days.values() for p in content["papers"]]
    assert len({p["id"] for p in everything}) == len(everything) == 12_000
    assert all(int(p["id"][2:4]) > 12 for p in (*everything, *HOSTILE))
    assert all(MARK in p["abstract"] for p in (*everything, *HOSTILE))
    assert all(p["title"].endswith("(Synthetic)") for p in everything)
    for content in days.values():
        assert (listed := [p["id"] for p in content["papers"]]) == sorted(listed)


def test_synthetic_weeks_look_like_weeks():
    """Tuesdays carry the weekend, all announce types occur, and one field grows over the months."""
    days = synthetic_days(TODAY, 120)
    by_weekday = {w: [len(c["papers"]) for d, c in days.items() if d.weekday() == w] for w in range(5)}
    mean = {weekday: sum(counts) / len(counts) for weekday, counts in by_weekday.items()}
    assert mean[1] > 1.4 * max(mean[0], mean[2], mean[3], mean[4])
    kinds = {p["announce_type"] for content in days.values() for p in content["papers"]}
    assert kinds == {"new", "cross", "replace"}
    early, late = list(days.values())[:40], list(days.values())[-40:]
    share = [
        sum(v["field"] == FIELDS[6] for c in part for v in c["verdicts"].values())
        / sum(len(c["verdicts"]) for c in part)
        for part in (early, late)
    ]
    assert share[1] > 1.3 * share[0]


def test_synthetic_verdicts_have_the_recorded_shape():
    """Recommendations are scored 6 to 10 in the reader's fields, for papers of the day, with a reason."""
    content = synthetic_day(TODAY)
    read = {p["id"] for p in content["papers"] if p["announce_type"] != "replace"}
    assert content.keys() == {"date", "judge", "read", "tokens", "papers", "verdicts", "retest"}
    assert content["read"] == len(read)
    assert content["verdicts"].keys() < read
    for verdict in content["verdicts"].values():
        assert 6 <= verdict["score"] <= 10
        assert verdict["field"] in FIELDS
        assert verdict["reason"].endswith("。")
