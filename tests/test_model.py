"""The model judge: every paper accounted for, no answer bought twice, nothing believed unseen."""

import random
from collections.abc import Iterator, Sequence
from datetime import date

import pytest
from openai import OpenAI

from bench.campaign import run
from bench.days import JudgedDay, judged_day
from digest_lib.judging.answers import in_language, read, rows_in
from digest_lib.judging.model import ModelJudge, Outcome
from digest_lib.judging.prompt import Prompt, load_prompt
from digest_lib.reader import Reader, load_reader
from digest_lib.records import Answer, Paper, Tokens, Verdict
from tests.conftest import ROOT
from tests.hostile import CORPUS
from tests.servers import model_faults as faults
from tests.servers.model import ModelServer
from tests.servers.synthetic import synthetic_day


@pytest.fixture(scope="module")
def reader() -> Reader:
    """The daily reader, with small batches."""
    reader = load_reader(ROOT / "parameters" / "daily.yml")
    return reader.model_copy(update={"judge": reader.judge.model_copy(update={"batch": 5, "in_flight": 4})})


@pytest.fixture(scope="module")
def prompt(reader: Reader) -> Prompt:
    """The prompt that comes with it."""
    return load_prompt(ROOT / "parameters" / "prompt.md", reader)


@pytest.fixture(scope="module")
def day() -> JudgedDay:
    """A synthetic day of forty papers with titles of their own."""
    file = synthetic_day(date(2026, 2, 9), papers=40)
    numbered = [paper | {"title": f"{paper['title']} No. {n}"} for n, paper in enumerate(file["papers"], 1)]
    return judged_day(file | {"papers": numbered})


@pytest.fixture
def server(day: JudgedDay) -> Iterator[ModelServer]:
    """A model service that knows the day's verdicts, well-behaved until a test says otherwise."""
    with ModelServer(day.verdicts, {paper.title: paper.id for paper in day.papers}) as server:
        yield server


class Desk:
    """A judge with what it kept."""

    def __init__(self, server: ModelServer, reader: Reader, prompt: Prompt, **options: object) -> None:
        self.kept: list[Verdict] = []
        self.bills: list[Answer] = []
        self._client = OpenAI(base_url=server.base_url, api_key="sk-test", timeout=1.0)
        self._reader, self._prompt, self._options = reader, prompt, options

    def judge(self, papers: Sequence[Paper], **changes: object) -> Outcome:
        """Ask about papers, with changes to the reader's `judge`."""
        reader = self._reader.model_copy(update={"judge": self._reader.judge.model_copy(update=changes)})
        relevance = dict.fromkeys((paper.id for paper in papers), 0.5)
        self.asked = ModelJudge(self._client, reader, self._prompt, relevance, Tokens(), self._keep, **self._options)
        return self.asked.judge(papers)

    def _keep(self, verdicts: Sequence[Verdict], bill: Answer) -> None:
        self.kept += verdicts
        self.bills.append(bill)


@pytest.fixture
def desk(server: ModelServer, reader: Reader, prompt: Prompt) -> Desk:
    """The judge at the stand-in."""
    return Desk(server, reader, prompt)


def truth(day: JudgedDay) -> dict[str, tuple[float, str, str]]:
    """Score, field and reason of every recommended paper."""
    return {paper: (v["score"], v["field"], v["reason"]) for paper, v in day.verdicts.items()}


def recommended(outcome: Outcome) -> dict[str, tuple[float, str, str]]:
    """The same of an outcome."""
    return {paper: (v.score, v.field, v.reason) for paper, v in outcome.verdicts.items() if v.score >= 6}


def test_every_paper_gets_the_models_verdict(desk: Desk, day: JudgedDay, server: ModelServer):
    """Scores, fields and reasons are the model's, paper by paper, and kept as they arrive with their bills."""
    outcome = desk.judge(day.papers)
    assert truth(day) == recommended(outcome)
    assert {paper.id for paper in day.papers} == set(outcome.verdicts) == {verdict.paper for verdict in desk.kept}
    billed = sum((bill.tokens for bill in desk.bills), start=Tokens())
    assert desk.asked.budget.spent == billed
    assert sum(request.usage["total_tokens"] for request in server.log) == billed.total
    assert all(not v.field and not v.reason for v in outcome.verdicts.values() if v.score < 6)


def test_the_first_request_goes_alone_and_small(desk: Desk, day: JudgedDay, server: ModelServer):
    """One small request learns what the service can do before others follow in parallel."""
    server._latency = 0.05  # noqa: SLF001 - requests must overlap to be counted
    desk.judge(day.papers)
    assert min(server.log, key=lambda request: request.started).papers.keys() == {1, 2, 3}
    assert server.most_in_flight == 4


def test_the_model_that_really_answered_is_named(reader: Reader, prompt: Prompt, day: JudgedDay):
    """A verdict bears the name by which the service called itself, not the one that was asked for."""
    titles = {paper.title: paper.id for paper in day.papers}
    with ModelServer(day.verdicts, titles, answering_model="other-model-2026") as server:
        outcome = Desk(server, reader, prompt).judge(day.papers[:2])
    assert {"other-model-2026"} == {verdict.model for verdict in outcome.verdicts.values()}


@pytest.mark.parametrize("fault", faults.RECOVERABLE, ids=lambda fault: fault.name)
def test_a_fault_of_the_service_costs_no_paper(desk: Desk, day: JudgedDay, server: ModelServer, fault):
    """Whatever goes wrong with one answer, every paper ends with the right verdict."""
    server.fault(fault, times=1)
    outcome = desk.judge(day.papers[:12], temperature=0.3)
    assert not outcome.left
    chosen = {paper.id for paper in day.papers[:12]}
    expected = {paper: value for paper, value in truth(day).items() if paper in chosen}
    assert {p: v[:2] for p, v in expected.items()} == {p: v[:2] for p, v in recommended(outcome).items()}
    assert chosen == set(outcome.verdicts)


def test_only_missing_papers_are_asked_for_again(desk: Desk, day: JudgedDay, server: ModelServer):
    """After an answer with gaps, the next request holds the missing papers alone and says what was wrong."""
    server.fault(faults.MISSING, skip=1)
    desk.judge(day.papers[:8])
    first, second, third = server.log
    assert (len(first.papers), len(second.papers), len(third.papers)) == (3, 5, 2)
    assert set(third.papers.values()) < set(second.papers.values())
    assert "Your last answer could not be used: paper 1: no verdict" in third.messages[-1]["content"]


def test_what_never_comes_is_left_by_name(desk: Desk, day: JudgedDay, server: ModelServer):
    """A service that answers nothing usable is asked in halves and one by one; every paper is left by name."""
    server.fault(faults.EMPTY, times=None)
    outcome = desk.judge(day.papers[:4])
    assert {paper.id: "answer" for paper in day.papers[:4]} == outcome.left
    assert {1, 3} <= {len(request.papers) for request in server.log}


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (faults.BAD_KEY, "refuses the key (HTTP 401); check OPENAI_API_KEY"),
        (faults.NO_MODEL, "does not know 'gpt-5-mini'; check 'judge.model'"),
        (faults.NO_QUOTA, "quota of the model service is used up"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_refusal_stops_at_once_in_one_sentence(desk: Desk, day: JudgedDay, server: ModelServer, fault, sentence):
    """A wrong key, an unknown model and an exhausted quota stop the run after one request, with what to do."""
    server.fault(fault, times=None)
    outcome = desk.judge(day.papers)
    assert sentence in outcome.stopped
    assert {"service"} == set(outcome.left.values())
    assert len(server.log) == 1
    assert "sk-test" not in outcome.stopped


@pytest.mark.parametrize("status", [400, 422])
def test_a_service_that_refuses_every_question_is_left(desk: Desk, day: JudgedDay, server: ModelServer, status: int):
    """Where no question was ever answered, refusals are not the papers' fault: the next run asks about all of them."""
    server.fault(faults.status(status), times=None)
    outcome = desk.judge(day.papers)
    assert f"refuses every question (HTTP {status})" in outcome.stopped
    assert {"service"} == set(outcome.left.values())
    assert len(outcome.left) == len(day.papers)
    assert len(server.log) < 10


def test_a_service_that_is_away_is_not_asked_for_ever(reader: Reader, prompt: Prompt, day: JudgedDay):
    """Where nothing answers, the run gives up after a few questions and names the service."""
    with ModelServer({}) as closed:
        pass
    outcome = Desk(closed, reader, prompt, tries=1).judge(day.papers)
    assert "does not answer (127.0.0.1)" in outcome.stopped
    assert len(outcome.left) == len(day.papers)


def test_what_a_service_cannot_do_is_asked_otherwise_and_remembered(desk: Desk, day: JudgedDay, server: ModelServer):
    """A server without json_schema, json_object, temperature and max_completion_tokens is told each time once."""
    for fault in (
        faults.unsupported_format("json_schema"),
        faults.unsupported_format("json_object"),
        faults.unsupported("temperature"),
        faults.unsupported("max_completion_tokens"),
    ):
        server.fault(fault, times=None)
    outcome = desk.judge(day.papers, temperature=0.2)
    assert truth(day) == recommended(outcome)
    assert [400, 400, 400, 400] == [request.status for request in server.log][:4]
    assert {200} == {request.status for request in server.log[4:]}
    assert {"text"} == {request.response_format for request in server.log[4:]}


def test_a_reason_in_the_wrong_language_is_asked_for_again(desk: Desk, day: JudgedDay, server: ModelServer):
    """A reason in another language is refused; a model that insists on it keeps its verdict in the end."""
    server.fault(faults.WRONG_LANGUAGE, times=1)
    chosen = [paper for paper in day.papers if paper.id in day.verdicts][:2]
    assert all(in_language(v.reason, "zh") for v in desk.judge(chosen).verdicts.values())
    server.fault(faults.WRONG_LANGUAGE, times=None)
    outcome = desk.judge(chosen)
    assert {paper.id for paper in chosen} == set(outcome.verdicts)
    assert not any(in_language(verdict.reason, "zh") for verdict in outcome.verdicts.values())


@pytest.mark.parametrize(
    ("reason", "language", "fits"),
    [
        ("提出 LLM 的 training-free 推理框架 FlashAttention，速度提升两倍。", "zh", True),
        ("Proposes a training-free framework.", "zh", False),
        ("Proposes a training-free framework.", "en", True),
        ("提出新的推理框架。", "en", False),
    ],
)
def test_languages_are_told_apart(reason: str, language: str, fits: bool):
    """Chinese with English terms in it is Chinese, and a sentence of the other language is not."""
    assert in_language(reason, language) is fits


@pytest.mark.parametrize("cap", [1, 6_000, 12_000])
@pytest.mark.parametrize("fault", [None, faults.OVERRUN, faults.DISCONNECT])
def test_the_cap_is_never_crossed(desk: Desk, day: JudgedDay, server: ModelServer, cap: int, fault):
    """However long its answers, a service never bills more than the cap; papers beyond it are left by name."""
    if fault:
        server.fault(fault, times=None)
    outcome = desk.judge(day.papers, max_tokens=cap)
    assert sum(request.usage["total_tokens"] for request in server.log if request.usage) <= cap
    assert outcome.left
    assert fault is faults.DISCONNECT or {"cap"} == set(outcome.left.values())
    assert {paper.id for paper in day.papers} == set(outcome.verdicts) | set(outcome.left)


def test_the_key_follows_the_question(server: ModelServer, reader: Reader, prompt: Prompt, paper):
    """Text, version, prompt, model, sampling, purpose and draw make another question; neighbours do not."""

    def key(one: Paper, prompt: Prompt = prompt, purpose: str = "first", draw: int = 0, **changes: object) -> str:
        changed = reader.model_copy(update={"judge": reader.judge.model_copy(update=changes)})
        judge = ModelJudge(OpenAI(api_key="x"), changed, prompt, {}, Tokens(), print, purpose=purpose, draw=draw)
        return judge.key(one)

    one = paper(1)
    keys = {
        key(one),
        key(paper(2)),
        key(one.model_copy(update={"version": 2})),
        key(one.model_copy(update={"abstract": "Other."})),
        key(one, Prompt(prompt.constant + " ")),
        key(one, purpose="audit"),
        key(one, purpose="panel", draw=1),
        key(one, purpose="panel", draw=2),
        key(one, model="other"),
        key(one, temperature=0.7),
    }
    assert len(keys) == 10
    assert key(one, batch=7, max_tokens=5) == key(one)


@pytest.mark.parametrize("seed", range(3))
def test_thirty_percent_of_chaos_breaks_no_promise(day: JudgedDay, reader: Reader, seed: int):
    """With every misbehaviour at once, no paper is lost, bought twice or mixed up, and no cap is crossed."""
    broken = run(day, reader, faults.RECOVERABLE, seed, cap=20_000)
    assert broken.promises == 0, broken


def test_rows_are_found_in_whatever_a_model_writes():
    """JSON in prose, in a fence, after thinking, cut off or as a bare list yields its finished rows."""
    one, two = {"paper": 1, "score": 3}, {"paper": 2, "score": 8}
    whole = '{"verdicts": [{"paper": 1, "score": 3}, {"paper": 2, "score": 8}]}'
    for text in (
        whole,
        f"Here: {whole} Anything else?",
        f"```json\n{whole}\n```",
        f'<think>{{"verdicts": [{{"paper": 1, "score": 9}}]}}</think>{whole}',
        whole[:-3],
        '[{"paper": 1, "score": 3}, {"paper": 2, "score": 8}]',
    ):
        found = list(rows_in(text))
        assert found[0] == one
        assert found[1:] in ([two], [])
    assert list(rows_in('{"verdicts": 5} {"a": {')) == []


def test_a_score_that_rounds_to_the_threshold_needs_a_field(reader: Reader):
    """Scores count in tenths, so that no paper is recommended without field and reason."""
    rows, wrong = read('{"verdicts": [{"paper": 1, "score": 5.96}, {"paper": 2, "score": 5.94}]}', 2, reader)
    assert {2: 5.9} == {number: row.score for number, row in rows.items()}
    assert "paper 1: None is not one of the fields" in wrong


def test_thinking_without_its_opening_mark_is_no_answer(reader: Reader):
    """A draft before a bare closing mark is not taken for the verdict."""
    draft = 'maybe {"verdicts": [{"paper": 1, "score": 1}]}</think>{"verdicts": [{"paper": 1, "score": 3}]}'
    rows, _ = read(draft, 1, reader)
    assert rows[1].score == 3


@pytest.mark.parametrize("status", [402, 413, 422])
def test_other_refusals_are_understood(desk: Desk, day: JudgedDay, server: ModelServer, status: int):
    """No balance stops the run; a question that is too large or malformed is asked in smaller pieces."""
    server.fault(faults.status(status), times=1 if status != 402 else None)
    outcome = desk.judge(day.papers[:8])
    assert bool(outcome.stopped) is (status == 402)
    assert len(outcome.verdicts) == (0 if status == 402 else 8)


def test_an_answer_that_cannot_be_kept_stops_the_buying(
    server: ModelServer, reader: Reader, prompt: Prompt, day: JudgedDay
):
    """Where an answer cannot be stored, as on a full disk, no further ones are bought."""

    def full(verdicts: Sequence[Verdict], bill: Answer) -> None:
        raise OSError("No space left on device")

    client = OpenAI(base_url=server.base_url, api_key="sk-test")
    relevance = dict.fromkeys((paper.id for paper in day.papers), 0.5)
    with pytest.raises(OSError, match="No space"):
        ModelJudge(client, reader, prompt, relevance, Tokens(), full).judge(day.papers)
    assert len(server.log) < 9  # batches there are; those in flight at that moment are answered


def test_hostile_papers_move_no_other_papers_verdict(reader: Reader, prompt: Prompt, day: JudgedDay, paper):
    """Where a judge obeys what it reads, a hostile paper still moves no verdict but its own."""
    wild = [paper(90000 + n, title=f"{title} {n}", abstract=abstract) for n, (_, title, abstract) in enumerate(CORPUS)]
    titles = {one.title: one.id for one in (*day.papers, *wild)}
    papers = random.Random(1).sample([*day.papers, *wild], len(day.papers) + len(wild))
    with ModelServer(day.verdicts, titles, obeys=True) as server:
        outcome = Desk(server, reader, prompt).judge(papers)
    expected = {one.id: truth(day).get(one.id) for one in papers if one in day.papers}
    moved = [one for one, value in expected.items() if recommended(outcome).get(one) != value]
    assert not moved
    assert all(verdict.field in ("", *(f.name for f in reader.fields)) for verdict in outcome.verdicts.values())
