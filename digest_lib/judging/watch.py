"""Whether the model is still the judge it was: charts of the evidence in its readings of the reference panel.

Every reading is compared with what the same paper's earlier readings let expect. Four charts add up the evidence, as
log likelihood ratios: scores half a point up, half a point down, fewer recommended, other fields (CUSUM: Page,
"Continuous inspection schemes", 1954). While one of them stands above `DOUBT`, the morning reads another round of
members; above `ALARM` the judge counts as another one, and what to expect of it is learnt anew.

The constants are those of three days that one judge read twice, the limits were set by simulation: `bench/panel.py`.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Literal, get_args

import numpy as np

from digest_lib.records import Verdict

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
