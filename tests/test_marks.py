"""The reader's own marks: how they are written and read, and what they do to tomorrow (all papers synthetic)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.cascade import announce, store_judged
from bench.days import JudgedDay
from digest_lib import lessons, morning
from digest_lib.__main__ import main
from digest_lib.errors import ParametersError
from digest_lib.history import Archive
from digest_lib.judging.marks import MARKS, add_mark, read_marks
from digest_lib.judging.prompt import Prompt
from digest_lib.reader import Reader
from digest_lib.records import Paper
from tests.servers.subjects import SUBJECTS

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "text",
    [
        b"id,mark\n2602.00001,+\n2602.00002,-\n",
        b"\xef\xbb\xbfid,mark\r\n2602.00001,+\r\n2602.00002,-\r\n",
        b"ID,Mark\n 2602.00001 , + \n\n2602.00002v3,-",
        b"2602.00002,+\n2602.00001,+\n2602.00002,-\n,\n",
    ],
    ids=["plain", "by a spreadsheet", "by hand", "changed mind"],
)
def test_marks_are_read_however_they_were_saved(tmp_path: Path, text: bytes):
    """Byte order marks, blanks, versions, capitals and a missing line end do not matter; the last mark counts."""
    (tmp_path / MARKS).write_bytes(text)
    assert read_marks(tmp_path) == {"2602.00001": True, "2602.00002": False}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (b"id,mark\n2602.00001,yes\n", r"marks\.csv, line 2: '2602\.00001,yes'"),
        (b"2602.00001\n", r"line 1: '2602\.00001'"),
        (b"2602.00001,+,because\n", "line 1"),
        ("2602.00001,＋\n".encode("gbk"), "UTF-8"),
    ],
)
def test_a_line_that_is_no_mark_is_named(tmp_path: Path, text: bytes, named: str):
    """A mark that cannot be read is told, with its line, and not passed over."""
    (tmp_path / MARKS).write_bytes(text)
    with pytest.raises(ParametersError, match=named):
        read_marks(tmp_path)


def test_marks_are_added_from_the_command_line(stored, paper, tmp_path: Path, capsys):
    """`make mark` notes a stored paper, by version or link, too; an unknown paper or a bad file ends with 2."""
    stored(paper().announced, [paper(1)], [])
    outputs = tmp_path / "outputs"
    where = ("--reader", str(ROOT / "parameters" / "smoke.yml"), "--outputs", str(outputs))
    assert main(["mark", "https://arxiv.org/abs/2613.00001v1", *where, "+"]) == 0
    assert main(["mark", "2613.00001", *where, "--", "-"]) == 0
    assert (outputs / MARKS).read_text(encoding="utf8") == "id,mark\n2613.00001,+\n2613.00001,-\n"
    assert [(mark.paper.id, mark.wanted) for mark in lessons.marked(Archive(outputs))] == [("2613.00001", False)]
    assert main(["mark", "2613.99999", *where, "+"]) == 2
    (outputs / MARKS).write_text("nonsense")
    assert main(["mark", "2613.00001", *where, "+"]) == 2
    assert "marks.csv, line 1" in capsys.readouterr().err


def test_marks_on_unknown_papers_are_kept_and_do_nothing(stored, paper, tmp_path: Path):
    """A paper that no stored day announced may be marked by hand, and the known ones count."""
    stored(paper().announced, [paper(1), paper(2)], [])
    add_mark(tmp_path / "outputs", "2602.77777", wanted=True)
    add_mark(tmp_path / "outputs", "2613.00002", wanted=True)
    assert [mark.paper.id for mark in lessons.marked(Archive(tmp_path / "outputs"))] == ["2613.00002"]


@pytest.fixture(params=[0, 5], ids=["nothing learned", "five days learned"])
def tomorrow(
    request: pytest.FixtureRequest, judged: list[JudgedDay], wants: Reader, prompt: Prompt, tmp_path: Path
) -> Callable[[], list[Paper]]:
    """The ranking of a day by an archive of five days before it, best first, without a key."""
    archive = Archive(tmp_path / "outputs")
    for day in judged[:5]:
        less = JudgedDay(day.date, day.papers[:60], day.verdicts)
        store_judged(archive, less, wants, prompt) if request.param else announce(archive, less)
    folder = announce(archive, judged[5])

    def ranked(papers: int = 120) -> list[Paper]:
        papers = judged[5].papers[:papers]
        verdicts = morning.judge(folder, papers, wants, archive, prompt)
        return sorted(papers, key=lambda paper: (-verdicts[paper.id].score, -verdicts[paper.id].relevance))

    ranked.archive, ranked.days = archive, judged[:5]
    return ranked


def is_about(paper: Paper, topics: tuple[str, ...]) -> bool:
    """Whether a synthetic paper was made from one of these topics."""
    text = f"{paper.title} {paper.abstract}".casefold()
    return any(topic.casefold() in text for topic in topics)


def test_twenty_marks_move_their_subject(tomorrow: Callable[..., list[Paper]]):
    """Twenty marks against the subject that leads move it out of the top of the next day; twenty others lift theirs."""
    before = tomorrow()
    by_subject = {
        subject.chinese: [paper for paper in before[:20] if is_about(paper, subject.topics)] for subject in SUBJECTS
    }
    leading = max(SUBJECTS, key=lambda subject: len(by_subject[subject.chinese]))
    last = [paper.id for paper in before]
    unwanted = [
        subject
        for subject in SUBJECTS
        if sum(is_about(paper, subject.topics) for paper in before) >= 4
        and not any(is_about(paper, subject.topics) for paper in before[:20])
    ]
    lifted = max(unwanted, key=lambda subject: sum(is_about(paper, subject.topics) for paper in before))
    for subject, wanted in ((leading, False), (lifted, True)):
        known = [paper for day in tomorrow.days for paper in day.papers[:60] if is_about(paper, subject.topics)]
        for paper in known[:20]:
            add_mark(tomorrow.archive.root, paper.id, wanted=wanted)
    after = tomorrow()

    def mean_place(ranking: list[Paper], topics: tuple[str, ...]) -> float:
        places = [place for place, paper in enumerate(ranking) if is_about(paper, topics)]
        return sum(places) / len(places)

    assert len(by_subject[leading.chinese]) >= 3
    assert sum(is_about(paper, leading.topics) for paper in after[:20]) <= 1
    assert mean_place(after, lifted.topics) < 0.6 * mean_place(before, lifted.topics)
    assert sum(is_about(paper, lifted.topics) for paper in after[:30]) >= 3
    assert last != [paper.id for paper in after]


def test_a_mark_on_todays_paper_counts_when_the_day_is_made_again(tomorrow: Callable[..., list[Paper]]):
    """A day that is judged again without a key has the marked paper lower than before, and stores that."""
    best = tomorrow()[0]
    day = tomorrow.archive.days()[-1]
    before = day.newest_verdicts()[best.id].score
    add_mark(tomorrow.archive.root, best.id, wanted=False)
    assert best.id not in {paper.id for paper in tomorrow()[:5]}
    assert day.newest_verdicts()[best.id].score < before - 3
