"""What the command line understands: every command with its arguments, and the exit codes."""

from argparse import ArgumentParser, ArgumentTypeError
from math import inf
from pathlib import Path
from typing import get_args

from digest_lib.schedulers import Where

EXIT_CODES = """exit codes: 0 complete or quiet; 1 a defect; 2 bad parameters; 3 published, but something is missing;
4 arXiv unreachable; 5 another run is at work; 6 complete, but the cap was reached and the local judge stood in;
130 interrupted. `make` turns any of them into 2."""
PATIENCE = 20.0


def parser() -> ArgumentParser:
    """The parser of the command line; `command` is the command's name, and each has `reader` and `outputs`."""
    whole = ArgumentParser(
        prog="python -m digest_lib", description="A scored digest of each morning's arXiv announcement."
    )
    commands = whole.add_subparsers(required=True, dest="command", metavar="COMMAND")
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
        "--patience", type=_minutes, default=PATIENCE, metavar="MINUTES",
        help="how long to wait for late or stale feeds (default: %(default)g; 0: not at all)",
    )  # fmt: skip
    backfill = commands.add_parser(
        "backfill",
        help="every announcement day of a range, by the submission window",
        description="Make every announcement day from one date to another that is not finished yet, oldest first. "
        "Interrupted, it goes on where it stopped. Ends with the calendar of the range.",
        epilog=EXIT_CODES,
    )
    status = commands.add_parser(
        "status",
        help="a calendar of what is complete, partial, quiet or missing",
        description="Print the calendar of the stored days, or of a range of dates.",
    )
    trends = commands.add_parser(
        "trends",
        help="charts over any window of stored days",
        description="Execute notebooks/review_trends.ipynb to outputs/trends/FROM_TO.html, by default for the last "
        "90 days.",
    )
    imports = commands.add_parser(
        "import",
        help="older digests, as Markdown, into the day folders of the announcements they tell of",
        description="Read every digest below a folder, whatever its name, into the day folders that its entries state. "
        "They stand beside what a run has made and replace nothing; importing twice changes nothing.",
        epilog="exit codes: 0 all was read; 2 no such folder; 3 something was not, and is named; 5 a run is at work",
    )
    imports.add_argument("digests", type=Path, metavar="DIR", help="a folder of Markdown digests")
    serve = commands.add_parser(
        "serve",
        help="all days in a browser, for this machine alone",
        description="Show the calendar of all days, with what it links to, on a loopback address until interrupted.",
    )
    serve.add_argument("--port", type=int, default=8000, help="default: %(default)d; 0: any that is free")
    for command, needed in ((backfill, True), (status, False), (trends, False)):
        command.add_argument("--from", dest="first", metavar="YYYY-MM-DD", required=needed, help="first day")
        command.add_argument("--to", dest="last", metavar="YYYY-MM-DD", required=needed, help="last day")
    mark = commands.add_parser(
        "mark",
        help="more papers like this one, or fewer",
        description="Note in outputs/marks.csv that a paper is wanted (+) or not (-); the local judge learns from it.",
    )
    mark.add_argument("paper", metavar="ID", help="an arXiv id, such as 2602.06122")
    mark.add_argument("mark", choices=("+", "-"))
    why = commands.add_parser(
        "why",
        help="why a paper was or was not shown",
        description="Say of an announced paper when it was announced, who judged it how, and which words spoke for "
        "and against it.",
    )
    why.add_argument("paper", metavar="ID", help="an arXiv id, such as 2602.06122")
    prune = commands.add_parser(
        "prune",
        help="remove the run notebooks of old days",
        description="Remove run.ipynb of every day but the newest. Papers, verdicts, account, digest and report stay, "
        "and the days count as finished as before.",
    )
    prune.add_argument("--keep", type=int, required=True, metavar="DAYS", help="how many days keep theirs")
    schedule = commands.add_parser(
        "schedule",
        help="run every morning by itself",
        description="Show what it takes to start a run every morning, ask, and do it.",
    )
    unschedule = commands.add_parser(
        "unschedule", help="no longer do so", description="Show what `schedule` put there, ask, and take it back."
    )
    for command, default in ((schedule, "what this machine has"), (unschedule, "wherever it is")):
        command.add_argument("--where", choices=get_args(Where), help=f"default: {default}")
        command.add_argument("--yes", action="store_true", help="do not ask")
    commands.add_parser("doctor", help="check what a run needs, and say what to do")
    site = commands.add_parser("site", help="a static site of the stored days, as a hosted workflow publishes it")
    site.add_argument("--to", type=Path, required=True, metavar="DIR", help="where the site goes")
    site.add_argument("--text", default="", metavar="URL", help="where the day folders can be read, for the digests")
    for command in commands.choices.values():
        command.add_argument("--reader", type=Path, metavar="FILE", help="a reader file; default: parameters/daily.yml")
        command.add_argument("--outputs", type=Path, metavar="DIR", help="where day folders go; default: outputs/")
    return whole


def _minutes(text: str) -> float:
    if not 0 <= (minutes := float(text)) < inf:
        raise ArgumentTypeError(f"{text} is no number of minutes from 0 on")
    return minutes
