"""What a misbehaving model service can show, as data: each fault alters one stage of the stand-in's answer.

The stages are the verdicts, the text they are written in (`content`), the chat completion around that text
(`completion`) and the HTTP `Answer`; a `refusal` comes instead of all of them. Errors are worded as OpenAI words
them: https://platform.openai.com/docs/guides/error-codes
"""

import json
import math
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

INVALID = "invalid_request_error"
# Ideographs, kana, punctuation and wide forms.
_CJK = re.compile("[\u3000-\u9fff\uf900-\ufaff\uff00-\uffef]")
# A verdict on the wire: {"paper", "score"}, and at or above the threshold {"field", "reason"}.
Verdicts = list[dict[str, Any]]
# Thinking that holds an answer which is not the answer.
THINKING = 'Let me see. {"verdicts": [{"paper": 1, "score": 0}]}? No: the rubric says otherwise.'


def prompt_of(request: Mapping[str, Any]) -> str:
    """All that the messages of a request (parsed JSON) say, in their order."""
    contents = [message.get("content") or "" for message in request["messages"]]
    parts = [text if isinstance(text, str) else "".join(part.get("text", "") for part in text) for text in contents]
    return "\n".join(parts)


def prompt_tokens(text: str) -> int:
    """The project's count of tokens in a prompt: characters / 4."""
    return math.ceil(len(text) / 4)


def completion_tokens(text: str) -> int:
    """The project's count of tokens in an answer: (other characters + 2 x CJK characters) / 3."""
    return math.ceil((len(text) + len(_CJK.findall(text))) / 3)


def truncate(text: str, tokens: int) -> str:
    """The longest beginning of `text` that costs at most `tokens` by `completion_tokens`."""
    lengths = range(len(text) + 1)
    return text[: bisect_right(lengths, tokens, key=lambda length: completion_tokens(text[:length])) - 1]


@dataclass(frozen=True)
class Answer:
    """An HTTP answer about to be sent; `torn` closes the connection in mid-body, `stall` is seconds of silence."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    torn: bool = False
    stall: float = 0.0

    @classmethod
    def error(cls, status: int, message: str, kind: str, code: str | None = None, param: str | None = None) -> Self:
        """An error as OpenAI shapes it."""
        error = {"message": message, "type": kind, "param": param, "code": code}
        return cls(status, json.dumps({"error": error}).encode())


@dataclass(frozen=True)
class Fault:
    """One misbehaviour: a name, the stage it alters and `when`: the requests (parsed JSON) that can meet it.

    `completion` changes the chat completion in place and is told the request.
    """

    name: str
    verdicts: Callable[[Verdicts], Verdicts] | None = None
    content: Callable[[str], str] | None = None
    completion: Callable[[dict[str, Any], Mapping[str, Any]], None] | None = None
    answer: Callable[[Answer], Answer] | None = None
    refusal: Answer | None = None
    when: Callable[[Mapping[str, Any]], bool] = lambda request: True


def status(code: int) -> Fault:
    """A server error: 500, 502, 503, ..."""
    return _refuse(f"status {code}", code, "The server had an error while processing your request.", "server_error")


def rate_limit(retry_after: str | None = None) -> Fault:
    """429; `retry_after` is that header's value, seconds or an HTTP date."""
    refusal = Answer.error(429, "Rate limit reached. Please try again later.", "requests", "rate_limit_exceeded")
    headers = refusal.headers | ({"Retry-After": retry_after} if retry_after else {})
    return Fault(f"rate limit, Retry-After {retry_after}", refusal=replace(refusal, headers=headers))


def unsupported(parameter: str) -> Fault:
    """400 where the request has `parameter`: temperature, max_completion_tokens, reasoning_effort, ..."""
    message = f"Unsupported parameter: '{parameter}' is not supported with this model."
    refusal = _refuse(f"no {parameter}", 400, message, INVALID, "unsupported_parameter", parameter)
    return replace(refusal, when=lambda request: parameter in request)


def unsupported_format(kind: str) -> Fault:
    """400 where the request has a response_format of that type: json_schema or json_object."""
    message = f"Invalid parameter: 'response_format' of type '{kind}' is not supported with this model."
    refusal = _refuse(f"no {kind}", 400, message, INVALID, None, "response_format")
    return replace(refusal, when=lambda request: (request.get("response_format") or {}).get("type") == kind)


def context_length(tokens: int) -> Fault:
    """400 where the prompt exceeds `tokens`."""
    message = f"This model's maximum context length is {tokens} tokens. Please reduce the length of the messages."
    refusal = _refuse("context length", 400, message, INVALID, "context_length_exceeded", "messages")
    return replace(refusal, when=lambda request: prompt_tokens(prompt_of(request)) > tokens)


def stall(seconds: float) -> Fault:
    """The right answer after `seconds` of silence."""
    return Fault("stall", answer=lambda answer: replace(answer, stall=seconds))


def score(value: object) -> Fault:
    """`value` for the score of every second paper, from the first on: 11, -1, "8", "high", True, None, ..."""
    spoilt = ({"score": value}, {})
    return Fault(f"score {value!r}", verdicts=lambda found: [one | spoilt[n % 2] for n, one in enumerate(found)])


def shifted(by: int = 1) -> Fault:
    """Every verdict under the number of the paper `by` places on; -1 is counting from 0."""
    return Fault(f"shifted by {by}", verdicts=lambda found: [one | {"paper": one["paper"] + by} for one in found])


def _refuse(name: str, *error: Any) -> Fault:
    """An error; `error` is what `Answer.error` takes."""
    return Fault(name, refusal=Answer.error(*error))


def _choice(name: str, finish_reason: str, **message: object) -> Fault:
    """A completion whose message and finish reason are these."""

    def change(completion: dict[str, Any], request: Mapping[str, Any]) -> None:
        completion["choices"][0]["finish_reason"] = finish_reason
        completion["choices"][0]["message"] |= message

    return Fault(name, completion=change)


def _reword(name: str, **words: str) -> Fault:
    """Verdicts that say this, where they say more than a score."""
    return Fault(name, verdicts=lambda found: [one | words if "reason" in one else one for one in found])


def _instead(name: str, kind: str, body: bytes) -> Fault:
    return Fault(name, refusal=Answer(200, body, {"Content-Type": kind}))


def _halve(completion: dict[str, Any], request: Mapping[str, Any]) -> None:
    message = completion["choices"][0]["message"]
    message["content"] = message["content"][: len(message["content"]) // 2]
    completion["choices"][0]["finish_reason"] = "length"


def _overrun(completion: dict[str, Any], request: Mapping[str, Any]) -> None:
    limit = request.get("max_completion_tokens") or request.get("max_tokens") or 0
    _spend(completion, 1 + max(limit * 3 // 2 - completion["usage"]["completion_tokens"], 0))


def _think(completion: dict[str, Any], request: Mapping[str, Any]) -> None:
    completion["choices"][0]["message"]["reasoning_content"] = THINKING
    _spend(completion, completion_tokens(THINKING))
    completion["usage"]["completion_tokens_details"]["reasoning_tokens"] = completion_tokens(THINKING)


def _spend(completion: dict[str, Any], tokens: int) -> None:
    """Add completion tokens to the usage."""
    completion["usage"]["completion_tokens"] += tokens
    completion["usage"]["total_tokens"] += tokens


def _reshape(content: str) -> str:
    return json.dumps({"scores": {f"paper {one['paper']}": one["score"] for one in json.loads(content)["verdicts"]}})


def _invent(verdicts: Verdicts) -> Verdicts:
    last = max((verdict["paper"] for verdict in verdicts), default=0)
    return [{"paper": 0, "score": 5}, *verdicts, {"paper": last + 1, "score": 5}, {"paper": last + 100, "score": 5}]


def _contradict(verdicts: Verdicts) -> Verdicts:
    return verdicts + [verdict | {"score": (verdict["score"] + 3) % 10} for verdict in verdicts]


BAD_KEY = _refuse("bad key", 401, "Incorrect API key provided.", INVALID, "invalid_api_key")
NO_MODEL = _refuse("no model", 404, "The model does not exist or you do not have access.", INVALID, "model_not_found")
NO_QUOTA = _refuse("no quota", 429, "You exceeded your current quota.", "insufficient_quota", "insufficient_quota")
DISCONNECT = Fault("disconnect", answer=lambda answer: replace(answer, torn=True))  # in mid-body
HTML = _instead("html", "text/html", b"<!DOCTYPE html><html><body><h1>Bad Gateway</h1></body></html>")  # at 200
ERROR_AT_200 = _instead("error at 200", "application/json", b'{"error": {"message": "overloaded", "code": 503}}')
NO_CHOICES = Fault("no choices", completion=lambda completion, request: completion["choices"].clear())
NO_USAGE = Fault("no usage", completion=lambda completion, request: completion.pop("usage"))
OVERRUN = Fault("overrun", completion=_overrun)  # the usage is half as much again as max_completion_tokens
EMPTY = _choice("empty", "stop", content="")
REFUSAL = _choice("refusal", "stop", content=None, refusal="I'm sorry, I can't help with that.")
FILTERED = _choice("filtered", "content_filter", content="")
STARVED = _choice("starved", "length", content="")  # thinking has used up max_completion_tokens
TRUNCATED = Fault("truncated", completion=_halve)
REASONING = Fault("reasoning", completion=_think)  # thinking in a field of its own and in the usage
THINK = Fault("think", content=lambda content: f"<think>\n{THINKING}\n</think>\n\n{content}")
PROSE = Fault("prose", content=lambda content: f"Here are my [verdicts]:\n{content}\nShall I {{explain}} them?")
FENCED = Fault("fenced", content=lambda content: f"```json\n{content}\n```")
INVALID_JSON = Fault("invalid json", content=lambda content: content.replace('"score"', "score"))
WRONG_SHAPE = Fault("wrong shape", content=_reshape)
MISSING = Fault("missing", verdicts=lambda found: [one for n, one in enumerate(found) if n % 3])  # every third
UNASKED = Fault("unasked", verdicts=_invent)  # three papers that are not in the request
DUPLICATES = Fault("duplicates", verdicts=_contradict)
UNKNOWN_FIELD = _reword("unknown field", field="Astrology")
WRONG_LANGUAGE = _reword("wrong language", reason="Ein Grund in einer Sprache, um die niemand gebeten hat.")

FATAL = (BAD_KEY, NO_MODEL, NO_QUOTA)
"""At these a client has to stop."""
RECOVERABLE = (
    rate_limit(), rate_limit("1"), status(500), status(502), status(503), stall(3), DISCONNECT, HTML, ERROR_AT_200,
    unsupported_format("json_schema"), unsupported_format("json_object"), unsupported("temperature"),
    unsupported("max_completion_tokens"), NO_CHOICES, NO_USAGE, OVERRUN, EMPTY, REFUSAL, FILTERED, STARVED, TRUNCATED,
    REASONING, THINK, PROSE, FENCED, INVALID_JSON, WRONG_SHAPE, MISSING, UNASKED, DUPLICATES, shifted(), shifted(-1),
    UNKNOWN_FIELD, WRONG_LANGUAGE, *map(score, (11, -1, "8", "high", True, None)),
)  # fmt: skip
"""One of each that asking again, or asking otherwise, can cure; the stall for clients that wait less than 3 s."""
