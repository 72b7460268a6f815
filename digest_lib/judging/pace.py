"""How fast and how far a model service is asked: requests in flight, and a budget that is never crossed."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

from digest_lib.reader import Judge
from digest_lib.records import Tokens

COMPLETION_MARGIN = 2.0
"""How many times the completion tokens it was allowed a service may bill before the cap is in danger."""


class Gate:
    """Lets a number of requests in flight: one until the first answer, halved by each refusal, slowly more again.

    Additive increase and multiplicative decrease, as TCP does it (RFC 5681).
    """

    def __init__(self, most: int) -> None:
        self._most, self._limit, self._running = most, 1.0, 0
        self._is_open = False
        self._changed = threading.Condition()

    @contextmanager
    def pass_one(self) -> Iterator[None]:
        """Wait for a place among the requests in flight."""
        with self._changed:
            self._changed.wait_for(lambda: self._running < max(1, int(self._limit)))
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def answered(self) -> None:
        """The service answered: open the gate the first time, afterwards widen it a little."""
        with self._changed:
            self._limit = min(self._most, self._limit + 1 / self._limit) if self._is_open else self._most
            self._is_open = True
            self._changed.notify_all()

    def refused(self) -> None:
        """The service is overloaded: half as many requests from now on."""
        with self._changed:
            self._limit = max(1.0, self._limit / 2)


class Budget:
    """Tokens and money of one day: what is spent, what the requests in flight may still cost, and the caps.

    Every request reserves its worst case before it is sent, so a cap cannot be crossed by answers on their way.
    """

    def __init__(self, judge: Judge, spent: Tokens) -> None:
        self._judge, self.spent = judge, spent
        self._reserved: dict[int, Tokens] = {}
        self._margin = COMPLETION_MARGIN
        self._unseen = Tokens()
        self._changed = threading.Condition()

    @property
    def cost(self) -> float:
        """Money spent, in the currency of the price table."""
        return self._judge.cost(self.spent)

    def reserve(self, ticket: int, prompt: int, completion: int) -> Literal["", "cap", "service"]:
        """Set a request's worst case aside; waits while answers on their way may free enough.

        Returns:
            Why it does not fit: the `cap` is reached, or it might be, by what a failing `service` may have billed for
            answers that never arrived; empty where it fits.
        """
        most = int(completion * self._margin)
        worst = Tokens(prompt=prompt, completion=most, total=prompt + most)
        with self._changed:
            self._changed.wait_for(lambda: self._fits(worst, self._reserved.values()) or not self._reserved)
            if not self._fits(worst, self._reserved.values()):
                return "service" if self._fits(worst, (), unseen=Tokens()) else "cap"
            self._reserved[ticket] = worst
            return ""

    def settle(self, ticket: int, used: Tokens | None, allowed: int, *, is_lost: bool = False) -> None:
        """Replace a reservation by what the service billed.

        Args:
            used: None where there is no bill: nothing was billed, or, `is_lost`, nobody knows what was; then the
                reservation counts towards the caps.
            allowed: completion tokens the service was allowed.
        """
        with self._changed:
            reserved = self._reserved.pop(ticket)
            if used:
                self.spent += used
                self._margin = max(self._margin, 1.5 * used.completion / max(1, allowed))
            elif is_lost:
                self._unseen += reserved
            self._changed.notify_all()

    def _fits(self, worst: Tokens, reserved: Iterable[Tokens], unseen: Tokens | None = None) -> bool:
        total = sum(reserved, start=self.spent + (self._unseen if unseen is None else unseen) + worst)
        judge = self._judge
        return (judge.max_tokens is None or total.total <= judge.max_tokens) and (
            judge.max_cost is None or judge.cost(total) <= judge.max_cost
        )
