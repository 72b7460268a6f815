"""Two readers of one category: what arXiv told the one is not asked for the other. All papers are synthetic."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from digest_lib import morning
from digest_lib.arxiv_source import ArxivSource
from digest_lib.history import Archive
from digest_lib.reader import Reader
from digest_lib.records import Announcement
from tests.conftest import MONDAY
from tests.servers.arxiv import ArxivServer
from tests.servers.faults import Fault

NOON = datetime(2026, 2, 9, 12, tzinfo=UTC)


@pytest.fixture
def fetch(arxiv: ArxivServer, source: ArxivSource, reader: Reader, tmp_path: Path):
    """Fetches Monday for a reader whose outputs bear a name; returns the announcement and the categories asked for."""

    def run(name: str, *categories: str, source: ArxivSource = source, **changes: object) -> tuple[Announcement, set]:
        before = len(arxiv.log)
        archive = Archive(tmp_path / "outputs" / name)
        whose = reader.model_copy(update={"categories": categories} | changes)
        announcement = morning.fetch(archive.day(MONDAY), whose, archive, source, NOON)
        return announcement, {name for request in arxiv.log[before:] for name in request.categories}

    return run


def test_a_second_reader_asks_only_for_what_nobody_has_read(fetch, arxiv: ArxivServer):
    """New papers, states and feed hashes are those of a reader who asked alone; shared categories cost no request."""
    fetch("", "cs.CV", "cs.LG")
    with_others, asked = fetch("vision", "cs.RO", "cs.CV")
    assert asked == {"cs.RO"}
    mine = {paper.id for paper in with_others.papers if paper.primary_category == "cs.RO"}
    assert mine
    assert {paper for request in arxiv.log[-1:] for paper in request.ids} == mine

    requests = len(arxiv.log)
    subset, _ = fetch("theory", "cs.LG")
    third, _ = fetch("third", "cs.CV", "cs.RO")
    assert len(arxiv.log) == requests
    for announcement in (with_others, subset, third):
        categories = tuple(announcement.categories)
        alone, asked = fetch(f"{len(categories)}{categories[0]}/outputs", *categories)
        assert asked == set(categories)
        assert announcement == alone


def test_who_includes_cross_lists_asks_for_themselves(fetch):
    """Another reader's folder cannot say which papers of a feed it left out, so a wider `include` is fetched whole."""
    fetch("", "cs.CV", "cs.LG")
    _, asked = fetch("wide", "cs.CV", include=("new", "cross"))
    assert asked == {"cs.CV"}
    crossing, _ = fetch("wide", "cs.CV", include=("new", "cross"))
    assert {paper.announce_type for paper in crossing.papers} == {"new", "cross"}
    narrow, asked = fetch("narrow", "cs.CV")
    assert asked == set()
    assert {paper.announce_type for paper in narrow.papers} == {"new"}


def test_what_is_in_doubt_or_from_elsewhere_is_not_shared(fetch, arxiv: ArxivServer):
    """A category that one reader could not settle, or has from another arXiv, the next reader asks for."""
    arxiv.fault("feed", Fault.html, category="cs.LG", times=None)
    first, _ = fetch("", "cs.CV", "cs.LG")
    assert not first.categories["cs.LG"].is_settled
    arxiv.clear_faults()
    second, asked = fetch("second", "cs.CV", "cs.LG")
    assert asked == {"cs.LG"}
    assert second.categories["cs.LG"].is_settled
    _, asked = fetch("", "cs.CV", "cs.LG")
    assert asked == set(), "the first reader is completed by the second"

    with ArxivServer(arxiv.days, MONDAY) as mirror:
        fetch("third", "cs.CV", source=ArxivSource(mirror.api_url, mirror.feed_url))
        assert {name for request in mirror.log for name in request.categories} == {"cs.CV"}


def test_what_an_earlier_day_had_is_neither_lost_nor_new_again(fetch, tmp_path: Path):
    """A day that lacks what an earlier one had stands for no feed, and shared papers are new to each reader once."""
    whole, _ = fetch("alone/outputs", "cs.CV")
    early, *rest = whole.papers
    for name in ("", "second"):
        friday = Archive(tmp_path / "outputs" / name).day(date(2026, 2, 6))
        held = early.model_copy(update={"announced": friday.date})
        friday.store(Announcement(day=friday.date, papers=(held,), categories=whole.categories), NOON)
    first, _ = fetch("", "cs.CV")
    assert list(first.papers) == rest
    third, asked = fetch("third", "cs.CV")
    assert (asked, third) == ({"cs.CV"}, whole)
    second, asked = fetch("second", "cs.CV")
    assert (asked, list(second.papers)) == (set(), rest)


def test_a_day_made_anew_is_asked_for_anew(
    fetch, arxiv: ArxivServer, source: ArxivSource, reader: Reader, tmp_path: Path
):
    """FORCE=1 on the newest day asks arXiv itself, whatever other readers have stored."""
    fetch("", "cs.CV", "cs.LG")
    fetch("second", "cs.CV", "cs.LG")
    before, archive = len(arxiv.log), Archive(tmp_path / "outputs" / "second")
    day = archive.open(MONDAY, rebuild=True)
    morning.fetch(day, reader, archive, source, NOON)
    assert {name for request in arxiv.log[before:] for name in request.categories} == {"cs.CV", "cs.LG"}
