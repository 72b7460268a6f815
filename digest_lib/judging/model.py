"""The model judge: any OpenAI-compatible service, in parallel batches, every paper accounted for.

A batch's answer is taken apart row by row: what is right is kept at once, what is missing or wrong is asked for again
(with the error shown, then in halves, then one by one), and what still fails is left to the local judge by name.
The model supplies score, field and reason; papers are addressed by their place in the request, facts are arXiv's.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import openai

from digest_lib.judging.answers import Row, read, schema
from digest_lib.judging.hostile import signs
from digest_lib.judging.prompt import Prompt, text_of
from digest_lib.judging.service import TRIES, CapError, LostError, QuestionError, Service, StoppedError
from digest_lib.reader import Judge, Reader
from digest_lib.records import Answer, Paper, Purpose, Tokens, Verdict

FIRST = 3
"""Papers in the first request."""


@dataclass
class Outcome:
    """What came of asking a model about papers."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    """By paper id."""
    left: dict[str, str] = field(default_factory=dict)
    """Papers without a usable verdict, by id, and the kind of reason: `answer`, `cap` or `service`."""
    stopped: str = ""
    """One sentence, where the service refused everything: a wrong key, an unknown model, no quota, no service."""


class ModelJudge:
    """Asks a model for verdicts on the papers of one day.

    Args:
        client: an `openai.OpenAI`; its own retries are not used.
        relevance: the local judge's ranking value by paper id.
        spent: what earlier runs of the day have paid already.
        keep: called with the verdicts and the bill of each answer, the moment it is received, by several threads.
        purpose, draw: part of the question's key, see `Verdict`.
        tries: requests per question where the service is overloaded or broken.
    """

    def __init__(
        self,
        client: openai.OpenAI,
        reader: Reader,
        prompt: Prompt,
        relevance: Mapping[str, float],
        spent: Tokens,
        keep: Callable[[Sequence[Verdict], Answer], None],
        purpose: Purpose = "first",
        draw: int = 0,
        tries: int = TRIES,
    ) -> None:
        self._service = Service(client, reader.judge, spent, tries)
        self.budget = self._service.budget
        self._reader, self._judge, self._prompt, self._relevance = reader, reader.judge, prompt, relevance
        self._keep, self._purpose, self._draw = keep, purpose, draw
        self._lock = threading.Lock()
        self._outcome = Outcome()

    def key(self, paper: Paper) -> str:
        """Fingerprint of what this judge asks about a paper."""
        return question_key(paper, self._prompt, self._judge, self._purpose, self._draw)

    def judge(self, papers: Sequence[Paper], progress: Callable[[int], None] = lambda count: None) -> Outcome:
        """Ask about all papers; `progress` hears of every paper that is done with."""
        self._progress = progress
        # A paper that tries to steer its judge is asked about alone, where it can move no other paper's verdict.
        hostile = [paper for paper in papers if signs(f"{paper.title}\n{paper.abstract}")]
        others = [paper for paper in papers if paper not in hostile]
        # The first request goes alone, to learn what the service can do; a small one is answered soon.
        size = self._judge.batch
        first = min(FIRST, size, len(others))
        batches = [others[:first]] if first else []
        batches += [others[start : start + size] for start in range(first, len(others), size)]
        batches += [[paper] for paper in hostile]
        with ThreadPoolExecutor(max_workers=self._judge.in_flight) as pool:
            try:
                for done in [pool.submit(self._pursue, batch) for batch in batches]:
                    done.result()
            except BaseException:  # answers that cannot be kept must not be bought
                self._service.stopped = "The run was stopped."
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        self._outcome.stopped = self._service.stopped
        if self._outcome.stopped and not self._service.has_answered:  # then no refusal was about a paper
            self._outcome.left = dict.fromkeys(self._outcome.left, "service")
        return self._outcome

    def _pursue(self, papers: list[Paper]) -> None:
        """Ask about a batch until every paper has a verdict or has been asked about alone in vain."""
        waiting = [(papers, "", 0)]
        while waiting:
            asked, note, attempt = waiting.pop()
            try:
                missing, wrong = self._ask(asked, note, is_last=len(asked) == 1 and attempt > 0)
            except CapError:
                self._leave(asked, "cap")
            except (LostError, StoppedError):
                self._leave(asked, "service")
            else:
                if missing and attempt == 0:
                    waiting.append((missing, f"Your last answer could not be used: {wrong} Answer again.", 1))
                elif len(missing) > 1:
                    half = len(missing) // 2
                    waiting += [(missing[half:], "", 1), (missing[:half], "", 1)]
                elif missing and attempt < 3:  # a single paper gets a second and a third chance
                    waiting.append((missing, "", attempt + 1))
                elif missing:
                    self._leave(missing, "answer")

    def _leave(self, papers: Sequence[Paper], kind: str) -> None:
        with self._lock:
            self._outcome.left.update(dict.fromkeys((paper.id for paper in papers), kind))
            self._progress(len(papers))

    def _ask(self, papers: list[Paper], note: str, *, is_last: bool) -> tuple[list[Paper], str]:
        """One answered question: keeps what can be used; the papers still missing and what was wrong."""
        began = time.monotonic()
        try:
            reply = self._service.ask(
                self._prompt.messages(papers, note), len(papers), schema(len(papers), self._reader)
            )
        except QuestionError:  # too long, or a content filter: smaller questions find the paper it is about
            return papers, "the request was refused, or not answered in time."
        rows, wrong = read(reply.text, len(papers), self._reader, is_last=is_last)
        if reply.is_cut and not rows:  # where rows arrived, smaller questions are the better remedy
            self._service.allow_more()
        verdicts = [self._verdict(papers[number - 1], row, reply.model) for number, row in rows.items()]
        answer = Answer(
            model=reply.model,
            tokens=reply.tokens,
            papers=len(papers),
            accepted=len(verdicts),
            purpose=self._purpose,
            seconds=round(time.monotonic() - began, 3),
            wrong=wrong,
        )
        self._keep(verdicts, answer)
        with self._lock:
            self._outcome.verdicts.update({verdict.paper: verdict for verdict in verdicts})
            self._progress(len(verdicts))
        judged = {verdict.paper for verdict in verdicts}
        return [paper for paper in papers if paper.id not in judged], wrong

    def _verdict(self, paper: Paper, row: Row, model: str) -> Verdict:
        recommended = row.score >= self._reader.threshold
        return Verdict(
            paper=paper.id,
            version=paper.version,
            score=row.score,
            field=row.field if recommended else "",
            reason=" ".join((row.reason or "").split()) if recommended else "",
            relevance=self._relevance.get(paper.id, 0.0),
            judge="model",
            model=model,
            asked=self.key(paper),
            purpose=self._purpose,
            draw=self._draw,
        )


def question_key(paper: Paper, prompt: Prompt, judge: Judge, purpose: Purpose = "first", draw: int = 0) -> str:
    """Fingerprint of a question: paper, its text, the rendered prompt, model, sampling and purpose; nothing else."""
    sampling = judge.model_dump_json(include={"model", "temperature", "reasoning_effort"})
    question = (paper.id, str(paper.version), prompt.constant, text_of(paper), sampling, purpose, str(draw))
    return hashlib.sha256("\0".join(question).encode()).hexdigest()[:16]
