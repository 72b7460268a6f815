"""`make season`: two months of mornings against a misbehaving arXiv, and what the day folders hold afterwards.

The stand-in announces papers day by day while feeds go stale, old, empty or silent and the index lags or refuses.
The real client and the real steps of a morning run at odd hours, on some dates twice, on some not at all; only the
judge and the documents are left out. A ledger of its own keeps what each category could be known from, and every
stored account is held against it. Seeded: the same seed is the same season.
"""

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from digest_lib import morning
from digest_lib.account import account
from digest_lib.announcements import (
    HOLIDAYS,
    NEW_YORK,
    announcement_days,
    is_announcement_day,
    newest_announcement,
    previous_announcement,
    submission_window,
)
from digest_lib.arxiv_source import ArxivSource
from digest_lib.census import KNOWN_DAYS
from digest_lib.errors import ArxivUnreachable
from digest_lib.history import Archive
from digest_lib.judging.prompt import Prompt, load_prompt
from digest_lib.plan import days_to_make, statuses
from digest_lib.reader import Reader, load_reader
from digest_lib.records import Paper, Verdict
from tests.servers.arxiv import ArxivServer
from tests.servers.faults import Fault
from tests.servers.index import DayFolder
from tests.servers.synthetic import synthetic_day

ROOT = Path(__file__).resolve().parents[1]
READER, PROMPT = ROOT / "parameters" / "demo.yml", ROOT / "parameters" / "prompt.md"
FIRST, LENGTH = date(2026, 1, 13), 60
"""The synthetic season: a holiday of the calendar (evening of 2026-01-19), one of the reader file, and the change to
summer time (2026-03-08)."""
HOLIDAY = date(2026, 2, 16)
CALM_DAYS = 2
"""The last dates, on which arXiv behaves: what can be mended by then is."""
MOST_HELD = timedelta(days=12)
_HOURS = (time(0, 5), time(3), time(20, 30))
_LISTINGS = (Fault.stale, Fault.old, Fault.empty)
_SILENCES = (Fault.status(429), Fault.html, Fault.truncated)

Days = Mapping[date, dict[str, Any]]


@dataclass(frozen=True)
class Spell:
    """A misbehaviour of one service, in one category or all, from `start` until `end` (aware).

    `times` requests meet it in each run; None means all of them.
    """

    service: str
    fault: Fault
    start: datetime
    end: datetime
    category: str | None = None
    lacking: frozenset[str] = frozenset()
    """Papers that the index does not have meanwhile, where that is the misbehaviour."""
    times: int | None = None


@dataclass(frozen=True)
class Season:
    """Everything that will happen: what is announced, when the reader's machine runs, how arXiv misbehaves."""

    days: Days
    first: date
    last: date
    reader: Reader
    prompt: Prompt
    runs: tuple[datetime, ...]
    spells: tuple[Spell, ...]

    @classmethod
    def draw(cls, days: Days, first: date, length: int, seed: int) -> Self:
        """A season of `length` calendar days from `first` on; announcement days that `days` lacks are holidays."""
        rng = random.Random(seed)
        last = first + timedelta(days=length - 1)
        lacking = [day for day in announcement_days(first, last) if day not in days]
        holidays = tuple(day - timedelta(days=1) for day in lacking)
        reader = load_reader(READER).model_copy(update={"holidays": holidays})
        days = _with_histories(days, first, reader.categories, rng)
        spells = _spells(days, first, last, reader.categories, rng)
        runs = _runs(first, length, rng)
        return cls(days, first, last, reader, load_prompt(PROMPT, reader), tuple(runs), tuple(spells))

    @property
    def holidays(self) -> frozenset[date]:
        """The evenings without an announcement: the calendar's and the reader file's."""
        return HOLIDAYS | frozenset(self.reader.holidays)

    def new(self, day: date, *categories: str) -> set[str]:
        """The papers that arXiv announces as new in some categories on a day."""
        return {
            paper["id"]
            for paper in self.days[day]["papers"]
            if paper["announce_type"] == "new" and paper["primary_category"] in categories
        }

    def announced(self) -> dict[str, date]:
        """Every paper of the season by id, with the day that announces it."""
        days = announcement_days(self.first, self.last, self.holidays)
        return {paper: day for day in days for paper in sorted(self.new(day, *self.reader.categories))}

    def at(self, now: datetime) -> list[Spell]:
        """The spells that last at a moment, the one that a request meets first of all first."""
        return [spell for spell in self.spells if spell.start <= now < spell.end]


def _with_histories(days: Days, first: date, categories: Sequence[str], rng: random.Random) -> Days:
    """The days with some papers held for days, some as second versions, some coming again as cross-list or replacement.

    Papers are held from the season's first window on: where a feed was never seen, nothing tells a paper held from
    before the reader's first day from one announced before it.
    """
    papers = {day: [dict(paper) for paper in file["papers"]] for day, file in days.items()}
    season = [day for day in sorted(days) if day >= first]
    again: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for place, day in enumerate(season):
        earlier = [before for before in season[:place] if day - before <= MOST_HELD]
        later = season[place + 1 : place + 12]
        for paper in (paper for paper in papers[day] if paper["announce_type"] == "new"):
            if earlier and rng.random() < 0.04:
                start, end = submission_window(rng.choice(earlier))
                submitted = start + (end - start) * rng.uniform(0.1, 0.9)
                paper["submitted"] = submitted.replace(microsecond=0).isoformat()
            if rng.random() < 0.03:
                paper["version"] = "2"
            if later and rng.random() < 0.06:
                listed = [*paper.get("categories", [paper["primary_category"]]), rng.choice(categories)]
                replaced = {"announce_type": "replace", "version": str(int(paper["version"]) + 1)}
                crossed = {"announce_type": "cross", "categories": list(dict.fromkeys(listed))}
                again[rng.choice(later)].append(paper | rng.choice((replaced, crossed)))
    return {day: file | {"papers": papers[day] + again[day]} for day, file in days.items()}


def _runs(first: date, length: int, rng: random.Random) -> Iterator[datetime]:
    """The moments at which the reader's machine runs; for three days in a row it never does."""
    away = rng.randrange(3, length - CALM_DAYS - 3)
    for place in range(length):
        day = first + timedelta(days=place)
        if place in range(away, away + 3):
            continue
        hours = sorted(rng.sample(_HOURS, rng.choice((1, 1, 2))))
        if place >= length - CALM_DAYS:
            hours = [time(3)]
        elif place and rng.random() < (0.1 if is_announcement_day(day) else 0.5):
            hours = []  # a machine that sleeps
        yield from (datetime.combine(day, hour, NEW_YORK) for hour in hours)


def _spells(days: Days, first: date, last: date, categories: Sequence[str], rng: random.Random) -> Iterator[Spell]:
    """How arXiv misbehaves, storms first; on the first day only in what feeds list, on the last ones not at all."""
    stormy = [day for day in sorted(days) if first < day <= last - timedelta(days=CALM_DAYS)]
    for day in stormy:
        midnight = datetime.combine(day, time(0), NEW_YORK)
        if rng.random() < 0.2:
            start = midnight + timedelta(hours=rng.randrange(-3, 20))
            end = start + timedelta(hours=rng.randrange(3, 12))
            for service in rng.choice((("feed",), ("api",), ("feed", "api"))):
                category = rng.choice((None, *categories)) if service == "feed" else None
                yield Spell(service, rng.choice(_SILENCES), start, end, category)
        if rng.random() < 0.15:
            yield Spell("feed", Fault.disconnect, midnight, midnight + timedelta(hours=24), times=2)
    for day in [first, *stormy]:
        midnight = datetime.combine(day, time(0), NEW_YORK)
        tomorrow = datetime.combine(day + timedelta(days=1), time(0), NEW_YORK)
        whose = rng.choice(((), (), [None], [rng.choice(categories)], rng.sample(categories, 2)))
        for category in whose:
            end = rng.choice((midnight + timedelta(hours=2), midnight + timedelta(hours=8), tomorrow, tomorrow))
            yield Spell("feed", rng.choice(_LISTINGS), midnight, end, category)
        if day > first and rng.random() < 0.3:
            lacking = _lacking(days, day, rng)
            end = midnight + timedelta(hours=rng.choice((1, 6)))
            yield Spell("api", Fault.missing(lacking), midnight, end, lacking=lacking)


def _lacking(days: Days, day: date, rng: random.Random) -> frozenset[str]:
    """What an index behind its feed does not have yet: every paper that appears on the day, or some of each category's.

    One of each category's it has then: where it hides a category's only paper and the feed is empty too, nobody can
    tell that from a quiet one. Old papers do not vanish from the index while it lacks their new version.
    """
    old = {paper["id"] for before in days if before < day for paper in days[before]["papers"]}
    appearing = [p for p in days[day]["papers"] if p["announce_type"] != "replace" and p["id"] not in old]
    if rng.random() < 0.4:
        return frozenset(paper["id"] for paper in appearing)
    new = [paper for paper in appearing if paper["announce_type"] == "new"]
    kept = {paper["primary_category"]: paper["id"] for paper in new if "submitted" not in paper}
    others = sorted({paper["id"] for paper in new} - set(kept.values()))
    return frozenset(rng.sample(others, round(len(others) * rng.choice((0.1, 0.5)))))


class Ledger:
    """What could be known of each day, by what arXiv showed at the runs that touched it; knows nothing of the client.

    A category of a day is settled once its feed lists that day and the index describes what it lists, or once the
    feeds show a later day, so that none will ever list it again, and the index answers for its submission window.
    """

    def __init__(self, season: Season) -> None:
        self.season = season
        self.settled: dict[date, set[str]] = defaultdict(set)
        self._described: dict[date, set[str]] = defaultdict(set)

    def touch(self, day: date, now: datetime, elsewhere: Collection[str]) -> None:
        """A run at `now` asks for a day, while the papers `elsewhere` stand on other stored days."""
        spells = self.season.at(now)
        index = next((spell for spell in spells if spell.service == "api"), None)
        answers = index is None or bool(index.lacking)
        lacking = index.lacking if index else frozenset()
        has_the_day = answers and not self.season.new(day, *self.season.reader.categories) <= lacking
        is_past, listed = False, set()
        still_open = [name for name in self.season.reader.categories if name not in self.settled[day]]
        for name in still_open:
            dated, is_true = self._feed(name, spells, now.astimezone(NEW_YORK).date())
            if dated and dated > day:
                is_past = True
                break
            papers = self.season.new(day, name)
            # A feed most of whose papers stand on other days already cannot be told from a stale one.
            if dated == day and is_true and 2 * len(papers & elsewhere) <= len(papers):
                listed.add(name)
        start, end = submission_window(day, self.season.holidays)
        for name in still_open:
            papers = self.season.new(day, name)
            if answers:
                known = papers if name in listed else papers & self._submitted(day, start, end)
                self._described[day] |= known - lacking
            if name in listed:
                if papers <= self._described[day] | elsewhere and (papers or has_the_day):
                    self.settled[day].add(name)
            elif is_past and answers:
                self.settled[day].add(name)

    def _feed(self, category: str, spells: Sequence[Spell], today: date) -> tuple[date | None, bool]:
        """The date that a category's feed carries (None: no answer), and whether the papers it lists are that day's."""
        met = next(
            (
                spell
                for spell in spells
                if spell.service == "feed" and spell.times is None and spell.category in (None, category)
            ),
            None,
        )
        if met is None:
            return today, True
        if met.fault == Fault.old:
            return previous_announcement(today), True
        return (today, False) if met.fault in _LISTINGS else (None, False)

    def _submitted(self, day: date, start: datetime, end: datetime) -> set[str]:
        """Those of a day's papers that were submitted in its window: not the held ones."""
        papers = self.season.days[day]["papers"]
        return {
            p["id"] for p in papers if "submitted" not in p or start < datetime.fromisoformat(p["submitted"]) <= end
        }


@dataclass
class Journal:
    """What was seen while a season passed: the ledger, counts of work done, and accounts that contradict the ledger."""

    ledger: Ledger
    counts: Counter[str] = field(default_factory=Counter)
    contradicted: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Findings:
    """What a season came to: the counts by name, and every promise with the papers or days that break it."""

    counts: Mapping[str, int]
    promises: Mapping[str, Sequence[str]]

    @property
    def broken(self) -> list[str]:
        """One sentence for each broken promise."""
        return [f"{promise}: {', '.join(found)}" for promise, found in self.promises.items() if found]

    def table(self) -> str:
        """The counts, one a line."""
        return "\n".join(f"{count:8,}  {what}" for what, count in self.counts.items())


def play(season: Season, archive: Archive, progress: bool = False) -> Journal:
    """Live through a season with an archive that is empty at its beginning."""
    journal = Journal(Ledger(season))
    journal.counts["runs made"] = len(season.runs)
    with ArxivServer(season.days, season.first) as server:
        source = ArxivSource(server.api_url, server.feed_url)
        for number, now in enumerate(season.runs, 1):
            if progress:
                print(f"\rseason: run {number} of {len(season.runs)}, {now:%Y-%m-%d %H:%M}", end="", file=sys.stderr)
            server.today = now.date()
            server.clear_faults()
            for spell in season.at(now):
                server.fault(spell.service, spell.fault, category=spell.category, times=spell.times)
            _run(now, season, archive, source, journal)
        journal.counts["requests sent"] = len(server.log)
    if progress:
        print(file=sys.stderr)
    return journal


def _run(now: datetime, season: Season, archive: Archive, source: ArxivSource, journal: Journal) -> None:
    """What `daily` does at a moment; the ledger follows."""
    newest = newest_announcement(now, season.holidays)
    for day in days_to_make(archive, newest, season.holidays):
        before = archive.day(day).manifest()
        if before and before.is_final:
            continue
        journal.ledger.touch(day, now, archive.new_ids(day, KNOWN_DAYS))
        _make(day, season, archive, source, now)
        after = archive.day(day).manifest()
        journal.counts["days caught up with"] += after is not None and before is None and day < newest
        journal.counts["days completed by a later run"] += before is not None and after.is_final
        journal.contradicted += _contradictions(day, season, archive, journal.ledger, now)


def _make(day: date, season: Season, archive: Archive, source: ArxivSource, now: datetime) -> None:
    """What `daily` does for one day, without judge and documents; where arXiv gives nothing, the day is left out."""
    folder = archive.day(day)
    with archive.locked(), redirect_stderr(StringIO()):  # one line of progress for the season
        try:
            announcement = morning.fetch(folder, season.reader, archive, source, now)
        except ArxivUnreachable:
            return
        verdicts = {paper.id: _verdict(paper) for paper in announcement.papers}
        folder.store_manifest(account(folder, announcement, verdicts, season.reader, season.prompt, now))


def _verdict(paper: Paper) -> Verdict:
    same = {"score": 0, "field": "-", "reason": "-", "relevance": 0, "judge": "local", "model": "-", "asked": "-"}
    return Verdict(paper=paper.id, version=paper.version, **same)


def _contradictions(day: date, season: Season, archive: Archive, ledger: Ledger, now: datetime) -> Iterator[str]:
    """Categories whose stored state after a run is not what could be known by then."""
    manifest = archive.day(day).manifest()
    stored = manifest.categories if manifest else {}
    for name in season.reader.categories:
        could_be = name in ledger.settled[day]
        if (name in stored and stored[name].is_settled) != could_be:
            known, state = "settled" if could_be else "open", stored[name].state if name in stored else "missing"
            yield f"{day} {name} {state} instead of {known} after {now:%m-%d %H:%M}"


def _wrong_statuses(season: Season, archive: Archive, ledger: Ledger) -> Iterator[str]:
    """Calendar days of which the status calendar says at the end what is not so."""
    for day, status, _ in statuses(archive, season.first, season.last, season.holidays):
        if not is_announcement_day(day, season.holidays):
            right = "no announcement"
        elif ledger.settled[day] == set(season.reader.categories):
            right = "complete"
        else:
            right = "partial"
        if status != right:
            yield f"{day} {status} instead of {right} at the end"


def check(season: Season, archive: Archive, journal: Journal) -> Findings:
    """Hold the stored papers against the announced ones, and the status calendar against what happened."""
    announced = season.announced()
    contradicted = [*journal.contradicted, *_wrong_statuses(season, archive, journal.ledger)]
    standing: dict[str, list[date]] = defaultdict(list)
    moved, misdated = 0, []
    for folder in archive.days():
        categories = folder.manifest().categories
        for paper in (paper for paper in folder.papers() if paper.announce_type == "new"):
            standing[paper.id].append(folder.date)
            if announced.get(paper.id, folder.date) != folder.date:
                moved += 1
                if categories[paper.home(season.reader.categories)].source == "feed":
                    misdated.append(f"{paper.id} ({folder.date}, announced {announced[paper.id]})")
    lost = [f"{paper} ({day})" for paper, day in announced.items() if paper not in standing]
    twice = [f"{paper} ({', '.join(map(str, on))})" for paper, on in standing.items() if len(on) > 1]
    strange = [f"{paper} ({on[0]})" for paper, on in standing.items() if paper not in announced]
    counts = {
        "papers announced": len(announced),
        "new on exactly one stored day": sum(len(standing[paper]) == 1 for paper in announced),
        "lost": len(lost),
        "new twice": len(twice),
        "new without an announcement": len(strange),
        "on another day than announced, by the submission window": moved - len(misdated),
        "on another day than announced, by a feed": len(misdated),
        "accounts that contradict what happened": len(contradicted),
    }
    promises = {
        "lost": lost,
        "new twice": twice,
        "new without an announcement": strange,
        "on another day than announced, under a category that names its feed as source": misdated,
        "an account that contradicts what happened": contradicted,
    }
    return Findings(counts | journal.counts, promises)


def season_of(
    folder: Path | None, seed: int, length: int = LENGTH, first: date = FIRST, papers: int | None = None
) -> Season:
    """The last days of a folder of day files; without one a synthetic season from `first` on, `papers` rows a day."""
    if folder:
        days: Days = DayFolder(folder)
        first = max(days) - timedelta(days=length - 1)
        return Season.draw({d: days[d] for d in days if d >= first - timedelta(days=7)}, first, length, seed)
    calendar = announcement_days(first - timedelta(days=7), first + timedelta(days=length - 1))
    days = {day: synthetic_day(day, seed, papers) for day in calendar if day - timedelta(days=1) != HOLIDAY}
    return Season.draw(days, first, length, seed)


def main() -> int:
    """Play a season and print what it came to; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="make season", description="Live through a season of bad mornings.")
    parser.add_argument("--days", type=Path, metavar="DIR", help="a folder of day files; default: synthetic days")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which season (default: %(default)s)")
    parser.add_argument(
        "--length", type=int, default=LENGTH, metavar="DAYS", help="calendar days (default: %(default)s)"
    )
    options = parser.parse_args()
    season = season_of(options.days, options.seed, options.length)
    with TemporaryDirectory() as outputs:
        archive = Archive(outputs)
        findings = check(season, archive, play(season, archive, progress=True))
    print(f"{season.first} to {season.last}, {'real' if options.days else 'synthetic'} papers, seed {options.seed}")
    print(findings.table())
    for sentence in findings.broken:
        print(f"BROKEN  {sentence}")
    return 1 if findings.broken else 0


if __name__ == "__main__":
    sys.exit(main())
