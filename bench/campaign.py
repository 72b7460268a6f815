"""`make campaign`: every misbehaviour of a model service, alone and all together, and kills at random moments.

Four promises are counted, each of which has to hold 0 times broken: no paper is lost (it has the model's verdict or is
named as left), no accepted verdict is asked for again, none lands on the wrong paper, no cap is crossed. Then come the
promises of the reference panel, which has to notice another judge behind the same name (`bench/panel.py`).
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

from openai import OpenAI
from tqdm import tqdm

from bench import panel
from bench.days import JudgedDay, judged_day
from digest_lib import morning
from digest_lib.history import Archive
from digest_lib.judging.model import ModelJudge
from digest_lib.judging.prompt import load_prompt
from digest_lib.reader import Reader, load_reader
from digest_lib.records import Announcement, Answer, CategoryState, Tokens, Verdict
from tests.servers.model import ModelServer
from tests.servers.model_faults import RECOVERABLE, Fault
from tests.servers.synthetic import synthetic_day

ROOT = Path(__file__).resolve().parents[1]
READER, PROMPT = ROOT / "parameters" / "daily.yml", ROOT / "parameters" / "prompt.md"
DAY = date(2026, 2, 3)
SHARE = 0.3
ARRIVED_SECONDS = 0.1
"""An answer sent this long before a kill must never be bought again."""


@dataclass
class Broken:
    """How often each promise was broken, and what it took."""

    lost: int = 0
    asked_again: int = 0
    wrong_paper: int = 0
    cap_crossed: int = 0
    requests: int = 0
    left_to_local: int = 0

    def __iadd__(self, other: Self) -> Self:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        return self

    @property
    def promises(self) -> int:
        """Promises broken in all."""
        return self.lost + self.asked_again + self.wrong_paper + self.cap_crossed


@dataclass
class Ledger:
    """When which verdict was accepted (monotonic seconds), by paper id."""

    accepted: dict[str, float] = field(default_factory=dict)

    def keep(self, verdicts: Sequence[Verdict], _: Answer) -> None:
        """Take the place of a day's folder."""
        self.accepted.update({verdict.paper: time.monotonic() for verdict in verdicts})


def run(day: JudgedDay, reader: Reader, faults: Sequence[Fault], seed: int, cap: int | None = None) -> Broken:
    """Judge a day while a share of all calls fails; what was broken."""
    judge = reader.judge.model_copy(update={"max_tokens": cap, "temperature": 0.2})
    reader = reader.model_copy(update={"judge": judge})
    titles = {paper.title: paper.id for paper in day.papers}
    ledger = Ledger()
    with ModelServer(day.verdicts, titles) as server:
        server.chaos(SHARE, seed, faults)
        client = OpenAI(base_url=server.base_url, api_key="sk-campaign", timeout=1.0)
        relevance = dict.fromkeys(titles.values(), 0.0)
        asked = ModelJudge(client, reader, load_prompt(PROMPT, reader), relevance, Tokens(), ledger.keep)
        outcome = asked.judge(day.papers)
    log = server.log  # whole only now: a stalled call is logged when it or the server ends
    truth = {paper.id: day.verdicts.get(paper.id, {}) for paper in day.papers}
    answered = [request for request in log if request.usage]
    return Broken(
        lost=sum(paper.id not in outcome.verdicts and paper.id not in outcome.left for paper in day.papers),
        asked_again=sum(
            request.started > ledger.accepted.get(paper, float("inf"))
            for request in log
            for paper in request.papers.values()
        ),
        wrong_paper=sum(_is_wrong(verdict, truth[verdict.paper], reader) for verdict in outcome.verdicts.values()),
        cap_crossed=int(cap is not None and sum(request.usage["total_tokens"] for request in answered) > cap),
        requests=len(log),
        left_to_local=len(outcome.left),
    )


def _is_wrong(verdict: Verdict, truth: Mapping, reader: Reader) -> bool:
    if not truth:
        return verdict.score >= reader.threshold
    return (verdict.score, verdict.field) != (truth["score"], truth["field"])


def killed(day: JudgedDay, reader: Reader, kills: int, seed: int) -> Broken:
    """Kill the judging of a day at random moments, then let it end: what was bought twice."""
    rng = random.Random(seed)
    titles = {paper.title: paper.id for paper in day.papers}
    with (
        tempfile.TemporaryDirectory() as outputs,
        ModelServer(day.verdicts, titles, latency_seconds=0.2, seconds_per_token=0.002) as server,
    ):
        state = CategoryState(state="announced", announced=len(day.papers), fetched=len(day.papers))
        papers = tuple(p.model_copy(update={"primary_category": "cs.CV"}) for p in day.papers)
        announcement = Announcement(day=day.date, papers=papers, categories={"cs.CV": state})
        folder = Archive(outputs).day(day.date)
        folder.store(announcement, datetime.now(UTC))
        command = [sys.executable, "-m", "bench.campaign", "--judge", outputs, "--day", day.date.isoformat()]
        environ = os.environ | {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-campaign"}
        again = 0
        for _ in tqdm(range(kills), desc=f"kills while judging {len(papers)} papers", file=sys.stderr):
            began = time.monotonic()
            with subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL) as child:
                # What an earlier child had asked may still be answered now: to nobody.
                while child.poll() is None and not any(request.started > began for request in list(server.log)):
                    time.sleep(0.01)
                time.sleep(rng.uniform(0.0, 1.0))
                moment = time.monotonic()
                child.send_signal(signal.SIGKILL)
            arrived = [r for r in server.log if r.started > began and r.finished < moment - ARRIVED_SECONDS]
            stored = {verdict.paper for verdict in folder.verdicts() if verdict.judge == "model"}
            again += len({paper for request in arrived for paper in request.papers.values()} - stored)
        subprocess.run(command, cwd=ROOT, env=environ, check=True, stderr=subprocess.DEVNULL)
        verdicts = {verdict.paper: verdict for verdict in folder.verdicts()}
        truth = {paper.id: day.verdicts.get(paper.id, {}) for paper in day.papers}
        return Broken(
            lost=len(papers) - len(verdicts),
            asked_again=again,
            wrong_paper=sum(_is_wrong(verdict, truth[paper], reader) for paper, verdict in verdicts.items()),
            requests=len(server.log),
        )


def judge_stored(outputs: Path, day: date) -> None:
    """What the killed process does: the real step of a morning on a stored day."""
    reader = load_reader(READER).model_copy(update={"categories": ("cs.CV",)})
    archive = Archive(outputs)
    folder = archive.open(day)
    morning.judge(folder, folder.papers(), reader, archive, load_prompt(PROMPT, reader), OpenAI(timeout=20))


def _titled_apart(file: dict) -> dict:
    """The day with its titles numbered: the stand-in knows papers by title, and synthetic ones repeat."""
    numbered = [paper | {"title": f"{paper['title']} No. {n}"} for n, paper in enumerate(file["papers"], 1)]
    return file | {"papers": numbered}


def main() -> int:
    """Run the campaign and print its table; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="make campaign", description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=20, help="runs of each misbehaviour (default: %(default)s)")
    parser.add_argument("--kills", type=int, default=20, help="kills while judging 931 papers (default: %(default)s)")
    parser.add_argument("--judge", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--day", type=date.fromisoformat, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.judge:
        judge_stored(options.judge, options.day)
        return 0
    reader = load_reader(READER)
    small, large = (judged_day(_titled_apart(synthetic_day(DAY, papers=papers))) for papers in (80, 931))
    rows: dict[str, Broken] = {}
    kinds = [*((fault.name, [fault], None) for fault in RECOVERABLE), ("all together", RECOVERABLE, None)]
    kinds.append(("all together, capped", RECOVERABLE, 25_000))
    for name, faults, cap in tqdm(kinds, desc="misbehaviours", file=sys.stderr):
        rows[name] = Broken()
        for seed in range(options.seeds):
            rows[name] += run(small, reader, faults, seed, cap)
    rows[f"{options.kills} kills"] = killed(large, reader, options.kills, seed=1)
    heads = [each.name.replace("_", " ") for each in fields(Broken)]
    print(f"{'misbehaviour (30 % of calls)':32}" + "".join(f"{head:>15}" for head in heads))
    for name, broken in rows.items():
        print(f"{name:32}" + "".join(f"{getattr(broken, each.name):15}" for each in fields(Broken)))
    table, unnoticed = panel.report()
    print(table)
    return int(bool(unnoticed) or any(broken.promises for broken in rows.values()))


if __name__ == "__main__":
    sys.exit(main())
