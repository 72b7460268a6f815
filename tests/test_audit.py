"""The audit of the papers not sent: who is drawn, and what the draws allow to say."""

import random

import pytest

from bench.audit import NotSent, coverage
from digest_lib.judging import audit
from digest_lib.judging.audit import Stratum

SCORES = {f"2613.{number:05d}": number / 20 for number in range(120)}


def test_the_same_day_draws_the_same_papers_and_another_day_others():
    """A morning that is run again audits the papers it audited before."""
    assert audit.draw(SCORES, 5, "2026-02-09") == audit.draw(dict(reversed(SCORES.items())), 5, "2026-02-09")
    assert audit.draw(SCORES, 5, "2026-02-09").keys() != audit.draw(SCORES, 5, "2026-02-10").keys()


def test_every_paper_is_drawn_as_often_as_its_chance_says():
    """The chance that comes with a paper is that of its being drawn, and the nearer third's is the greater."""
    days = 2000
    times, chances = dict.fromkeys(SCORES, 0), {}
    for day in range(days):
        for paper, chance in audit.draw(SCORES, 5, str(day)).items():
            times[paper] += 1
            chances[paper] = chance
    assert sum(chances.values()) == pytest.approx(5)
    assert max(abs(times[paper] / days - chances[paper]) for paper in SCORES) < 0.03
    assert {round(chance, 4) for chance in chances.values()} == {round(3 / 40, 4), round(2 / 80, 4)}


@pytest.mark.parametrize("papers", [0, 1, 2, 4, 5, 6])
def test_few_papers_are_all_audited(papers: int):
    """No audit is lost to a small stratum: five of five are drawn for certain, and one of none is no error."""
    few = dict(list(SCORES.items())[:papers])
    drawn = audit.draw(few, 5, "day")
    assert len(drawn) == min(papers, 5)
    assert papers > 5 or set(drawn.values()) <= {1.0}


def test_a_tally_counts_what_was_answered():
    """An audited paper without an answer is not taken for one that was not worth it."""
    near, far = sorted(SCORES, reverse=True)[:40], sorted(SCORES, reverse=True)[40:]
    answers = {near[0]: True, near[1]: False, far[0]: False}
    assert audit.tally(SCORES, answers) == [Stratum(40, 2, 1), Stratum(80, 1, 0)]


def test_where_all_are_audited_nothing_is_uncertain():
    """The correction for a finite population closes the interval."""
    found = audit.missed([[Stratum(10, 10, 3), Stratum(20, 20, 1)]] * 2)
    assert (found.low, found.estimate, found.high) == (4, 4, 4)
    assert (found.not_sent, found.audited, found.found) == (30, 60, 8)


def test_days_without_an_answer_count_as_papers_not_sent():
    """A stratum nobody answered about widens what is unknown, and no audit at all says nothing."""
    assert audit.missed([]) is None
    assert audit.missed([[Stratum(40, 0, 0), Stratum(80, 0, 0)]]) is None
    one = audit.missed([[Stratum(40, 3, 1), Stratum(80, 2, 0)]] * 10)
    two = audit.missed([[Stratum(40, 3, 1), Stratum(80, 2, 0)]] * 10 + [[Stratum(40, 0, 0), Stratum(80, 0, 0)]])
    assert (two.not_sent, two.audited) == (120, 50)
    assert two.estimate == pytest.approx(one.estimate, rel=0.05)


def test_a_large_day_weighs_as_much_as_it_has_papers():
    """Five audits of 400 papers stand for more papers than five of 40."""
    small, large = [Stratum(40, 3, 0), Stratum(80, 2, 0)], [Stratum(400, 3, 3), Stratum(800, 2, 0)]
    assert audit.missed([small, large]).estimate == pytest.approx(200, rel=0.1)


def test_the_interval_covers_the_truth():
    """On synthetic days that miss 5 % of what is not sent, mostly near the cut, nominal 95 % is at least 93 %."""
    rng = random.Random(5)
    days = []
    for _ in range(20):
        scores = {f"{number}": rng.random() for number in range(rng.choice([60, 90, 120, 300]))}
        days.append(NotSent(scores, frozenset(p for p, score in scores.items() if rng.random() < 0.15 * score**2)))
    covered, width, _ = coverage(days, histories=60, seed=1)
    assert covered >= 0.93
    assert width <= 11
