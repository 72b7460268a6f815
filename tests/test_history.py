"""Day folders: nothing is lost, nothing is half-written, nobody writes at the same time."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from digest_lib.durable import write_atomically
from digest_lib.errors import DigestError, Locked
from digest_lib.history import DIGEST, NOTEBOOK, REPORT, VERDICTS, Archive, Day
from digest_lib.morning import open_day
from digest_lib.records import Announcement, CategoryState

MONDAY = date(2026, 2, 9)
NOW = datetime(2026, 2, 9, 5, 30, tzinfo=UTC)


def announced(*papers, day: date = MONDAY) -> Announcement:
    """An announcement of those papers in cs.CV."""
    state = CategoryState(state="announced", announced=len(papers), fetched=len(papers))
    return Announcement(day=day, papers=papers, categories={"cs.CV": state}, feed_hash={"cs.CV": "0"})


def finish(day: Day) -> None:
    """Give a stored day its documents and a complete account."""
    for name in (DIGEST, REPORT, NOTEBOOK):
        write_atomically(day.path / name, name)
    day.store_manifest(day.manifest().model_copy(update={"state": "complete"}))


def test_an_announcement_comes_back_as_it_was_stored(tmp_path: Path, paper):
    """What was stored of an announcement is read back equal, Unicode, quotes and line ends included."""
    day = Archive(tmp_path).open(MONDAY)
    announcement = announced(paper(1, title='Ö "quoted" 深度 \u2028 x'), paper(2, abstract="a\\b"))
    day.store(announcement, NOW)
    assert announcement == Archive(tmp_path).day(MONDAY).announcement()
    assert day.manifest().state == "partial"
    assert not day.is_finished


def test_papers_without_an_account_do_not_count(tmp_path: Path, paper):
    """A run killed before its account was written fetches again."""
    day = Archive(tmp_path).open(MONDAY)
    day.store(announced(paper()), NOW)
    (day.path / "run.json").unlink()
    assert day.announcement() is None


@pytest.mark.parametrize("cut", [1, 20, 150])
def test_a_torn_verdict_is_dropped_and_written_over(tmp_path: Path, verdict, cut: int):
    """A line that a crash tore is not read, and the next verdict does not grow onto it."""
    day = Archive(tmp_path).open(MONDAY)
    day.append([verdict(1), verdict(2)])
    path = day.path / VERDICTS
    path.write_bytes(path.read_bytes()[:-cut])
    assert [verdict(1)] == day.verdicts()
    day.append([verdict(3)])
    assert [verdict(1), verdict(3)] == day.verdicts()


def test_answers_that_arrive_together_are_kept_line_by_line(tmp_path: Path, verdict):
    """Verdicts that many threads add at once all come back, none torn by another."""
    day = Day(tmp_path, MONDAY)
    arrived = [verdict(number, reason="x" * 300_000) for number in range(64)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda one: day.append([one]), arrived))
    assert sorted(day.verdicts(), key=lambda one: one.paper) == arrived


def test_a_damaged_file_is_named(tmp_path: Path, verdict):
    """A line that was edited into something else is an error that names the file, not a lost verdict."""
    day = Archive(tmp_path).open(MONDAY)
    day.append([verdict(1)])
    (day.path / VERDICTS).write_text('{"paper": "2613.00001"}\n')
    with pytest.raises(DigestError, match=r"verdicts\.jsonl was changed or damaged"):
        day.verdicts()


def test_a_day_is_finished_when_its_documents_and_its_account_say_so(tmp_path: Path, paper):
    """Only a complete or quiet account beside both documents makes a day finished."""
    day = Archive(tmp_path).open(MONDAY)
    day.store(announced(paper()), NOW)
    assert not day.is_finished
    finish(day)
    assert day.is_finished
    (day.path / REPORT).unlink()
    assert not day.is_finished


def test_two_processes_do_not_write_one_day(tmp_path: Path):
    """A day that another process has open for writing is refused after a while, and free once that process ends."""
    hold = (
        "import sys; from datetime import date; from digest_lib.history import Archive;"
        f"Archive({str(tmp_path)!r}).open(date(2026, 2, 9)); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Locked, match="2026-02-09"):
            Archive(tmp_path).open(MONDAY, wait_seconds=0.2)
        other.stdin.close()
        other.wait()
    assert Archive(tmp_path).open(MONDAY, wait_seconds=0.2)


def test_a_second_run_is_locked_out(tmp_path: Path):
    """While one run holds the archive, another is told so at once."""
    with Archive(tmp_path).locked(), pytest.raises(Locked), Archive(tmp_path).locked():
        pass
    with Archive(tmp_path).locked():
        pass


def test_the_backlog_is_the_newest_papers_before_the_day(tmp_path: Path, paper):
    """The backlog holds the newest papers first and nothing of the day itself or after it."""
    archive = Archive(tmp_path)
    for offset in range(4):
        day = MONDAY + timedelta(days=offset)
        archive.open(day).store(announced(paper(2 * offset), paper(2 * offset + 1), day=day), NOW)
    backlog = archive.backlog(MONDAY + timedelta(days=3), most=3)
    assert ["2613.00004", "2613.00005", "2613.00002"] == [one.id for one in backlog]
    assert archive.backlog(MONDAY, most=3) == []


def test_a_rebuild_leaves_the_old_day_until_it_is_whole(tmp_path: Path, paper, verdict):
    """While a day is made anew its old folder stands unchanged; then the new one takes its place, verdicts included."""
    archive = Archive(tmp_path)
    day = archive.open(MONDAY)
    day.store(announced(paper(1)), NOW)
    day.append([verdict(1)])
    finish(day)
    before = {path.name: path.read_bytes() for path in day.path.iterdir()}

    rebuilt = archive.open(MONDAY, rebuild=True)
    assert archive.day(MONDAY).path == rebuilt.path
    rebuilt.store(announced(paper(1), paper(2)), NOW)
    rebuilt.append([verdict(2)])
    assert before == {path.name: path.read_bytes() for path in day.path.iterdir()}

    finish(rebuilt)
    archive.adopt(rebuilt)
    assert [verdict(1), verdict(2)] == Archive(tmp_path).day(MONDAY).verdicts()
    assert ["2026-02-09"] == [path.name for path in tmp_path.iterdir()]


def test_a_rebuild_of_a_past_day_keeps_its_papers_and_every_answer(tmp_path: Path, paper, verdict):
    """Once its feed is gone a day keeps its announcement, and what a killed rebuild had bought is not lost."""
    day = Archive(tmp_path).open(MONDAY)
    day.store(announced(paper(1)), NOW)
    day.append([verdict(1)])
    killed = Archive(tmp_path).open(MONDAY, rebuild=True, refetch=False)
    killed.append([verdict(2)])
    os.close(killed.lock)
    day.append([verdict(3)])
    rebuilt = Archive(tmp_path).open(MONDAY, rebuild=True, refetch=False)
    assert day.announcement() == rebuilt.announcement()
    assert {"2613.00001", "2613.00002", "2613.00003"} == {one.paper for one in rebuilt.verdicts()}


@pytest.mark.parametrize(("now", "kept"), [("2026-02-06T12:00:00-05:00", 0), ("2026-02-07T12:00:00-05:00", 1)])
def test_a_rebuild_over_the_weekend_keeps_fridays_announcement(tmp_path: Path, reader, paper, now: str, kept: int):
    """The newest day is fetched anew while its feed is there; on Saturday what Friday's feed said is kept."""
    archive, friday = Archive(tmp_path), date(2026, 2, 6)
    archive.day(friday).store(announced(paper(), day=friday), NOW)
    rebuilt = open_day(archive, "", reader, datetime.fromisoformat(now), rebuild=True)
    assert (rebuilt.date, len(rebuilt.papers())) == (friday, kept)


def test_an_interrupted_replacement_is_undone_or_completed(tmp_path: Path, paper):
    """Killed between taking the old folder away and putting the new one in, an archive finds its day again."""
    archive = Archive(tmp_path)
    archive.open(MONDAY).store(announced(paper()), NOW)
    (tmp_path / "2026-02-09").rename(tmp_path / ".old-2026-02-09")
    archive.recover()
    assert archive.day(MONDAY).announcement()
    (tmp_path / ".old-2026-02-09").mkdir()
    archive.recover()
    assert ["2026-02-09"] == [path.name for path in tmp_path.iterdir()]


def test_a_file_holds_the_old_text_or_the_new(tmp_path: Path):
    """Writing replaces a file as a whole, and an encoding error on the way leaves the old text."""
    path = tmp_path / "digest.md"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new \ud800")
    assert path.read_text() == "old"


def test_a_second_reader_finds_what_was_answered_before(tmp_path: Path, verdict):
    """Verdicts of other readers under the same outputs are seen, one's own and other archives' are not."""
    first, second = Archive(tmp_path / "outputs"), Archive(tmp_path / "outputs" / "vision")
    first.open(MONDAY).append([verdict(1)])
    second.open(MONDAY).append([verdict(2)])
    assert [verdict(1)] == second.verdicts_of_other_readers(MONDAY)
    assert [verdict(2)] == first.verdicts_of_other_readers(MONDAY)
    assert Archive(tmp_path / "elsewhere").verdicts_of_other_readers(MONDAY) == []


def test_pruning_takes_old_run_notebooks_and_nothing_else(tmp_path: Path, paper):
    """All but the newest days lose their notebooks, failed ones too; they stay finished, and again nothing changes."""
    archive = Archive(tmp_path)
    for offset in (3, 4, 5, 6):
        day = archive.day(MONDAY - timedelta(days=offset))
        day.store(announced(paper(), day=day.date), NOW)
        finish(day)
    (day.path / "run.failed.ipynb").write_text("{}")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    gone = archive.prune(keep=2)
    assert {path.relative_to(tmp_path).as_posix() for path in gone} == {
        "2026-02-03/run.ipynb",
        "2026-02-03/run.failed.ipynb",
        "2026-02-04/run.ipynb",
    }
    assert before - {path for path in tmp_path.rglob("*") if path.is_file()} == set(gone)
    assert all(day.is_finished for day in archive.days())
    assert archive.prune(keep=2) == []
    assert len(archive.prune(keep=0)) == 2
    with archive.locked(), pytest.raises(Locked):
        archive.prune(keep=0)
