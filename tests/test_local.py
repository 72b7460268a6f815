"""The local judge: deterministic, comparable, robust against odd days."""

import logging
import random
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from bench.cascade import announce, store_judged
from bench.days import JudgedDay, load_days
from bench.judges import examples
from digest_lib import lessons, morning
from digest_lib.account import account
from digest_lib.history import Archive
from digest_lib.judging.cold import ENOUGH, REASON_CHARACTERS, rank, split_sentences, unmatchable_fields
from digest_lib.judging.learned import learn
from digest_lib.judging.local import LocalJudge
from digest_lib.judging.marks import Mark
from digest_lib.judging.prompt import Prompt
from digest_lib.reader import Reader, ResearchField, Subject
from tests.servers.synthetic import synthetic_days

FIELDS = (
    ResearchField(name="Agents", phrases=("GUI agents", "web task automation", "mobile app navigation")),
    ResearchField(name="Theory", phrases=("stochastic optimization", "generalization bounds", "training dynamics")),
)
AVOID = (Subject(name="Medicine", phrases=("clinical images", "tumour segmentation", "patients")),)


@pytest.fixture(scope="module")
def day() -> list:
    """A synthetic day of papers as records."""
    return load_days(None)[-1].papers


def test_the_same_papers_give_the_same_bytes_in_any_order(day: list):
    """Shuffling papers and backlog changes no relevance, score or reason."""
    papers, backlog = day[:30], day[30:]
    shuffled = random.Random(1).sample(papers, len(papers))
    one = rank(papers, FIELDS, AVOID, backlog)
    other = rank(shuffled, FIELDS, AVOID, random.Random(2).sample(backlog, len(backlog)))
    place = [papers.index(paper) for paper in shuffled]
    assert list(one.relevance[place]) == list(other.relevance)
    assert list(one.score[place]) == list(other.score)
    assert [one.reason[index] for index in place] == other.reason


def test_it_finds_what_the_fields_describe(paper):
    """A paper in a field's words stands above one about something else, and that above one to avoid."""
    papers = [
        paper(1, title="GUI agents for web task automation", abstract="We train GUI agents."),
        paper(2, title="Traffic on ring roads", abstract="We count cars."),
        paper(3, title="Tumour segmentation in clinical images", abstract="We look at patients."),
    ]
    ranking = rank(papers, FIELDS, AVOID)
    assert list(ranking.relevance) == sorted(ranking.relevance, reverse=True)
    assert ranking.score[0] > ranking.score[1]
    assert FIELDS[ranking.closest[0]].name == "Agents"


def test_six_is_the_top_quarter(day: list):
    """Over a whole day, a quarter of the papers reach 6, and scores are tenths from 0 to 10."""
    ranking = rank(day, FIELDS, AVOID)
    assert len(day) > ENOUGH
    assert abs((ranking.score >= 6).mean() - 0.25) <= 1 / len(day)
    assert all(0 <= score <= 10 and round(score, 1) == score for score in ranking.score)


def test_a_backlog_gives_a_strong_day_more(paper, day: list):
    """Among many papers of other days, a day full of fitting papers gets more than a quarter recommended."""
    strong = [paper(n, title=f"GUI agents {n}", abstract=f"Web task automation with GUI agents {n}.") for n in range(9)]
    assert (rank(strong, FIELDS, AVOID, day).score >= 6).mean() > 0.5


@pytest.mark.parametrize("count", [0, 1, 5, ENOUGH - 1, ENOUGH])
@pytest.mark.parametrize("fields", [FIELDS, FIELDS[:1], (ResearchField(name="理论"),)], ids=["two", "one", "wordless"])
def test_odd_days_are_judged(day: list, count: int, fields: tuple):
    """An empty day, a handful of papers, one field and a field without a word all give as many verdicts as papers."""
    ranking = rank(day[:count], fields)
    assert count == len(ranking.score) == len(ranking.reason) == len(ranking.closest)


def test_papers_without_text_and_twins_are_judged(paper):
    """An empty abstract falls back on the title, and equal papers get equal scores below the threshold."""
    ranking = rank([paper(n, title="A", abstract="") for n in range(60)], FIELDS, AVOID)
    assert {"A"} == set(ranking.reason)
    assert len(set(ranking.score)) == 1
    assert ranking.score[0] < 6


def test_the_reason_is_one_short_line_in_the_readers_language(reader: Reader, paper):
    """A reason quotes one sentence, names the nearest field in the reader's language, and is cut at a word."""
    abstract = "We study cars. " + "We train GUI agents " + "for web task automation " * 30 + "."
    chinese = reader.model_copy(update={"fields": FIELDS, "language": "zh"})
    (verdict,) = LocalJudge(chinese, []).judge([paper(abstract=abstract)])
    assert verdict.reason.startswith("最接近“Agents”。摘要原文：We train GUI agents for web")
    assert verdict.reason.endswith("…")
    assert len(verdict.reason) <= REASON_CHARACTERS + 20
    assert "\n" not in verdict.reason


def test_the_fingerprint_follows_reader_and_backlog(reader: Reader, paper):
    """Verdicts are reused only where reader and backlog are the same."""
    fingerprints = {
        LocalJudge(reader, []).fingerprint,
        LocalJudge(reader, [paper()]).fingerprint,
        LocalJudge(reader.model_copy(update={"threshold": 7.0}), []).fingerprint,
    }
    assert len(fingerprints) == 3
    assert LocalJudge(reader, []).fingerprint in fingerprints


def test_a_field_without_english_words_is_named_in_a_warning(reader: Reader, caplog):
    """A field that no English abstract can match is named, with what to add; a description in English is enough."""
    fields = (
        ResearchField(name="大模型", description="大模型的安全"),
        ResearchField(name="智能体", description="与GUI有关"),
        ResearchField(name="理论", phrases=("optimizers",)),
    )
    assert unmatchable_fields(fields) == ["大模型"]
    with caplog.at_level(logging.WARNING):
        LocalJudge(reader.model_copy(update={"fields": fields}), [])
    assert "The field 大模型 has no English word" in caplog.text
    assert "`phrases` in English" in caplog.text


def test_sentences_end_where_a_reader_would_end_them():
    """Abbreviations, decimals, initials and formulas end no sentence."""
    text = "We follow Smith et al. (2020), e.g. A. See Fig. 2 for 3.5 gains. Let $x. Y$ be! By J. Doe. Is it? Yes."
    assert split_sentences(text) == [
        "We follow Smith et al. (2020), e.g. A. See Fig. 2 for 3.5 gains.",
        "Let $x. Y$ be!",
        "By J. Doe.",
        "Is it?",
        "Yes.",
    ]


def test_there_is_no_cliff_from_knowing_nothing_to_knowing_much(judged: list[JudgedDay], wants: Reader):
    """What was learned counts more with every paper, and neither the first hundred nor later ones turn scores over."""
    backlog, today = [paper for day in judged[:8] for paper in day.papers], judged[8].papers
    known = examples(judged[:2])
    judges = [
        LocalJudge(wants, backlog, learn(known[:size], wants)) for size in (99, 100, 120, 150, 180, 220, 260, 320)
    ]
    scores = [np.array([verdict.score for verdict in judge.judge(today)]) for judge in judges]
    shares = [judge.share for judge in judges]
    assert shares[0] == 0
    assert shares == sorted(set(shares))
    assert shares[1] < 0.15
    assert shares[-1] > 0.3
    assert judges[0].model == "local (TF-IDF + naive Bayes)"
    assert judges[1].model == "local (12% learned from 100 verdicts)"
    assert judges[-1].model == "local (31% learned from 320 verdicts)"
    assert all(np.abs(after - before).mean() < 0.4 for before, after in pairwise(scores))


def test_marks_are_part_of_what_is_asked(judged: list[JudgedDay], wants: Reader):
    """Another mark is another question, so that a stored verdict is not taken for an answer to it."""
    paper = judged[0].papers[0]
    judges = [
        LocalJudge(wants, [], None, [Mark(paper, wanted=wanted) for wanted in marks]) for marks in ([], [True], [False])
    ]
    assert len({judge.fingerprint for judge in judges}) == 3
    plain, liked, disliked = (judge.judge([paper])[0].score for judge in judges)
    assert disliked < plain < liked


@pytest.mark.parametrize("days", [0, 1, 5, 50])
def test_every_morning_says_which_judge_it_used(
    judged: list[JudgedDay], wants: Reader, prompt: Prompt, tmp_path: Path, days: int
):
    """With no history, one day, five days and fifty days all papers are judged, and the account says by what."""
    archive = Archive(tmp_path / "outputs")
    dates = synthetic_days(judged[-1].date, days + 1, papers=1)
    papers = iter([paper for day in judged[:-1] for paper in day.papers])
    on_record = {paper: verdict for day in judged for paper, verdict in day.verdicts.items()}
    size = 120 if days < 50 else 40
    for date in list(dates)[:-1]:
        some = [paper.model_copy(update={"announced": date}) for paper in islice(papers, size)]
        store_judged(archive, JudgedDay(date, some, on_record), wants, prompt)
    lessons.teach(archive, wants)
    folder = announce(archive, judged[-1])
    said = morning.judge(folder, judged[-1].papers, wants, archive, prompt)
    manifest = account(folder, folder.announcement(), said, wants, prompt, datetime(2026, 2, 9, 6, tzinfo=UTC))
    number = days * size
    expected = f"{min(0.9, number / (number + 700)):.0%} learned from {number:,} verdicts" if days else "naive Bayes"
    assert (manifest.state, manifest.judge, manifest.papers_read) == ("complete", "local", len(judged[-1].papers))
    assert expected in manifest.model
