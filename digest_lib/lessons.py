"""What the local judge learned from the stored days, kept from one morning to the next.

It is learned after a morning is published, so that no reader waits for it. The file is derived: deleted, unreadable or
of another reader file, it is made anew.
"""

from datetime import date

import joblib

from digest_lib.history import Archive
from digest_lib.judging.learned import MOST, STEPS, Example, Learned, fingerprint, learn
from digest_lib.judging.marks import Mark, read_marks
from digest_lib.progress import progress_bar
from digest_lib.reader import Reader

KEPT = ".cache/judge.joblib"
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


def learned(archive: Archive, reader: Reader, before: date) -> Learned | None:
    """What was learned for this reader; learned now where none is kept, None where the days before hold too little."""
    path = archive.root / KEPT
    try:
        kept = joblib.load(path) if path.exists() else None
    except Exception:  # noqa: BLE001 - torn, or of other versions of the libraries
        kept = None
    if isinstance(kept, Learned) and kept.reader == reader.hash:
        return kept
    return _learn(archive, reader, examples(archive, before))


def teach(archive: Archive, reader: Reader) -> None:
    """Learn from all stored days, for the next morning, unless that is what is kept already."""
    known, kept = examples(archive), archive.root / f"{KEPT}.of"
    if not kept.exists() or kept.read_text(encoding="utf8") != fingerprint(known, reader):
        _learn(archive, reader, known)


def _learn(archive: Archive, reader: Reader, known: list[Example]) -> Learned | None:
    with progress_bar(f"learning from {len(known)} verdicts, step", STEPS) as bar:
        taught = learn(known, reader, bar.update)
    path = archive.root / KEPT
    path.parent.mkdir(parents=True, exist_ok=True)
    if taught is None:
        path.unlink(missing_ok=True)
    else:
        partial = path.with_suffix(".partial")
        joblib.dump(taught, partial)
        partial.replace(path)
    (archive.root / f"{KEPT}.of").write_text(fingerprint(known, reader), encoding="utf8")
    return taught
