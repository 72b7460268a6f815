"""Part of `make bench`: what the trends announce on days with a planted rise, and on days with none.

A hundred synthetic quarters of sixty announcement days. The variance of the selection rate is five times binomial and
that of the fields' shares twice, as on real days; Tuesdays are twice as large, words follow Zipf's law, and each paper
has one of forty subjects that come and go and bring their words along, so that terms clump too. In the planted
quarters one field's weight quadruples from the first day to the last, and five terms come up in the last week.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from digest_lib import newness, trends
from digest_lib.announcements import latest_announcement, previous_announcement

SEEDS = 100
LAST = date(2026, 2, 9)
DAYS, PAPERS = 60, 300
FIELDS = ("a", "b", "c", "d", "e", "f", "g", "h")
GROWING = "d"
PLANTED = ("zorbital", "quenchnet", "veliform", "tracewise decoding", "mirror lattice prior")
SELECTION, SHARES = 5.0, 2.0
"""How many times the binomial variance the selection rate and the fields' shares have."""
_VOCABULARY, _SUBJECTS, _WORDS = 4000, 40, 40
_THRESHOLD = 6.0


@dataclass(frozen=True)
class Announced:
    """What the trends announced in one quarter."""

    fields: list[str]
    terms: list[str]

    @property
    def false(self) -> int:
        """Announced, but not planted; a part of a planted phrase is one that was."""
        wrong = [term for term in self.terms if not any(f" {term} " in f" {planted} " for planted in PLANTED)]
        return len(wrong) + len([field for field in self.fields if field != GROWING])

    @property
    def missed(self) -> int:
        """Planted, but not announced."""
        return len(set(PLANTED) - set(self.terms)) + (GROWING not in self.fields)

    @property
    def count(self) -> int:
        """Everything announced."""
        return len(self.fields) + len(self.terms)


def main() -> None:
    """Print both tables' figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.newness", description="Trends on planted and on quiet days.")
    parser.add_argument("--seeds", type=int, default=SEEDS, metavar="N", help="how many quarters of each kind")
    seeds = range(parser.parse_args().seeds)
    print(report([announced(seed, planted=True) for seed in seeds], [announced(seed, planted=False) for seed in seeds]))


def report(planted: Sequence[Announced], quiet: Sequence[Announced]) -> str:
    """The lines of the bench."""
    count, false = sum(one.count for one in planted), sum(one.false for one in planted)
    missed = sum(one.missed for one in planted)
    silent = sum(one.count == 0 for one in quiet)
    return (
        f"planted: of {len(planted) * (1 + len(PLANTED))} rises (a field and five terms a seed) {missed} were missed; "
        f"{false} of {count} announced are false ({false / max(count, 1):.1%})\n"
        f"quiet: nothing announced in {silent} of {len(quiet)} seeds"
    )


def announced(seed: int, planted: bool, papers: int = PAPERS) -> Announced:
    """What the trends announce in the quarter of one seed, with `papers` a day on average."""
    rng = np.random.default_rng([seed, planted])
    days = _days()
    sizes = [int(papers * (2 if day.weekday() == 1 else 0.8) * rng.uniform(0.8, 1.2)) for day in days]
    table = _judged(rng, days, sizes, planted)
    rising = trends.rising_fields(*(trends.field_shares(table, _THRESHOLD, of) for of in ("announced", "recommended")))
    recent = slice(-(newness.WEEK + 40), None)
    texts = _texts(rng, days[recent], sizes[recent], planted)
    return Announced(list(rising["field"][rising["rises"]]), list(newness.rising_terms(texts)["term"]))


def _days() -> list[date]:
    days = [latest_announcement(LAST)]
    while len(days) < DAYS:
        days.append(previous_announcement(days[-1]))
    return days[::-1]


def _judged(rng: np.random.Generator, days: Sequence[date], sizes: Sequence[int], planted: bool) -> pd.DataFrame:
    rows = []
    for place, (day, size) in enumerate(zip(days, sizes, strict=True)):
        weights = np.linspace(1.5, 0.6, len(FIELDS))
        weights /= weights.sum()
        if planted:
            weights[FIELDS.index(GROWING)] *= 1 + 3 * place / (len(days) - 1)
        chosen = rng.binomial(size, _clumped(rng, np.array([0.27, 0.73]), size, SELECTION)[0])
        shares = _clumped(rng, weights / weights.sum(), chosen, SHARES)
        rows.append(
            pd.DataFrame(
                {
                    "date": pd.Timestamp(day),
                    "field": ["-"] * (size - chosen) + list(rng.choice(FIELDS, size=chosen, p=shares)),
                    "score": [3.0] * (size - chosen) + [7.0] * chosen,
                }
            )
        )
    return pd.concat(rows).assign(judge="model", title="Synthetic", relevance=0.0)


def _clumped(rng: np.random.Generator, shares: np.ndarray, size: int, times: float) -> np.ndarray:
    """Shares of one day, so that counts out of `size` have `times` the variance of chance alone."""
    return rng.dirichlet(shares * max((size - times) / (times - 1), 1))


def _texts(rng: np.random.Generator, days: Sequence[date], sizes: Sequence[int], planted: bool) -> pd.DataFrame:
    zipf = 1 / np.arange(8, _VOCABULARY + 8)
    zipf /= zipf.sum()
    words = np.array([f"w{number}" for number in range(_VOCABULARY)])
    subjects = rng.integers(200, _VOCABULARY, (_SUBJECTS, 25))
    rows = []
    for place, (day, size) in enumerate(zip(days, sizes, strict=True)):
        weights = rng.dirichlet(np.full(_SUBJECTS, 4.0))  # a subject is up by half on one day and down on the next
        subject = rng.choice(_SUBJECTS, size=size, p=weights)
        common = rng.choice(_VOCABULARY, size=(size, _WORDS), p=zipf)
        own = subjects[subject[:, None], rng.integers(0, 25, (size, 8))]
        text = [" ".join(line) for line in words[np.concatenate([common, own], axis=1)]]
        if planted:
            share = 0.03 if place >= len(days) - newness.WEEK else 0.002
            for term in PLANTED:
                text = [f"{line} {term}" if rng.random() < share else line for line in text]
        ids = [f"{day:%y%m}.{number:05d}" for number in range(size)]
        rows.append(pd.DataFrame({"date": pd.Timestamp(day), "id": ids, "title": "Synthetic", "abstract": text}))
    return pd.concat(rows, ignore_index=True)


if __name__ == "__main__":
    main()
