"""What audits and panel readings of stored days say together: what was missed, and how steady the judge is."""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from openai import OpenAI

from bench.cascade import announce
from bench.days import JudgedDay
from digest_lib import morning, second_opinions
from digest_lib.account import account
from digest_lib.history import Archive, Day
from digest_lib.judging import audit
from digest_lib.judging.panel import ROUNDS
from digest_lib.judging.prompt import Prompt
from digest_lib.reader import Reader
from tests.servers.model import ModelServer
from tests.test_cascade import NOW

FIRST = date(2026, 1, 5)


@pytest.fixture
def mornings(past: Path, judged: list[JudgedDay], wants: Reader, prompt: Prompt, tmp_path: Path) -> Callable:
    """Makes some mornings after the stored ones, of a dozen papers each, with a judge's shift and name."""
    root = shutil.copytree(past, tmp_path / "outputs")
    archive, today = Archive(root), judged[-1]
    on_record = {paper: verdict for day in judged for paper, verdict in day.verdicts.items()}
    titles = {paper.title: paper.id for day in judged for paper in day.papers}
    made: list[Day] = []

    def make(count: int, shift: float = 0.0, name: str = "stand-in-1", is_kept: bool = True) -> Day:
        def said(paper: str, draw: int) -> dict | None:
            known = on_record.get(paper)
            return known and known | {"score": min(10, max(0, known["score"] + shift))}

        with ModelServer(said, titles, answering_model=name) as server:
            client = OpenAI(base_url=server.base_url, api_key="sk-test")
            for _ in range(count):
                number = len(made)
                day = today.date + timedelta(days=number)
                papers = [
                    paper.model_copy(update={"announced": day})
                    for paper in today.papers[12 * number : 12 * number + 12]
                ]
                folder = announce(archive, JudgedDay(day, papers, today.verdicts))
                verdicts = morning.judge(folder, papers, wants, archive, prompt, client)
                folder.store_manifest(account(folder, folder.announcement(), verdicts, wants, prompt, NOW))
                made.append(folder)
        return made[-1]

    make.archive = archive
    return make


def test_stored_days_say_what_was_missed_and_how_steady_the_judge_is(mornings: Callable, wants: Reader, prompt: Prompt):
    """Pooled over the days: papers a day not sent with an interval, and a judge that repeats itself agrees fully."""
    day = mornings(3)
    told = second_opinions.gathered(day, mornings.archive, wants, prompt)
    assert told.alarms == ()
    assert told.stability.pairs == 3 * ROUNDS[0]
    assert (told.stability.again, told.stability.apart, told.stability.same_field) == (1.0, 0.0, 1.0)
    assert told.missed.low <= told.missed.estimate <= told.missed.high <= told.missed.not_sent
    stored = mornings.archive.days()[-3:]
    audited = [verdict for one in stored for verdict in one.verdicts("audit")]
    left = sum(verdict.stands_in == "cascade" for one in stored for verdict in one.newest_verdicts().values())
    assert told.missed.audited == len(audited) > 0
    assert told.missed.not_sent == pytest.approx((left + len(audited)) / 3)


def test_before_the_first_audit_nothing_is_said_of_it(mornings: Callable, wants: Reader, prompt: Prompt, past: Path):
    """Days on which everything was sent missed nothing and say nothing about what is."""
    archive = Archive(past)
    told = second_opinions.gathered(archive.days()[-1], archive, wants, prompt)
    assert told.missed is None
    assert told.stability.pairs == 0


def test_another_name_of_the_model_raises_an_alarm(mornings: Callable, wants: Reader, prompt: Prompt):
    """A service that answers as somebody else is noticed on that day, and the same day later."""
    mornings(2)
    day = mornings(1, name="stand-in-2")
    for _ in range(2):
        told = second_opinions.gathered(day, mornings.archive, wants, prompt)
        assert [(alarm.day, alarm.what) for alarm in told.alarms] == [(day.date, "model name")]


def test_a_judge_that_grows_stricter_raises_an_alarm(mornings: Callable, wants: Reader, prompt: Prompt):
    """Two points less under the same name are noticed once the judge's own noise is known, in more than one round."""
    for old in mornings.archive.days()[:8]:
        shutil.rmtree(old.path)
    before = mornings(9)
    assert second_opinions.gathered(before, mornings.archive, wants, prompt).alarms == ()
    assert {verdict.draw for verdict in before.verdicts("panel")} == {0}
    day = mornings(2, shift=-2.0)
    told = second_opinions.gathered(day, mornings.archive, wants, prompt)
    assert [alarm.day for alarm in told.alarms if alarm.what != "model name"]
    assert told.alarms[0].day > before.date


def test_another_prompt_begins_another_panel(mornings: Callable, wants: Reader, prompt: Prompt):
    """What was said to another question is no earlier verdict on this one, today's readings included."""
    day = mornings(2)
    asked = second_opinions.gathered(day, mornings.archive, wants, prompt)
    day.append([one.model_copy(update={"asked": "before", "score": 0.0}) for one in day.verdicts("panel")])
    assert second_opinions.gathered(day, mornings.archive, wants, prompt).stability == asked.stability
    other = Prompt(prompt.constant + " Be strict.")
    told = second_opinions.gathered(day, mornings.archive, wants, other)
    assert told.stability.pairs == 0


def test_the_audit_of_a_day_is_what_was_drawn_on_it(stored, paper, verdict, wants: Reader):
    """Drawn before, drawn again: with their chances; of what is no longer left out, nothing is audited."""
    apart = {f"2613.{n:05d}": verdict(n, n / 20) for n in range(100)}
    day = stored(FIRST, [paper(1)], [])
    lots = second_opinions.drawn(apart, day, wants)
    assert lots == audit.draw({p: v.relevance for p, v in apart.items()}, 5, FIRST.isoformat())
    first, *_ = lots
    given = apart[first].model_copy(update={"judge": "model", "purpose": "audit", "chance": 0.5})
    day.append([given])
    again = second_opinions.drawn(apart, day, wants)
    assert len(again) == 5
    assert again[first] == 0.5
    del apart[first]
    assert first not in second_opinions.drawn(apart, day, wants)
