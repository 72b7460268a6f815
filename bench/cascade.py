"""Part of `make bench`: what a morning with the cascade sends, finds and costs, by the morning's own code.

Every tested day is judged on an archive of all days before it, with all their verdicts, while the verdicts on record
stand in for the model. Tokens are counted as in `bench/asking.py`.
"""

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, time
from pathlib import Path

import pandas as pd
from openai import OpenAI
from tqdm import tqdm

from bench.days import JudgedDay
from digest_lib import lessons, morning
from digest_lib.account import account
from digest_lib.history import VERDICTS, Archive, Day
from digest_lib.judging.cascade import HIGH
from digest_lib.judging.model import question_key
from digest_lib.judging.prompt import Prompt, load_prompt
from digest_lib.reader import Reader
from digest_lib.records import Announcement, CategoryState, Verdict
from tests.servers.model import ModelServer

BELOW = 3.0
"""Score of the papers that are on record without one."""


def report(history: Sequence[JudgedDay], tested: Sequence[JudgedDay], reader: Reader, prompt_file: Path) -> str:
    """The figures of all tested days together."""
    prompt = load_prompt(prompt_file, reader)
    everything = {paper.title: paper.id for day in (*history, *tested) for paper in day.papers}
    on_record = {paper: verdict for day in (*history, *tested) for paper, verdict in day.verdicts.items()}
    rows = []
    with tempfile.TemporaryDirectory() as outputs, ModelServer(on_record, everything) as server:
        archive = Archive(Path(outputs) / "outputs")
        client = OpenAI(base_url=server.base_url, api_key="sk-bench")
        for day in history:
            store_judged(archive, day, reader, prompt)
        for day in tqdm(tested, desc="cascade"):
            folder = announce(archive, day)
            lessons.teach(archive, reader)
            verdicts = morning.judge(folder, day.papers, reader, archive, prompt, client)
            rows.append(
                _row(
                    day,
                    verdicts,
                    folder.spent().total,
                    sum(a.tokens.total for a in folder.answers() if a.purpose == "panel"),
                )
            )
            (folder.path / VERDICTS).unlink()
            store_judged(archive, day, reader, prompt)
    total = pd.DataFrame(rows).sum()
    return (
        f"cascade, aim {reader.judge.recall:.0%} of 8 or more: {total['sent'] / total['papers']:.3f} sent; recall of "
        f"8 or more {total['high found'] / total['high']:.3f}, of all recommended "
        f"{total['found'] / total['recommended']:.3f}; {total['tokens'] / total['papers']:.0f} tokens an announced "
        f"paper, of which the panel {total['panel'] / total['papers']:.0f}"
    )


def _row(day: JudgedDay, verdicts: dict[str, Verdict], tokens: int, panel: int) -> dict[str, int]:
    sent = {paper for paper, verdict in verdicts.items() if verdict.judge == "model"}
    high = {paper for paper, verdict in day.verdicts.items() if verdict["score"] >= HIGH}
    return {
        "papers": len(day.papers), "sent": len(sent), "recommended": len(day.verdicts), "high": len(high),
        "found": len(sent & day.verdicts.keys()), "high found": len(sent & high), "tokens": tokens, "panel": panel,
    }  # fmt: skip


def announce(archive: Archive, day: JudgedDay) -> Day:
    """The day's papers stored, and nothing else."""
    folder = archive.day(day.date)
    state = CategoryState(state="announced", announced=len(day.papers), fetched=len(day.papers))
    announcement = Announcement(day=day.date, papers=tuple(day.papers), categories={"cs.CV": state})
    folder.store(announcement, datetime.combine(day.date, time(5), UTC))
    return folder


def store_judged(archive: Archive, day: JudgedDay, reader: Reader, prompt: Prompt) -> None:
    """The day as if the model had judged every paper of it."""
    folder = announce(archive, day)
    none = {"score": BELOW, "field": "", "reason": ""}
    folder.append(
        [
            Verdict(
                paper=paper.id, version=paper.version, relevance=0.0, judge="model", model="on record",
                asked=question_key(paper, prompt, reader.judge),
                **{key: day.verdicts.get(paper.id, none)[key] for key in none},
            )
            for paper in day.papers
        ]
    )  # fmt: skip
    told = folder.announcement()
    folder.store_manifest(
        account(folder, told, folder.newest_verdicts(), reader, prompt, datetime.combine(day.date, time(5), UTC))
    )
