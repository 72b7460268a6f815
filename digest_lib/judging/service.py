"""A model service as one run meets it: asked within a gate and a budget, and in the manner that it understands.

Any OpenAI-compatible service will do. One that is overloaded or broken is asked again, one that lacks a feature is
asked without it, and one that refuses everything is not asked any more.
"""

import random
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import NoReturn

import openai
from openai.types.chat import ChatCompletion
from openai.types.chat.chat_completion import Choice

from digest_lib.judging.pace import Budget, Gate
from digest_lib.reader import Judge
from digest_lib.records import Tokens

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
REFUSED_IN_A_ROW = 6
"""Questions refused before any was answered, after which it is not the questions' fault."""
FORMATS = ("json_schema", "json_object", "text")
COMPLETION_PER_PAPER, COMPLETION_BASE = 160, 200
"""Completion tokens allowed: a reason of two sentences for every paper; more where thinking left no room."""
MOST_ALLOWANCE = 8

Messages = Sequence[Mapping[str, str]]


class StoppedError(Exception):
    """The service will not answer any question of this run; the text is a sentence for the user."""


class LostError(Exception):
    """One question could not be put: the service is overloaded, broken or unreachable."""


class QuestionError(Exception):
    """The service will not answer this question; it may answer a smaller one."""


class CapError(Exception):
    """The next request might cross the cap."""


@dataclass(frozen=True)
class Reply:
    """An answer and its bill."""

    text: str
    model: str
    """As the service names itself."""
    tokens: Tokens
    is_cut: bool
    """Whether it ends where the completion tokens that were allowed did."""


class Service:
    """Puts questions to a model, from several threads at once.

    Args:
        client: its own retries are not used.
        spent: what earlier runs of the day have paid already.
        tries: requests per question where the service is overloaded or broken.
    """

    def __init__(self, client: openai.OpenAI, judge: Judge, spent: Tokens, tries: int = TRIES) -> None:
        self._client, self._judge, self._tries = client.with_options(max_retries=0), judge, tries
        self.budget = Budget(judge, spent)
        self.stopped = ""
        """One sentence, where nothing more is asked: a wrong key, an unknown model, no quota, no service."""
        self._gate = Gate(judge.in_flight)
        self._lock = threading.Lock()
        self._tickets = count()
        self._format, self._without, self._allowance = 0, set(), 1
        self._lost = self._slow = self._refused = 0
        self.has_answered = False
        """Whether it has answered any question yet."""

    def ask(self, messages: Messages, papers: int, shape: Mapping[str, object]) -> Reply:
        """One answered question, through overload, failures and the service's missing features.

        Args:
            papers: how many the question is about; so much may be answered.
            shape: the JSON schema of an answer.

        Raises:
            StoppedError, LostError, QuestionError, CapError: there is no answer.
        """
        attempt = 0
        while attempt < self._tries:
            manner = (self._format, frozenset(self._without))
            allowed = (COMPLETION_BASE + COMPLETION_PER_PAPER * papers) * self._allowance
            try:
                reply = self._send(messages, shape, allowed)
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
                self.has_answered = True
                return reply
        with self._lock:
            self._lost += 1
        if self._lost >= LOST_IN_A_ROW:
            self._stop(f"The model service does not answer ({self._client.base_url.host}).")
        raise LostError

    def allow_more(self) -> None:
        """Thinking used up what was allowed: twice as much from now on."""
        self._allowance = min(MOST_ALLOWANCE, self._allowance * 2)

    def _stop(self, sentence: str) -> NoReturn:
        self.stopped = self.stopped or sentence
        raise StoppedError(self.stopped)

    def _is_asked_otherwise(self, error: Exception, manner: tuple[int, frozenset[str]]) -> bool:
        """Whether the next request will be another one; False where the same one is worth another try.

        Raises:
            QuestionError, StoppedError: no other try will do.
        """
        status = getattr(error, "status_code", 0)
        if status in BAD_QUESTION:
            if self._give_way(error, manner):
                return True
            self._refused += 1
            if self.has_answered or self._refused < REFUSED_IN_A_ROW:
                raise QuestionError
            self._stop(
                f"The model service refuses every question (HTTP {status}); check 'judge.model' in the reader file, "
                "OPENAI_API_KEY and OPENAI_BASE_URL."
            )
        if status in REFUSALS or getattr(error, "code", "") == "insufficient_quota":
            self._stop(_refusal(error, self._judge.model))
        if isinstance(error, openai.APITimeoutError):
            # An answer that takes too long takes too long again: a smaller question may not.
            self._slow += 1
            if self._slow < SLOW_IN_A_ROW:
                raise QuestionError
            self._stop(f"The model service does not answer in time ({self._client.base_url.host}).")
        if isinstance(error, openai.RateLimitError):
            self._gate.refused()
        return False

    def _send(self, messages: Messages, shape: Mapping[str, object], allowed: int) -> Reply:
        """One request within the gate and the budget."""
        ticket, bill, is_lost = next(self._tickets), None, False
        with self._gate.pass_one():
            if self.stopped:
                raise StoppedError(self.stopped)
            match self.budget.reserve(ticket, worst_prompt_tokens(messages), allowed):
                case "cap":
                    raise CapError
                case "service":
                    raise LostError
            try:
                completion = self._client.chat.completions.create(
                    model=self._judge.model, messages=messages, **self._options(shape, allowed)
                )
                if not isinstance(completion, ChatCompletion) or not completion.choices:
                    raise ValueError("the answer is no chat completion")  # a web page or an error at status 200
                choice = completion.choices[0]
                text, bill = _text_in(choice), _bill(completion, messages)
                return Reply(text, completion.model or self._judge.model, bill, choice.finish_reason == "length")
            except openai.APIStatusError:
                raise
            except (openai.APIError, ValueError) as error:
                # It may have been answered, and billed, all the same, unless no connection was made.
                is_lost = type(error.__cause__).__name__ != "ConnectError"
                raise
            finally:
                self.budget.settle(ticket, bill, allowed, is_lost=is_lost)

    def _options(self, shape: Mapping[str, object], allowed: int) -> dict[str, object]:
        options: dict[str, object] = {"max_completion_tokens": allowed}
        if "max_completion_tokens" in self._without:
            options = {"max_tokens": allowed}
        for name in ("temperature", "reasoning_effort"):
            value = getattr(self._judge, name)
            if value is not None and name not in self._without:
                options[name] = value
        match FORMATS[self._format]:
            case "json_schema":
                schema = {"name": "verdicts", "schema": shape, "strict": False}
                options["response_format"] = {"type": "json_schema", "json_schema": schema}
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


def client_from_environ(environ: Mapping[str, str]) -> openai.OpenAI | None:
    """A client for OPENAI_API_KEY and OPENAI_BASE_URL; None without a key."""
    key, base_url = environ.get("OPENAI_API_KEY"), environ.get("OPENAI_BASE_URL") or None
    return openai.OpenAI(api_key=key, base_url=base_url, timeout=TIMEOUT_SECONDS) if key else None


def worst_prompt_tokens(messages: Messages) -> int:
    """Prompt tokens that no usual tokenizer exceeds: three Latin characters, or two thirds of any other, a token."""
    text = "".join(message["content"] for message in messages)
    latin = sum(character < "\u0250" for character in text)
    return latin // 3 + (len(text) - latin) * 3 // 2 + 50


def _bill(completion: ChatCompletion, messages: Messages) -> Tokens:
    """The service's own usage figures; where it gives none, an estimate, so that nothing counts as free."""
    usage = completion.usage
    prompt, answer = (getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens"))
    if prompt is None or answer is None:
        text = _text_in(completion.choices[0])
        prompt, answer = worst_prompt_tokens(messages), worst_prompt_tokens([{"content": text}])
    details = getattr(usage, "prompt_tokens_details", None)
    cached = getattr(details, "cached_tokens", None) or 0
    return Tokens(prompt=prompt, cached=cached, completion=answer, total=prompt + answer)


def _text_in(choice: Choice) -> str:
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
