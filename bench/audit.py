"""How far the audit can be trusted: thirty-day histories drawn from judged days, whose truth is known."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bench.days import JudgedDay, load_days
from digest_lib.judging import audit

HISTORIES, LENGTH, AUDITS = 500, 30, 5
SENT = 0.52
"""Share of a day that is sent: where a plain ranking still meets 97 % of the papers scored 8 or more."""


@dataclass(frozen=True)
class NotSent:
    """What one day did not send: local score by paper id, and which of the papers are on record as recommended."""

    scores: dict[str, float]
    wanted: frozenset[str]


def not_sent(days: Sequence[JudgedDay]) -> list[NotSent]:
    """The newer half of the days, ranked by a plain TF-IDF logistic regression; it is fitted twice, on earlier days."""
    texts = [[f"{paper.title}\n{paper.abstract}" for paper in day.papers] for day in days]
    held = []
    for first, last in ((len(days) // 2, len(days) * 3 // 4), (len(days) * 3 // 4, len(days))):
        words = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=2)
        known = words.fit_transform([text for day in texts[:first] for text in day])
        wanted = [paper.id in day.verdicts for day in days[:first] for paper in day.papers]
        plain = LogisticRegression(C=3, class_weight="balanced", max_iter=300).fit(known, wanted)
        for day, text in zip(days[first:last], texts[first:last], strict=True):
            scores = dict(
                zip((p.id for p in day.papers), plain.predict_proba(words.transform(text))[:, 1], strict=True)
            )
            rest = sorted(scores, key=scores.__getitem__)[: len(scores) - round(SENT * len(scores))]
            held.append(NotSent({paper: scores[paper] for paper in rest}, frozenset(day.verdicts)))
    return held


def coverage(held: Sequence[NotSent], histories: int = HISTORIES, seed: int = 0) -> tuple[float, float, float]:
    """Share of the histories whose interval holds the truth, median width and mean truth (papers a day)."""
    rng = np.random.default_rng(seed)
    covered, widths, truths = [], [], []
    for history in range(histories):
        days = [held[index] for index in rng.integers(0, len(held), LENGTH)]
        tallies = []
        for number, day in enumerate(days):
            drawn = audit.draw(day.scores, AUDITS, f"{seed} {history} {number}")
            tallies.append(audit.tally(day.scores, {paper: paper in day.wanted for paper in drawn}))
        truths.append(sum(len(day.wanted & day.scores.keys()) for day in days) / LENGTH)
        found = audit.missed(tallies)
        covered.append(found.low <= truths[-1] <= found.high)
        widths.append(found.high - found.low)
    return float(np.mean(covered)), float(np.median(widths)), float(np.mean(truths))


def report(days: Sequence[JudgedDay]) -> str:
    """The line that `make bench` prints."""
    covered, width, truth = coverage(not_sent(days))
    return (
        f"{'audit':16} its 95 % interval covers the truth in {covered:.1%} of {HISTORIES} resampled {LENGTH}-day "
        f"histories; median width {width:.1f} papers a day (truth {truth:.1f}; {AUDITS} audits a day)"
    )


def main() -> None:
    """Print the line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=Path, metavar="DIR", help="a folder of day files; default: synthetic days")
    print(report(load_days(parser.parse_args().days)))


if __name__ == "__main__":
    main()
