"""Part of `make bench`: ten years of stored days, 2,600 days and 900,000 synthetic papers, in a temporary folder.

Each figure is taken in a process of its own: building the table cache, opening review_trends over all ten years, the
page that `make trends` makes of it, and the charts of a daily report with one day, a quarter and ten years behind it.
The processor's seconds include the start of Python; they tell what a busy machine hides. The folders take two gigabytes
of disk while the bench runs.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from digest_lib import frames
from digest_lib.history import MANIFEST, PAPERS, VERDICTS, Archive
from digest_lib.judging.prompt import load_prompt
from digest_lib.reader import load_reader
from digest_lib.records import CategoryState, Manifest, Paper, Tokens, Verdict
from digest_lib.run import DAILY_NOTEBOOK, PROMPT, TRENDS_NOTEBOOK, run_trends
from tests.servers.synthetic import synthetic_day

ROOT = Path(__file__).resolve().parents[1]
READER = ROOT / "parameters" / "demo.yml"
LAST = date(2026, 2, 9)
DAYS, PAPERS_A_DAY = 2600, 346
_POOL = 3000


def main() -> None:
    """Make the days and print the figures; with `--take`, take one of them."""
    parser = argparse.ArgumentParser(prog="python -m bench.decade", description="Ten years of stored days.")
    parser.add_argument("--days", type=int, default=DAYS, metavar="N", help="stored days (default: %(default)s)")
    parser.add_argument("--take", choices=_FIGURES, help=argparse.SUPPRESS)
    parser.add_argument("--archive", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.take:
        began = time.perf_counter()
        _FIGURES[options.take](Archive(options.archive))
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        worked = sum(one.ru_utime + one.ru_stime for one in used)
        memory = max(one.ru_maxrss for one in used) / 2**20
        print(f"{time.perf_counter() - began:.1f} s (processor {worked:.1f} s), {memory:.2f} GB")
        return
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        whole = _make(Path(folder) / "outputs", options.days)
        written = time.perf_counter() - began
        count = options.days * PAPERS_A_DAY
        print(f"{count:,} papers of {options.days} days written: {written:.0f} s", flush=True)
        print(f"table cache built: {_take('build', whole)}", flush=True)
        print(f"table cache found fresh: {_take('build', whole)}")
        print(f"review_trends opened, all days: {_take('review', whole)}", flush=True)
        print(f"make trends, kernel and page, all days: {_take('page', whole)}", flush=True)
        for count in (1, 66):
            part = _part(whole, Path(folder) / f"outputs-{count}", count)
            _take("daily", part)
            print(f"charts of a daily report, {count} days stored: {_take('daily', part)}")
        print(f"charts of a daily report, {options.days} days stored: {_take('daily', whole)}")


def _take(figure: str, archive: Path) -> str:
    command = [sys.executable, "-m", "bench.decade", "--take", figure, "--archive", str(archive)]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def _build(archive: Archive) -> None:
    frames.accounts(archive, date.min, date.max)


def _review(archive: Archive) -> None:
    first, last = _ends(archive)
    names = {"FROM": first, "TO": last, "READER": READER, "OUTPUTS": archive.root, "FIELDS": [], "CATEGORIES": []}
    _run_cells(TRENDS_NOTEBOOK, names, lambda cell: "parameters" not in cell.metadata.tags)


def _page(archive: Archive) -> None:
    run_trends(*_ends(archive), READER, archive, sys.stderr)


def _daily(archive: Archive) -> None:
    """What the daily notebook tells of the days before, and its charts, for the newest day."""
    day, reader = archive.days()[-1], load_reader(READER)
    names = {"archive": archive, "day": day, "manifest": day.manifest(), "reader": reader}
    names["prompt"] = load_prompt(PROMPT, reader)
    told = ("charts.", "frames.")
    _run_cells(
        DAILY_NOTEBOOK,
        names,
        lambda cell: "stage:imports" in cell.metadata.tags or any(one in cell.source for one in told),
    )


def _ends(archive: Archive) -> tuple[str, str]:
    days = archive.days()
    return days[0].date.isoformat(), days[-1].date.isoformat()


def _run_cells(notebook: Path, names: dict[str, object], wanted: Callable[[NotebookNode], bool]) -> None:
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code" and wanted(cell):
            exec(cell.source, names)  # noqa: S102 - our own notebook's cells


_FIGURES = {"build": _build, "review": _review, "page": _page, "daily": _daily}


def _part(whole: Path, target: Path, count: int) -> Path:
    """An archive of the newest `count` days of another."""
    target.mkdir()
    for day in Archive(whole).days()[-count:]:
        (target / day.path.name).symlink_to(day.path)
    return target


def _make(root: Path, count: int) -> Path:
    """Day folders as a run leaves them; a pool of synthetic papers is used again and again under other ids."""
    rng = random.Random(0)
    pool = list(_pool())
    for number, day in enumerate(_weekdays(count)):
        papers, verdicts = [], []
        for place, (paper, verdict) in enumerate(rng.sample(pool, PAPERS_A_DAY)):
            name = f"{day:%y%m}.{number % 30 * 1000 + place:05d}"
            papers.append(paper.replace("ID", name, 1).replace("2001-01-01", day.isoformat(), 1))
            verdicts.append(verdict.replace("ID", name, 1))
        folder = root / day.isoformat()
        folder.mkdir(parents=True)
        (folder / PAPERS).write_text("".join(papers), encoding="utf8")
        (folder / VERDICTS).write_text("".join(verdicts), encoding="utf8")
        (folder / MANIFEST).write_text(_manifest(day, number), encoding="utf8")
    return root


def _weekdays(count: int) -> list[date]:
    days = [LAST]
    while len(days) < count:
        before = days[-1] - timedelta(days=1)
        days.append(before - timedelta(days=max(before.weekday() - 4, 0)))
    return days[::-1]


def _pool() -> Iterator[tuple[str, str]]:
    day = synthetic_day(date(2026, 2, 9), papers=2500)
    rows = (day["papers"] * 2)[:_POOL]
    rng = random.Random(1)
    for row in rows:
        paper = Paper(
            id="ID",
            version=1,
            announced=date(2001, 1, 1),
            announce_type="new",
            title=row["title"],
            authors=tuple(row["authors"].split(", ")),
            abstract=row["abstract"] * 2,  # as long as real ones
            primary_category=row["primary_category"],
            categories=tuple(row["categories"]),
        )
        told = day["verdicts"].get(row["id"], {"score": rng.randint(10, 59) / 10, "field": "", "reason": ""})
        known = {"paper": "ID", "version": 1, "judge": "model", "model": "m", "asked": "0" * 64}
        verdict = Verdict(relevance=rng.random(), **known, **{key: told[key] for key in ("score", "field", "reason")})
        yield paper.model_dump_json() + "\n", verdict.model_dump_json() + "\n"


def _manifest(day: date, number: int) -> str:
    now = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
    states = {
        name: CategoryState(state="announced", announced=86, fetched=86, judged=86)
        for name in ("cs.CV", "cs.LG", "cs.AI", "cs.RO")
    }
    return Manifest(
        date=day,
        state="complete",
        categories=states,
        papers_read=PAPERS_A_DAY,
        recommended=90,
        judge="model",
        model=f"model {number // 300}",
        prompt_hash=str(number // 500),
        tokens=Tokens(prompt=100_000, cached=20_000, completion=40_000, total=140_000),
        cost=0.08,
        begun=now,
        updated=now,
        seconds={"total": 60.0},
    ).model_dump_json(indent=1)


if __name__ == "__main__":
    main()
