"""The audit: a few of the papers that were not sent to the model are, by chance, and say what the others hold.

The papers not sent fall into two strata by local score: the third that came closest to being sent, and the rest. The
first holds most of what is missed, so most audits go there.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import betabinom

NEAR, NEAR_AUDITS = 1 / 3, 0.6
"""The nearer stratum's share of the papers not sent, and of the audits: close to Neyman's allocation on real days."""
JEFFREYS = 0.5
"""Papers of either kind that are added to each stratum, as a prior that favours no rate."""


@dataclass(frozen=True)
class Stratum:
    """One day's papers not sent, of one stratum: how many, how many were audited, how many of those recommended."""

    papers: int
    audited: int
    found: int


@dataclass(frozen=True)
class Missed:
    """Papers a day that were not sent although the model would have recommended them, those audited included."""

    estimate: float
    low: float
    high: float
    """Ends of the 95 % interval."""
    not_sent: float
    """Papers a day not sent."""
    audited: int
    found: int
    """In all days together."""


def draw(not_sent: Mapping[str, float], count: int, seed: str) -> dict[str, float]:
    """The papers to audit, by id, and the probability with which each was drawn.

    Args:
        not_sent: local score by paper id.
        seed: the day; the same papers and seed give the same sample.
    """
    near, far = _strata(not_sent)
    from_near = min(len(near), max(round(count * NEAR_AUDITS), count - len(far)))
    drawn: dict[str, float] = {}
    for stratum, audits in ((near, from_near), (far, min(len(far), count - from_near))):
        lots = sorted(stratum, key=lambda paper: hashlib.sha256(f"{seed} {paper}".encode()).digest())
        drawn |= {paper: audits / len(stratum) for paper in lots[:audits]}
    return drawn


def tally(not_sent: Mapping[str, float], answers: Mapping[str, bool]) -> list[Stratum]:
    """One day for `missed`: its strata, nearer one first.

    Args:
        not_sent: as for `draw`, audited papers included.
        answers: whether the model recommends it, by audited paper; one that got no answer does not count as audited.
    """
    audited = [[answers[paper] for paper in stratum if paper in answers] for stratum in _strata(not_sent)]
    sizes = map(len, _strata(not_sent))
    return [Stratum(size, len(given), sum(given)) for size, given in zip(sizes, audited, strict=True)]


def missed(days: Sequence[Sequence[Stratum]]) -> Missed | None:
    """What a run of days missed, from the tally of each; None before the first audit.

    Each stratum's rate weighs days by their papers, so that a large day counts as it should, at the price of a smaller
    effective sample (Kish, "Survey Sampling", 1965). The papers not audited are predicted from the beta posterior of
    that rate, which leaves nothing uncertain where all are audited: the correction for a finite population.
    """
    if not any(stratum.audited for day in days for stratum in day):
        return None
    counts = np.array([[(s.papers, s.audited, s.found) for s in day] for day in days])  # (days, strata, 3)
    papers, audited, found = counts.sum(axis=(0, 1))
    distribution = np.ones(1)  # of how many of the papers not audited would have been recommended
    mean = 0.0
    for stratum in np.swapaxes(counts, 0, 1):
        size, sampled, hits = stratum[stratum[:, 1] > 0].T
        weight = size / sampled
        effective = size.sum() ** 2 / (size * weight).sum() if len(size) else 0.0
        share = (weight * hits).sum() / size.sum() if len(size) else 0.0
        unknown = stratum[:, 0].sum() - stratum[:, 1].sum()
        posterior = betabinom(unknown, JEFFREYS + share * effective, JEFFREYS + (1 - share) * effective)
        distribution = np.convolve(distribution, posterior.pmf(np.arange(unknown + 1)))
        mean += share * unknown
    low, high = np.searchsorted(distribution.cumsum(), [0.025, 0.975])
    return Missed(
        estimate=float(found + mean) / len(days),
        low=float(found + low) / len(days),
        high=float(found + high) / len(days),
        not_sent=float(papers) / len(days),
        audited=int(audited),
        found=int(found),
    )


def _strata(not_sent: Mapping[str, float]) -> tuple[list[str], list[str]]:
    ranked = sorted(not_sent, key=lambda paper: (-not_sent[paper], paper))
    cut = round(len(ranked) * NEAR)
    return ranked[:cut], ranked[cut:]
