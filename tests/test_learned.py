"""What the local judge learns from stored verdicts: preferences, scores, chances, fields; all days are synthetic."""

import joblib
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bench.days import JudgedDay
from bench.judges import examples
from digest_lib.judging import learned
from digest_lib.judging.cold import rank
from digest_lib.judging.learned import FEWEST, Example, Learned, learn
from digest_lib.reader import Reader


@pytest.fixture(scope="module")
def known(judged: list[JudgedDay], wants: Reader) -> Learned:
    """A judge that has learned from eight days of 100 papers."""
    return learn(examples(some(judged[:8])), wants)


def some(days: list[JudgedDay], papers: int = 100) -> list[JudgedDay]:
    """The same days with fewer papers each."""
    return [JudgedDay(day.date, day.papers[:papers], day.verdicts) for day in days]


def wanted(day: JudgedDay) -> np.ndarray:
    """(papers,) whether the judge on record recommends each."""
    return np.array([paper.id in day.verdicts for paper in day.papers])


def planted(paper, word: str = "zebrafish", count: int = 120) -> list[Example]:
    """Papers alike but for one word, which decides what the judge says."""
    return [
        Example(
            paper(n, title=f"Study {n}", abstract=f"We look at {word if n % 3 == 0 else 'cars'} in model {n % 7}."),
            score=9.0 if n % 3 == 0 else 2.0,
            field="",
        )
        for n in range(count)
    ]


def test_what_verdicts_prefer_is_found_on_a_day_never_seen(known: Learned, judged: list[JudgedDay], wants: Reader):
    """It likes what the judge on record likes, also where the reader file says too little, and knows the fields."""
    day, before = judged[8], [paper for one in judged[:8] for paper in one.papers[:100]]
    terse = wants.model_copy(update={"fields": wants.fields[:1], "avoid": ()})
    cold = rank(day.papers, terse.fields, terse.avoid, before).relevance
    taught = learn(examples(some(judged[:8])), terse).judge(day.papers).value
    assert roc_auc_score(wanted(day), taught) > roc_auc_score(wanted(day), cold) + 0.1
    opinions = known.judge(day.papers)
    assert roc_auc_score(wanted(day), opinions.value) > 0.85
    right = [
        wants.fields[closest].name == day.verdicts[paper.id]["field"]
        for paper, closest in zip(day.papers, opinions.closest, strict=True)
        if paper.id in day.verdicts
    ]
    assert np.mean(right) > 0.8


def test_scores_and_chances_are_on_the_models_scale(known: Learned, judged: list[JudgedDay], wants: Reader):
    """On days never seen as many papers reach the threshold as on record, and chances mean what they say."""
    papers = [paper for day in judged[8:] for paper in day.papers]
    truth, opinions = np.concatenate([wanted(day) for day in judged[8:]]), known.judge(papers)
    assert abs((opinions.score >= wants.threshold).mean() - truth.mean()) < 0.05
    assert opinions.score.min() >= 0
    assert opinions.score.max() <= 10
    assert opinions.chance.mean() == pytest.approx(truth.mean(), abs=0.04)
    for low, high in ((0.0, 0.2), (0.2, 0.6), (0.6, 1.01)):
        within = (opinions.chance >= low) & (opinions.chance < high)
        assert within.sum() > 10
        noise = 3 * np.sqrt(0.25 / within.sum())
        assert truth[within].mean() == pytest.approx(opinions.chance[within].mean(), abs=noise)
    assert np.all(np.diff(opinions.score[np.argsort(opinions.value)]) >= 0)


def test_too_little_teaches_nothing(paper, reader: Reader):
    """A few papers, or hardly one on a side of the threshold, give no judge; a few more do."""
    few = planted(paper)
    assert learn(few[: FEWEST - 1], reader) is None
    assert learn([], reader) is None
    assert learn([one._replace(score=2.0) for one in few], reader) is None
    assert learn([one._replace(score=9.0) for one in few[:111]] + few[111:112], reader) is None
    assert learn(few[:FEWEST], reader).size == FEWEST


def test_the_same_examples_teach_the_same_to_the_byte(judged: list[JudgedDay], wants: Reader, tmp_path):
    """What is learned depends on nothing but examples and reader; either one changed, the fingerprint is another."""
    twice = [learn(examples(some(judged[:2])), wants) for _ in range(2)]
    assert len({one.fingerprint for one in twice}) == 1
    assert len({joblib.hash(one) for one in twice}) == 1
    changed = examples(some(judged[:2]))
    changed[0] = changed[0]._replace(score=changed[0].score + 1)
    other = wants.model_copy(update={"threshold": 7.0})
    same = examples(some(judged[:2]))
    said = {learned.fingerprint(changed, wants), learned.fingerprint(same, other), twice[0].fingerprint}
    assert len(said) == 3


def test_it_says_which_words_spoke(paper, reader: Reader):
    """The planted word speaks for a paper that has it, and what the others have against those."""
    known = learn(planted(paper), reader)
    said = known.said_by(paper(500, title="Study", abstract="We look at zebrafish."))
    assert max(said, key=said.get).endswith("zebrafish")
    assert said["zebrafish"] > 0
    assert known.said_by(paper(501, title="Study", abstract="We look at cars."))["cars"] < 0


def test_a_renamed_field_keeps_what_it_learned(judged: list[JudgedDay], wants: Reader):
    """Verdicts under a field's earlier name count for it, where the alias says so."""
    first = wants.fields[0]
    renamed = first.model_copy(update={"name": "Renamed", "aliases": (first.name,), "phrases": (), "description": ""})
    lost = renamed.model_copy(update={"aliases": ()})
    day, place = judged[8], []
    for field in (renamed, lost):
        known = learn(examples(some(judged[:3])), wants.model_copy(update={"fields": (field, *wants.fields[1:])}))
        of_it = [paper for paper in day.papers if day.verdicts.get(paper.id, {}).get("field") == first.name]
        place.append((known.judge(of_it).closest == 0).mean())
    assert place[0] > 0.7
    assert place[1] == 0


@pytest.mark.parametrize("bad", [10, 11, 50])
def test_a_judge_who_likes_nearly_everything_can_be_learned_from(paper, reader: Reader, bad: int):
    """A handful below the threshold among hundreds, and texts all alike, are no error."""
    many = [one._replace(score=2.0 if n < bad else 8.0) for n, one in enumerate(planted(paper, count=500))]
    assert 0 <= learn(many, reader).judge([many[0].paper]).score[0] <= 10
    alike = [one._replace(paper=paper(n, title="A", abstract="The same.")) for n, one in enumerate(many)]
    assert len(learn(alike, reader).judge([paper()]).score) == 1


def test_a_paper_that_stands_for_others_counts_for_them(paper, reader: Reader):
    """Audited papers that the judge liked, each for forty, turn a subject that unweighted ones leave hopeless."""
    bulk = planted(paper, count=300)
    found = [
        Example(paper(900 + n, title=f"Find {n}", abstract=f"We look at cars and quokkas {n}."), 9.0, "")
        for n in range(4)
    ]
    heavy = [one._replace(weight=40.0) for one in found]
    target = [paper(999, title="Find", abstract="We look at cars and quokkas.")]
    light_score, heavy_score = (learn([*bulk, *some_], reader).judge(target).value[0] for some_ in (found, heavy))
    assert heavy_score > light_score
