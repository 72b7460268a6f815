"""The reference panel: papers that the model recommended once and judges again and again; how steady it is on them.

Most of what a judge changed its mind on, on three days that one judge read twice, went by request: papers asked about
together went up or down together. So readings must not share a request (five in one: five alarms in fifty months about
nothing), and all are asked alike. What the readings say of a change of judge is for `watch` to tell.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.stats import beta

from digest_lib.records import Verdict

SIZE, JOIN = 300, 10
"""Members in all, and how many join on one day at most."""
ROUNDS = (12, 24, 48, 96)
"""Members read again on a morning; each round but the first only while the charts are in doubt."""


@dataclass(frozen=True)
class Stability:
    """How far the judge agrees with its first verdicts; intervals are 95 % (Jeffreys), nan where there is no pair."""

    pairs: int
    again: float
    """Share of the recommended papers that were recommended again: F1, where both readings recommend as many."""
    again_interval: tuple[float, float]
    apart: float
    """Mean distance between two scores of a paper recommended both times, in points."""
    spread: float
    """Standard deviation of their difference: two scores that are no further apart may be the same."""
    same_field: float
    same_field_interval: tuple[float, float]


def members(first: Mapping[date, Iterable[Verdict]], threshold: float) -> list[str]:
    """Paper ids of the panel, in the order they joined: of each day a few that the model recommended, by lot.

    The lot is a hash of the id, so a member stays one as long as the day's verdict recommends it.
    """
    panel: list[str] = []
    for day in sorted(first):
        recommended = {v.paper for v in first[day] if v.judge == "model" and v.score >= threshold}
        panel += sorted(recommended.difference(panel), key=_lot)[:JOIN]
    return panel[:SIZE]


def rounds(panel: Iterable[str], again: Iterable[Verdict]) -> list[list[str]]:
    """The members to read on a morning, round by round: those not read for longest.

    Args:
        again: the readings of earlier days, oldest first. Those of the day itself left out, a morning that was
            interrupted finds the same rounds.
    """
    last = {verdict.paper: number for number, verdict in enumerate(again)}
    waiting = sorted(panel, key=lambda paper: (last.get(paper, -1), _lot(paper)))
    ends = np.cumsum(ROUNDS)
    return [waiting[end - size : end] for size, end in zip(ROUNDS, ends, strict=True)]


def stability(first: Mapping[str, Verdict], again: Iterable[Verdict], threshold: float) -> Stability:
    """Agreement of readings of members with their first verdicts, by paper id."""
    pairs = [(first[verdict.paper], verdict) for verdict in again if verdict.paper in first]
    both = [(one, other) for one, other in pairs if other.score >= threshold]
    differences = np.array([other.score - one.score for one, other in both])
    same = sum(one.field == other.field for one, other in both)
    return Stability(
        pairs=len(pairs),
        again=len(both) / len(pairs) if pairs else math.nan,
        again_interval=_interval(len(both), len(pairs)),
        apart=float(np.abs(differences).mean()) if both else math.nan,
        spread=float(differences.std(ddof=1)) if len(both) > 1 else math.nan,
        same_field=same / len(both) if both else math.nan,
        same_field_interval=_interval(same, len(both)),
    )


def _lot(paper: str) -> str:
    return hashlib.sha256(paper.encode()).hexdigest()


def _interval(hits: int, of: int) -> tuple[float, float]:
    if not of:
        return math.nan, math.nan
    low, high = beta.interval(0.95, hits + 0.5, of - hits + 0.5)
    return float(low), float(high)
