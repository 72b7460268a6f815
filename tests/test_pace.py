"""Requests in flight, and a budget that is never crossed."""

import threading

import pytest

from digest_lib.judging.pace import Budget, Gate
from digest_lib.reader import Judge, Prices
from digest_lib.records import Tokens


def test_one_request_goes_first_and_opens_the_gate():
    """Until the first answer one request is in flight, then as many as allowed."""
    gate = Gate(3)
    inside, order = threading.Semaphore(0), []
    leave = threading.Event()

    def enter(number: int) -> None:
        with gate.pass_one():
            order.append(number)
            inside.release()
            leave.wait(5)

    threads = [threading.Thread(target=enter, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    assert inside.acquire(timeout=5)
    assert not inside.acquire(timeout=0.1)
    gate.answered()
    assert inside.acquire(timeout=5)
    assert inside.acquire(timeout=5)
    leave.set()
    for thread in threads:
        thread.join()
    assert len(order) == 3


def test_refusals_halve_the_requests_in_flight_and_answers_widen_them_again():
    """Overload narrows the gate fast, success widens it slowly and never beyond what is allowed."""
    gate = Gate(8)
    gate.answered()
    gate.refused()
    gate.refused()
    assert int(gate._limit) == 2  # noqa: SLF001 - the width shows from outside only by blocking threads
    for _ in range(100):
        gate.answered()
    assert int(gate._limit) == 8  # noqa: SLF001


def test_a_request_reserves_its_worst_case():
    """What is on its way counts as spent, so two requests that fit singly do not both go out."""
    budget = Budget(Judge(model="m", max_tokens=1000), Tokens(total=100))
    assert budget.reserve(1, prompt=300, completion=100) == ""
    waiting = threading.Thread(target=lambda: outcome.append(budget.reserve(2, prompt=300, completion=100)))
    outcome: list[str] = []
    waiting.start()
    waiting.join(0.1)
    assert not outcome  # it waits for the answer on its way
    budget.settle(1, Tokens(prompt=250, completion=20, total=270), allowed=100)
    waiting.join(5)
    assert outcome == [""]
    budget.settle(2, Tokens(prompt=300, completion=100, total=400), allowed=100)
    assert budget.reserve(3, prompt=300, completion=100) == "cap"
    assert budget.spent.total == 770


def test_a_service_that_overruns_is_reckoned_with():
    """After an answer longer than allowed, reservations grow with it."""
    budget = Budget(Judge(model="m", max_tokens=5000), Tokens())
    assert budget.reserve(1, prompt=100, completion=100) == ""
    budget.settle(1, Tokens(prompt=100, completion=1000, total=1100), allowed=100)
    assert budget.reserve(2, prompt=100, completion=300) == "cap"
    assert budget.reserve(3, prompt=100, completion=200) == ""


def test_money_is_counted_by_the_price_table():
    """Cached tokens have their own price, and a cap of money holds like one of tokens."""
    judge = Judge(model="m", max_cost=0.01, prices=Prices(prompt=1, cached=0.1, completion=10))
    spent = Tokens(prompt=2000, cached=1000, completion=500, total=2500)
    assert judge.cost(spent) == pytest.approx(0.0061)
    budget = Budget(judge, spent)
    assert budget.cost == pytest.approx(0.0061)
    assert budget.reserve(1, prompt=0, completion=300) == "cap"
    assert budget.reserve(2, prompt=1000, completion=100) == ""


def test_no_cap_is_no_limit():
    """Without caps every request fits, and nothing costs without a price table."""
    budget = Budget(Judge(model="m"), Tokens())
    assert budget.reserve(1, prompt=10**9, completion=10**9) == ""
    assert budget.cost == 0


def test_what_a_failing_service_may_have_billed_is_not_the_cap_reached():
    """Reservations of answers that never came count towards the cap, but the reason given is the service."""
    budget = Budget(Judge(model="m", max_tokens=1000), Tokens())
    assert budget.reserve(1, prompt=500, completion=100) == ""
    budget.settle(1, None, allowed=100, is_lost=True)
    assert budget.reserve(2, prompt=500, completion=100) == "service"
    assert budget.spent.total == 0
