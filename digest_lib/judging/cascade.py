"""The cascade: which papers are not worth sending to the model, by what the stored verdicts support.

Nothing is left out until it is shown that the reader's target holds: of the papers that the model scores 8 or more,
judged out of fold, so many are sent that the recall is at least the target with 75 % confidence. Days long past count
less, as judges and subjects drift.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import beta

from digest_lib.judging.learned import Learned, OutOfFold
from digest_lib.records import Paper

HIGH = 8.0
"""Score of the papers that must not be missed."""
FEWEST = 2_000
"""Papers learned from (about a week's) below which everything is sent."""
CONFIDENCE = 0.75


def cut(known: OutOfFold, target: float) -> float | None:
    """The value below which no paper need be sent, or None where history supports no such cut.

    Papers count for as many as they stand for, but make nothing more certain for that (Kish's effective size).
    """
    high = known.score >= HIGH
    if len(known.value) < FEWEST or not high.any():
        return None
    value, weight = known.value[high], known.weight[high]
    order = np.argsort(-value, kind="stable")
    value, weight = value[order], weight[order]
    effective = weight.sum() ** 2 / (weight**2).sum()
    found = weight.cumsum() / weight.sum() * effective
    enough = beta.ppf(1 - CONFIDENCE, found + 0.5, effective - found + 0.5) >= target
    return float(value[enough.argmax()]) if enough.any() else None


def hopeless(papers: Sequence[Paper], learned: Learned | None, target: float) -> set[str]:
    """Ids of the papers that need not be sent; none where nothing was learned, or not enough."""
    if learned is None or target >= 1 or not papers:
        return set()
    least = cut(learned.out_of_fold, target)
    if least is None:
        return set()
    value = learned.judge(papers).value
    return {paper.id for paper, worth in zip(papers, value, strict=True) if worth < least}
