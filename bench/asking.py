"""Part of `make bench`: asking a model our way and the ancestor's, on one stand-in with one latency, in one run.

The ancestor sends 50 papers at a time, one request after the other, and gets free text back. Tokens are counted alike
for both: prompt tokens = characters / 4, completion tokens = (other characters + 2 x CJK characters) / 3. The clock
runs four times faster than the latency it stands for (1 s + 10 ms a completion token), so that the bench ends soon.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from openai import OpenAI

from bench.days import JudgedDay
from digest_lib.judging.model import ModelJudge
from digest_lib.judging.prompt import load_prompt
from digest_lib.reader import Reader
from digest_lib.records import Paper, Tokens
from tests.servers.model import ModelServer
from tests.servers.model_faults import Fault

LATENCY_SECONDS, SECONDS_PER_TOKEN, FASTER = 1.0, 0.01, 4
ANCESTOR_BATCH = 50
ANCESTOR_PROMPT = """You select arXiv papers for a researcher who follows these fields: {fields}.
Keep these low: {avoid}.
For every paper worth recommending write its title as a heading with a score out of 10, and below it the authors with
their affiliation, the date, the link, a reason of one or two sentences in Chinese, the score and the field. Leave the
other papers out. The papers:

"""


@dataclass(frozen=True)
class Cost:
    """What one way of asking took; `seconds` is wall clock at the latency stood for."""

    seconds: float
    requests: int
    prompt: int
    completion: int
    most_in_flight: int

    def line(self, papers: int) -> str:
        """The figures as columns of the table."""
        tokens = (self.prompt + self.completion) / papers
        return (
            f"{self.seconds:9.1f} {self.requests:9} {self.most_in_flight:10} {self.prompt / papers:14.0f} "
            f"{self.completion / papers:18.1f} {tokens:10.0f}"
        )


def compare(day: JudgedDay, reader: Reader, prompt: Path) -> tuple[Cost, Cost]:
    """The ancestor's cost and ours for one day."""
    titles = {paper.title: paper.id for paper in day.papers}
    latency = {"latency_seconds": LATENCY_SECONDS / FASTER, "seconds_per_token": SECONDS_PER_TOKEN / FASTER}
    by_number: list[Sequence[Paper]] = []

    def ancestor(server: ModelServer) -> None:
        server.fault(Fault("free text", content=lambda content: _free_text(content, by_number[-1])), times=None)
        client = OpenAI(base_url=server.base_url, api_key="sk-bench")
        subjects = {"fields": _names(reader.fields), "avoid": _names(reader.avoid)}
        for start in range(0, len(day.papers), ANCESTOR_BATCH):
            batch = day.papers[start : start + ANCESTOR_BATCH]
            by_number.append(batch)
            asked = "\n".join(
                f'<paper n="{n}">\n{p.title}\nAuthors: {", ".join(p.authors)}\nPublished: {p.announced}\n'
                f"Link: {p.link}\nAbstract: {p.abstract}\n</paper>"
                for n, p in enumerate(batch, 1)
            )
            message = {"role": "user", "content": ANCESTOR_PROMPT.format(**subjects) + asked}
            client.chat.completions.create(model="m", messages=[message])

    def ours(server: ModelServer) -> None:
        client = OpenAI(base_url=server.base_url, api_key="sk-bench")
        relevance = dict.fromkeys(titles.values(), 0.0)
        judge = ModelJudge(
            client, reader, load_prompt(prompt, reader), relevance, Tokens(), lambda verdicts, bill: None
        )
        outcome = judge.judge(day.papers)
        assert len(outcome.verdicts) == len(day.papers)

    costs = []
    for ask in (ancestor, ours):
        with ModelServer(day.verdicts, titles, **latency) as server:
            began = time.perf_counter()
            ask(server)
            seconds = (time.perf_counter() - began) * FASTER
            usage = [request.usage for request in server.log]
            costs.append(
                Cost(
                    seconds=seconds,
                    requests=len(usage),
                    prompt=sum(each["prompt_tokens"] for each in usage),
                    completion=sum(each["completion_tokens"] for each in usage),
                    most_in_flight=server.most_in_flight,
                )
            )
    return costs[0], costs[1]


def report(day: JudgedDay, reader: Reader, prompt: Path) -> str:
    """The table of both ways."""
    ancestor, ours = compare(day, reader, prompt)
    head = f"{'asking':10}   seconds  requests  in flight  prompt / paper  completion / paper  tokens / paper"
    lines = [f"{name:10} {cost.line(len(day.papers))}" for name, cost in (("ancestor", ancestor), ("ours", ours))]
    ratio = f"{ancestor.seconds / ours.seconds:.1f} times shorter"
    return "\n".join([f"{day.date}, {len(day.papers)} papers: {ratio}", head, *lines])


def _names(subjects: Sequence) -> str:
    return "; ".join(f"{subject.name} ({subject.description})" for subject in subjects)


def _free_text(content: str, papers: Sequence[Paper]) -> str:
    """An answer in the ancestor's shape, as its own digests show it."""
    blocks = []
    for row in json.loads(content)["verdicts"]:
        if row.get("reason"):
            paper = papers[row["paper"] - 1]
            blocks.append(
                f"### [Score: {row['score']}/10] {paper.title}\n- **Authors:** {', '.join(paper.authors)}\n"
                f"- **Published:** {paper.announced}\n- **Link:** [{paper.link}]({paper.link})\n"
                f"- **Reason:** {row['reason']}\nScore: {row['score']}\nField: {row['field']}\n"
            )
    return "\n".join(blocks)
