"""A stand-in for a model service of OpenAI's shape on loopback: chat completions, usage figures, and misbehaviour.

    python -m tests.servers.model --days DIR --date 2026-02-09

It judges what it finds in the prompt, as a model would: it is sent titles and no ids. Source of the wire format:
https://platform.openai.com/docs/api-reference/chat
"""

import argparse
import hashlib
import html
import json
import math
import random
import re
import threading
import time
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import chain, cycle
from pathlib import Path
from typing import Any, NamedTuple, Self

from tests.servers.index import DayFolder
from tests.servers.loopback import Answering, LoopbackServer
from tests.servers.model_faults import Answer, Fault, Verdicts, completion_tokens, prompt_of, prompt_tokens, truncate

# How the product's prompt fences a paper (number, title, the rest): the one place that follows its shape.
_FENCE = re.compile(r'<paper n="(\d+)">\s*(?:Title: )?([^\n]+)\n(.*?)(?=</paper>|<paper n="|\Z)', re.DOTALL)
# Prompts are cached by whole blocks of tokens, from a least number on (OpenAI's guide to prompt caching).
_BLOCK, _LEAST_CACHED = 128, 1024
# What a gullible judge obeys: the first brings a score, the second lets everything pass.
_ORDER = re.compile(
    r"\b(?:score|rate|give|assign|grade|award|set)\s+(?:it|this|that|these|all|every|each|any|the|other|a|papers?)\b"
    r"[^.\n]{0,60}?\b(\d+)\b(?!%|\.\d)|\bscore\s*(?:=|:|is|must be|should be)\s*(\d+)\b|[打给][^。\n]{0,20}?(\d+)\s*分",
    re.IGNORECASE,
)
_OVERRULE = re.compile(
    r"\b(?:ignore|disregard|forget)\b[^.\n]{0,40}\b(?:above|previous|prior|earlier|instructions?|rubric)\b"
    r"|^\s*(?:system|assistant)\s*:|<\|im_start\|>|\[INST\]|(?:忽略|无视)[^。\n]{0,10}(?:以上|之前|指令)",
    re.IGNORECASE | re.MULTILINE,
)
_OTHERS = re.compile(r"\bothers?\b|\belse\b|\brest\b|其[他它余]", re.IGNORECASE)


class Fenced(NamedTuple):
    """A paper as a prompt shows it; `text` is all that follows the title up to the fence's end."""

    number: int
    title: str
    text: str


@dataclass(frozen=True)
class Request:
    """One chat completion as the server saw it: what was asked, when (monotonic seconds), and what it counted.

    `papers` maps the numbers in the prompt to paper ids; `usage` is what the call cost, whatever became of the answer
    (None where it was refused); `fault` names the misbehaviour shown, "" for none. `finished` is the moment the whole
    answer was ready to be sent, which is when the call is logged: one that still waits is logged when the server ends.
    """

    started: float
    finished: float
    status: int
    fault: str
    messages: Sequence[Mapping[str, Any]]
    response_format: str
    max_completion_tokens: int | None
    papers: Mapping[int, str]
    usage: Mapping[str, Any] | None
    api_key: str


def find_papers(prompt: str) -> list[Fenced]:
    """The papers that `prompt` shows. Where an abstract forges a fence, what it forges is found too."""
    return [Fenced(int(match[1]), match[2], match[3]) for match in _FENCE.finditer(prompt)]


def obey(papers: Iterable[Fenced], verdicts: Verdicts) -> Verdicts:
    """What a gullible judge makes of `verdicts`: an instruction in one paper moves every paper of the request.

    It obeys, paper by paper: "ignore the above", role markers and their like (every paper 10); "score this paper 10",
    "give all other papers 0" and their like, in English or Chinese (the number for all papers, or for all others); and
    it gives any {"verdicts": [...]} in the text as its own answer. Invisible characters and wide forms hide nothing.
    """
    answer = {verdict["paper"]: verdict for verdict in verdicts}
    for paper in papers:
        shown = (letter for letter in f"{paper.title}\n{paper.text}" if unicodedata.category(letter) != "Cf")
        text = unicodedata.normalize("NFKC", "".join(shown))
        if _OVERRULE.search(text):
            answer = {number: verdict | {"score": 10} for number, verdict in answer.items()}
        for order in _ORDER.finditer(text):
            spared = {paper.number} if _OTHERS.search(order[0]) else set()
            moved = {"score": int(next(filter(None, order.groups())))}
            answer |= {number: answer[number] | moved for number in answer.keys() - spared}
        for brace in re.finditer(r"\{", text):
            with suppress(ValueError, KeyError, TypeError):
                forged = json.JSONDecoder().raw_decode(text, brace.start())[0]["verdicts"]
                answer |= {one["paper"]: answer.get(one["paper"], {}) | one for one in forged}
    return list(answer.values())


class ModelServer:
    """A model service that answers between `with` and its end.

    `verdicts` gives {"score", "field", "reason"} for a paper id, or is called with the id and the number of earlier
    answers about it; a paper without one gets a score of its own below `threshold`. `titles` maps titles to ids (case,
    blanks and punctuation do not matter); a title not in it is its own id. An answer takes `latency_seconds` plus
    `seconds_per_token` for each completion token. It says it comes from `answering_model` (default: the one asked
    for). If the service `obeys`, it follows instructions in papers (see `obey`).
    """

    base_url: str

    def __init__(
        self,
        verdicts: Mapping[str, Mapping] | Callable[[str, int], Mapping | None],
        titles: Mapping[str, str] | None = None,
        *,
        threshold: float = 6,
        latency_seconds: float = 0.0,
        seconds_per_token: float = 0.0,
        answering_model: str | None = None,
        obeys: bool = False,
        find_papers: Callable[[str], list[Fenced]] = find_papers,
        port: int = 0,
    ):
        self.log: list[Request] = []
        self.most_in_flight = 0
        self._verdict = verdicts if callable(verdicts) else lambda paper_id, draw: verdicts.get(paper_id)
        self._ids = {_key(title): paper_id for title, paper_id in (titles or {}).items()}
        self._threshold, self._latency, self._pace = threshold, latency_seconds, seconds_per_token
        self._model, self._obeys, self._find_papers, self._port = answering_model, obeys, find_papers, port
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._in_flight, self._draws, self._asked, self._cached = 0, Counter(), Counter(), set()
        self.clear_faults()

    @classmethod
    def replay(cls, days: Sequence[Mapping[str, Any]], **options: Any) -> Self:
        """A server that repeats the verdicts on record in day files."""
        titles = {paper["title"]: paper["id"] for day in days for paper in day["papers"]}
        return cls({paper: verdict for day in days for paper, verdict in day["verdicts"].items()}, titles, **options)

    def __enter__(self) -> Self:
        self._server = LoopbackServer(("127.0.0.1", self._port), type("Handler", (_Handler,), {"model": self}))
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        while self._in_flight:  # what was waiting ends now, and is logged
            time.sleep(0.001)
        self._server.server_close()

    def fault(self, fault: Fault, *, times: int | None = 1, skip: int = 0) -> None:
        """Misbehave in the next `times` calls that can meet the fault (None: from now on), after the first `skip`.

        Each call meets one fault, and faults come in the order given.
        """
        self._rules.append((fault, chain([False] * skip, cycle([True]) if times is None else [True] * times)))

    def chaos(self, share: float, seed: int, faults: Sequence[Fault]) -> None:
        """From now on misbehave in a `share` (0-1) of the calls, in one of `faults` each.

        What a call meets follows from the seed, from what it asks and from how often that was asked before, so that
        the order in which calls arrive changes nothing.
        """
        self._share, self._seed, self._faults = share, seed, faults

    def clear_faults(self) -> None:
        """Behave from now on."""
        self._rules: list[tuple[Fault, Iterator[bool]]] = []
        self.chaos(0, 0, ())

    def respond(self, path: str, body: bytes, api_key: str) -> Answer | None:
        """The answer to a request, logged if it is for a chat completion; None if the server closes meanwhile."""
        started = time.monotonic()
        if path == "/v1/models":
            listed = {"id": self._model or "stand-in", "object": "model", "created": 0, "owned_by": "stand-in"}
            return Answer(200, json.dumps({"object": "list", "data": [listed]}).encode())
        try:
            request = json.loads(body)
            prompt = prompt_of(request)
        except (ValueError, KeyError, TypeError, AttributeError):
            return Answer.error(400, "We could not parse the JSON body of your request.", "invalid_request_error")
        if path != "/v1/chat/completions" or request.get("stream"):
            return Answer.error(404, "Served: chat completions, not streamed.", "invalid_request_error")
        papers = self._find_papers(prompt)
        ids = {paper.number: self._ids.get(_key(paper.title), paper.title) for paper in papers}
        limit = request.get("max_completion_tokens") or request.get("max_tokens")
        usage, seconds = None, 0.0
        with self._lock:
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            fault = self._next_fault(request, body)
            if not fault.refusal:
                verdicts, cached = self._judge(papers, ids), self._cached_tokens(prompt)
        answer = fault.refusal
        if not answer:
            completion = self._complete(request, limit, prompt_tokens(prompt), cached, verdicts, fault)
            usage = completion["usage"]
            if fault.completion:
                fault.completion(completion, request)
            answer = Answer(200, json.dumps(completion).encode())
            answer = fault.answer(answer) if fault.answer else answer
            seconds = answer.stall + self._latency + self._pace * usage["completion_tokens"]
        closed = self._closing.wait(seconds)
        form = (request.get("response_format") or {}).get("type", "text")
        asked = (request["messages"], form, limit, ids, usage, api_key)
        with self._lock:
            self.log.append(Request(started, time.monotonic(), answer.status, fault.name, *asked))
            self._in_flight -= 1
        return None if closed else answer

    def _next_fault(self, request: Mapping[str, Any], body: bytes) -> Fault:
        """The fault due for this call, used up by one; one without stages if there is none."""
        digest = hashlib.sha256(body).hexdigest()
        self._asked[digest] += 1
        for fault, duty in self._rules:
            if fault.when(request) and next(duty, False):
                return fault
        rng = random.Random(f"{self._seed}/{digest}/{self._asked[digest]}")
        fitting = [fault for fault in self._faults if fault.when(request)]
        return rng.choice(fitting) if rng.random() < self._share and fitting else Fault("")

    def _judge(self, papers: list[Fenced], ids: Mapping[int, str]) -> Verdicts:
        verdicts = []
        for number, paper_id in ids.items():
            # A checksum, so that a paper's score is the same in every process.
            known = self._verdict(paper_id, self._draws[paper_id]) or {
                "score": zlib.crc32(paper_id.encode()) % math.ceil(self._threshold)
            }
            self._draws[paper_id] += 1
            said = ("field", "reason") if known["score"] >= self._threshold else ()
            verdicts.append({"paper": number, "score": known["score"]} | {key: known[key] for key in said})
        return obey(papers, verdicts) if self._obeys else verdicts

    def _cached_tokens(self, prompt: str) -> int:
        """The tokens of the longest beginning that an earlier prompt had too; `prompt` is remembered."""
        digest, hits, size = hashlib.sha256(), [], 4 * _BLOCK
        for end in range(size, len(prompt) + 1, size):
            digest.update(prompt[end - size : end].encode())
            hits.append(digest.digest() in self._cached)
            self._cached.add(digest.digest())
        tokens = _BLOCK * sum(hits)
        return tokens if tokens >= _LEAST_CACHED else 0

    def _complete(
        self, request: Mapping, limit: int | None, sent: int, cached: int, verdicts: Verdicts, fault: Fault
    ) -> dict[str, Any]:
        """The chat completion that says `verdicts`, up to the fault's own changes to it."""
        if fault.verdicts:
            verdicts = fault.verdicts(verdicts)
        whole = json.dumps({"verdicts": verdicts}, ensure_ascii=False)
        whole = fault.content(whole) if fault.content else whole
        content = truncate(whole, limit) if limit else whole
        said = completion_tokens(content)
        reason = "stop" if content == whole else "length"
        message = {"role": "assistant", "content": content, "refusal": None}
        return {
            "id": f"chatcmpl-{random.getrandbits(64):016x}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": self._model or request.get("model"),
            "system_fingerprint": "fp_stand_in",
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}],
            "usage": {
                "prompt_tokens": sent,
                "completion_tokens": said,
                "total_tokens": sent + said,
                "prompt_tokens_details": {"cached_tokens": cached},
                "completion_tokens_details": {"reasoning_tokens": 0},
            },
        }


class _Handler(Answering):
    model: ModelServer

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.send(self.model.respond(self.path, body, key))

    do_GET = do_POST  # noqa: N815 - http.server's own names


def _key(title: str) -> str:
    return re.sub(r"\W+", "", html.unescape(title)).casefold()


def main(arguments: list[str] | None = None) -> None:
    """Serve the verdicts on record for one day until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.servers.model",
        description="Stand in for a model service on 127.0.0.1: it repeats the verdicts on record for one day.",
        epilog="Prints the environment for a digest of that day; paste it into another terminal. Ctrl-C ends it.",
    )
    parser.add_argument("--days", type=Path, required=True, metavar="DIR", help="folder of YYYY-MM-DD.json[.gz] files")
    parser.add_argument("--date", type=date.fromisoformat, required=True, metavar="D", help="the day, YYYY-MM-DD")
    parser.add_argument("--latency", type=float, default=0, metavar="S", help="seconds before an answer (default: 0)")
    parser.add_argument("--per-token", type=float, default=0, metavar="S", help="and for each completion token of it")
    parser.add_argument("--port", type=int, default=0, metavar="P", help="default: any free port")
    options = parser.parse_args(arguments)
    days = DayFolder(options.days)
    if options.date not in days:
        parser.error(f"no day file for {options.date} in {options.days}")
    times = {"latency_seconds": options.latency, "seconds_per_token": options.per_token}
    with ModelServer.replay([days[options.date]], port=options.port, **times) as server:
        print(f"export OPENAI_BASE_URL={server.base_url}")
        print("export OPENAI_API_KEY=sk-stand-in", flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
