"""Trying a prompt or a reader file out on a stored day: a fair sample, judged by both, and what moved."""

import difflib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from openai import OpenAI

from digest_lib.errors import ParametersError
from digest_lib.history import Archive, Day
from digest_lib.judging.model import ModelJudge, question_key
from digest_lib.judging.prompt import load_prompt
from digest_lib.progress import progress_bar
from digest_lib.reader import load_reader
from digest_lib.records import Answer, Paper, Tokens, Verdict


@dataclass(frozen=True)
class Trial:
    """What one prompt and one reader file made of the sample."""

    verdicts: dict[str, Verdict]
    tokens: Tokens
    """Paid for by this trial; verdicts that were asked for before are free."""
    cost: float


def stored_day(archive: Archive, text: str = "") -> Day:
    """A stored day, by its date, or the newest one.

    Raises:
        ParametersError: there is none.
    """
    days = {day.date.isoformat(): day for day in archive.days() if not day.manifest().is_imported}
    if not days or (text and text not in days):
        raise ParametersError(f"No day {text or 'at all'} is stored in {archive.root.name}/; `make daily` makes one.")
    return days[text or max(days)]


def sample(papers: Sequence[Paper], local: Mapping[str, Verdict], size: int) -> list[Paper]:
    """About `size` papers, stratified by the local judge's score, the same ones every time; 0 means all.

    Half of them come from 5 points up, where a prompt decides what is read.
    """
    if not size or size >= len(papers):
        return list(papers)
    drawn = sorted(papers, key=lambda paper: hashlib.sha256(paper.id.encode()).hexdigest())
    high = [paper for paper in drawn if local[paper.id].score >= 5]
    low = [paper for paper in drawn if local[paper.id].score < 5]
    from_high = min(len(high), max(size // 2, size - len(low)))
    return sorted(high[:from_high] + low[: size - from_high], key=lambda paper: paper.id)


def trial(
    day: Day,
    papers: Sequence[Paper],
    local: Mapping[str, Verdict],
    reader_path: Path | str,
    prompt_path: Path | str,
    client: OpenAI | None,
) -> Trial:
    """Judge papers of a stored day with a prompt and a reader file; from what was paid for before where it can.

    Without a client the local judge's verdicts stand, so that a changed reader file can be tried by anyone.
    """
    reader = load_reader(reader_path)
    prompt = load_prompt(prompt_path, reader)
    if client is None or reader.judge is None:
        return Trial({paper.id: local[paper.id] for paper in papers}, Tokens(), 0.0)
    bills: list[Answer] = []

    def keep(verdicts: Sequence[Verdict], answer: Answer) -> None:
        bills.append(answer)
        day.append(verdicts, answer)

    relevance = {paper: verdict.relevance for paper, verdict in local.items()}
    judge = ModelJudge(client, reader, prompt, relevance, Tokens(), keep, purpose="tune")
    # What the morning itself asked with the same prompt need not be paid for again.
    paid = {(v.paper, v.asked): v for purpose in ("first", "tune") for v in day.verdicts(purpose)}
    asked = {p.id: [(p.id, question_key(p, prompt, reader.judge, how)) for how in ("first", "tune")] for p in papers}
    found = {paper: next((paid[key] for key in keys if key in paid), None) for paper, keys in asked.items()}
    known = {paper: verdict for paper, verdict in found.items() if verdict}
    with progress_bar(f"papers judged ({Path(prompt_path).name})", len(papers)) as bar:
        bar.update(len(known))
        outcome = judge.judge([paper for paper in papers if paper.id not in known], bar.update)
    if outcome.stopped:
        raise ParametersError(outcome.stopped)
    tokens = sum((answer.tokens for answer in bills), start=Tokens())
    return Trial(known | outcome.verdicts, tokens, reader.judge.cost(tokens))


def compare(papers: Sequence[Paper], current: Trial, candidate: Trial) -> pd.DataFrame:
    """One row a paper that both judged: id, title, scores, ranks, fields and reasons of both; most moved first."""
    both = [paper for paper in papers if paper.id in current.verdicts and paper.id in candidate.verdicts]
    table = pd.DataFrame([{"id": paper.id, "title": paper.title} for paper in both], columns=["id", "title"])
    for name, verdicts in (("current", current.verdicts), ("candidate", candidate.verdicts)):
        chosen = [verdicts[paper.id] for paper in both]
        for key in ("score", "field", "reason"):
            table[f"{key}_{name}"] = [getattr(verdict, key) for verdict in chosen]
        table[f"rank_{name}"] = table[f"score_{name}"].rank(ascending=False, method="min").astype(int)
    table["moved"] = table["rank_current"] - table["rank_candidate"]
    order = table["moved"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def summary(
    table: pd.DataFrame,
    current: Trial,
    candidate: Trial,
    local: Mapping[str, Verdict],
    marks: Mapping[str, bool],
    threshold: float,
) -> pd.DataFrame:
    """One row a trial: papers recommended, mean score, agreement with local judge and marks, tokens, cost.

    Agreement with the local judge is a rank correlation; with the reader's marks, the share of marked papers on the
    right side of the threshold (empty without marks).
    """
    scores = table["id"].map(lambda paper: local[paper].score)
    marked = table["id"].isin(marks)
    wanted = table["id"].map(marks)
    rows = []
    for name, made in (("current", current), ("candidate", candidate)):
        score = table[f"score_{name}"]
        rows.append(
            {
                "trial": name,
                "papers": len(table),
                "recommended": int((score >= threshold).sum()),
                "mean score": round(score.mean(), 2),
                "agreement with the local judge": round(score.rank().corr(scores.rank()), 2),
                "agreement with your marks": round(((score >= threshold) == wanted)[marked].mean(), 2),
                "tokens": made.tokens.total,
                "cost": made.cost,
            }
        )
    return pd.DataFrame(rows).set_index("trial")


def difference(current: Path | str, candidate: Path | str) -> str:
    """Two files side by side as a unified diff in Markdown."""
    texts = [Path(path).read_text(encoding="utf8").splitlines() for path in (current, candidate)]
    lines = difflib.unified_diff(*texts, Path(current).name, Path(candidate).name, lineterm="")
    return "~~~diff\n" + ("\n".join(lines) or "The two are the same.") + "\n~~~"


def adopt(candidate: Path | str, prompt: Path | str, reader_path: Path | str, *, yes: bool) -> str:
    """Put the candidate in the prompt's place if told to; a sentence that says what was done.

    Raises:
        ParametersError: the candidate is no valid template; nothing was written.
    """
    if not yes:
        return f"Nothing was written. ADOPT = True puts {Path(candidate).name} in the place of {Path(prompt).name}."
    load_prompt(candidate, load_reader(reader_path))
    Path(prompt).write_text(Path(candidate).read_text(encoding="utf8"), encoding="utf8")
    now = f"{Path(prompt).name} is now what {Path(candidate).name} says"
    return f"{now}; new days are judged with it, stored ones with FORCE=1."
