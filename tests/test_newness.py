"""Terms that rise: counts and log-odds on texts small enough to check by hand."""

import numpy as np
import pandas as pd
import pytest

from digest_lib import newness

DAYS = pd.bdate_range("2026-01-05", periods=25)


def texts(write) -> pd.DataFrame:
    """Ten synthetic papers on each of 25 days; `write(day, paper)` gives an abstract."""
    rows = [
        (day, f"26{place:02d}.{paper:05d}", "Synthetic", write(place, paper))
        for place, day in enumerate(DAYS)
        for paper in range(10)
    ]
    return pd.DataFrame(rows, columns=["date", "id", "title", "abstract"])


def in_last_week(place: int) -> bool:
    """Whether a day is one of the last five."""
    return place >= 20


def test_a_term_that_rose_is_told_with_its_papers():
    """A phrase of the last week's papers alone is found once, as the longest phrase, with its share and its papers."""
    found = newness.rising_terms(
        texts(lambda day, paper: "gaussian splatting fields" if in_last_week(day) and paper < 4 else "we do not")
    )
    assert list(found["term"]) == ["gaussian splatting fields"]
    row = found.iloc[0]
    assert (row["papers"], row["share"], row["before"]) == (20, 0.4, 0.0)
    assert row["ids"][0] == "2624.00003"
    assert len(row["ids"]) == len(row["titles"]) == 20


def test_log_odds_are_those_of_the_informative_prior():
    """Two terms of 250 papers: the log-odds ratio with 500 papers of prior, and its z-score with no overdispersion."""
    counts = np.array([[1] * 20 + [4] * 5, [2] * 25])
    log_odds, z = newness._log_odds(counts, np.full(25, 10))  # noqa: SLF001
    prior = 500 * 40 / 250
    expected = np.log((20 + prior) / (50 + 500 - 20 - prior)) - np.log((20 + prior) / (200 + 500 - 20 - prior))
    assert log_odds == pytest.approx([expected, np.log(110 / 440) - np.log(140 / 560)])
    assert z == pytest.approx([expected / np.sqrt(2 / (20 + prior)), 0])


def test_clumps_are_no_news():
    """Overdispersion counts: what comes in floods every other day has a smaller z-score than what comes evenly."""
    even, floods = [1] * 20 + [4] * 5, [0, 2] * 10 + [4] * 5
    _, z = newness._log_odds(np.array([even, floods]), np.full(25, 10))  # noqa: SLF001
    assert z[1] < z[0]


def test_papers_are_counted_and_not_mentions():
    """One paper that says a word a hundred times is one paper, which is no rise."""
    found = newness.rising_terms(
        texts(lambda day, paper: "zorbital " * 100 if in_last_week(day) and not paper else "no")
    )
    assert list(found["papers"]) in ([], [5])
    once = newness.rising_terms(texts(lambda day, paper: "zorbital " * 100 if day == 24 and not paper else "no"))
    assert once.empty


def test_a_boring_week_and_a_short_history_have_no_news():
    """The same words every day are nothing new; neither is anything with too few days to compare."""
    assert newness.rising_terms(texts(lambda day, paper: f"method number {paper}")).empty
    short = texts(lambda day, paper: "zorbital" if in_last_week(day) else "no")
    assert newness.rising_terms(short[short["date"] >= DAYS[12]]).empty
    assert newness.rising_terms(short.iloc[:0]).empty


def test_plurals_and_hyphens_make_no_new_term_and_phrases_end_with_their_sentence():
    """`world-models` counts as `world model`; no phrase reaches over a full stop, and none begins with a stop word."""
    words = ("A world-model.", "World models!", "The world model")
    found = newness.rising_terms(
        texts(lambda day, paper: f"{words[paper % 3]}. Lattice" if in_last_week(day) else "a lattice of worlds")
    )
    assert list(found["term"]) == ["world model"]
