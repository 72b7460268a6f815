"""The cascade with its audit and panel: what a morning sends, what it leaves out, and what it says about that."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from openai import OpenAI

from bench.cascade import announce
from bench.days import JudgedDay
from digest_lib import digest, lessons, morning
from digest_lib.account import account
from digest_lib.history import VERDICTS, Archive
from digest_lib.judging import cascade, panel
from digest_lib.judging.learned import OutOfFold
from digest_lib.judging.prompt import Prompt
from digest_lib.reader import Reader
from digest_lib.records import Verdict
from tests.servers.model import ModelServer
from tests.servers.model_faults import NO_QUOTA

NOW = datetime(2026, 2, 9, 5, tzinfo=UTC)


def planted(size: int, seed: int, **changes: np.ndarray) -> OutOfFold:
    """Values that follow scores with noise; 15 % score 8 or more."""
    rng = np.random.default_rng(seed)
    score = np.where(rng.random(size) < 0.15, 8.0, 3.0)
    known = {"value": score / 3 + rng.normal(size=size), "score": score, "weight": np.ones(size)}
    return OutOfFold(**known | changes)


def recall_of(cut: float, known: OutOfFold) -> float:
    """Share of the papers worth 8 or more that a cut sends."""
    high = known.score >= cascade.HIGH
    return float((known.value[high] >= cut).mean())


@pytest.mark.parametrize("target", [0.9, 0.97])
def test_the_cut_holds_its_target_on_papers_it_never_saw(target: float):
    """As often as it claims, papers to come are sent at the target of the reader, and not all of them have to be."""
    unseen = planted(50_000, seed=1)
    cuts = [cascade.cut(planted(3000, seed), target) for seed in range(10, 60)]
    assert sum(recall_of(cut, unseen) >= target for cut in cuts) >= 50 * (cascade.CONFIDENCE - 0.05)
    assert np.mean([(unseen.value >= cut).mean() for cut in cuts]) < 0.75


def test_too_little_history_supports_no_cut():
    """Below 2,000 papers, without a good one, or for a target beyond what few good ones show, everything is sent."""
    assert cascade.cut(planted(cascade.FEWEST - 1, 1), 0.9) is None
    assert cascade.cut(planted(3000, 1, score=np.full(3000, 3.0)), 0.9) is None
    few = planted(3000, 1)
    few = OutOfFold(few.value, np.where(np.arange(3000) < 40, few.score, 3.0), few.weight)
    assert cascade.cut(few, 0.97) is None
    assert cascade.cut(planted(3000, 1), 0.97) is not None


def test_an_audited_paper_counts_for_all_it_stands_for():
    """A good paper found far down by an audit of one in forty lowers the cut, or allows none."""
    known = planted(4000, 3)
    found = np.flatnonzero(known.score >= cascade.HIGH)[:6]
    value, weight = known.value.copy(), known.weight.copy()
    value[found] = -3.0
    unweighted = cascade.cut(OutOfFold(value, known.score, weight), 0.97)
    weight[found] = 40.0
    weighted = cascade.cut(OutOfFold(value, known.score, weight), 0.97)
    assert unweighted is not None
    assert unweighted > -2
    assert weighted is None or weighted < unweighted


class Morning:
    """The last of the judged days, in an archive that holds the ten before it, and the model's service."""

    def __init__(self, root: Path, day: JudgedDay, reader: Reader, prompt: Prompt, server: ModelServer) -> None:
        self.archive, self.papers, self.server = Archive(root), day.papers, server
        self.day = announce(self.archive, day)
        self._reader, self._prompt = reader, prompt
        self.client = OpenAI(base_url=server.base_url, api_key="sk-test", timeout=5.0)

    def judge(self, has_key: bool = True, papers: int | None = None, follow: tuple = (), **judge: object) -> dict:
        """The morning's verdicts, with changes to the reader's `judge`."""
        self.reader = self._reader.model_copy(
            update={"judge": self._reader.judge.model_copy(update=judge), "follow": follow}
        )
        client = self.client if has_key else None
        return morning.judge(self.day, self.papers[:papers], self.reader, self.archive, self._prompt, client)

    def asked(self) -> list[str]:
        """Ids of all papers that the service was asked about, in order; panel readings among them."""
        return [paper for request in self.server.log for paper in request.papers.values()]

    def asked_today(self) -> list[str]:
        """Those of them that are the morning's own."""
        own = {paper.id for paper in self.papers}
        return [paper for paper in self.asked() if paper in own]

    def manifest(self, verdicts: dict[str, Verdict]) -> object:
        """The account of the morning."""
        return account(self.day, self.day.announcement(), verdicts, self.reader, self._prompt, NOW)


@pytest.fixture
def begin(past: Path, judged: list[JudgedDay], wants: Reader, prompt: Prompt, tmp_path: Path) -> Iterator[Callable]:
    """Makes the morning, in a copy of the archive; `scores` overrules the service's verdicts by paper id."""
    servers = []

    def make(scores: dict | None = None) -> Morning:
        root = shutil.copytree(past, tmp_path / f"{len(servers)}" / "outputs")
        on_record = {paper: verdict for day in judged for paper, verdict in day.verdicts.items()}
        titles = {paper.title: paper.id for day in judged for paper in day.papers}
        servers.append(ModelServer(on_record | (scores or {}), titles).__enter__())
        return Morning(root, judged[-1], wants, prompt, servers[-1])

    yield make
    for server in servers:
        server.__exit__()


def left_out(verdicts: dict[str, Verdict]) -> set[str]:
    """Ids of the papers that were not sent."""
    return {paper for paper, verdict in verdicts.items() if verdict.stands_in == "cascade"}


def test_hopeless_papers_are_not_sent_and_nearly_all_good_ones_are(begin: Callable, judged: list[JudgedDay]):
    """A good part of the papers stays here, labelled, and of those on record with 8 or more hardly one."""
    today = begin()
    verdicts = today.judge()
    out = left_out(verdicts)
    assert len(verdicts) == len(today.papers)
    assert len(out) > len(today.papers) / 4
    assert not out & set(today.asked())
    high = {paper for paper, verdict in judged[-1].verdicts.items() if verdict["score"] >= 8}
    assert len(high & out) <= 0.06 * len(high)
    sent = [verdict for verdict in verdicts.values() if verdict.judge == "model"]
    assert all(verdict.local_score is not None for verdict in sent)
    assert max(Counter(today.asked()).values()) == 1
    manifest = today.manifest(verdicts)
    assert (manifest.state, manifest.stood_in) == ("complete", {"cascade": len(out)})
    lines = (today.day.path / VERDICTS).read_text(encoding="utf8").splitlines()
    assert len(set(lines)) == len(lines)


def test_audits_are_drawn_from_what_is_not_sent_and_shown_when_good(begin: Callable):
    """Five of the papers not sent go to the model by lot, with their chance; a find is in the digest, with a Note."""
    blind = begin()
    drawn = {paper for paper, verdict in blind.judge(panel=False).items() if verdict.purpose == "audit"}
    today = begin({paper: {"score": 9.0, "field": "深度学习理论", "reason": "好。"} for paper in drawn})
    verdicts = today.judge()
    audited = [verdict for verdict in verdicts.values() if verdict.purpose == "audit"]
    assert {verdict.paper for verdict in audited} == drawn
    assert len(drawn) == 5
    assert all(0 < verdict.chance < 0.5 for verdict in audited)
    assert all(verdict.chance == 1 for verdict in verdicts.values() if verdict.purpose == "first")
    shown = digest.render(today.manifest(verdicts), today.papers, verdicts, today.reader)
    assert shown.count("由抽查发现") == 5


def test_the_panel_is_read_one_paper_a_request(begin: Callable):
    """Twelve recommended papers of earlier days are judged again, each in a request of its own, marked as such."""
    today = begin()
    today.judge()
    readings = today.day.verdicts("panel")
    assert len(readings) == panel.ROUNDS[0]
    assert {verdict.draw for verdict in readings} == {0}
    members = {verdict.paper for verdict in readings}
    assert not members & {paper.id for paper in today.papers}
    requests = [set(request.papers.values()) for request in today.server.log]
    assert all(len(request) == 1 for request in requests if request & members)
    assert [answer.purpose for answer in today.day.answers()].count("panel") == len(members)


def test_a_morning_that_is_run_again_asks_nothing(begin: Callable):
    """Papers, audit and panel have their answers; what was not sent stays so, also without a key."""
    today = begin()
    first = today.judge()
    asked = len(today.server.log)
    assert today.judge() == first
    assert today.judge(has_key=False) == first
    assert len(today.server.log) == asked
    assert today.manifest(first).state == "complete"


@pytest.mark.parametrize("kept", [170, 243, -3], ids=["first verdicts", "the audit", "the panel"])
def test_an_interrupted_morning_goes_on_where_it_was(begin: Callable, kept: int):
    """Wherever a run dies, the next one asks for the rest, leaves out the same papers and draws the same audit."""
    whole = begin()
    verdicts = whole.judge()
    today = begin()
    lines = (whole.day.path / VERDICTS).read_text(encoding="utf8").splitlines(keepends=True)
    (today.day.path / VERDICTS).write_text("".join(lines[:kept]), encoding="utf8")
    known = {verdict.paper for verdict in today.day.verdicts("first", "audit", "panel") if verdict.judge == "model"}
    again = today.judge(recall=0.9999)  # nothing would be left out by that, but for what is stored
    assert not known & set(today.asked())
    assert left_out(again) == left_out(verdicts)
    assert {p for p, v in again.items() if v.purpose == "audit"} == {
        p for p, v in verdicts.items() if v.purpose == "audit"
    }
    assert {v.paper for v in today.day.verdicts("panel")} == {v.paper for v in whole.day.verdicts("panel")}
    assert len(today.asked()) + len(known) == len(whole.asked())


def test_papers_that_come_later_are_judged_as_the_others_were(begin: Callable):
    """What a late category adds to a day is left out or sent by the same cut, and the audit stays as it was drawn."""
    today = begin()
    early = today.judge(papers=150)
    late = today.judge()
    assert left_out(early) == left_out(late) & early.keys()
    assert left_out(late) - early.keys()
    assert max(Counter(today.asked()).values()) == 1
    assert sum(verdict.purpose == "audit" for verdict in late.values()) == 5


def test_another_readers_audit_decides_nothing_here(begin: Callable, judged: list[JudgedDay]):
    """Answers of another reader are taken over; what it audited is left out or sent as if there were no such reader."""
    other = begin()
    said = other.judge(panel=False)
    today = begin()
    neighbour = Archive(today.archive.root / "neighbour")
    announce(neighbour, judged[-1]).append([verdict for verdict in said.values() if verdict.judge == "model"])
    mine = today.judge(panel=False)
    assert left_out(mine) == left_out(said)
    assert set(today.asked()) == {paper for paper, verdict in mine.items() if verdict.purpose == "audit"}


def test_a_followed_author_is_sent_and_shown_whatever_the_score(
    begin: Callable, past: Path, judged: list, wants: Reader, capsys
):
    """A hopeless paper of theirs goes to the model, and stands in the digest with a Note and without a field."""
    known = lessons.learned(Archive(past), wants)
    hopeless = min(cascade.hopeless(judged[-1].papers, known, wants.judge.recall))
    today = begin({hopeless: {"score": 2.0, "field": "", "reason": ""}})
    today.papers = [
        paper.model_copy(update={"authors": ("Zoë Øster", "J. Smith", "Jane Smith", "John Smith")})
        if paper.id == hopeless
        else paper
        for paper in today.papers
    ]
    verdicts = today.judge(follow=("Oster, Z.", "J. Smith"), panel=False)
    assert today.asked().count(hopeless) == 1
    assert (verdicts[hopeless].judge, verdicts[hopeless].purpose, verdicts[hopeless].field) == ("model", "first", "")
    shown = digest.render(today.manifest(verdicts), today.papers, verdicts, today.reader)
    assert "关注的作者：Zoë Øster" in shown
    said = [line for line in capsys.readouterr().err.splitlines() if "'follow'" in line]
    assert said == [
        "'J. Smith' in 'follow' may mean several people, whose papers are all shown: J. Smith, Jane Smith, John Smith."
    ]
    keyless = begin()
    keyless.papers = today.papers
    local = keyless.judge(has_key=False, follow=("Zoe Oster",))
    assert "关注的作者：Zoë Øster" in digest.render(keyless.manifest(local), today.papers, local, keyless.reader)


def test_who_is_followed_later_is_sent_when_the_day_is_judged_again(begin: Callable):
    """A paper that was left out goes to the model once its author is followed, and the others stay."""
    today = begin()
    out = left_out(today.judge(panel=False))
    found = min(out)
    today.papers = [
        one.model_copy(update={"authors": ("Zoë Øster",)}) if one.id == found else one for one in today.papers
    ]
    again = today.judge(panel=False, follow=("Zoe Oster",))
    assert (again[found].judge, again[found].purpose) == ("model", "first")
    assert left_out(again) == out - {found}


@pytest.mark.parametrize(
    ("settings", "purposes"),
    [({"recall": 1.0}, {"first", "panel"}), ({"audit": 0}, {"first", "panel"}), ({"panel": False}, {"first", "audit"})],
    ids=["recall", "audit", "panel"],
)
def test_each_part_can_be_switched_off(begin: Callable, settings: dict, purposes: set):
    """`recall: 1` sends every paper, `audit: 0` audits none, `panel: false` reads nothing again."""
    today = begin()
    verdicts = today.judge(**settings)
    assert {answer.purpose for answer in today.day.answers()} == purposes
    assert bool(left_out(verdicts)) == ("recall" not in settings)


def test_beyond_the_cap_neither_audit_nor_panel_is_asked(begin: Callable):
    """What is left of a cap that leaves papers out is not spent on second opinions."""
    today = begin()
    verdicts = today.judge(max_tokens=25_000)
    assert {answer.purpose for answer in today.day.answers()} == {"first"}
    manifest = today.manifest(verdicts)
    assert manifest.stood_in["cap"] > 0
    assert manifest.stood_in["cascade"] == len(left_out(verdicts))
    assert manifest.state == "complete"
    assert today.manifest(today.judge(has_key=False, max_tokens=25_000)).state == "complete"


def test_a_service_that_is_gone_leaves_no_audit_behind(begin: Callable):
    """Sent papers wait for the next run; those not worth sending have all that they need."""
    today = begin()
    today.server.fault(NO_QUOTA, times=None)
    verdicts = today.judge()
    manifest = today.manifest(verdicts)
    assert manifest.state == "partial"
    assert manifest.stood_in == {
        "service": len(today.papers) - len(left_out(verdicts)),
        "cascade": len(left_out(verdicts)),
    }


def test_a_quiet_day_asks_nothing(begin: Callable):
    """Without papers nobody is read again either: nothing would say by which prompt."""
    today = begin()
    assert today.judge(papers=0) == {}
    assert today.server.log == []


def test_a_single_paper_is_judged(begin: Callable):
    """A day of one paper is no special case, with and without a key."""
    today = begin()
    assert len(today.judge(papers=1)) == 1
    assert len(begin().judge(papers=1, has_key=False)) == 1


def test_a_reader_without_a_model_judge_is_served_locally(begin: Callable, wants: Reader, prompt: Prompt):
    """Without `judge` in the reader file nothing is sent, key or no key."""
    today = begin()
    local_reader = wants.model_copy(update={"judge": None})
    verdicts = morning.judge(today.day, today.papers, local_reader, today.archive, prompt, today.client)
    assert {verdict.judge for verdict in verdicts.values()} == {"local"}
    assert {verdict.stands_in for verdict in verdicts.values()} == {""}
    assert today.server.log == []
