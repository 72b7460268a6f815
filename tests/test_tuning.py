"""Trying a prompt out: a fair sample, paid for once, and written only when told to."""

from datetime import UTC, datetime
from pathlib import Path

import papermill
import pytest
from openai import OpenAI

from digest_lib import morning, tuning
from digest_lib.errors import ParametersError
from digest_lib.history import Archive, Day
from digest_lib.judging.marks import read_marks
from digest_lib.reader import load_reader
from digest_lib.records import Announcement, CategoryState, Tokens
from tests.conftest import MONDAY, ROOT
from tests.servers.model import ModelServer

READER, PROMPT = ROOT / "parameters" / "smoke.yml", ROOT / "parameters" / "prompt.md"


@pytest.fixture
def archive(tmp_path: Path, paper) -> Archive:
    """An archive that holds one day of thirty papers, ten of them in a field's words."""
    archive = Archive(tmp_path / "outputs")
    papers = tuple(
        paper(n, title=f"Paper {n}", abstract="Generalization bounds for training." if n % 3 else "Cats sleep.")
        for n in range(30)
    )
    state = CategoryState(state="announced", announced=30, fetched=30)
    announcement = Announcement(day=MONDAY, papers=papers, categories={"cs.CV": state, "cs.LG": state})
    archive.day(MONDAY).store(announcement, datetime(2026, 2, 9, tzinfo=UTC))
    return archive


@pytest.fixture
def day(archive: Archive) -> Day:
    """That day."""
    return tuning.stored_day(archive)


def test_the_newest_stored_day_is_the_default(archive: Archive, tmp_path: Path):
    """Without a date the newest stored day is taken; a day that is not stored is named."""
    assert tuning.stored_day(archive).date == MONDAY
    with pytest.raises(ParametersError, match="No day 2026-02-06 is stored"):
        tuning.stored_day(archive, "2026-02-06")
    with pytest.raises(ParametersError, match="No day at all"):
        tuning.stored_day(Archive(tmp_path / "empty"))


def test_the_sample_is_stratified_and_stays_the_same(paper, verdict):
    """Half of the sample comes from high local scores, and the same papers come again; 0 means all."""
    papers = [paper(n) for n in range(40)]
    local = {one.id: verdict(n, 8.0 if n < 10 else 2.0) for n, one in enumerate(papers)}
    chosen = tuning.sample(papers, local, 12)
    assert len(chosen) == 12
    assert sum(local[one.id].score > 5 for one in chosen) == 6
    assert chosen == tuning.sample(papers[::-1], local, 12)
    assert papers == tuning.sample(papers, local, 0)


def test_a_trial_is_paid_for_once(archive: Archive, day: Day, tmp_path: Path):
    """The same prompt tried again costs nothing, another one is asked for, and the day's own verdicts are untouched."""
    local = morning.local_verdicts(day, day.papers(), load_reader(READER), archive)
    reader = tmp_path / "reader.yml"
    reader.write_text(READER.read_text() + "judge: {model: m}\n")
    candidate = tmp_path / "candidate.md"
    candidate.write_text(PROMPT.read_text(encoding="utf8").replace("0-1 unrelated", "0-1 of no use"), encoding="utf8")
    verdict = {"score": 8, "field": "Theory", "reason": "A synthetic reason."}
    titles = {paper.title: paper.id for paper in day.papers()}
    with ModelServer(dict.fromkeys(sorted(titles.values())[:5], verdict), titles) as server:
        client = OpenAI(base_url=server.base_url, api_key="sk-test")
        first = tuning.trial(day, day.papers(), local, reader, PROMPT, client)
        again = tuning.trial(day, day.papers(), local, reader, PROMPT, client)
        other = tuning.trial(day, day.papers(), local, reader, candidate, client)
    assert first.tokens.total > 0
    assert (again.tokens, again.verdicts) == (Tokens(), first.verdicts)
    assert other.tokens.total > 0
    assert len(first.verdicts) == 30
    assert day.verdicts() == []
    assert day.answers() == []


def test_what_moved_is_told(archive: Archive, paper, verdict):
    """Ranks, fields, agreement and marks of both trials come out of a table that can be checked by hand."""
    papers = [paper(n) for n in range(3)]
    old, new = (
        tuning.Trial({paper.id: verdict(n, scores[n]) for n, paper in enumerate(papers)}, Tokens(), 0)
        for scores in ((9, 7, 3), (2, 7, 8))
    )
    table = tuning.compare(papers, old, new)
    assert {"2613.00000": -2, "2613.00002": 2, "2613.00001": 0} == dict(zip(table["id"], table["moved"], strict=True))
    (archive.root / "marks.csv").write_text("id,mark\n2613.00000,+\n2613.00002,-\n")
    marks = read_marks(archive.root)
    summary = tuning.summary(table, old, new, old.verdicts, marks, threshold=6)
    assert list(summary["recommended"]) == [2, 2]
    assert list(summary["agreement with your marks"]) == [1.0, 0.0]
    assert list(summary["agreement with the local judge"]) == [1.0, -1.0]


def test_only_adopting_writes_the_prompt(tmp_path: Path):
    """The prompt file changes only when told to, and never to a template that could not be used."""
    prompt, candidate = tmp_path / "prompt.md", tmp_path / "candidate.md"
    prompt.write_text("old")
    candidate.write_text("{{fields}} {{papers}}")
    assert "Nothing was written" in tuning.adopt(candidate, prompt, READER, yes=False)
    with pytest.raises(ParametersError, match="is missing"):
        tuning.adopt(candidate, prompt, READER, yes=True)
    assert prompt.read_text() == "old"
    tuning.adopt(PROMPT, prompt, READER, yes=True)
    assert prompt.read_text(encoding="utf8") == PROMPT.read_text(encoding="utf8")


def test_the_notebook_runs_without_a_key(archive: Archive, day: Day, tmp_path: Path):
    """Anyone can run the notebook on a stored day: the local judge stands in."""
    executed = papermill.execute_notebook(
        ROOT / "notebooks" / "tune_prompt.ipynb",
        tmp_path / "tuned.ipynb",
        parameters={"OUTPUTS": str(archive.root), "READER": str(READER), "CANDIDATE_READER": str(READER)},
        cwd=ROOT / "notebooks",
        progress_bar=False,
    )
    assert "Nothing was written" in str(executed.cells[-1].outputs)
