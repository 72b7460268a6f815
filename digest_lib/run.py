"""One day, from parameters to published folder: check, lock, execute the notebook, publish.

What the day is made of happens in `notebooks/daily_digest.ipynb`; this module gives it its parameters, shows its
progress, turns it into the two documents and keeps the account (`run.json`).
"""

import os
import platform
import sys
import time
from contextlib import redirect_stderr
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

import papermill
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from digest_lib import errors, publish
from digest_lib.account import account
from digest_lib.delivery import files
from digest_lib.durable import write_atomically
from digest_lib.frames import window
from digest_lib.history import DIGEST, LOG, NOTEBOOK, REPORT, Archive, Day
from digest_lib.judging.prompt import Prompt, load_prompt
from digest_lib.reader import Reader, load_reader
from digest_lib.records import Manifest, Run
from digest_lib.run_log import RunLog
from digest_lib.wording import wording

ROOT = Path(__file__).resolve().parents[1]
DAILY_NOTEBOOK = ROOT / "notebooks" / "daily_digest.ipynb"
TRENDS_NOTEBOOK = ROOT / "notebooks" / "review_trends.ipynb"
PROMPT = ROOT / "parameters" / "prompt.md"
PARTIAL, FAILED = "run.partial.ipynb", "run.failed.ipynb"
_VERSIONS = (
    "arxiv-digest-workspace",
    "arxiv",
    "openai",
    "pandas",
    "pyarrow",
    "plotly",
    "scikit-learn",
    "papermill",
    "nbconvert",
)


@dataclass(frozen=True)
class Outcome:
    """What a run left behind."""

    day: Day
    manifest: Manifest
    already_finished: bool = False


def run_day(
    day: date,
    reader_path: Path,
    archive: Archive,
    now: datetime,
    progress: IO[str],
    patience: float,
    force: bool = False,
) -> Outcome:
    """Bring one announcement day to its documents; what its folder already holds is not done again.

    Args:
        now: the moment of the run, with a time zone.
        progress: where to show the long steps' progress.
        patience: minutes to wait for what arXiv has not got ready yet.
        force: make a stored day anew; the old folder stays until the new one is whole.

    Raises:
        ParametersError, ArxivUnreachable, Locked: see `digest_lib.errors`; nothing published was touched.
    """
    reader = load_reader(reader_path)
    prompt = load_prompt(PROMPT, reader)
    with archive.locked():
        archive.recover()
        stored = archive.day(day)
        if stored.is_finished and not force:
            files.rebuild(archive, reader, os.environ, progress, stored)
            return Outcome(stored, stored.manifest(), already_finished=True)
        rebuild = force and stored.manifest() is not None
        made = Day(archive.root / f".rebuild-{day}", day) if rebuild else stored
        started = time.monotonic()
        parameters = {
            "DATE": day.isoformat(),
            "READER": os.path.relpath(reader_path, DAILY_NOTEBOOK.parent),
            "PROMPT": os.path.relpath(PROMPT, DAILY_NOTEBOOK.parent),
            "OUTPUTS": os.path.relpath(archive.root, DAILY_NOTEBOOK.parent),
            "NOW": now.isoformat(),
            "PATIENCE": float(patience),
            "REBUILD": rebuild,
        }
        log = RunLog(progress, made.path / LOG, reader.zone)
        log.note(f"A run of {day} begins: {', '.join(reader.categories)}.")
        try:
            executed = _execute(made.path, log, parameters)
            manifest = _publish(made, reader, prompt, executed, started, now)
        except BaseException as error:
            log.note(f"It ends: {type(error).__name__}: {error}")
            raise
        log.note(f"It ends {manifest.state}: {manifest.papers_read} read, {manifest.recommended} recommended.")
        published = archive.adopt(made) if rebuild else made
        log.move(published.path / LOG)
        files.rebuild(archive, reader, os.environ, progress, published)
        if manifest.judge == "model":
            _learn_for_tomorrow(archive, reader, log)
        return Outcome(published, manifest)


def _learn_for_tomorrow(archive: Archive, reader: Reader, log: RunLog) -> None:
    """Teach the local judge what the model said; what is published stays so whatever comes of it."""
    from digest_lib import lessons  # noqa: PLC0415 - a second's import, which the morning's documents need not wait for

    with redirect_stderr(log):
        try:
            lessons.teach(archive, reader)
        except Exception as error:  # noqa: BLE001 - a full disk, too little memory, a damaged day
            print(f"The local judge has learned nothing new ({type(error).__name__}: {error}).", file=sys.stderr)


def run_trends(first: str, last: str, reader_path: Path, archive: Archive, progress: IO[str]) -> Path:
    """The page of trends from one announcement day to another (ISO dates; empty: see `frames.window`).

    Raises:
        ParametersError: no day is stored, or a date is none.
    """
    reader = load_reader(reader_path)
    days = window(archive, first, last)
    folder = archive.root / "trends"
    parameters = {
        "FROM": days[0].isoformat(),
        "TO": days[1].isoformat(),
        "READER": os.path.relpath(reader_path, TRENDS_NOTEBOOK.parent),
        "OUTPUTS": os.path.relpath(archive.root, TRENDS_NOTEBOOK.parent),
    }
    executed = _execute(folder, RunLog(progress, folder / LOG, reader.zone), parameters, TRENDS_NOTEBOOK)
    made = folder / f"{days[0]}_{days[1]}.html"
    write_atomically(made, publish.page(executed, wording(reader.language).charts.page.format(*days), reader.language))
    (folder / PARTIAL).unlink()
    (folder / FAILED).unlink(missing_ok=True)
    return made


def _execute(folder: Path, log: RunLog, parameters: dict[str, object], notebook: Path = DAILY_NOTEBOOK) -> NotebookNode:
    """Run a notebook to a partial name; a failed run is kept under a name that says so.

    Raises:
        DigestError: what the notebook raised, as the class of the tree it was there.
    """
    partial = folder / PARTIAL
    try:
        return papermill.execute_notebook(
            os.path.relpath(notebook),
            os.path.relpath(partial),
            parameters=parameters,
            cwd=os.path.relpath(notebook.parent),
            progress_bar=False,
            # A killed day is told by its folder; saving ten years of figures after every cell would take a minute.
            request_save_on_cell_execute=False,
            stderr_file=log,
            coalesce_streams=True,
            # The kernel's own remarks on its transport are no news to a reader.
            extra_arguments=["--log-level=CRITICAL"],
        )
    except PapermillExecutionError as error:
        failed = partial.replace(folder / FAILED)
        kind = errors.by_name(error.ename)
        if kind is not errors.DigestError:
            raise kind(error.evalue) from None
        raise errors.DigestError(
            f"{notebook.name} stopped: {error.ename}: {error.evalue}. It is kept, the place marked: {failed}."
        ) from None
    except DeadKernelError:
        raise errors.DigestError(
            "The notebook's kernel died (mostly for lack of memory). Run again: what is stored is not done twice."
        ) from None


def _publish(
    day: Day, reader: Reader, prompt: Prompt, executed: NotebookNode, started: float, now: datetime
) -> Manifest:
    """Both documents, then the run record, then the account: only the last says that the day is done."""
    exporting = time.monotonic()
    partial = day.path / PARTIAL
    title = wording(reader.language).title.format(day.date)
    markdown, page = publish.documents(partial, title, reader.language)
    write_atomically(day.path / DIGEST, markdown)
    write_atomically(day.path / REPORT, page)
    partial.replace(day.path / NOTEBOOK)
    (day.path / FAILED).unlink(missing_ok=True)
    manifest = account(day, day.announcement(), day.newest_verdicts(), reader, prompt, now)
    seconds = _stages(executed) | {"export": time.monotonic() - exporting, "total": time.monotonic() - started}
    this_run = Run(updated=now, state=manifest.state, seconds=round(seconds["total"], 2))
    manifest = manifest.model_copy(
        update={
            "seconds": {stage: round(spent, 2) for stage, spent in seconds.items()},
            "versions": {"python": platform.python_version()} | {name: version(name) for name in _VERSIONS},
            "history": (*manifest.history, this_run),
        }
    )
    day.store_manifest(manifest)
    return manifest


def _stages(executed: NotebookNode) -> dict[str, float]:
    """Seconds by stage: the kernel's start, each cell with a `stage:` tag, and the rest of the notebook."""
    cells = [cell for cell in executed.cells if cell.metadata.get("papermill", {}).get("duration")]
    began = datetime.fromisoformat(executed.metadata.papermill.start_time)
    seconds = {"kernel": (datetime.fromisoformat(cells[0].metadata.papermill.start_time) - began).total_seconds()}
    for cell in cells:
        stage = next((tag[6:] for tag in cell.metadata.tags if tag.startswith("stage:")), "notebook")
        seconds[stage] = seconds.get(stage, 0.0) + cell.metadata.papermill.duration
    return seconds
