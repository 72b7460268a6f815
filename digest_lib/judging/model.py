"""The model judge: any OpenAI-compatible service, in parallel batches, every paper accounted for.

A batch's answer is taken apart row by row: what is right is kept at once, what is missing or wrong is asked for again
(with the error shown, then in halves, then one by one), and what still fails is left to the local judge by name.
The model supplies score, field and reason; papers are addressed by their place in the request, facts are arXiv's.
"""

import hashlib
import random
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count

import openai
from openai.types.chat import ChatCompletion
from openai.types.chat.chat_completion import Choice

from digest_lib.judging.answers import Row, read, schema
from digest_lib.judging.hostile import signs
from digest_lib.judging.pace import Budget, Gate
from digest_lib.judging.prompt import Prompt, text_of
from digest_lib.reader import Judge, Reader
from digest_lib.records import Answer, Paper, Purpose, Tokens, Verdict

TRIES = 7
"""With pauses that double from half a second, a minute of a broken service is sat out."""
TIMEOUT_SECONDS = 180.0
"""Longest silence that is waited for; reasoning models think for a minute or two."""
LONGEST_PAUSE = 120.0
"""Seconds; a service that asks for more is left for the next run."""
BAD_QUESTION, REFUSALS = (400, 413, 422), (401, 402, 403, 404)
LOST_IN_A_ROW = 3
"""Questions lost in a row after which the service counts as down for all others too."""
SLOW_IN_A_ROW = 6
"""Answers in a row that did not come in time, after which the same holds."""
FORMATS = ("json_schema", "json_object", "text")
FIRST = 3
COMPLETION_PER_PAPER, COMPLETION_BASE = 160, 200
"""Completion tokens allowed: a reason of two sentences for every paper; more where thinking left no room."""
MOST_ALLOWANCE = 8


@dataclass
class Outcome:
    """What came of asking a model about papers."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    """By paper id."""
    left: dict[str, str] = field(default_factory=dict)
    """Papers without a usable verdict, by id, and the kind of reason: `answer`, `cap` or `service`."""
    stopped: str = ""
    """One sentence, where the service refused everything: a wrong key, an unknown model, no quota, no service."""


class _StoppedError(Exception):
    """The service will not answer any question of this run; the text is a sentence for the user."""


class _LostError(Exception):
    """One question could not be put: the service is overloaded, broken or unreachable."""


class _QuestionError(Exception):
    """The service will not answer this question; it may answer a smaller one."""


class _CapError(Exception):
    """The next request might cross the cap."""


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
        self._client = client.with_options(max_retries=0)
        self._reader, self._judge, self._prompt, self._relevance = reader, reader.judge, prompt, relevance
        self._keep, self._purpose, self._draw, self._tries = keep, purpose, draw, tries
        self.budget = Budget(reader.judge, spent)
        self._gate = Gate(reader.judge.in_flight)
        self._lock = threading.Lock()
        self._tickets = count()
        self._format, self._without, self._allowance = 0, set(), 1
        self._lost = self._slow = 0
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
                self._outcome.stopped = "The run was stopped."
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return self._outcome

    def _pursue(self, papers: list[Paper]) -> None:
        """Ask about a batch until every paper has a verdict or has been asked about alone in vain."""
        waiting = [(papers, "", 0)]
        while waiting:
            asked, note, attempt = waiting.pop()
            try:
                missing, wrong = self._ask(asked, note, is_last=len(asked) == 1 and attempt > 0)
            except _CapError:
                self._leave(asked, "cap")
            except _LostError:
                self._leave(asked, "service")
            except _StoppedError as error:
                self._outcome.stopped = self._outcome.stopped or str(error)
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
            completion, tokens = self._request(papers, note)
        except _QuestionError:  # too long, or a content filter: smaller questions find the paper it is about
            return papers, "the request was refused, or not answered in time."
        choice = completion.choices[0]
        text = text_in(choice)
        model = completion.model or self._judge.model
        rows, wrong = read(text, len(papers), self._reader, is_last=is_last)
        if choice.finish_reason == "length" and not rows:
            # Thinking used up what was allowed; where rows arrived, smaller questions are the better remedy.
            self._allowance = min(MOST_ALLOWANCE, self._allowance * 2)
        verdicts = [self._verdict(papers[number - 1], row, model) for number, row in rows.items()]
        answer = Answer(
            model=model,
            tokens=tokens,
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

    def _request(self, papers: Sequence[Paper], note: str) -> tuple[ChatCompletion, Tokens]:
        """One completion and its bill, through overload, failures and the service's missing features."""
        messages, attempt = self._prompt.messages(papers, note), 0
        while attempt < self._tries:
            manner = (self._format, frozenset(self._without))
            allowed = (COMPLETION_BASE + COMPLETION_PER_PAPER * len(papers)) * self._allowance
            try:
                completion, bill = self._send(messages, len(papers), allowed)
            except (openai.APIError, ValueError) as error:
                if self._is_asked_otherwise(error, manner):
                    continue
                attempt += 1
                pause = _pause(attempt, error)
                if pause > LONGEST_PAUSE:
                    break
                if attempt < self._tries:
                    time.sleep(pause)
            else:
                self._gate.answered()
                self._lost = self._slow = 0
                return completion, bill
        with self._lock:
            self._lost += 1
        if self._lost >= LOST_IN_A_ROW:
            raise _StoppedError(f"The model service does not answer ({self._client.base_url.host}).")
        raise _LostError

    def _is_asked_otherwise(self, error: Exception, manner: tuple[int, frozenset[str]]) -> bool:
        """Whether the next request will be another one; False where the same one is worth another try.

        Raises:
            _QuestionError, _StoppedError: no other try will do.
        """
        status = getattr(error, "status_code", 0)
        if status in BAD_QUESTION:
            if self._give_way(error, manner):
                return True
            raise _QuestionError
        if status in REFUSALS or getattr(error, "code", "") == "insufficient_quota":
            raise _StoppedError(_refusal(error, self._judge.model))
        if isinstance(error, openai.APITimeoutError):
            # An answer that takes too long takes too long again: a smaller question may not.
            self._slow += 1
            if self._slow < SLOW_IN_A_ROW:
                raise _QuestionError
            raise _StoppedError(f"The model service does not answer in time ({self._client.base_url.host}).")
        if isinstance(error, openai.RateLimitError):
            self._gate.refused()
        return False

    def _send(self, messages: list[dict[str, str]], papers: int, allowed: int) -> tuple[ChatCompletion, Tokens]:
        """One request within the gate and the budget."""
        ticket, bill, is_lost = next(self._tickets), None, False
        with self._gate.pass_one():
            if self._outcome.stopped:
                raise _StoppedError(self._outcome.stopped)
            match self.budget.reserve(ticket, worst_prompt_tokens(messages), allowed):
                case "cap":
                    raise _CapError
                case "service":
                    raise _LostError
            try:
                options = self._options(papers, allowed)
                completion = self._client.chat.completions.create(model=self._judge.model, messages=messages, **options)
                if not isinstance(completion, ChatCompletion) or not completion.choices:
                    raise ValueError("the answer is no chat completion")  # a web page or an error at status 200
                bill = _bill(completion, messages)
                return completion, bill
            except openai.APIStatusError:
                raise
            except (openai.APIError, ValueError) as error:
                # It may have been answered, and billed, all the same, unless no connection was made.
                is_lost = type(error.__cause__).__name__ != "ConnectError"
                raise
            finally:
                self.budget.settle(ticket, bill, allowed, is_lost=is_lost)

    def _options(self, papers: int, allowed: int) -> dict[str, object]:
        options: dict[str, object] = {"max_completion_tokens": allowed}
        if "max_completion_tokens" in self._without:
            options = {"max_tokens": allowed}
        for name in ("temperature", "reasoning_effort"):
            value = getattr(self._judge, name)
            if value is not None and name not in self._without:
                options[name] = value
        match FORMATS[self._format]:
            case "json_schema":
                shape = {"name": "verdicts", "schema": schema(papers, self._reader), "strict": False}
                options["response_format"] = {"type": "json_schema", "json_schema": shape}
            case "json_object":
                options["response_format"] = {"type": "json_object"}
        return options

    def _give_way(self, error: Exception, manner: tuple[int, frozenset[str]]) -> bool:
        """Do without what the service says it does not know, for the rest of the run; False if that is nothing.

        `manner` is how the refused request was asked: where another one has changed that since, asking anew will do.
        """
        text = str(error).lower()
        with self._lock:
            if manner != (self._format, frozenset(self._without)):
                return True
            for name in ("temperature", "reasoning_effort", "max_completion_tokens"):
                if name in text and name not in self._without:
                    self._without.add(name)
                    return True
            if self._format + 1 < len(FORMATS) and re.search("json|response_format|schema", text):
                self._format += 1
                return True
        return False

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


def client_from_environ(environ: Mapping[str, str]) -> openai.OpenAI | None:
    """A client for OPENAI_API_KEY and OPENAI_BASE_URL; None without a key."""
    key, base_url = environ.get("OPENAI_API_KEY"), environ.get("OPENAI_BASE_URL") or None
    return openai.OpenAI(api_key=key, base_url=base_url, timeout=TIMEOUT_SECONDS) if key else None


def worst_prompt_tokens(messages: Sequence[Mapping[str, str]]) -> int:
    """Prompt tokens that no usual tokenizer exceeds: three Latin characters, or two thirds of any other, a token."""
    text = "".join(message["content"] for message in messages)
    latin = sum(character < "\u0250" for character in text)
    return latin // 3 + (len(text) - latin) * 3 // 2 + 50


def _bill(completion: ChatCompletion, messages: Sequence[Mapping[str, str]]) -> Tokens:
    """The service's own usage figures; where it gives none, an estimate, so that nothing counts as free."""
    usage = completion.usage
    prompt, answer = (getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens"))
    if prompt is None or answer is None:
        text = text_in(completion.choices[0])
        prompt, answer = worst_prompt_tokens(messages), worst_prompt_tokens([{"content": text}])
    details = getattr(usage, "prompt_tokens_details", None)
    cached = getattr(details, "cached_tokens", None) or 0
    return Tokens(prompt=prompt, cached=cached, completion=answer, total=prompt + answer)


def text_in(choice: Choice) -> str:
    """The text of an answer; some services give a list of parts, thinking among them, or no message at all."""
    content = getattr(choice.message, "content", None) or ""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content)


def _pause(attempt: int, error: Exception) -> float:
    """Seconds before the next try: doubling with jitter up to a minute, never under Retry-After."""
    response = getattr(error, "response", None)
    wait = response.headers.get("retry-after", "") if response is not None else ""
    after = float(wait) if re.fullmatch(r"\d+(\.\d+)?", wait) else 0.0
    return max(after, min(60.0, 0.25 * 2**attempt) * random.uniform(0.5, 1.5))


def _refusal(error: openai.APIStatusError, model: str) -> str:
    match error:
        case openai.NotFoundError():
            return f"The model service does not know '{model}'; check 'judge.model' in the reader file."
        case openai.RateLimitError() | openai.APIStatusError(status_code=402):
            return "The quota of the model service is used up; top it up, and run again to judge the rest."
    return f"The model service refuses the key (HTTP {error.status_code}); check OPENAI_API_KEY and OPENAI_BASE_URL."
