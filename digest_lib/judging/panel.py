"""The reference panel: recommended papers that the model judges again and again, so that a change of judge shows.

Every reading is compared with what the same paper's earlier readings let expect. Four charts add up the evidence, as
log likelihood ratios: scores half a point up, half a point down, fewer recommended, other fields (CUSUM: Page,
"Continuous inspection schemes", 1954). While one of them stands above `DOUBT`, the morning reads another round of
members; above `ALARM` the judge counts as another one, and what to expect of it is learnt anew.

The constants are those of three days that one judge read twice, the limits were set by simulation: `bench/panel.py`.
There most of what a judge changed its mind on went by request: papers asked about together went up or down together. So
readings must not share a request (five in one: five alarms in fifty months about nothing), and all are asked alike.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Literal, get_args

import numpy as np
from scipy.stats import beta

from digest_lib.records import Verdict

SIZE, JOIN = 300, 10
"""Members in all, and how many join on one day at most."""
ROUNDS = (12, 24, 48, 96)
"""Members read again on a morning; each round but the first only while the charts are in doubt."""
DOUBT, ALARM = 0.8, 7.0
"""Limits of the charts, in nats."""
LEARNING = 100
"""Readings of a judge before the charts begin: its own noise has to be known first."""
AGAIN = (1.1, 0.5)
"""Beta prior of a member's chance to be recommended again: 0.7, and for most members either nearly 1 or small."""
FEWER, ODDS = 0.7, 0.3
"""What is looked for: the mean of a chance times `FEWER`, and of odds times `ODDS`, as a stricter judge has them."""
SAME_FIELD, FIELDS_KEPT = (7.0, 0.9), 0.8
"""Beta prior of the chance of the field that is named most, and the factor on it that is looked for."""
MEAN, SPREAD, HALF = 7.75, 0.48, 0.5
"""Members' mean score; its standard deviation, from member to member and from reading to reading; the shift that is
looked for, in points."""
EARLIER = 10, 30
"""Surprises, and scores, as which the constants above count when this judge's own noise is estimated."""
SURE = 0.97
"""No outcome is expected with more certainty."""

Chart = Literal["higher scores", "lower scores", "fewer recommended", "other fields"]


@dataclass(frozen=True)
class Alarm:
    """The day on which the judge was noticed to be another one, and by what; the service's own word is free."""

    day: date
    what: Chart | Literal["model name"]


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


@dataclass
class _Member:
    """What the present judge said of one paper."""

    readings: int = 0
    again: int = 0
    scores: list[float] = field(default_factory=list)
    fields: Counter[str] = field(default_factory=Counter)
    """Of the readings that recommended it, and of its first verdict."""


class Watch:
    """The charts, fed with the days in order; the same readings in the same order give the same alarms.

    Args:
        first: the members' first verdicts; only those that answer the question that is asked today.
    """

    def __init__(self, first: Iterable[Verdict], threshold: float) -> None:
        self._threshold = threshold
        self.alarms: list[Alarm] = []
        self._models: set[str] = set()
        self._begin()
        for verdict in first:
            self._members[verdict.paper].scores.append(verdict.score)
            self._members[verdict.paper].fields[verdict.field] += 1

    def _begin(self) -> None:
        self.evidence: dict[Chart, float] = dict.fromkeys(get_args(Chart), 0.0)
        """By chart, in nats."""
        self._members: defaultdict[str, _Member] = defaultdict(_Member)
        self._readings = 0
        self._missed, self._expected = Counter[Chart](), Counter[Chart]()
        self._residuals = np.zeros(3)  # how many, their sum, the sum of their squares

    @property
    def is_in_doubt(self) -> bool:
        """Whether the evidence of a change asks for another round."""
        return max(self.evidence.values()) > DOUBT

    def read(self, day: date, readings: Iterable[Verdict]) -> None:
        """Take in readings of members, round by round: `Verdict.draw` is the number of the round.

        Evidence below nothing is forgotten once a round and not once a reading, which would raise false alarms.
        """
        for _, group in groupby(sorted(readings, key=attrgetter("draw")), key=attrgetter("draw")):
            this_round = list(group)
            models = {verdict.model for verdict in this_round}
            if self._models and models - self._models:
                self._notice(day, "model name")
            self._models |= models
            is_learning = self._readings < LEARNING
            steps: Counter[Chart] = Counter()
            for verdict in this_round:
                steps.update(self._steps(self._members[verdict.paper], verdict))
            self._readings += len(this_round)
            if not is_learning:
                self.evidence = {chart: max(0.0, before + steps[chart]) for chart, before in self.evidence.items()}
            loudest = max(self.evidence, key=self.evidence.__getitem__)
            if self.evidence[loudest] > ALARM:
                self._notice(day, loudest)

    def _notice(self, day: date, what: Chart | Literal["model name"]) -> None:
        self.alarms.append(Alarm(day, what))
        self._begin()

    def _steps(self, member: _Member, verdict: Verdict) -> dict[Chart, float]:
        """What one reading says for each change, in nats; it is remembered."""
        again = verdict.score >= self._threshold
        chance = self._chance("fewer recommended", AGAIN, member.again, member.readings, again)
        less = (FEWER * chance + chance * ODDS / (1 - chance + chance * ODDS)) / 2
        steps: dict[Chart, float] = {"fewer recommended": _evidence(again, chance, less)}
        member.readings += 1
        if not again:
            return steps
        member.again += 1
        if member.scores:
            steps |= self._score_steps(member.scores, verdict.score)
            named, times = member.fields.most_common(1)[0]
            same = verdict.field == named
            chance = self._chance("other fields", SAME_FIELD, times, member.fields.total(), same)
            steps["other fields"] = _evidence(same, chance, FIELDS_KEPT * chance)
        member.scores.append(verdict.score)
        member.fields[verdict.field] += 1
        return steps

    def _chance(self, chart: Chart, prior: tuple[float, float], hits: int, of: int, happened: bool) -> float:
        """How likely this was, from the member's own readings and from how often this judge surprises at all."""
        miss = 1 - (prior[0] + hits) / (sum(prior) + of)
        chance = 1 - miss * (EARLIER[0] + self._missed[chart]) / (EARLIER[0] + self._expected[chart])
        self._missed[chart] += not happened
        self._expected[chart] += miss
        return min(SURE, max(1 - SURE, chance))

    def _score_steps(self, earlier: Sequence[float], score: float) -> dict[Chart, float]:
        """Evidence of a shift either way, from a score's distance to the member's mean, drawn towards all members'."""
        deviation = SPREAD * math.sqrt(1 + 1 / (1 + len(earlier)))
        residual = (score - (MEAN + sum(earlier)) / (1 + len(earlier))) / deviation
        count, total, squares = self._residuals
        scale = math.sqrt((EARLIER[1] + squares) / (EARLIER[1] + count))
        usual = total / (EARLIER[1] + count)
        self._residuals += (1, residual, residual**2)
        shift = HALF / (deviation * scale)
        surprise = min(3.0, max(-3.0, (residual - usual) / scale))
        return {"higher scores": shift * surprise - shift**2 / 2, "lower scores": -shift * surprise - shift**2 / 2}


def _evidence(happened: bool, chance: float, changed: float) -> float:
    return math.log(changed / chance if happened else (1 - changed) / (1 - chance))


def _lot(paper: str) -> str:
    return hashlib.sha256(paper.encode()).hexdigest()


def _interval(hits: int, of: int) -> tuple[float, float]:
    if not of:
        return math.nan, math.nan
    low, high = beta.interval(0.95, hits + 0.5, of - hits + 0.5)
    return float(low), float(high)
