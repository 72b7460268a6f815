"""What the local judge learned from the stored days, kept from one morning to the next.

It is learned after a morning is published, so that no reader waits for it. The file is derived: deleted, unreadable or
of another reader file, it is made anew.
"""

import os
import sys
import warnings
from datetime import date
from importlib.metadata import version

import joblib
from sklearn.exceptions import InconsistentVersionWarning

from digest_lib.history import Archive
from digest_lib.judging.learned import MOST, STEPS, Example, Learned, fingerprint, is_enough, learn, taste
from digest_lib.judging.marks import Mark, read_marks
from digest_lib.progress import progress_bar
from digest_lib.reader import Reader

KEPT = ".cache/judge.joblib"
_VERSION = version("arxiv-digest-workspace")
DAYS = 120
"""Announcement days that are looked through: with few papers a day, half a year is long enough ago."""


def examples(archive: Archive, before: date = date.max) -> list[Example]:
    """The newest papers that a model judged, by day and id; one that the audit drew stands for others like it."""
    found: list[Example] = []
    for day in reversed(archive.days(before)[-DAYS:]):
        said = {paper: verdict for paper, verdict in day.newest_verdicts().items() if verdict.judge == "model"}
        found += [
            Example(paper, said[paper.id].score, said[paper.id].field, 1 / said[paper.id].chance)
            for paper in (day.papers() if said else ())
            if paper.id in said
        ]
        if len(found) >= MOST:
            break
    return sorted(found[:MOST], key=lambda one: (one.paper.announced, one.paper.id))


def marked(archive: Archive) -> list[Mark]:
    """The reader's marks on papers that are stored, by id."""
    marks = read_marks(archive.root)
    papers = archive.find(marks) if marks else {}
    return [Mark(papers[paper], wanted) for paper, wanted in sorted(marks.items()) if paper in papers]


def learned(archive: Archive, reader: Reader, before: date = date.max) -> Learned | None:
    """What was learned for this reader; learned now where none is kept, None where the days before hold too little."""
    return _kept(archive, reader) or _learn(archive, reader, examples(archive, before))


def teach(archive: Archive, reader: Reader) -> None:
    """Learn from all stored days, for the next morning, unless that is what is kept already."""
    known, kept = examples(archive), _kept(archive, reader)
    if kept is None or kept.fingerprint != fingerprint(known, reader):
        _learn(archive, reader, known)


def _kept(archive: Archive, reader: Reader) -> Learned | None:
    path = archive.root / KEPT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", InconsistentVersionWarning)
            kept, made_by = joblib.load(path)
    except Exception:  # noqa: BLE001 - none, torn, or of other versions of the libraries
        return None
    return kept if made_by == _VERSION and kept.taste == taste(reader) else None


def _learn(archive: Archive, reader: Reader, known: list[Example]) -> Learned | None:
    path = archive.root / KEPT
    if not is_enough(known, reader):
        return None
    with progress_bar(f"learning from {len(known)} verdicts, step", STEPS) as bar:
        taught = learn(known, reader, bar.update)
    partial = path.with_suffix(f".{os.getpid()}.partial")  # `make why` may learn beside a run
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        joblib.dump((taught, _VERSION), partial)
        partial.replace(path)
    except OSError as error:
        print(f"What was learned could not be kept: {error}.", file=sys.stderr)
    return taught
