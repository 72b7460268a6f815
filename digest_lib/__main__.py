"""`python -m digest_lib COMMAND`: arguments to calls, results to sentences, errors to exit codes."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self, get_args

from dotenv import load_dotenv

from digest_lib.announcements import (
    NEW_YORK,
    announcement_days,
    is_announcement_day,
    latest_announcement,
    moment,
    newest_announcement,
)
from digest_lib.errors import ArxivUnreachable, DigestError, Locked, ParametersError
from digest_lib.history import DIGEST, REPORT, Archive
from digest_lib.plan import calendar, days_to_make, left_to_backfill
from digest_lib.reader import Reader, load_reader
from digest_lib.schedule import schedule, unschedule
from digest_lib.schedulers import Job, Where
from digest_lib.site import build

if TYPE_CHECKING:
    from digest_lib.delivery.notify import Messenger
    from digest_lib.run import Outcome

EXIT_CODES = """exit codes: 0 complete or quiet; 1 a defect; 2 bad parameters; 3 published, but something is missing;
4 arXiv unreachable; 5 another run is at work; 6 complete, but the cap was reached and the local judge stood in;
130 interrupted. `make` turns any of them into 2."""
PATIENCE = 20.0
OVER_CAP = 6
MOST_DAYS_NAMED = 20
SEVERITY = (0, OVER_CAP, 3, 4, 1)
"""Exit codes of single days, the worst last."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code is that of `EXIT_CODES`."""
    options = _parser().parse_args(arguments)
    load_dotenv(_root() / ".env")  # what the environment says already stands
    try:
        return options.command(options)
    except Exception as error:
        if options.command is _daily:
            _tell_of_the_end(error, options)
        if not isinstance(error, DigestError):
            raise
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted. Run again to go on: what is stored is not done twice.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m digest_lib", description="A scored digest of each morning's arXiv announcement."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    daily = commands.add_parser(
        "daily",
        help="the newest announcement, and every day missed before it, from arXiv to digest and report",
        description="Fetch, judge and publish the newest announcement, with the days missed since the last run and "
        "what earlier ones still lack, oldest first. A finished day answers from its folder.",
        epilog=EXIT_CODES,
    )
    daily.add_argument("--date", metavar="YYYY-MM-DD", help="make this announcement day alone")
    daily.add_argument("--force", action="store_true", help="make a stored day anew")
    daily.add_argument(
        "--patience", type=float, default=PATIENCE, metavar="MINUTES",
        help="how long to wait for late or stale feeds (default: %(default)g; 0: not at all)",
    )  # fmt: skip
    daily.set_defaults(command=_daily)
    backfill = commands.add_parser(
        "backfill",
        help="every announcement day of a range, by the submission window",
        description="Make every announcement day from one date to another that is not finished yet, oldest first. "
        "Interrupted, it goes on where it stopped. Ends with the calendar of the range.",
        epilog=EXIT_CODES,
    )
    backfill.set_defaults(command=_backfill)
    status = commands.add_parser(
        "status",
        help="a calendar of what is complete, partial, quiet or missing",
        description="Print the calendar of the stored days, or of a range of dates.",
    )
    status.set_defaults(command=_status)
    trends = commands.add_parser(
        "trends",
        help="charts over any window of stored days",
        description="Execute notebooks/review_trends.ipynb to outputs/trends/FROM_TO.html, by default for the last "
        "90 days.",
    )
    trends.set_defaults(command=_trends)
    imports = commands.add_parser(
        "import",
        help="older digests, as Markdown, into the day folders of the announcements they tell of",
        description="Read every digest below a folder, whatever its name, into the day folders that its entries state. "
        "They stand beside what a run has made and replace nothing; importing twice changes nothing.",
        epilog="exit codes: 0 all was read; 2 no such folder; 3 something was not, and is named; 5 a run is at work",
    )
    imports.add_argument("digests", type=Path, metavar="DIR", help="a folder of Markdown digests")
    imports.set_defaults(command=_import)
    serve = commands.add_parser(
        "serve",
        help="all days in a browser, for this machine alone",
        description="Show the calendar of all days, with what it links to, on a loopback address until interrupted.",
    )
    serve.add_argument("--port", type=int, default=8000, help="default: %(default)d; 0: any that is free")
    serve.set_defaults(command=_serve)
    for command, needed in ((backfill, True), (status, False), (trends, False)):
        command.add_argument("--from", dest="first", metavar="YYYY-MM-DD", required=needed, help="first day")
        command.add_argument("--to", dest="last", metavar="YYYY-MM-DD", required=needed, help="last day")
    prune = commands.add_parser(
        "prune",
        help="remove the run notebooks of old days",
        description="Remove run.ipynb of every day but the newest. Papers, verdicts, account, digest and report stay, "
        "and the days count as finished as before.",
    )
    prune.add_argument("--keep", type=int, required=True, metavar="DAYS", help="how many days keep theirs")
    prune.set_defaults(command=_prune)
    scheduling = (
        ("schedule", "run every morning by itself", _schedule),
        ("unschedule", "no longer do so", _unschedule),
    )
    parsers = [daily, backfill, status, trends, imports, serve, prune]
    for name, text, function in scheduling:
        parsers.append(commands.add_parser(name, help=text, description=f"Show what it takes to {text}, ask, do it."))
        parsers[-1].add_argument(
            "--where", choices=get_args(Where), help="default: what this machine has, or wherever it is"
        )
        parsers[-1].add_argument("--yes", action="store_true", help="do not ask")
        parsers[-1].set_defaults(command=function)
    doctor = commands.add_parser("doctor", help="check what a run needs, and say what to do")
    doctor.set_defaults(command=_doctor)
    site = commands.add_parser("site", help="a static site of the stored days, as a hosted workflow publishes it")
    site.add_argument("--to", type=Path, required=True, metavar="DIR", help="where the site goes")
    site.add_argument("--text", default="", metavar="URL", help="where the day folders can be read, for the digests")
    site.set_defaults(command=_site)
    for command in (*parsers, doctor, site):
        command.add_argument("--reader", type=Path, metavar="FILE", help="a reader file; default: parameters/daily.yml")
        command.add_argument("--outputs", type=Path, metavar="DIR", help="where day folders go; default: outputs/")
    return parser


@dataclass(frozen=True)
class _Desk:
    """What every command works with."""

    now: datetime
    reader_path: Path
    reader: Reader
    archive: Archive

    @classmethod
    def of(cls, options: argparse.Namespace) -> Self:
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


def _daily(options: argparse.Namespace) -> int:
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


def _backfill(options: argparse.Namespace) -> int:
    desk = _Desk.of(options)
    first, last = desk.date("FROM", options.first), desk.date("TO", options.last)
    if first > last:
        raise ParametersError(f"FROM ({first}) is after TO ({last}).")
    days = [
        day
        for day in announcement_days(first, last, desk.reader.silent_evenings)
        if not desk.archive.day(day).is_finished
    ]
    worst = desk.make(days, patience=0, is_news=False)
    print(calendar(desk.archive, first, last, desk.reader.silent_evenings))
    return worst


def _status(options: argparse.Namespace) -> int:
    desk = _Desk.of(options)
    stored = desk.archive.days()
    if not stored and not options.first:
        print("No day is stored yet; `make daily` makes the newest.")
        return 0
    first = desk.date("FROM", options.first) if options.first else stored[0].date
    last = desk.date("TO", options.last) if options.last else desk.newest
    print(calendar(desk.archive, first, last, desk.reader.silent_evenings))
    return 0


def _trends(options: argparse.Namespace) -> int:
    from digest_lib.run import run_trends

    desk = _Desk.of(options)
    page = run_trends(options.first or "", options.last or "", desk.reader_path, desk.archive, sys.stderr)
    print(f"  trends  {os.path.relpath(page)}")
    return 0


def _import(options: argparse.Namespace) -> int:
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


def _serve(options: argparse.Namespace) -> int:
    from digest_lib.delivery import archive

    desk = _Desk.of(options)
    if not (desk.archive.root / archive.INDEX).exists():  # no run yet, or none since there is such a page
        with desk.archive.locked():
            archive.write(desk.archive, desk.reader)
    archive.serve(desk.archive, options.port)
    return 0


def _prune(options: argparse.Namespace) -> int:
    if options.keep < 0:
        raise ParametersError(f"KEEP is {options.keep}; it is a number of days, from 0 on.")
    gone = _Desk.of(options).archive.prune(options.keep)
    print(f"Run notebooks removed: {len(gone)}. Papers, verdicts and documents stay.")
    return 0


def _schedule(options: argparse.Namespace) -> int:
    load_reader(_reader_path(options))  # a reader file that cannot be used is better told now than every morning
    schedule(_job(options), options.where, _now(), is_agreed=options.yes)
    return 0


def _unschedule(options: argparse.Namespace) -> int:
    unschedule(_job(options), options.where, _now(), is_agreed=options.yes)
    return 0


def _job(options: argparse.Namespace) -> Job:
    """The daily run with these options; what lies in the workspace is named from there."""
    arguments: list[str] = []
    for name in ("reader", "outputs"):
        path = getattr(options, name)
        if path:
            path = path.resolve()
            arguments += [f"--{name}", str(path.relative_to(_root()) if path.is_relative_to(_root()) else path)]
    return Job(_root(), _reader_path(options), tuple(arguments))


def _site(options: argparse.Namespace) -> int:
    desk = _Desk.of(options)
    print(f"{build(desk.archive, desk.reader, options.to, options.text)} days listed in {options.to}/index.html")
    return 0


def _doctor(options: argparse.Namespace) -> int:
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


def _tell_of_the_end(error: Exception, options: argparse.Namespace) -> None:
    """One line to the addresses of DIGEST_NOTIFY about a run that ended with an error."""
    try:
        now = _now()
    except ParametersError:
        now = moment()
    if messenger := _messenger(_archive(options), now):
        messenger.fail(error)


def _reader_path(options: argparse.Namespace) -> Path:
    return options.reader or _root() / "parameters" / "daily.yml"


def _archive(options: argparse.Namespace) -> Archive:
    """`outputs/` for the daily reader, `outputs/NAME/` for the reader file NAME.yml."""
    name = _reader_path(options).stem
    return Archive(options.outputs or _root() / "outputs" / ("" if name == "daily" else name))


def _root() -> Path:
    return Path(__file__).resolve().parents[1]


if __name__ == "__main__":
    sys.exit(main())
