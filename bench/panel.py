"""How fast the reference panel notices another judge, and how often it cries wolf: the charts on a simulated judge.

The judge is a latent one with the noise of three days (2025-11-18, 2025-12-01, 2026-01-30; 1,431 papers) that
doubao-seed-1-6-thinking-250715 read twice for the same reader. Their moments, and what was fitted to them:

- Both readings recommended 259 papers, one of them 92 or 129 others: a paper's standing plus noise, both normal, beyond
  a cut. `CUT` gives the share recommended (mean of both readings), `STANDING` the share recommended twice, 0.181.
- Papers close in the list changed sides together (correlation of the change 0.17 up to five places apart, none beyond
  forty): papers of one request share `REQUEST` of that noise. How much of the noise in scores they share is not known
  as well (0.1-0.4), in fields hardly any.
- Scores recommended both times differ with a standard deviation of 0.67 about a common mean of 7.75 and have one of
  0.68: members' own `OWN_SCORE`, half of it tied to their standing, and `SCORE_NOISE`, before rounding.
- Fields agree on 90.3 %: every paper has a field that is named with `SAME_FIELD`. Two readings cannot tell whether some
  papers are surer than others; that all are alike is what makes a change hardest to notice.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from digest_lib.judging import panel, watch
from digest_lib.records import Verdict

CUT, STANDING, REQUEST = 0.649, 0.824, 0.7
OWN_SCORE, SCORE_TIE, SCORE_NOISE, SCORE_REQUEST = 0.48, 0.5, 0.39, 0.3
SAME_FIELD, FIELDS = 0.95, 7
THRESHOLD, MONTH = 6.0, 21
WARM = 90
"""Announcement days of an unchanged judge before a change."""


@dataclass(frozen=True)
class Nature:
    """A judge: what is changed of it against the one that was fitted."""

    shift: float = 0.0
    """Points on every score; what is recommended stays."""
    selection: float = 1.0
    """Share of the papers it would recommend that it does."""
    strictness: float = 0.0
    """On the scale of standings; 0.27 is 0.7 of the recommendations, those nearest to the cut lost first."""
    relabelled: float = 0.0
    """Share of fields that become another one."""


CHANGES = {
    "scores + 0.5": Nature(shift=0.5),
    "scores - 0.5": Nature(shift=-0.5),
    "selection x 0.7": Nature(selection=0.7),
    "20 % other fields": Nature(relabelled=0.2),
    "x 0.7, nearest first": Nature(strictness=0.27),
    "the same, scores - 0.3": Nature(strictness=0.27, shift=-0.3),
}
PROMISED = list(CHANGES)[:4]
"""What has to be noticed within three mornings in nine runs of ten."""


class SimulatedJudge:
    """Judges the same papers, all once recommended, as often as it is asked."""

    def __init__(self, rng: np.random.Generator, papers: int) -> None:
        self._rng, self.nature = rng, Nature()
        standing = rng.normal(scale=STANDING**0.5, size=12 * papers)
        noise = rng.normal(scale=(1 - STANDING) ** 0.5, size=12 * papers)
        self._standing = standing[standing + noise > CUT][:papers]
        tied = (self._standing - self._standing.mean()) / self._standing.std()
        own = rng.normal(size=papers)
        self._score = watch.MEAN + OWN_SCORE * (SCORE_TIE * tied + (1 - SCORE_TIE**2) ** 0.5 * own)
        self._field = rng.integers(0, FIELDS, papers)

    def read(self, papers: Sequence[int], a_request: int = 1, *, first: bool = False) -> list[Verdict]:
        """Verdicts on papers by number, `a_request` of them in each request; first ones recommend them all."""
        chosen = np.asarray(papers)
        size = len(chosen)
        request = np.arange(size) // a_request

        def noise(shared: float) -> np.ndarray:
            common = self._rng.normal(size=size)[request]
            return shared**0.5 * common + (1 - shared) ** 0.5 * self._rng.normal(size=size)

        latent = self._standing[chosen] - self.nature.strictness + (1 - STANDING) ** 0.5 * noise(REQUEST)
        again = first | ((latent > CUT) & (self._rng.random(size) < self.nature.selection))
        score = self._score[chosen] + self.nature.shift + SCORE_NOISE * noise(SCORE_REQUEST)
        score = np.where(again, np.clip(np.round(score), THRESHOLD, 10), THRESHOLD - 3)
        astray = (self._rng.random(size) > SAME_FIELD).astype(int) * self._rng.integers(1, FIELDS, size)
        moved = (self._rng.random(size) < self.nature.relabelled) * self._rng.integers(1, FIELDS, size)
        named = (self._field[chosen] + astray + moved) % FIELDS
        return [_verdict(*row) for row in zip(papers, score.tolist(), named.tolist(), strict=True)]


def _verdict(paper: int, score: float, named: int) -> Verdict:
    return Verdict.model_construct(paper=f"{paper}", score=score, field=f"{named}", model="simulated", draw=0)


class Reader:
    """Reads a panel morning after morning, as a morning does.

    Args:
        a_request: readings that share a request in the rounds after the first, whose readings go out with the day's.
    """

    def __init__(self, seed: int, a_request: int = 1) -> None:
        self.judge, self._a_request = SimulatedJudge(np.random.default_rng(seed), panel.SIZE), a_request
        first = self.judge.read(range(panel.SIZE), first=True)
        self.watch = watch.Watch(first, THRESHOLD)
        self._waiting = [int(verdict.paper) for verdict in first]
        self._day = date(2026, 1, 1)
        self.readings = 0

    def morning(self) -> None:
        """One announcement day."""
        self._day += timedelta(days=1)
        for turn, size in enumerate(panel.ROUNDS):
            chosen, self._waiting = self._waiting[:size], self._waiting[size:] + self._waiting[:size]
            self.watch.read(self._day, self.judge.read(chosen, self._a_request if turn else 1))
            self.readings += size
            if not self.watch.is_in_doubt:
                break

    def noticed(self, change: Nature, most: int = 10) -> float:
        """Mornings from a change to the first alarm, both counted; infinite beyond `most`. Done to a copy."""
        other = copy.deepcopy(self)
        other.judge.nature, before = change, len(other.watch.alarms)
        for number in range(1, most + 1):
            other.morning()
            if len(other.watch.alarms) > before:
                return number
        return np.inf


def calm(seed: int, months: int = 50, a_request: int = 1) -> tuple[int, float]:
    """Alarms on a judge that does not change, and readings a day."""
    reader = Reader(seed, a_request)
    for _ in range(months * MONTH):
        reader.morning()
    return len(reader.watch.alarms), reader.readings / (months * MONTH)


def delays(seed: int, a_request: int = 1) -> dict[str, float]:
    """Mornings until each change is noticed, after `WARM` days without one."""
    reader = Reader(seed, a_request)
    for _ in range(WARM):
        reader.morning()
    return {name: reader.noticed(change) for name, change in CHANGES.items()}


def report(runs: int = 300, quiet: int = 40, a_request: int = 1) -> tuple[str, int]:
    """The rows that `make campaign` prints, and how many promises are broken."""
    alarms, readings = np.array([calm(seed, a_request=a_request) for seed in range(quiet)]).T
    calmly = f"{alarms.mean():.2f} alarms in 50 months (at most one in {(alarms <= 1).mean():.0%} of {quiet} runs)"
    rows = [f"{'panel, no change':32}{calmly}, {readings.mean():.1f} readings a day"]
    broken = int(alarms.mean() > 1)
    noticed = [delays(seed, a_request) for seed in range(runs)]
    for name in CHANGES:
        within = [np.mean([each[name] <= mornings for each in noticed]) for mornings in (1, 3, 5)]
        rows.append(f"{'panel, ' + name:32}noticed within 1, 3, 5 mornings: " + ", ".join(f"{w:.1%}" for w in within))
        broken += int(name in PROMISED and within[1] < 0.9)
    return "\n".join(rows), broken
