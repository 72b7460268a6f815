"""Why a paper was or was not shown: `make why`, in a few lines (all papers synthetic)."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from digest_lib.__main__ import main
from digest_lib.errors import ParametersError
from digest_lib.history import Archive
from digest_lib.judging.marks import add_mark
from digest_lib.reader import Reader
from digest_lib.why import why
from tests.conftest import MONDAY, ROOT

ABOUT = {"title": "Stochastic optimization", "abstract": "We bound generalization. Training dynamics converge."}


@pytest.fixture
def ask(stored, tmp_path: Path, reader: Reader, paper) -> Callable[..., dict[str, str]]:
    """Stores a day with one paper and some verdicts, and asks why; the lines of the answer by their label."""

    def answer(*verdicts, **changes: object) -> dict[str, str]:
        stored(MONDAY, [paper(1, **ABOUT), paper(2, abstract="We count cars.")], verdicts)
        text = why(Archive(tmp_path / "outputs"), reader.model_copy(update=changes), "2613.00001v1")
        return {line[:10].strip(): line[11:] for line in text.splitlines()}

    return answer


def test_a_paper_that_was_shown(ask, verdict):
    """Who judged it, what else was said, and that it reaches the threshold."""
    told = ask(verdict(1, 8.0, judge="model", model="stand-in", local_score=4.2))
    assert told["announced"] == "2026-02-09 as new in cs.CV"
    assert told["judged"] == "8.0 (local judge 4.2), Theory, by model: stand-in: Synthetic reason."
    assert told["shown"] == "yes: 8.0 reaches the threshold of 6"


def test_a_paper_below_the_threshold(ask, verdict):
    """What is not shown has its score beside the threshold."""
    assert ask(verdict(1, 5.9))["shown"] == "no: 5.9 is below the threshold of 6"


def test_a_paper_that_was_not_sent(ask, verdict):
    """It was judged here, and why not by the model."""
    told = ask(verdict(1, 2.0, stands_in="cascade"))
    assert "local: test, as it looked too unlikely to be worth sending" in told["judged"]
    assert told["shown"].startswith("no")


def test_a_paper_that_has_no_verdict(ask):
    """A run that did not get so far is said to be gone on with."""
    assert ask()["shown"].startswith("no: it has no verdict yet")


def test_a_paper_by_a_followed_author(ask, verdict):
    """It is shown below the threshold, and who wrote it is the reason."""
    assert ask(verdict(1, 2.0), follow=("A. 1",))["shown"] == "yes: by Author 1, whom you follow"


def test_a_paper_that_was_judged_several_times(ask, verdict, stored, paper):
    """The verdict that counts, those before it, the audit's, and the panel's of later days all stand there."""
    stored(MONDAY + timedelta(days=1), [paper(3)], [verdict(1, 7.5, judge="model", purpose="panel", model="stand-in")])
    told = ask(
        verdict(1, 2.0, stands_in="cascade"),
        verdict(1, 7.0, judge="model", model="stand-in", purpose="audit", chance=0.1),
    )
    assert told["judged"].startswith("7.0, Theory, by model: stand-in, drawn by the audit")
    assert told["before"].startswith("2.0")
    assert told["again"] == "2026-02-10: 7.5, Theory"


def test_a_paper_that_was_never_announced(ask, tmp_path: Path, capsys):
    """It is an error of the question, said in a sentence."""
    with pytest.raises(ParametersError, match=r"No stored day announced 2602\.99999"):
        why(Archive(tmp_path / "outputs"), None, "2602.99999")
    arguments = ["why", "2602.99999", "--reader", str(ROOT / "parameters" / "smoke.yml"), "--outputs", str(tmp_path)]
    assert main(arguments) == 2
    assert "No stored day announced" in capsys.readouterr().err


def test_words_for_and_against_where_nothing_was_learned(ask, verdict, reader: Reader, tmp_path: Path):
    """The reader file's own words speak for a paper, an avoided subject's against it; a mark is told beside them."""
    avoid = (reader.fields[0].model_copy(update={"name": "Training", "phrases": ("training",)}),)
    told = ask(verdict(1), avoid=avoid)
    assert "stochastic +" in told["for it"]
    assert "training -" in told["against it"]
    assert told["for it"].endswith("(cosine)")
    points = [float(word.rpartition(" ")[2]) for word in told["for it"].removesuffix(" (cosine)").split(", ")]
    assert points == sorted(points, reverse=True)
    assert "nearest field Theory, by local (TF-IDF" in told["local now"]
    assert "marked" not in told
    add_mark(tmp_path / "outputs", "2613.00001", wanted=False)
    assert ask(verdict(1))["marked"].startswith("- by you")


def test_words_for_and_against_where_verdicts_taught(stored, paper, verdict, reader: Reader, tmp_path: Path):
    """Learned words come with the points that they add or take, whatever the reader file says of them."""
    papers = [paper(n, title=f"Study {n}", abstract="We see zebras." if n % 3 else "We see cars.") for n in range(120)]
    stored(MONDAY, papers, [verdict(n, 8.0 if n % 3 else 2.0, judge="model") for n in range(120)])
    archive = Archive(tmp_path / "outputs")
    liked, disliked = (why(archive, reader, f"2613.{n:05d}") for n in (1, 3))
    assert "zebras +" in liked.split("for it")[1].splitlines()[0]
    assert "cars -" in disliked.split("against it")[1].splitlines()[0]
    assert "(points)" in liked
    assert "learned from 120 verdicts" in liked
