"""`make doctor`: what a run needs, one line each, and what to do where something is wrong."""

import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Literal, NamedTuple

import requests

from digest_lib.announcements import HOLIDAYS, newest_announcement, submission_window
from digest_lib.arxiv_source import ArxivSource
from digest_lib.errors import ArxivUnreachable, ParametersError
from digest_lib.judging.model import ModelJudge
from digest_lib.judging.prompt import Prompt, load_prompt
from digest_lib.judging.service import client_from_environ
from digest_lib.moments import next_run
from digest_lib.reader import Reader, load_reader
from digest_lib.records import Answer, Paper, Tokens
from digest_lib.schedulers import Job, installed

LEAST_FREE, LITTLE_FREE = 50e6, 500e6
"""Bytes: a day takes about ten million, and as many again while it is made anew."""
OFF, DAY_OFF = timedelta(minutes=2), timedelta(hours=1)
"""How far a clock may be off; from the second on it may take one announcement day for another."""
ANSWER_SECONDS = 60.0


class Finding(NamedTuple):
    """One line of the report; `remedy` is what to do."""

    level: Literal["ok", "warn", "fault"]
    text: str
    remedy: str = ""


class Doctor:
    """Examines the workspace for one reader as a run at `now` would find it; nothing is stored."""

    def __init__(self, job: Job, outputs: Path, now: datetime, environ: Mapping[str, str]) -> None:
        self.job, self.outputs, self.now, self.environ = job, outputs, now, environ
        self._reader: Reader | None = None
        self._prompt: Prompt | None = None

    def examine(self) -> int:
        """Print every finding; 1 where one is a fault, else 0."""
        is_ill = False
        for part in (self._packages, self._parameters, self._model, self._arxiv, self._schedule, self._disk):
            for finding in part():
                name = part.__name__.removeprefix("_")
                print(f"{finding.level:<6} {name:<11} {finding.text}", flush=True)
                if finding.remedy:
                    print(f"{'':<18} -> {finding.remedy}")
                is_ill = is_ill or finding.level == "fault"
        return int(is_ill)

    def _packages(self) -> Iterator[Finding]:
        pins = (self.job.root / "constraints.txt").read_text(encoding="utf8")
        allowed: dict[str, set[str]] = {}  # a package may have a pin for each platform
        for name, pin in re.findall(r"^([\w.-]+)==([^\s;]+)", pins, re.MULTILINE):
            allowed.setdefault(name, set()).add(pin)
        found = {re.sub(r"[-_.]+", "-", one.name).lower(): one.version for one in distributions()}
        other = [
            f"{name} {found[name]}"
            for name in sorted(allowed.keys() & found.keys())
            if found[name] not in allowed[name]
        ]
        text = f"Python {platform.python_version()}, {len(allowed.keys() & found.keys())} packages"
        if other:
            yield Finding("warn", f"{text}; not as pinned: {', '.join(other)}", "make clean, then make env")
        else:
            yield Finding("ok", f"{text} as pinned")

    def _parameters(self) -> Iterator[Finding]:
        try:
            reader = load_reader(self.job.reader)
            self._prompt = load_prompt(self.job.root / "parameters" / "prompt.md", reader)
        except ParametersError as error:
            yield Finding("fault", str(error), "correct that file; the README explains every key")
            return
        self._reader = reader
        yield Finding("ok", f"{self.job.reader.name}: {', '.join(reader.categories)}; {len(reader.fields)} fields")

    def _model(self) -> Iterator[Finding]:
        """One question about one short paper, in all as a run would ask it."""
        if self._reader is None:
            return
        client = client_from_environ(self.environ)
        if self._reader.judge is None or client is None:
            why = "no OPENAI_API_KEY" if client is None else "no 'judge' in the reader file"
            yield Finding("ok", f"the local judge works alone ({why})")
            return
        answers: list[Answer] = []
        paper = Paper(
            id="0000.00000", version=1, announced=self.now.date(), announce_type="new", title="A test of the judge",
            authors=("Nobody",), abstract="Nothing is studied.", primary_category="cs.LG", categories=("cs.LG",),
        )  # fmt: skip
        judge = ModelJudge(
            client.with_options(timeout=ANSWER_SECONDS), self._reader, self._prompt, {paper.id: 0.0}, Tokens(),
            lambda verdicts, answer: answers.append(answer), purpose="tune", tries=1,
        )  # fmt: skip
        outcome = judge.judge([paper])
        cost = f"{judge.budget.spent.total} tokens"
        match outcome.left.get(paper.id):
            case None:
                yield Finding("ok", f"{answers[-1].model} at {client.base_url.host} answers; that cost {cost}")
            case "answer" if not answers:
                text = f"{client.base_url.host} refuses the question, or takes too long over it"
                yield Finding("fault", text, "check judge.model, OPENAI_API_KEY and OPENAI_BASE_URL")
            case "answer":
                yield Finding("fault", f"{answers[-1].model} gives no usable answer ({cost})", "take another model")
            case "cap":
                yield Finding("fault", "the cap does not allow a single question", "raise judge.max_tokens or max_cost")
            case _ if outcome.stopped:
                yield Finding("fault", outcome.stopped, "a run goes on without it: the local judge stands in")
            case _:
                text = f"The model service at {client.base_url.host} does not answer."
                yield Finding("fault", text, "check the network and OPENAI_BASE_URL, or try again later")

    def _arxiv(self) -> Iterator[Finding]:
        source, clocks, began = ArxivSource.from_environ(self.environ), list[timedelta](), time.monotonic()

        def compare(answer: requests.Response, **_: object) -> None:
            if "Date" in answer.headers:
                now = self.now + timedelta(seconds=time.monotonic() - began)
                clocks.append(now - parsedate_to_datetime(answer.headers["Date"]))

        source.session.hooks["response"].append(compare)
        silent = self._reader.silent_evenings if self._reader else HOLIDAYS
        newest = newest_announcement(self.now, silent)
        try:
            feed = source.feed(self._reader.categories[0] if self._reader else "cs.LG")
            known = source.has_papers(*submission_window(newest, silent))
        except ArxivUnreachable as error:
            yield Finding("fault", str(error), "check the network and HTTPS_PROXY; if both are fine, try again later")
        else:
            index = f"with papers of {newest}" if known else f"without a paper of {newest} yet"
            text = f"feed of {feed.day} ({feed.category}, {len(feed.items)} rows), index {index}"
            late = "nothing: a run waits for a late feed, and the next one asks again" if feed.day < newest else ""
            yield Finding("warn" if late else "ok", text, late)
        if clocks:
            yield self._clock(min(clocks, key=abs))

    def _clock(self, off: timedelta) -> Finding:
        amount = timedelta(minutes=round(abs(off) / timedelta(minutes=1)))
        text = f"the clock is {amount} (h:mm:ss) {'ahead of' if off > timedelta(0) else 'behind'} arXiv's"
        remedy = (
            "unset DIGEST_NOW" if self.environ.get("DIGEST_NOW") else "set it (timedatectl set-ntp true keeps it so)"
        )
        if abs(off) >= DAY_OFF:
            return Finding("fault", f"{text}: a run would take one day for another", remedy)
        return Finding("warn", text, remedy) if abs(off) > OFF else Finding("ok", "the clock agrees with arXiv's")

    def _schedule(self) -> Iterator[Finding]:
        due = next_run(self.now)
        theirs = f" ({due.astimezone(self._reader.zone):%H:%M} in {self._reader.time_zone})" if self._reader else ""
        text = f"the next morning is due on {due:%A, %Y-%m-%d at %H:%M %Z}{theirs}"
        found = installed(self.job, self.now.date())
        for where, is_current in found.items():
            if is_current:
                yield Finding("ok", f"{text}, started by {where}")
            else:
                text = f"{where} starts a run otherwise than it should now (another time zone or folder?)"
                yield Finding("warn", text, f"make schedule WHERE={where}")
        if not found:
            yield Finding("warn", f"{text}, but nothing starts it", "make schedule, or run make daily by hand")

    def _disk(self) -> Iterator[Finding]:
        place = next(folder for folder in (self.outputs, *self.outputs.resolve().parents) if folder.exists())
        free = shutil.disk_usage(place).free
        try:
            with tempfile.TemporaryFile(dir=place) as probe:
                probe.write(bytes(100_000))
                probe.flush()
                os.fsync(probe.fileno())
        except OSError as error:
            remedy = f"make room, or make {place} writable for this user (ls -ld {place})"
            yield Finding("fault", f"nothing can be written to {place}: {error.strerror}", remedy)
            return
        level = "fault" if free < LEAST_FREE else "warn" if free < LITTLE_FREE else "ok"
        remedy = "" if level == "ok" else "make room; a day takes about 10 MB"
        yield Finding(level, f"{place} can be written to, {free / 1e6:,.0f} MB are free", remedy)
