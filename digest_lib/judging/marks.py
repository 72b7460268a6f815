"""The reader's own marks: `marks.csv` beside the day folders, one line a paper, `id,mark` with mark + or -.

Edited by hand, by `make mark`, or from a notebook; the last line on a paper counts.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from digest_lib.durable import write_atomically
from digest_lib.errors import ParametersError
from digest_lib.judging.cold import vectorizer_of_words
from digest_lib.records import Paper

MARKS = "marks.csv"
LIKED, DISLIKED = 9.0, 1.0
"""Scores that a mark asks for."""
DOUBT = 0.5
"""Penalty of the correction: one mark moves its own paper two thirds of the way, many alike move their subject."""


class Mark(NamedTuple):
    """A paper that the reader wants more of, or less."""

    paper: Paper
    wanted: bool


def read_marks(root: Path) -> dict[str, bool]:
    """Whether each marked paper is wanted, by arXiv id.

    Raises:
        ParametersError: a line is no mark; the sentence names it.
    """
    path = root / MARKS
    if not path.exists():
        return {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ParametersError(f"{MARKS} is no UTF-8 text; save it as `CSV UTF-8`.") from None
    marks = {}
    for number, line in enumerate(csv.reader(lines), 1):
        cells = [cell.strip() for cell in line]
        if not any(cells) or [cell.casefold() for cell in cells] == ["id", "mark"]:
            continue
        if len(cells) != 2 or cells[1] not in ("+", "-"):
            raise ParametersError(f"{MARKS}, line {number}: {','.join(line)!r} is no mark such as 2602.06122,+")
        marks[arxiv_id(cells[0])] = cells[1] == "+"
    return marks


def arxiv_id(paper: str) -> str:
    """An arXiv id as it is stored, from one that may name a version, or be the link that the documents show."""
    return re.sub(r"v\d+$", "", re.sub(r"(?i)^(https?://arxiv\.org/(abs|pdf)/|arxiv:)", "", paper.strip()))


def add_mark(root: Path, paper: str, wanted: bool) -> None:
    """Note one more mark."""
    root.mkdir(parents=True, exist_ok=True)
    path = root / MARKS
    before = path.read_text(encoding="utf-8-sig") if path.exists() else "id,mark\n"
    whole = before if before.endswith("\n") else before + "\n"
    write_atomically(path, f"{whole}{paper},{'+' if wanted else '-'}\n")


def correction(papers: Sequence[Paper], score: np.ndarray, marks: Sequence[Mark]) -> np.ndarray:
    """(papers,) points that marks add to a score: kernel ridge regression of what was wrong with the marked ones.

    Args:
        papers: those to correct, the marked ones among them.
        score: (papers,) as it was judged without marks.
    """
    wanted: Mapping[str, bool] = {mark.paper.id: mark.wanted for mark in marks}
    rows = [row for row, paper in enumerate(papers) if paper.id in wanted]
    texts = [f"{paper.title}\n{paper.abstract}" for paper in papers]
    vectors = vectorizer_of_words().fit_transform([*texts, "arxiv"])[: len(texts)]
    alike = (vectors @ vectors[rows].T).toarray()
    aim = np.array([LIKED if wanted[papers[row].id] else DISLIKED for row in rows])
    wrong = aim - score[rows]
    # A paper that is liked already, or disliked already, needs no correction.
    wrong = np.where(aim > 5, np.maximum(wrong, 0), np.minimum(wrong, 0))
    return alike @ np.linalg.solve(alike[rows] + DOUBT * np.eye(len(rows)), wrong)
