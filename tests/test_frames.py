"""The tables of the stored days, and the cache they are read through."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from digest_lib import frames
from digest_lib.errors import DigestError, ParametersError
from digest_lib.history import Archive
from digest_lib.records import Announcement, Tokens

MONDAY, TUESDAY = date(2026, 2, 9), date(2026, 2, 10)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive without days."""
    return Archive(tmp_path)


@pytest.fixture
def stored(archive, paper):
    """Stores a day with three papers and some verdicts; returns its folder."""

    def store(day=MONDAY, verdicts=()):
        folder = archive.day(day)
        papers = tuple(paper(number, announced=day) for number in (1, 2, 3))
        folder.store(Announcement(day=day, papers=papers, categories={}), datetime(2026, 2, 9, tzinfo=UTC))
        folder.append(verdicts)
        return folder

    return store


def scores(archive: Archive, first=MONDAY, last=TUESDAY) -> list[tuple[str, float]]:
    """Ids and scores of the table."""
    table = frames.judged_papers(archive, first, last)
    return list(zip(table["id"], table["score"], strict=True))


def test_the_table_has_each_paper_once_with_its_newest_verdict(archive, stored, verdict):
    """A paper judged twice has one row, with what was said last; an unjudged one has none, nor a trial of a prompt."""
    folder = stored(verdicts=[verdict(1, 3.0), verdict(2, 5.0), verdict(1, 8.0), verdict(3, 9.0, purpose="tune")])
    assert scores(archive) == [("2613.00001", 8.0), ("2613.00002", 5.0)]
    assert dict(scores(archive)) == {paper: one.score for paper, one in folder.newest_verdicts().items()}
    assert scores(archive, TUESDAY, date.max) == []


def test_an_imported_verdict_replaces_none(archive, stored, verdict):
    """What an older digest says counts only on a day that no run has judged."""
    imported = [verdict(number, 6.0).model_copy(update={"judge": "imported"}) for number in (1, 2)]
    folder = stored(verdicts=imported)
    assert scores(archive) == [("2613.00001", 6.0), ("2613.00002", 6.0)]
    folder.append([verdict(1, 8.0)])
    assert scores(archive) == [("2613.00001", 8.0)]


def test_what_has_changed_is_read_anew(archive, stored, verdict):
    """A verdict, a day or an account added after the cache was written is in the next table; a removed day is not."""
    folder = stored(verdicts=[verdict(1, 3.0)])
    assert len(scores(archive)) == 1
    folder.append([verdict(2, 4.0)])
    assert len(scores(archive)) == 2
    other = stored(TUESDAY, [verdict(3, 5.0)])
    assert len(scores(archive)) == 3
    folder.store_manifest(folder.manifest().model_copy(update={"tokens": Tokens(total=7)}))
    assert frames.accounts(archive, MONDAY, MONDAY)["tokens"][0]["total"] == 7
    other.path.rename(archive.root / "aside")
    assert len(scores(archive)) == 2


def test_an_unchanged_month_is_not_written_again(archive, stored, verdict):
    """Reading a second time leaves the cache's files as they are; other months are not touched."""
    stored(verdicts=[verdict(1, 3.0)])
    scores(archive)
    (file,) = (archive.root / frames.CACHE).iterdir()
    os.utime(file, ns=(0, 0))
    stored(MONDAY - timedelta(days=60))
    scores(archive, MONDAY - timedelta(days=90))
    assert file.stat().st_mtime_ns == 0


def test_a_cache_of_another_version_is_written_anew(archive, stored, verdict):
    """A file of the cache with other columns, or torn by a crash, counts as stale, and a deleted cache comes back."""
    stored(verdicts=[verdict(1, 3.0)])
    before = scores(archive)
    (file,) = (archive.root / frames.CACHE).iterdir()
    pq.write_table(pa.table({"x": [1]}), file)
    assert scores(archive) == before
    for torn in (b"", file.read_bytes()[:-9]):
        file.write_bytes(torn)
        assert scores(archive) == before
    file.unlink()
    assert scores(archive) == before


def test_a_torn_last_line_is_left_out_and_a_damaged_one_named(archive, stored, verdict):
    """A crash in mid-line costs that line alone; what is no JSON is an error that names the file."""
    folder = stored(verdicts=[verdict(1, 3.0)])
    path = folder.path / "verdicts.jsonl"
    whole = path.read_text()
    path.write_text(whole + whole[:40])
    assert len(scores(archive)) == 1
    path.write_text("no JSON\n")
    with pytest.raises(DigestError, match=r"verdicts\.jsonl was changed or damaged"):
        scores(archive)


def test_names_of_people_are_read_on_request(archive, stored, verdict):
    """Lists of authors come with the columns asked for, for papers of enough points alone."""
    stored(verdicts=[verdict(1, 3.0), verdict(2, 7.0)])
    table = frames.judged_papers(archive, MONDAY, MONDAY, 6, ("id", *frames.PEOPLE))
    assert [list(names) for names in table["authors"]] == [["Author 2"]]


def test_a_day_being_made_has_todays_account(archive, stored):
    """The account of a run that is still at work stands for that of its folder."""
    folder = stored()
    today = folder.manifest().model_copy(update={"papers_read": 3, "state": "complete"})
    assert list(frames.accounts(archive, MONDAY, MONDAY, today)["papers_read"]) == [3]
    assert list(frames.accounts(archive, MONDAY, MONDAY)["papers_read"]) == [0]


def test_texts_are_those_of_papers_with_an_abstract(archive, stored, paper):
    """Imported papers, which have none, have no say in what is new."""
    folder = archive.day(MONDAY)
    papers = (paper(1), paper(2, abstract=""))
    folder.store(Announcement(day=MONDAY, papers=papers, categories={}), datetime(2026, 2, 9, tzinfo=UTC))
    table = frames.texts(archive, MONDAY, MONDAY)
    assert [("2613.00001", "cs.CV")] == list(zip(table["id"], table["category"], strict=True))
    assert frames.texts(archive, TUESDAY, TUESDAY).empty


def test_a_window_is_by_default_the_last_90_days(archive, stored):
    """Without dates it ends with the newest stored day; no stored day, and no date, are told as such."""
    with pytest.raises(ParametersError, match="No day is stored"):
        frames.window(archive, "", "")
    stored()
    assert frames.window(archive, "", "") == (date(2025, 11, 11), MONDAY)
    assert frames.window(archive, "2026-01-05", "2026-02-06") == (date(2026, 1, 5), date(2026, 2, 6))
    with pytest.raises(ParametersError, match="FROM and TO are dates"):
        frames.window(archive, "soon", "")
    with pytest.raises(ParametersError, match=r"FROM \(2026-02-06\) is after TO"):
        frames.window(archive, "2026-02-06", "2026-01-05")
