"""The steps of a morning, as the daily notebook calls them: each does what the day's folder still lacks."""

import sys
from collections.abc import Sequence
from datetime import date, datetime

from tqdm import tqdm

from digest_lib.announcements import HOLIDAYS, newest_announcement
from digest_lib.arxiv_source import ArxivSource
from digest_lib.census import Census, Known, Patience
from digest_lib.history import Archive, Day
from digest_lib.judging.local import LocalJudge
from digest_lib.reader import Reader
from digest_lib.records import SETTLED, Announcement, Paper, Verdict

# As many unlabelled papers as improve the local judge without making the reader wait (about a fortnight's).
BACKLOG = 4000


def open_day(archive: Archive, text: str, reader: Reader, now: datetime, rebuild: bool = False) -> Day:
    """The folder of the announcement day `text` (ISO; empty: the newest at `now`), locked for writing.

    Raises:
        Locked: another run or notebook writes there.
    """
    newest = newest_announcement(now, HOLIDAYS | frozenset(reader.holidays))
    return archive.open(date.fromisoformat(text) if text else newest, rebuild)


def fetch(
    day: Day, reader: Reader, archive: Archive, source: ArxivSource, now: datetime, patience: float = 0
) -> Announcement:
    """The day's announcement: what its folder holds, and what that still lacks from arXiv; stored.

    Args:
        patience: minutes to wait for feeds or an index that are not ready yet.

    Raises:
        ArxivUnreachable: arXiv gave nothing that a day could be made of; nothing was stored.
    """
    stored = day.announcement()
    if stored and list(stored.categories) != list(reader.categories):
        stored = None
    if stored and all(state.state in SETTLED for state in stored.categories.values()):
        return stored
    known = Known.of(archive, day.date, HOLIDAYS | frozenset(reader.holidays))
    with progress_bar("papers fetched") as bar:
        announcement = Census(day.date, reader, source, known, bar.update).take(Patience(patience), stored)
    day.store(announcement, now)
    return announcement


def judge(day: Day, papers: Sequence[Paper], reader: Reader, archive: Archive) -> dict[str, Verdict]:
    """A verdict for every paper, by id: those of the folder that answer today's question, the others asked for now."""
    judge = LocalJudge(reader, archive.backlog(day.date, BACKLOG))
    verdicts = {v.paper: v for v in day.verdicts() if v.asked == judge.fingerprint}
    lacking = [paper for paper in papers if paper.id not in verdicts]
    if lacking:
        # The local judge ranks a day as a whole, so all its papers are looked at even where few are lacking.
        with progress_bar("papers judged", len(papers)) as bar:
            fresh = {verdict.paper: verdict for verdict in judge.judge(papers)}
            bar.update(len(papers))
        day.append([fresh[paper.id] for paper in lacking])
        verdicts |= fresh
    return verdicts


def progress_bar(what: str, total: int | None = None) -> tqdm:
    """A counter that shows in a notebook as in a terminal; under papermill the run passes it on."""
    shape = "{desc}: {n_fmt}/{total_fmt} [{elapsed}]" if total is not None else "{desc}: {n_fmt} [{elapsed}]"
    return tqdm(desc=what, total=total, bar_format=shape, file=sys.stderr, mininterval=0.2)
