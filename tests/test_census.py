"""The count of a day, on good and bad mornings, through real HTTP.

The numbers in brackets are the edge cases of arXiv's services that this project keeps a list of:
[1] held papers ... [25] category aliases. Those of the wire itself are in test_arxiv_session.py, [3] is the calendar's.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from digest_lib.announcements import feed_time, submission_window
from digest_lib.arxiv_source import ArxivSource
from digest_lib.census import Census, Known
from digest_lib.errors import ArxivUnreachable
from digest_lib.history import MANIFEST, Archive
from digest_lib.patience import Patience
from digest_lib.reader import Reader
from digest_lib.records import Announcement, CategoryState
from tests.servers.arxiv import ArxivServer
from tests.servers.faults import Fault
from tests.servers.synthetic import HOSTILE, synthetic_days

MONDAY = date(2026, 2, 9)
FRIDAY = date(2026, 2, 6)
ELSEWHERE = {
    "id": "2613.99999",
    "version": "1",
    "announce_type": "new",
    "title": "Synthetic",
    "authors": "Author 1",
    "abstract": "Synthetic abstract.",
    "primary_category": "hep-th",
}
Count = Callable[..., Announcement]


@pytest.fixture
def count(source: ArxivSource, reader: Reader) -> Count:
    """Takes the census of 2026-02-09, or of another day, with little patience or none."""

    def take(
        day: date = MONDAY, *, known: Known | None = None, patience: float = 0, stored: Announcement | None = None
    ) -> Announcement:
        return Census(day, reader, source, known).take(Patience(patience), stored)

    return take


def new_ids(days: dict[date, dict], day: date, *categories: str) -> set[str]:
    """What a day's file announces as new in the categories."""
    papers = days[day]["papers"]
    return {p["id"] for p in papers if p["announce_type"] == "new" and p["primary_category"] in categories}


def ids(announcement: Announcement) -> set[str]:
    """The papers of an announcement."""
    return {paper.id for paper in announcement.papers}


def states(announcement: Announcement) -> dict[str, str]:
    """Each category's state."""
    return {name: category.state for name, category in announcement.categories.items()}


@pytest.fixture
def served(reader: Reader):
    """Serves hand-made papers on 2026-02-09 and takes their census with a reader of one's own making."""

    def take(*papers: dict, known: Known | None = None, **changes: object) -> Announcement:
        filled = [
            {"version": "1", "announce_type": "new", "authors": "Author 1", "primary_category": "cs.CV"}
            | {"id": f"2613.{number:05d}", "title": f"Synthetic {number}", "abstract": "Synthetic abstract."}
            | paper
            for number, paper in enumerate(papers, 1)
        ]
        # On a working day somebody submits something: an index without any paper of the day is behind.
        filled.append(ELSEWHERE)
        with ArxivServer({MONDAY: {"date": "2026-02-09", "papers": filled}}, MONDAY) as server:
            source = ArxivSource(server.api_url, server.feed_url)
            return Census(MONDAY, reader.model_copy(update=changes), source, known).take(Patience(0))

    return take


def test_a_good_morning_is_counted_whole(count: Count, days: dict, arxiv: ArxivServer):
    """Every new paper of the reader's categories is there, described by the index, in the fewest requests."""
    announcement = count()
    assert new_ids(days, MONDAY, "cs.CV", "cs.LG") == ids(announcement)
    for name, category in announcement.categories.items():
        assert len(new_ids(days, MONDAY, name)) == category.announced == category.fetched
        assert (category.state, category.source) == ("announced", "feed")
    assert {"cs.CV", "cs.LG"} == set(announcement.feed_hash)
    assert ["feed", "feed", "api"] == [request.kind for request in arxiv.log]


def test_requests_of_a_300_paper_day_are_one_a_category_and_one_per_150_papers(reader: Reader):
    """Four categories and 300 papers take six requests."""
    categories = ("cs.CV", "cs.LG", "cs.AI", "cs.RO")
    days = synthetic_days(MONDAY, 1, papers=370)
    fresh = [p for p in days[MONDAY]["papers"] if p["announce_type"] == "new"][:300]
    with ArxivServer({MONDAY: days[MONDAY] | {"papers": fresh}}, MONDAY) as server:
        source = ArxivSource(server.api_url, server.feed_url)
        announcement = Census(MONDAY, reader.model_copy(update={"categories": categories}), source).take(Patience(0))
        assert len(announcement.papers) == 300
        assert len(server.log) == 6


def test_a_held_paper_belongs_to_the_day_that_announces_it(served):
    """[1] A paper submitted a fortnight before its announcement is new on the day whose feed lists it."""
    announcement = served({"submitted": "2026-01-25T10:00:00+00:00"}, {})
    assert {"2613.00001", "2613.00002"} == ids(announcement)


def test_the_id_says_nothing_about_the_day(count: Count, days: dict):
    """[2] A past day's papers are found by their time of submission; their ids bear a month that does not exist."""
    announcement = count(FRIDAY)
    assert new_ids(days, FRIDAY, "cs.CV", "cs.LG") == ids(announcement)
    assert {"window"} == {category.source for category in announcement.categories.values()}
    assert all(int(paper.id[2:4]) > 12 for paper in announcement.papers)


def test_a_feed_from_before_midnight_is_late(count: Count, arxiv: ArxivServer):
    """[4] Until midnight in New York the feed is yesterday's; the window stands in, and says so."""
    arxiv.fault("feed", Fault.old, times=None)
    announcement = count()
    assert states(announcement) == {"cs.CV": "late", "cs.LG": "late"}
    assert {"window"} == {category.source for category in announcement.categories.values()}
    assert announcement.categories["cs.CV"].why == "its feed is still that of 2026-02-06"


def test_an_index_behind_its_feed_is_stood_in_for_and_filled_in(count: Count, days: dict, arxiv: ArxivServer):
    """[5] What the index lacks comes from the feed and is marked; the next run asks for that alone."""
    wanted = new_ids(days, MONDAY, "cs.CV", "cs.LG")
    lacking = sorted(wanted)[:3]
    arxiv.fault("api", Fault.missing(lacking), times=None)
    partial = count()
    assert wanted == ids(partial)
    assert set(lacking) == {paper.id for paper in partial.papers if paper.metadata == "feed"}
    assert "late" in states(partial).values()
    assert 3 == sum(category.announced - category.fetched for category in partial.categories.values())

    arxiv.clear_faults()
    asked = len(arxiv.log)
    whole = count(stored=partial)
    assert wanted == ids(whole)
    assert {"announced"} == set(states(whole).values())
    assert {"api"} == {paper.metadata for paper in whole.papers}
    assert set(lacking) == {paper for request in arxiv.log[asked:] for paper in request.ids}


def test_a_feed_describes_its_papers_as_the_index_would(served, arxiv: ArxivServer, reader: Reader):
    """[23] Without the index, names are whole and in Unicode, affiliations with commas are no authors."""
    authors = r"Fran\c{c}ois Author, B. Example (Lab (Unit 2), City), Bart{\l}omiej Zi\'elony"
    paper = {
        "id": "2613.00001",
        "version": "2",
        "announce_type": "new",
        "authors": authors,
        "title": "A $O(n)$ &amp; B",
    }
    paper |= {"abstract": "  We show $a<b$.\n\n  Second paragraph.", "primary_category": "cs.CV"}
    with ArxivServer({MONDAY: {"papers": [paper]}}, MONDAY) as server:
        source = ArxivSource(server.api_url, server.feed_url)
        by_index = Census(MONDAY, reader, source).take(Patience(0)).papers[0]
        server.fault("api", Fault.status(403), times=None)
        by_feed = Census(MONDAY, reader, source).take(Patience(0)).papers[0]
    assert by_feed.authors == ("François Author", "B. Example", "Bartłomiej Ziélony")
    assert by_index.affiliations == ("Lab (Unit 2), City",)
    assert (by_feed.metadata, by_feed.version, by_feed.title) == ("feed", 2, "A $O(n)$ & B")
    same = {"title", "authors", "abstract", "id", "version", "primary_category"}
    assert by_feed.model_dump(include=same) == by_index.model_dump(include=same)


def test_a_stale_feed_is_told_by_the_stored_batch(count: Count, days: dict, arxiv: ArxivServer):
    """[6] A feed under today's date that lists the last batch again is stale; its papers are not new twice."""
    arxiv.fault("feed", Fault.stale, category="cs.CV", times=None)
    stored = Known(ids=new_ids(days, FRIDAY, "cs.CV", "cs.LG"))
    announcement = count(known=stored)
    assert states(announcement) == {"cs.CV": "stale", "cs.LG": "announced"}
    assert not ids(announcement) & stored.ids
    # The window stands in for what the stale feed does not say.
    assert new_ids(days, MONDAY, "cs.CV", "cs.LG") == ids(announcement)


def test_a_stale_feed_is_told_by_the_index_on_a_first_morning(count: Count, days: dict, arxiv: ArxivServer):
    """[6] With nothing stored, a feed without one of the papers submitted for the day is stale."""
    arxiv.fault("feed", Fault.stale, category="cs.LG", times=None)
    announcement = count()
    assert states(announcement) == {"cs.CV": "announced", "cs.LG": "stale"}
    assert "lists none of the" in announcement.categories["cs.LG"].why
    assert new_ids(days, MONDAY, "cs.CV", "cs.LG") == ids(announcement)


def test_a_feed_of_held_papers_alone_is_not_stale(served):
    """[1][6] Where nothing was submitted for the day, a feed of older papers is right."""
    announcement = served({"submitted": "2026-02-01T10:00:00+00:00"})
    assert states(announcement) == {"cs.CV": "announced", "cs.LG": "quiet"}


def test_an_empty_feed_is_quiet_only_if_nothing_was_submitted(count: Count, arxiv: ArxivServer, served):
    """[7] The index decides whether an empty feed is a quiet category or a fault."""
    arxiv.fault("feed", Fault.empty, category="cs.CV", times=None)
    announcement = count()
    assert states(announcement) == {"cs.CV": "late", "cs.LG": "announced"}
    assert "its feed is empty, but" in announcement.categories["cs.CV"].why
    assert states(served({})) == {"cs.CV": "announced", "cs.LG": "quiet"}
    assert states(served()) == {"cs.CV": "quiet", "cs.LG": "quiet"}


def test_a_morning_without_anything_is_quiet_and_asked_about_again(reader: Reader, days: dict):
    """[7] Empty feeds and an index without the day are quiet, as on a holiday, but the next run looks again."""
    with ArxivServer({FRIDAY: days[FRIDAY]}, MONDAY) as server:
        source = ArxivSource(server.api_url, server.feed_url)
        quiet = Census(MONDAY, reader, source).take(Patience(60))
    assert states(quiet) == {"cs.CV": "quiet", "cs.LG": "quiet"}
    assert not any(category.is_settled for category in quiet.categories.values())
    with ArxivServer(days, MONDAY) as server:
        source = ArxivSource(server.api_url, server.feed_url)
        whole = Census(MONDAY, reader, source).take(Patience(0), quiet)
    assert new_ids(days, MONDAY, "cs.CV", "cs.LG") == ids(whole)


def test_an_empty_feed_that_nobody_can_check_is_not_called_quiet(count: Count, arxiv: ArxivServer):
    """[7] Without the index, an empty feed stays open for the next run."""
    arxiv.fault("feed", Fault.empty, category="cs.CV", times=None)
    arxiv.fault("api", Fault.status(403), times=None)
    assert count().categories["cs.CV"].why == "its feed is empty, and the index cannot be asked whether that is right"


def test_a_feed_cut_at_its_cap_is_truncated(count: Count, days: dict, arxiv: ArxivServer):
    """[8] A feed of 2,000 items has lost new papers; the window brings them, and the state says so."""
    arxiv.fault("feed", Fault.overflow(1995), category="cs.CV", times=None)
    announcement = count()
    assert states(announcement) == {"cs.CV": "truncated", "cs.LG": "announced"}
    assert new_ids(days, MONDAY, "cs.CV", "cs.LG") == ids(announcement)


def test_a_category_that_fails_is_named_and_the_others_go_on(count: Count, days: dict, arxiv: ArxivServer):
    """[9][10] One category's feed refused is that category's fault alone; the window stands in for it."""
    arxiv.fault("feed", Fault.status(503), category="cs.CV", times=None)
    announcement = count()
    assert states(announcement) == {"cs.CV": "failed", "cs.LG": "announced"}
    assert "HTTP 503" in announcement.categories["cs.CV"].why
    assert new_ids(days, MONDAY, "cs.CV", "cs.LG") == ids(announcement)


@pytest.mark.parametrize("fault", [Fault.short_page, Fault.shifted(2)], ids=["short", "shifted"])
def test_pages_that_shrink_or_shift_lose_nothing(reader: Reader, fault: Fault):
    """[12][13] Short pages are followed by more, repeated papers count once, and the total is checked."""
    days = synthetic_days(MONDAY, 2, papers=900)
    with ArxivServer(days, MONDAY) as server:
        server.fault("api", fault, times=1, skip=1)
        announcement = Census(FRIDAY, reader, ArxivSource(server.api_url, server.feed_url)).take(Patience(0))
    assert new_ids(days, FRIDAY, "cs.CV", "cs.LG") == ids(announcement)


def test_an_unreadable_result_is_no_end_of_the_results(count: Count, days: dict, arxiv: ArxivServer):
    """[12] A result that cannot be parsed does not cut off those after it: the feed stands in."""
    arxiv.fault("api", Fault.bad_date, times=None)
    announcement = count()
    assert new_ids(days, MONDAY, "cs.CV", "cs.LG") == ids(announcement)
    assert {"late"} == set(states(announcement).values())
    assert "cannot be read" in announcement.categories["cs.CV"].why


def test_a_second_version_is_not_a_new_paper(served):
    """[16] A paper known from an earlier day is not new again as v2."""
    fresh = [{} for _ in range(3)]
    announcement = served({"version": "2"}, *fresh, known=Known(ids={"2613.00001"}))
    assert ids(announcement) == {"2613.00002", "2613.00003", "2613.00004"}


def test_the_strongest_of_several_rows_counts(served):
    """[17] A paper in both feeds is new once, under its primary category."""
    announcement = served({"categories": ["cs.CV", "cs.LG"]}, include=("new", "cross"))
    assert [("2613.00001", "new")] == [(paper.id, paper.announce_type) for paper in announcement.papers]
    assert {"cs.CV": 1, "cs.LG": 0} == {name: c.announced for name, c in announcement.categories.items()}


def test_cross_lists_and_replacements_come_only_if_asked_for(served):
    """By default only new papers count; a reader may include the others, which keep their announce type."""
    papers = (
        {},
        {"primary_category": "cs.CL", "categories": ["cs.CL", "cs.LG"]},
        {"announce_type": "replace", "version": "3"},
    )
    assert ids(served(*papers)) == {"2613.00001"}
    announcement = served(*papers, include=("new", "cross", "replace"))
    kinds = {paper.id: (paper.announce_type, paper.version) for paper in announcement.papers}
    assert kinds == {"2613.00001": ("new", 1), "2613.00002": ("cross", 1), "2613.00003": ("replace", 3)}
    assert {"cs.CV": 2, "cs.LG": 1} == {name: c.announced for name, c in announcement.categories.items()}


@pytest.mark.parametrize("old", ["math.GT/0309136", "hep-th/9901001", "0704.0001"])
def test_ids_of_the_old_schemes_are_read(served, old: str):
    """[18] Old ids, with a slash or four digits, are kept whole and without their version."""
    announcement = served({"id": old, "announce_type": "replace", "version": "12"}, include=("replace",))
    assert [(old, 12, f"https://arxiv.org/abs/{old}")] == [(p.id, p.version, p.link) for p in announcement.papers]


def test_a_withdrawn_paper_is_still_announced(served):
    """[19][24] A paper with a withdrawal comment, without DOI or PDF and with ACM classes, is a paper."""
    categories = ["cs.CV", "I.2.10; I.4.8", "68T45"]
    (paper,) = served({"comment": "This paper has been withdrawn", "categories": categories}).papers
    assert paper.comment == "This paper has been withdrawn"
    assert paper.primary_category == "cs.CV"


def test_papers_are_matched_by_id_and_never_by_title(served):
    """[20] Two papers of one title are two papers."""
    assert len(served({"title": r"On $\ell_p$"}, {"title": r"On $\ell_p$"}).papers) == 2


def test_hostile_texts_arrive_as_one_clean_line(served):
    """[21][22][23] Entities, control characters, blanks, a title `0` and 3,000 authors come through whole."""
    announcement = served(*({k: v for k, v in wild.items() if k != "id"} for wild in HOSTILE))
    assert len(HOSTILE) == len(announcement.papers)
    assert "0" in {paper.title for paper in announcement.papers}
    assert max(len(paper.authors) for paper in announcement.papers) >= 3000
    for paper in announcement.papers:
        assert paper.title == " ".join(paper.title.split())
        assert not set(paper.title + paper.abstract) & set("\n\t\x00\u200e\u200f\u202e")


def test_two_names_of_one_category_are_one(served):
    """[25] A reader of math.IT gets what arXiv calls cs.IT."""
    aliased = Reader.model_validate({"categories": ["math.IT"], "fields": [{"name": "x"}]})
    assert aliased.categories == ("cs.IT",)
    announcement = served({"primary_category": "cs.IT", "categories": ["cs.IT", "math.IT"]}, categories=("cs.IT",))
    assert ids(announcement) == {"2613.00001"}


def test_patience_waits_for_what_comes_in_time(count: Count, days: dict, arxiv: ArxivServer, capsys):
    """A feed that becomes current within the reader's patience makes a complete day, with the wait shown."""
    arxiv.fault("feed", Fault.old, category="cs.CV", times=1)
    arxiv.fault("api", Fault.missing(share=1.0), times=2)
    announcement = count(patience=0.1)
    assert {"announced"} == set(states(announcement).values())
    assert new_ids(days, MONDAY, "cs.CV", "cs.LG") == ids(announcement)
    assert "waiting for cs.CV: its feed is still that of 2026-02-06: 0:0" in capsys.readouterr().err


def test_without_patience_nothing_is_waited_for(count: Count, arxiv: ArxivServer, capsys):
    """PATIENCE=0 asks each late feed once."""
    arxiv.fault("feed", Fault.old, times=None)
    count()
    assert ["feed", "feed", "api"] == [request.kind for request in arxiv.log]
    assert "waiting" not in capsys.readouterr().err


def test_what_is_settled_is_not_asked_for_again(count: Count, days: dict, arxiv: ArxivServer):
    """The next run asks for the late category alone and ends with the same papers as a good morning."""
    arxiv.fault("feed", Fault.status(403), category="cs.CV", times=1)
    partial = count()
    assert states(partial) == {"cs.CV": "failed", "cs.LG": "announced"}
    asked = len(arxiv.log)
    whole = count(stored=partial)
    assert new_ids(days, MONDAY, "cs.CV", "cs.LG") == ids(whole)
    assert {"announced"} == set(states(whole).values())
    assert [("cs.CV",)] == [request.categories for request in arxiv.log[asked:] if request.kind == "feed"]
    assert {"cs.CV", "cs.LG"} == set(whole.feed_hash)


def test_nothing_at_all_is_an_error_and_no_quiet_day(count: Count, arxiv: ArxivServer, reader: Reader):
    """Feeds and index both away raise with every category's reason, and without a network nothing is waited for."""
    arxiv.fault("feed", Fault.html, times=None)
    arxiv.fault("api", Fault.blank, times=None)
    with pytest.raises(ArxivUnreachable, match=r"2026-02-09 to be had: cs\.CV, cs\.LG: .*web page"):
        count()
    offline = ArxivSource("http://127.0.0.1:9/api/query", "http://127.0.0.1:9/rss")
    with pytest.raises(ArxivUnreachable, match="cannot be reached"):
        Census(MONDAY, reader, offline).take(Patience(60))


def test_a_past_day_looks_back_for_papers_that_were_held(days: dict, reader: Reader, source: ArxivSource):
    """A day without its feed takes the papers of earlier windows that those days did not have, and no known ones."""
    (earlier,) = (day for day in days if day == date(2026, 2, 5))
    start, _ = submission_window(earlier)
    held = min(new_ids(days, earlier, "cs.CV"))
    known = Known(ids=new_ids(days, earlier, "cs.CV", "cs.LG") - {held}, lookback=start)
    announcement = Census(FRIDAY, reader, source, known).take(Patience(0))
    assert new_ids(days, FRIDAY, "cs.CV", "cs.LG") | {held} == ids(announcement)


def test_the_archive_knows_how_far_to_look_back(tmp_path, paper):
    """Back over days made from feeds or before the day in question was in the index; not over one begun afterwards."""
    archive = Archive(tmp_path)
    thursday = date(2026, 2, 5)
    by_feed, by_window = (CategoryState(state="announced", source=source) for source in ("feed", "window"))

    def store(day: date, made: datetime, **categories: CategoryState) -> None:
        announced = Announcement(day=day, papers=(paper(day.day, announced=day),), categories=categories)
        archive.day(day).store(announced, made)

    def lookback() -> datetime | None:
        return Known.of(archive, MONDAY, (), frozenset()).lookback

    assert Known.of(archive, MONDAY, (), frozenset()) == Known()
    store(FRIDAY, feed_time(FRIDAY) + timedelta(hours=1), a=by_feed)
    assert submission_window(FRIDAY)[0] == lookback()
    store(thursday, feed_time(thursday), a=by_feed)
    assert submission_window(thursday)[0] == lookback()
    assert {"2613.00005", "2613.00006"} == Known.of(archive, MONDAY, (), frozenset()).ids
    store(FRIDAY, datetime(2026, 3, 1, tzinfo=UTC), a=by_window)  # completed afterwards, begun before
    assert submission_window(thursday)[0] == lookback()
    for made, expected in ((timedelta(hours=1), submission_window(thursday)[0]), (timedelta(days=2), None)):
        (archive.day(FRIDAY).path / MANIFEST).unlink()
        store(FRIDAY, feed_time(MONDAY) + made, a=by_window)
        assert lookback() == expected
    (archive.day(FRIDAY).path / MANIFEST).unlink()
    store(FRIDAY, feed_time(MONDAY) + timedelta(days=2), a=by_feed, b=by_window)
    assert submission_window(thursday)[0] == lookback()


def test_changed_categories_keep_what_is_settled(count: Count, days: dict, reader: Reader, source: ArxivSource):
    """Categories in another order cost no request; a dropped one takes its papers with it, a new one is asked for."""
    stored = count()
    other = reader.model_copy(update={"categories": ("cs.LG", "cs.AI")})
    announcement = Census(MONDAY, other, source).take(Patience(0), stored)
    assert new_ids(days, MONDAY, "cs.LG", "cs.AI") == ids(announcement)
    assert ["cs.LG", "cs.AI"] == list(announcement.categories)
