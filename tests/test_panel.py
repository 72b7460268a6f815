"""The reference panel: who belongs to it, who is read when, and what the readings give away (all synthetic)."""

import math
from datetime import date, timedelta
from itertools import pairwise

import pytest

from bench.panel import CHANGES, PROMISED, THRESHOLD, WARM, Reader, calm, delays
from digest_lib.judging import panel
from digest_lib.judging.watch import Alarm, Watch

MONDAY = date(2026, 2, 9)


def test_members_stay_members_while_the_panel_grows(verdict):
    """What later days bring changes no earlier membership, and the panel has an end."""
    days = {
        MONDAY + timedelta(days=day): [verdict(100 * day + n, score=5 + n % 5, judge="model") for n in range(40)]
        for day in range(40)
    }
    grown = [panel.members(dict(list(days.items())[:some]), 6.0) for some in range(1, 41)]
    assert [len(some) for some in grown[:2]] == [10, 20]
    assert all(after[: len(before)] == before for before, after in pairwise(grown))
    assert len(grown[-1]) == len(set(grown[-1])) == panel.SIZE


def test_only_papers_that_the_model_recommended_are_members(verdict):
    """Neither the local judge's verdicts nor papers below the threshold can show how the model changes."""
    first = [verdict(1, score=9, judge="local"), verdict(2, score=5, judge="model"), verdict(3, score=6, judge="model")]
    assert panel.members({MONDAY: first}, 6.0) == [first[2].paper]


def test_rounds_go_through_the_whole_panel_before_anyone_is_read_twice(verdict):
    """Who was not read for longest is next, and no round of a morning repeats another's members."""
    ids = [verdict(number).paper for number in range(300)]
    one = panel.rounds(ids, [])
    assert [len(each) for each in one] == list(panel.ROUNDS)
    assert len({paper for each in one for paper in each}) == sum(panel.ROUNDS)
    again, read = [], []
    for _ in range(300 // panel.ROUNDS[0]):
        drawn = panel.rounds(ids, again)[0]
        again += [verdict().model_copy(update={"paper": paper}) for paper in drawn]
        read += drawn
    assert sorted(read) == sorted(ids)
    assert panel.rounds(ids, again)[0] == read[: panel.ROUNDS[0]]


def test_stability_counts_agreement_with_the_first_verdicts(verdict):
    """Half a point apart on average and one field in three another: that is what it says, with intervals."""
    first = {v.paper: v for v in (verdict(n, score=8.0, judge="model") for n in range(4))}
    again = [verdict(0, 8.0), verdict(1, 9.0), verdict(2, 7.5, field="Another"), verdict(3, 4.0), verdict(9, 9.0)]
    found = panel.stability(first, again, 6.0)
    assert (found.pairs, found.again, found.same_field) == (4, 0.75, pytest.approx(2 / 3))
    assert found.apart == pytest.approx(0.5)
    assert found.again_interval[0] < 0.75 < found.again_interval[1]
    assert math.isnan(panel.stability({}, again, 6.0).again)


def test_another_name_of_the_model_is_noticed_at_once(verdict):
    """What the service says itself needs no evidence, and is said once."""
    watch = Watch([], 6.0)
    for day, model in enumerate(("a", "a", "b", "b")):
        watch.read(MONDAY + timedelta(days=day), [verdict(n, model=model) for n in range(10)])
    assert watch.alarms == [Alarm(MONDAY + timedelta(days=2), "model name")]


def test_a_morning_read_again_from_its_folder_says_the_same():
    """Rounds fed one by one and a whole day fed at once, in any order, leave the same evidence behind."""
    reader = Reader(seed=3)
    judge = reader.judge
    parts = [judge.read(range(start, start + 20)) for start in range(0, 200, 20)]
    by_round, at_once = (Watch(judge_first, THRESHOLD) for judge_first in [judge.read(range(300), first=True)] * 2)
    numbered = [[v.model_copy(update={"draw": turn}) for v in part] for turn, part in enumerate(parts)]
    for part in numbered:
        by_round.read(MONDAY, part)
    at_once.read(MONDAY, [v for part in reversed(numbered) for v in part])
    assert max(by_round.evidence.values()) > 0
    assert by_round.evidence == at_once.evidence


def test_a_judge_that_does_not_change_is_left_alone():
    """Ten months of a noisy judge, twice over, raise at most one alarm (the whole claim: `make campaign`)."""
    assert sum(calm(seed, months=10)[0] for seed in (1, 2)) <= 1


def test_changes_are_noticed_within_three_mornings():
    """Half a point, 0.7 of the selection and 20 % other fields, each in at least four of five small runs."""
    noticed = [delays(seed) for seed in range(8)]
    for name in PROMISED:
        assert sum(each[name] <= 3 for each in noticed) >= 6, name


def test_after_an_alarm_the_new_judge_is_the_one_expected():
    """A change is noticed and not reported for ever after."""
    reader = Reader(seed=5)
    for _ in range(WARM):
        reader.morning()
    reader.judge.nature, before = CHANGES["scores - 0.5"], len(reader.watch.alarms)
    for _ in range(60):
        reader.morning()
    assert [alarm.what for alarm in reader.watch.alarms[before:]] == ["lower scores"]
