"""`python -m digest_lib COMMAND`: arguments to calls, results to sentences, errors to exit codes."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from dotenv import load_dotenv

from digest_lib.announcements import (
    NEW_YORK,
    announcement_days,
    is_announcement_day,
    latest_announcement,
    moment,
    newest_announcement,
)
from digest_lib.arguments import parser
from digest_lib.errors import ArxivUnreachable, DigestError, Locked, ParametersError
from digest_lib.history import DIGEST, INDEX, REPORT, Archive
from digest_lib.plan import calendar, days_to_make, left_to_backfill
from digest_lib.reader import Reader, load_reader
from digest_lib.schedule import schedule, unschedule
from digest_lib.schedulers import Job

if TYPE_CHECKING:
    from digest_lib.delivery.notify import Messenger
    from digest_lib.run import Outcome

OVER_CAP = 6
MOST_DAYS_NAMED = 20
SEVERITY = (0, OVER_CAP, 3, 4, 1)
"""Exit codes of single days, the worst last."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code is that of `arguments.EXIT_CODES`."""
    options = parser().parse_args(arguments)
    load_dotenv(_root() / ".env")  # what the environment says already stands
    try:
        return COMMANDS[options.command](options)
    except Exception as error:
        if options.command == "daily":
            _tell_of_the_end(error, options)
        if not isinstance(error, DigestError):
            raise
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted. Run again to go on: what is stored is not done twice.", file=sys.stderr)
        return 130


@dataclass(frozen=True)
class _Desk:
    """What every command works with."""

    now: datetime
    reader_path: Path
    reader: Reader
    archive: Archive

    @classmethod
    def of(cls, options: Namespace) -> Self:
        now = _now()
        path = _reader_path(options)
        return cls(now, path, load_reader(path), _archive(options))

    @property
    def newest(self) -> date:
        return newest_announcement(self.now, self.reader.silent_evenings)

    def date(self, key: str, text: str) -> date:
        """A date from outside.

        Raises:
            ParametersError: it is no date, or its announcement is still to come.
        """
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise ParametersError(f"{key} is {text!r}, which is no date such as 2026-02-09.") from None
        if day > self.now.astimezone(NEW_YORK).date():
            raise ParametersError(f"The announcement of {day} is not out yet; the newest is {self.newest}'s.")
        return day

    def range(self, first: str, last: str) -> tuple[date, date]:
        """Two dates from outside; raises as `date` does, and where they stand the wrong way round."""
        days = self.date("FROM", first), self.date("TO", last)
        if days[0] > days[1]:
            raise ParametersError(f"FROM ({days[0]}) is after TO ({days[1]}).")
        return days

    def make(self, days: Sequence[date], patience: float, force: bool = False, is_news: bool = True) -> int:
        """Make some days, oldest first; one that fails does not keep the others. The worst exit code of all.

        What `is_news` is handed over to the addresses of DIGEST_NOTIFY.
        """
        # What a run needs takes seconds to import: bad parameters are told before that.
        from digest_lib.run import run_day

        codes, failed = [0], {}
        for number, day in enumerate(days, 1):
            place = f" (day {number} of {len(days)})" if len(days) > 1 else ""
            print(f"arXiv announcement of {day}{place}: {', '.join(self.reader.categories)}", file=sys.stderr)
            is_newest = day == self.newest
            try:
                outcome = run_day(
                    day, self.reader_path, self.archive, self.now, sys.stderr, patience if is_newest else 0, force
                )
            except (Locked, ParametersError):
                raise
            except DigestError as error:
                print(error, file=sys.stderr)
                print("Nothing was published for that day; run again later, and it is made.", file=sys.stderr)
                codes.append(error.exit_code if is_newest else 3)
                failed[day] = error
            else:
                codes.append(_tell(outcome, self.reader))
        if is_news and (messenger := _messenger(self.archive, self.now)):
            messenger.hand_over(self.reader, days, failed)
        worst = max(codes, key=SEVERITY.index)
        if worst == ArxivUnreachable.exit_code and not self.archive.days():
            print("To see what the workspace makes without arXiv, run `make demo`.", file=sys.stderr)
        return worst


def _daily(options: Namespace) -> int:
    desk = _Desk.of(options)
    if not options.date:
        left = left_to_backfill(desk.archive, desk.newest, desk.reader.silent_evenings)
        if left:
            print(f"Too long ago to be made up for now: `make backfill FROM={left[0]} TO={left[-1]}`.", file=sys.stderr)
        days = [desk.newest] if options.force else days_to_make(desk.archive, desk.newest, desk.reader.silent_evenings)
        return desk.make(days, options.patience, options.force)
    day = desk.date("DATE", options.date)
    if is_announcement_day(day, desk.reader.silent_evenings):
        return desk.make([day], options.patience, options.force)
    latest = latest_announcement(day, desk.reader.silent_evenings)
    print(f"Quiet: arXiv announced nothing on {day} ({day:%A}, or a holiday). The one before is {latest}'s.")
    return 0


def _backfill(options: Namespace) -> int:
    desk = _Desk.of(options)
    first, last = desk.range(options.first, options.last)
    days = [
        day
        for day in announcement_days(first, last, desk.reader.silent_evenings)
        if not desk.archive.day(day).is_finished
    ]
    worst = desk.make(days, patience=0, is_news=False)
    print(calendar(desk.archive, first, last, desk.reader.silent_evenings))
    return worst


def _status(options: Namespace) -> int:
    desk = _Desk.of(options)
    stored = desk.archive.days()
    if not stored and not options.first:
        print("No day is stored yet; `make daily` makes the newest.")
        return 0
    first, last = desk.range(options.first or str(stored[0].date), options.last or str(desk.newest))
    print(calendar(desk.archive, first, last, desk.reader.silent_evenings))
    return 0


def _trends(options: Namespace) -> int:
    from digest_lib.run import run_trends

    desk = _Desk.of(options)
    page = run_trends(options.first or "", options.last or "", desk.reader_path, desk.archive, sys.stderr)
    print(f"  trends  {os.path.relpath(page)}")
    return 0


def _import(options: Namespace) -> int:
    from digest_lib.delivery import files
    from digest_lib.older_digests import import_digests

    desk, faults = _Desk.of(options), []
    days = import_digests(options.digests, desk.archive, faults.append)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{sum(days.values())} recommendations imported on {len(days)} announcement days.")
    for day, number in list(days.items())[-MOST_DAYS_NAMED:]:
        print(f"  {day}  {number}")
    with desk.archive.locked():
        files.rebuild(desk.archive, desk.reader, os.environ, sys.stderr)
    return 3 if faults else 0


def _serve(options: Namespace) -> int:
    from digest_lib.delivery import archive

    desk = _Desk.of(options)
    if not (desk.archive.root / INDEX).exists():  # no run yet, or none since there is such a page
        with desk.archive.locked():
            archive.write(desk.archive, desk.reader)
    archive.serve(desk.archive, options.port)
    return 0


def _prune(options: Namespace) -> int:
    if options.keep < 0:
        raise ParametersError(f"KEEP is {options.keep}; it is a number of days, from 0 on.")
    gone = _Desk.of(options).archive.prune(options.keep)
    print(f"Run notebooks removed: {len(gone)}. Papers, verdicts and documents stay.")
    return 0


def _schedule(options: Namespace) -> int:
    load_reader(_reader_path(options))  # a reader file that cannot be used is better told now than every morning
    schedule(_job(options), options.where, _now(), is_agreed=options.yes)
    return 0


def _unschedule(options: Namespace) -> int:
    unschedule(_job(options), options.where, _now(), is_agreed=options.yes)
    return 0


def _job(options: Namespace) -> Job:
    """The daily run with these options; what lies in the workspace is named from there."""
    arguments: list[str] = []
    for name in ("reader", "outputs"):
        path = getattr(options, name)
        if path:
            path = path.resolve()
            arguments += [f"--{name}", str(path.relative_to(_root()) if path.is_relative_to(_root()) else path)]
    return Job(_root(), _reader_path(options), tuple(arguments))


def _mark(options: Namespace) -> int:
    from digest_lib.judging.marks import MARKS, add_mark, arxiv_id, read_marks

    desk, paper = _Desk.of(options), arxiv_id(options.paper)
    if not desk.archive.find([paper]):
        raise ParametersError(f"No stored day announced {paper}, so there is nothing to learn from a mark on it.")
    read_marks(desk.archive.root)  # a file that no run could read is better told now
    add_mark(desk.archive.root, paper, wanted=options.mark == "+")
    print(f"Noted in {os.path.relpath(desk.archive.root / MARKS)}; it counts from the next morning on.")
    return 0


def _why(options: Namespace) -> int:
    from digest_lib.why import why

    desk = _Desk.of(options)
    print(why(desk.archive, desk.reader, options.paper))
    return 0


def _site(options: Namespace) -> int:
    from digest_lib.site import build

    desk = _Desk.of(options)
    print(f"{build(desk.archive, desk.reader, options.to, options.text)} days listed in {options.to}/index.html")
    return 0


def _doctor(options: Namespace) -> int:
    from digest_lib.doctor import Doctor

    return Doctor(_job(options), _archive(options).root, _now(), os.environ).examine()


def _tell(outcome: "Outcome", reader: Reader) -> int:
    """Say what became of a day; its exit code."""
    manifest, folder = outcome.manifest, os.path.relpath(outcome.day.path)
    if outcome.already_finished:
        changed = "" if manifest.reader_hash == reader.hash else " It was made with another reader file."
        print(f"{manifest.date} is finished.{changed} FORCE=1 makes it anew; no answer is paid twice.", file=sys.stderr)
    counts = f"{manifest.papers_read} papers read, {manifest.recommended} recommended"
    print(f"{counts} ({manifest.state}; {manifest.model}).")
    print(f"  digest  {folder}/{DIGEST}\n  report  {folder}/{REPORT}")
    if manifest.stood_in:
        kinds = {
            "cap": "beyond the cap (raise it, then FORCE=1)",
            "service": "no model service",
            "answer": "no usable answer",
            "cascade": "too unlikely to be worth sending",
        }
        reasons = ", ".join(f"{number} {kinds[kind]}" for kind, number in manifest.stood_in.items())
        print(f"  judged locally instead of by the model: {reasons}", file=sys.stderr)
    for name, category in manifest.categories.items():
        if category.why:
            print(f"  {name} is {category.state}: {category.why}. The next run asks again.", file=sys.stderr)
    return 3 if manifest.state == "partial" else OVER_CAP if manifest.stood_in.get("cap") else 0


def _now() -> datetime:
    try:
        return moment(os.environ.get("DIGEST_NOW", ""))
    except ValueError:
        raise ParametersError(
            f"DIGEST_NOW is {os.environ['DIGEST_NOW']!r}, which is no ISO time such as 2026-02-09T13:30+08:00."
        ) from None


def _messenger(archive: Archive, now: datetime) -> "Messenger | None":
    """Whoever tells the addresses of DIGEST_NOTIFY; None where there are none."""
    addresses = os.environ.get("DIGEST_NOTIFY")
    if not addresses:
        return None
    from digest_lib.delivery.notify import Messenger

    return Messenger(addresses, archive, now)


def _tell_of_the_end(error: Exception, options: Namespace) -> None:
    """One line to the addresses of DIGEST_NOTIFY about a run that ended with an error."""
    try:
        now = _now()
    except ParametersError:
        now = moment()
    if messenger := _messenger(_archive(options), now):
        messenger.fail(error)


def _reader_path(options: Namespace) -> Path:
    return options.reader or _root() / "parameters" / "daily.yml"


def _archive(options: Namespace) -> Archive:
    """`outputs/` for the daily reader, `outputs/NAME/` for the reader file NAME.yml."""
    name = _reader_path(options).stem
    return Archive(options.outputs or _root() / "outputs" / ("" if name == "daily" else name))


def _root() -> Path:
    return Path(__file__).resolve().parents[1]


COMMANDS: Mapping[str, Callable[[Namespace], int]] = {
    "daily": _daily,
    "backfill": _backfill,
    "status": _status,
    "trends": _trends,
    "import": _import,
    "serve": _serve,
    "prune": _prune,
    "schedule": _schedule,
    "unschedule": _unschedule,
    "doctor": _doctor,
    "mark": _mark,
    "why": _why,
    "site": _site,
}

if __name__ == "__main__":
    sys.exit(main())
