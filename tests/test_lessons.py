"""What is learned from stored days, and what is kept of it from one morning to the next (all days synthetic)."""

from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path

import joblib
import pytest

from bench.cascade import store_judged
from bench.days import JudgedDay
from digest_lib import lessons
from digest_lib.history import Archive
from digest_lib.judging.prompt import Prompt
from digest_lib.lessons import KEPT
from digest_lib.reader import Reader
from digest_lib.records import Manifest, Verdict


@pytest.fixture
def archive(tmp_path: Path, judged: list[JudgedDay], wants: Reader, prompt: Prompt) -> Archive:
    """Three stored days of 60 papers that a model judged."""
    found = Archive(tmp_path / "outputs")
    for day in judged[:3]:
        store_judged(found, JudgedDay(day.date, day.papers[:60], day.verdicts), wants, prompt)
    return found


def test_what_is_taught_tonight_is_known_tomorrow(archive: Archive, judged: list[JudgedDay], wants: Reader, capsys):
    """It is learned once, kept, and not learned again while nothing has changed."""
    lessons.teach(archive, wants)
    written = (archive.root / KEPT).stat().st_mtime_ns
    known = lessons.learned(archive, wants, judged[3].date)
    lessons.teach(archive, wants)
    assert known.size == 180
    assert (archive.root / KEPT).stat().st_mtime_ns == written
    assert capsys.readouterr().err.count("learning from 180 verdicts") >= 1


def test_a_day_more_is_learned_from(archive: Archive, judged: list[JudgedDay], wants: Reader, prompt: Prompt):
    """After the next day there is more to know; that day itself is judged by what was known before."""
    lessons.teach(archive, wants)
    day = judged[3]
    store_judged(archive, JudgedDay(day.date, day.papers[:60], day.verdicts), wants, prompt)
    assert lessons.learned(archive, wants, day.date).size == 180
    lessons.teach(archive, wants)
    assert lessons.learned(archive, wants, day.date).size == 240


def damage_torn(path: Path) -> None:
    """Half of the file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage_empty(path: Path) -> None:
    """Nothing in it."""
    path.write_bytes(b"")


def damage_older(path: Path) -> None:
    """By another version of the package."""
    joblib.dump((joblib.load(path)[0], "0.0"), path)


def damage_foreign(path: Path) -> None:
    """Something else altogether."""
    joblib.dump({"a": 1}, path)


@pytest.mark.parametrize("damage", [Path.unlink, damage_torn, damage_empty, damage_older, damage_foreign])
@pytest.mark.parametrize("when", ["in the morning", "in the evening"])
def test_a_judge_that_cannot_be_used_is_made_anew(
    archive: Archive, wants: Reader, damage: Callable[[Path], None], when: str
):
    """Gone, torn, by another version or something else: the next morning, or the run after it, learns again."""
    lessons.teach(archive, wants)
    kept = archive.root / KEPT
    damage(kept)
    if when == "in the evening":
        lessons.teach(archive, wants)
    else:
        assert lessons.learned(archive, wants).size == 180
    known, made_by = joblib.load(kept)
    assert (known.size, made_by) == (180, version("arxiv-digest-workspace"))
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_what_cannot_be_kept_is_used_all_the_same(archive: Archive, wants: Reader, capsys):
    """Where a file cannot be written the judge of this morning has learned, and the reader is told."""
    (archive.root / ".cache").write_text("in the way")
    assert lessons.learned(archive, wants).size == 180
    assert "could not be kept" in capsys.readouterr().err


def test_another_taste_is_learned_anew_and_another_cap_is_not(archive: Archive, wants: Reader):
    """A changed threshold or field changes what verdicts teach; a followed author or a cap does not."""
    lessons.teach(archive, wants)
    kept = lessons.learned(archive, wants)
    strict = lessons.learned(archive, wants.model_copy(update={"threshold": 7.0}))
    assert strict.fingerprint != kept.fingerprint
    written = (archive.root / KEPT).stat().st_mtime_ns
    lessons.learned(archive, wants.model_copy(update={"threshold": 7.0, "follow": ("J. Smith",)}))
    assert (archive.root / KEPT).stat().st_mtime_ns == written


def test_too_little_history_keeps_nothing(tmp_path: Path, wants: Reader, capsys):
    """A first morning has no judge, leaves no file, and shows no progress of nothing."""
    archive = Archive(tmp_path / "outputs")
    lessons.teach(archive, wants)
    assert lessons.learned(archive, wants) is None
    assert not (archive.root / KEPT).exists()
    assert capsys.readouterr().err == ""


def test_only_a_models_verdicts_teach(tmp_path: Path, stored, paper, verdict):
    """Local verdicts, imported ones and those that stood in would teach the judge itself; the newest counts."""
    papers = [paper(n) for n in range(5)]
    given = [
        verdict(0, judge="local"),
        verdict(1, judge="imported"),
        verdict(2, judge="local", stands_in="cascade"),
        verdict(3, 4.0, judge="model", asked="before"),
        verdict(3, 8.0, judge="model", asked="now"),
        verdict(4, 9.0, judge="model", purpose="panel"),
    ]
    stored(date(2026, 2, 6), papers, given)
    known = lessons.examples(Archive(tmp_path / "outputs"))
    assert [(one.paper.id, one.score, one.weight) for one in known] == [("2613.00003", 8.0, 1.0)]


def test_an_audited_paper_weighs_what_it_stands_for(tmp_path: Path, stored, paper, verdict):
    """One that was drawn with a chance of one in forty counts for forty."""
    given = [verdict(1, judge="model"), verdict(2, judge="model", purpose="audit", chance=1 / 40)]
    stored(date(2026, 2, 6), [paper(1), paper(2)], given)
    known = lessons.examples(Archive(tmp_path / "outputs"))
    assert [one.weight for one in known] == pytest.approx([1, 40])


def test_imported_and_quiet_days_are_passed_over(
    archive: Archive, wants: Reader, verdict: Callable[..., Verdict], paper
):
    """Days of older digests and days without papers are part of an archive and of no lesson."""
    quiet, imported = archive.day(date(2026, 2, 16)), archive.day(date(2026, 2, 17))
    quiet.path.mkdir()
    quiet.store_manifest(Manifest.model_validate(_account(quiet.date, "quiet", "")))
    imported.path.mkdir()
    old = paper(7, announced=imported.date, abstract="", metadata="digest")
    imported.store_imported(
        [old], [verdict(7, judge="imported")], Manifest.model_validate(_account(imported.date, "complete", "imported"))
    )
    assert len(lessons.examples(archive)) == 180
    lessons.teach(archive, wants)
    assert lessons.learned(archive, wants).size == 180


def _account(day: date, state: str, judge: str) -> dict:
    return {
        "date": day, "state": state, "categories": {}, "papers_read": 0, "judge": judge,
        "begun": "2026-02-16T05:00:00Z", "updated": "2026-02-16T05:00:00Z",
    }  # fmt: skip


def test_the_newest_count(archive: Archive):
    """Beyond the most that is learned from, the oldest days go."""
    days = {one.paper.announced for one in lessons.examples(archive)}
    assert len(days) == 3
    assert {one.paper.announced for one in lessons.examples(archive, before=max(days))} == days - {max(days)}
