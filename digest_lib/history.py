"""Day folders: the only reader and writer of `outputs/<YYYY-MM-DD>/`.

papers.jsonl    every announced paper, one a line; written whole before judging starts
verdicts.jsonl  append-only, on disk before the next step; a torn last line is recognised and dropped
answers.jsonl   append-only: what each answer of a model service cost, where one was asked
imported.jsonl  the papers that imported digests recommend, as those describe them; only where there are any
run.json        the account of the run; says `partial` until the documents are published
digest.md  report.html  papers.bib
run.ipynb       the record of the run; may be pruned
run.log         append-only: what every run of the day said, with the time

Beside them, in the archive's folder: deliveries.jsonl, append-only, which messages were handed over to whom; and what
`digest_lib.delivery` makes of the days.
"""

import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import get_args

from digest_lib.durable import (
    append_lines,
    as_lines,
    lock_folder,
    parse,
    read_lines,
    whole_lines,
    write_atomically,
    write_if_new,
)
from digest_lib.records import Announcement, Answer, Delivery, Manifest, Paper, Purpose, Run, Tokens, Verdict

PAPERS, VERDICTS, ANSWERS, MANIFEST = "papers.jsonl", "verdicts.jsonl", "answers.jsonl", "run.json"
IMPORTED = "imported.jsonl"
NOTEBOOK, DIGEST, REPORT, LOG = "run.ipynb", "digest.md", "report.html", "run.log"
BIBTEX = "papers.bib"
DELIVERIES, FEED, INDEX, ZOTERO = "deliveries.jsonl", "feed.xml", "index.html", "zotero.txt"


class Day:
    """One announcement day's folder."""

    def __init__(self, path: Path, day: date, earlier_runs: tuple[Run, ...] = ()) -> None:
        self.path = path
        self.date = day
        self._earlier_runs = earlier_runs

    def manifest(self) -> Manifest | None:
        """The account of the newest run, or None where no run has got as far as its papers."""
        path = self.path / MANIFEST
        return parse(Manifest, path.read_text(encoding="utf8"), path) if path.exists() else None

    def was_asked_by(self, prompt_hash: str) -> bool:
        """Whether the newest run asked a model by a prompt; not parsed, as ten years of accounts would take seconds."""
        path = self.path / MANIFEST
        return path.exists() and prompt_hash in path.read_text(encoding="utf8")

    @property
    def earlier_runs(self) -> tuple[Run, ...]:
        """The runs that have published this day, oldest first, those before a rebuild included."""
        manifest = self.manifest()
        return manifest.history if manifest else self._earlier_runs

    @property
    def begun(self) -> datetime | None:
        """When the day's first papers were stored, or None where that is still to come."""
        manifest = self.manifest()
        return manifest.begun if manifest and not manifest.is_imported else None

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do: a complete account, or a quiet one without doubt, beside both documents."""
        manifest = self.manifest()
        return (
            manifest is not None and manifest.is_final and all((self.path / name).exists() for name in (DIGEST, REPORT))
        )

    def announcement(self) -> Announcement | None:
        """What was announced, as stored, or None where that is still to be fetched."""
        manifest = self.manifest()
        if manifest is None or manifest.is_imported:
            return None
        return Announcement(
            day=self.date,
            papers=tuple(self.papers()),
            categories=manifest.categories,
            feed_hash=manifest.feed_hash,
        )

    def store(self, announcement: Announcement, now: datetime) -> None:
        """Write the papers, then an account that says `partial`: without it the papers do not count."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_atomically(self.path / PAPERS, as_lines(announcement.papers))
        self.store_manifest(
            Manifest(
                date=self.date,
                state="partial",
                categories=announcement.categories,
                feed_hash=announcement.feed_hash,
                papers_read=0,
                begun=self.begun or now,
                updated=now,
                history=self.earlier_runs,
            )
        )

    def store_manifest(self, manifest: Manifest) -> None:
        """Replace the account of the day."""
        write_atomically(self.path / MANIFEST, _account(manifest))

    def store_imported(self, papers: Sequence[Paper], verdicts: Sequence[Verdict], account: Manifest) -> None:
        """Keep what an older digest says of the day; what is known already is not written again.

        Beside what a run has made it stands apart and replaces nothing; where no run has made the day, it stands for
        the day until one does. Of several digests' accounts the one that read most papers counts.
        """
        known = {paper.id: paper for paper in read_lines(Paper, self.path / IMPORTED)}
        every = {paper.id: paper for paper in papers} | known
        told = as_lines(every[paper] for paper in sorted(every))
        write_if_new(self.path / IMPORTED, told)
        said = set(self.verdicts())
        append_lines(self.path / VERDICTS, [verdict for verdict in dict.fromkeys(verdicts) if verdict not in said])
        manifest = self.manifest()
        if manifest is None or manifest.is_imported:
            write_if_new(self.path / PAPERS, told)
            accounts = (account, manifest or account)
            fullest = max(accounts, key=lambda one: (one.papers_read, one.tokens.total, one.model))
            first = min(self.newest_verdicts().values(), key=lambda verdict: (-verdict.score, verdict.paper))
            update = {"recommended": len(every), "best": every[first.paper].title}
            write_if_new(self.path / MANIFEST, _account(fullest.model_copy(update=update)))

    def papers(self) -> list[Paper]:
        """The stored papers, by id."""
        return list(read_lines(Paper, self.path / PAPERS))

    def verdicts(self, *purposes: Purpose) -> list[Verdict]:
        """The stored verdicts of some purposes, in the order they arrived; a paper may have several.

        By default those on the day's own papers: first verdicts, and what the audit asked for.
        """
        wanted = purposes or ("first", "audit")
        others = [f'"purpose":"{purpose}"' for purpose in get_args(Purpose) if purpose not in wanted]
        # Parsing is slow, and of months of days only a few lines are wanted; one that names no purpose is damaged.
        lines = [line for line in whole_lines(self.path / VERDICTS) if not any(other in line for other in others)]
        return [parse(Verdict, line, self.path / VERDICTS) for line in lines]

    def newest_verdicts(self) -> dict[str, Verdict]:
        """What was said last about each judged paper, by id; imported digests speak only where no run has."""
        verdicts = self.verdicts()
        own = [verdict for verdict in verdicts if verdict.judge != "imported"]
        return {verdict.paper: verdict for verdict in own or verdicts}

    def answers(self) -> list[Answer]:
        """What the day's answers of a model service have cost, in the order they arrived; trying prompts out aside."""
        return [one for one in read_lines(Answer, self.path / ANSWERS) if one.purpose != "tune"]

    def spent(self) -> Tokens:
        """Tokens that the day's answers have cost."""
        return sum((answer.tokens for answer in self.answers()), start=Tokens())

    def append(self, verdicts: Sequence[Verdict], answer: Answer | None = None) -> None:
        """Add verdicts, and the bill of the answer they came in; they are on disk when this returns."""
        append_lines(self.path / VERDICTS, verdicts)
        if answer:
            append_lines(self.path / ANSWERS, [answer])


class Archive:
    """All day folders of one reader."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self._rebuilt: Day | None = None

    def day(self, day: date) -> Day:
        """The folder of `day`, whether or not it exists yet."""
        if self._rebuilt and self._rebuilt.date == day:
            return self._rebuilt
        return Day(self.root / day.isoformat(), day)

    def open(self, day: date, rebuild: bool = False, refetch: bool = True, wait_seconds: float = 10) -> Day:
        """The folder of `day` for writing: made where it is missing, and locked until this process ends.

        A `rebuild` is made in a folder aside, which this archive then takes for the day; `adopt` puts it in place.
        It begins with the old verdicts, so that nothing that was asked before has to be asked again, and unless it is
        to `refetch` with the old papers: once its feed is gone, a day's announcement cannot be had better.

        Raises:
            Locked: another process (a run, or an open notebook) writes there and does not stop in time.
        """
        opened = self.day(day)
        if rebuild:
            old, opened = opened, Day(self.root / f".rebuild-{day}", day, opened.earlier_runs)
            opened.path.mkdir(parents=True, exist_ok=True)
            (opened.path / MANIFEST).unlink(missing_ok=True)
            for name in (PAPERS, MANIFEST) if not refetch else ():
                shutil.copyfile(old.path / name, opened.path / name)
            for name in (VERDICTS, ANSWERS, IMPORTED):
                # An attempt that was killed may have left answers of its own.
                lines = [line for one in (old, opened) for line in whole_lines(one.path / name)]
                if lines:
                    write_atomically(opened.path / name, "".join(dict.fromkeys(lines)))
            self._rebuilt = opened
        opened.path.mkdir(parents=True, exist_ok=True)
        opened.lock = lock_folder(opened.path, wait_seconds)
        return opened

    def adopt(self, rebuilt: Day) -> Day:
        """Put a rebuilt day in the place of the old one, which is kept aside until the new one stands there."""
        target, old = self.root / rebuilt.date.isoformat(), self.root / f".old-{rebuilt.date}"
        logged = [line for one in (target, rebuilt.path) for line in whole_lines(one / LOG)]
        write_atomically(rebuilt.path / LOG, "".join(logged))
        target.rename(old)
        rebuilt.path.rename(target)
        shutil.rmtree(old)
        return Day(target, rebuilt.date)

    def days_of_other_readers(self, day: date) -> list[Day]:
        """The folders of a day in other readers' archives under the same `outputs/`."""
        root = self.root.resolve()
        base = next((folder for folder in (root, root.parent) if folder.name == "outputs"), None)
        if base is None:
            return []
        roots = [one for one in (base, *sorted(base.glob("*"))) if one.is_dir() and one != root]
        return [Day(one / day.isoformat(), day) for one in roots]

    def verdicts_of_other_readers(self, day: date) -> list[Verdict]:
        """What other readers' archives say of a day: one question has one answer.

        What an audit asked there was drawn by lot there, with a chance that means nothing here.
        """
        return [verdict for other in self.days_of_other_readers(day) for verdict in other.verdicts("first")]

    def announcements_of_other_readers(self, day: date) -> list[Announcement]:
        """What other readers' archives know to be announced on a day; a day made anew is asked for anew."""
        others = self.days_of_other_readers(day) if self._rebuilt is None else []
        return [announcement for other in others if (announcement := other.announcement())]

    def days(self, before: date = date.max) -> list[Day]:
        """The stored days, oldest first."""
        found = {date.fromisoformat(path.parent.name) for path in self.root.glob(f"????-??-??/{MANIFEST}")}
        return [self.day(day) for day in sorted(found) if day < before]

    def prune(self, keep: int) -> list[Path]:
        """Remove the run notebooks of all days but the newest `keep`; which went. All else of these days stays.

        Raises:
            Locked: a run is at work.
        """
        with self.locked():
            old = self.days()[: -keep or None]
            gone = [notebook for day in old for notebook in sorted(day.path.glob("run*.ipynb"))]
            for notebook in gone:
                notebook.unlink()
        return gone

    def deliveries(self) -> list[Delivery]:
        """What was tried to hand over, and what arrived, in order."""
        return list(read_lines(Delivery, self.root / DELIVERIES))

    def append_delivery(self, delivery: Delivery) -> None:
        """Add an attempt or its success; it is on disk when this returns."""
        append_lines(self.root / DELIVERIES, [delivery])

    def backlog(self, before: date, most: int) -> list[Paper]:
        """The newest `most` stored papers announced before a day, newest day first, by id within a day.

        Papers of imported digests have no abstract and are left out.
        """
        papers: list[Paper] = []
        for day in reversed(self.days(before)):
            papers += [paper for paper in day.papers() if paper.abstract]
            if len(papers) >= most:
                break
        return papers[:most]

    def find(self, ids: Collection[str]) -> dict[str, Paper]:
        """Stored papers, by id, as the newest day that holds them describes them."""
        found: dict[str, Paper] = {}
        for day in reversed(self.days()):
            for line in whole_lines(day.path / PAPERS):
                if (paper := line.split('"', 4)[3]) in ids and paper not in found:
                    found[paper] = parse(Paper, line, day.path / PAPERS)
            if len(found) == len(ids):
                break
        return found

    def new_ids(self, day: date, within: int) -> set[str]:
        """Ids announced as new on other days, at most `within` calendar days away."""
        ids: set[str] = set()
        for other in self.days():
            if 0 < abs((other.date - day).days) <= within:
                # A paper's line begins with its id; parsing thousands of whole records would take seconds.
                lines = (other.path / PAPERS).read_text(encoding="utf8").splitlines()
                ids.update(line.split('"', 4)[3] for line in lines if '"announce_type":"new"' in line)
        return ids

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs on this archive out.

        Raises:
            Locked: another run is at work.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        lock = lock_folder(self.root, wait_seconds=0)
        try:
            yield
        finally:
            os.close(lock)

    def recover(self) -> None:
        """Put back a day whose replacement was interrupted between taking the old folder away and the new one in."""
        for old in self.root.glob(".old-*"):
            target = self.root / old.name.removeprefix(".old-")
            if target.exists():
                shutil.rmtree(old)
            else:
                old.rename(target)


def _account(manifest: Manifest) -> str:
    return manifest.model_dump_json(indent=1) + "\n"
