"""What is new: terms and phrases whose share of the papers rose most in the last week.

Papers are counted, not mentions. The last five announcement days stand against those of the two months before. A term's
log-odds ratio is taken with an informative Dirichlet prior (Monroe, Colaresi and Quinn, "Fightin' Words", 2008), and
its variance is the binomial one times an overdispersion, since what one announcement is full of comes in clumps: what
the days before show for this term, and at least what their weeks show for all terms. Benjamini and Hochberg's procedure
over every term that was common enough to be tested keeps the rate of false discoveries.
"""

from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import false_discovery_control
from scipy.stats import t as student
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

WEEK = 5
"""Announcement days that count as the last week."""
SPAN = timedelta(days=67)
"""The week and the two months before it, in calendar days."""
FEWEST_DAYS = 10
"""With fewer announcement days before the last week nothing can be called new."""
FEWEST_PAPERS = 5
FALSE_DISCOVERIES = 0.02
LEAST_RISE = np.log(1.5)
"""What is clear but small is no news: a term has to be half as common again."""
LONGEST = 3
"""Words in a phrase."""
COLUMNS = ["term", "papers", "share", "before", "log_odds", "q", "ids", "titles"]
_PRIOR = 500.0  # papers' worth of belief that a term is as common as it was
_SAME = 0.8  # a phrase stands for its parts where it is in this share of their papers


def rising_terms(texts: pd.DataFrame, most: int = 20) -> pd.DataFrame:
    """The terms that rose, steepest first; none in a boring week or with too short a history.

    Args:
        texts: one row a paper, as `frames.texts` gives them.
        most: so many terms at most.

    Returns:
        The columns `COLUMNS`: papers of the week with the term, their share of the week's papers, the share before
        (0-1), the log-odds ratio, the false-discovery rate at which the term is announced, and the papers' ids and
        titles, newest first.
    """
    days = np.sort(texts["date"].unique())
    if len(days) < WEEK + FEWEST_DAYS:
        return pd.DataFrame(columns=COLUMNS)
    day = np.searchsorted(days, texts["date"].to_numpy())
    counts, rows, terms, tested = _counts(texts, day, len(days))
    sizes = np.bincount(day, minlength=len(days))
    log_odds, z = _log_odds(counts, sizes)
    # Student's distribution, since the overdispersion is estimated from the days before.
    chance = np.concatenate([student.sf(z, len(days) - WEEK - 1), np.ones(tested - len(z))])
    new, old = counts[:, -WEEK:].sum(axis=1), counts[:, :-WEEK].sum(axis=1)
    found = pd.DataFrame(
        {
            "term": terms,
            "papers": new,
            "share": new / sizes[-WEEK:].sum(),
            "before": old / sizes[:-WEEK].sum(),
            "log_odds": log_odds,
            "q": false_discovery_control(chance)[: len(z)] if tested else [],
            "rows": rows,
        }
    )
    found = found[(found["q"] <= FALSE_DISCOVERIES) & (found["log_odds"] >= LEAST_RISE)]
    found = _without_parts(found.sort_values("log_odds", ascending=False)).head(most)
    for column, name in (("id", "ids"), ("title", "titles")):
        found[name] = [list(texts[column].iloc[rows[::-1]]) for rows in found["rows"]]
    return found[COLUMNS].reset_index(drop=True)


def _log_odds(counts: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The log-odds ratio of the last week for each row of `counts` (terms x days), and its z-score."""
    new, old = counts[:, -WEEK:].sum(axis=1), counts[:, :-WEEK].sum(axis=1)
    all_new, all_old = sizes[-WEEK:].sum(), sizes[:-WEEK].sum()
    prior = _PRIOR * _share(new + old, all_new + all_old)
    odds = [(n + prior) / (papers + _PRIOR - n - prior) for n, papers in ((new, all_new), (old, all_old))]
    log_odds = np.log(odds[0]) - np.log(odds[1])
    before, sizes_before = counts[:, :-WEEK], sizes[:-WEEK]
    weeks = np.arange(len(sizes_before)) // WEEK
    by_week = np.stack([before[:, weeks == week].sum(axis=1) for week in np.unique(weeks)], axis=1)
    own = _overdispersion(before, sizes_before)
    common = _overdispersion(by_week, np.bincount(weeks, sizes_before)).mean()
    spread = np.maximum(own, max(1.0, common))
    return log_odds, log_odds / np.sqrt(spread * (1 / (new + prior) + 1 / (old + prior)))


def _overdispersion(counts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Pearson's chi-square of each row by its degrees of freedom: 1 where only chance moves the counts."""
    share = _share(counts.sum(axis=1, keepdims=True), sizes.sum())
    return ((counts - sizes * share) ** 2 / (sizes * share * (1 - share))).sum(axis=1) / (len(sizes) - 1)


def _share(count: np.ndarray, papers: int) -> np.ndarray:
    """The share of papers, kept half a paper away from none and from all."""
    return np.clip(count, 0.5, papers - 0.5) / papers


def _counts(texts: pd.DataFrame, day: np.ndarray, days: int) -> tuple[np.ndarray, list[np.ndarray], list[str], int]:
    """Papers by term and day, the week's rows of `texts` with each term, the terms, and how many could have been.

    Terms are those in enough of the week's papers; a term as frequent in all the days together was tested with them.
    """
    paper, word, words = _tokens(texts)
    stop = np.array([text in ENGLISH_STOP_WORDS or len(text) < 2 or not any(map(str.isalpha, text)) for text in words])
    in_week = day >= days - WEEK
    counts, rows, terms, tested = [np.empty((0, days), dtype=np.int64)], [], [], 0
    for length in range(1, LONGEST + 1):
        key, owner = _phrases(paper, word, stop, length)
        tested += int((pd.Series(key).value_counts(sort=False) >= FEWEST_PAPERS).sum())
        of_week = in_week[owner]
        term, found = pd.factorize(key[of_week])
        found = found[np.bincount(_pairs(term, owner[of_week], len(texts))[0]) >= FEWEST_PAPERS]
        place = pd.Index(found).get_indexer(key)
        term, owner = _pairs(place[place >= 0], owner[place >= 0], len(texts))
        counts.append(np.bincount(term * days + day[owner], minlength=len(found) * days).reshape(-1, days))
        of_week = in_week[owner]
        rows += np.split(owner[of_week], np.searchsorted(term[of_week], np.arange(1, len(found))))[: len(found)]
        steps = [len(words) ** step for step in range(length)]
        terms += [" ".join(words[key // step % len(words)] for step in reversed(steps)) for key in found.tolist()]
    return np.concatenate(counts), rows, terms, tested


def _phrases(paper: np.ndarray, word: np.ndarray, stop: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Every phrase of `length` words: its words' numbers as one, and its paper's row.

    It lies within one sentence and neither begins nor ends with a stop word.
    """
    starts = np.flatnonzero(~stop[word[: len(word) - length + 1]])
    last = starts + length - 1
    starts = starts[(paper[starts] == paper[last]) & ~stop[word[last]]]
    for place in range(1, length - 1):
        starts = starts[word[starts + place] > 0]
    key = np.zeros(len(starts), dtype=np.int64)
    for place in range(length):
        key = key * len(stop) + word[starts + place]
    return key, paper[starts]


def _pairs(term: np.ndarray, paper: np.ndarray, papers: int) -> tuple[np.ndarray, np.ndarray]:
    """Each pair of a term's number and a paper's row once, by term, then by row."""
    pairs = np.sort(term * papers + paper)  # faster than np.unique
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    return pairs // papers, pairs % papers


def _tokens(texts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Every word of titles and abstracts in order: the row it is in, its number, and the words by number.

    Arrow splits and numbers tens of megabytes in the time that Python takes for one. A plural counts as its singular
    where both occur. Word 0 is the end of a sentence and any word too rare to be in a term: no phrase reaches over it.
    """
    text = pc.utf8_lower(pa.array((texts["title"] + " . " + texts["abstract"]).to_numpy(object), pa.string()))
    text = pc.replace_substring_regex(text, r"[.,;:!?]+(?:\s+|$)|[()\[\]{}]", " . ")
    text = pc.replace_substring_regex(text, r"[^\p{L}\p{N}.]+", " ")
    split = pc.ascii_split_whitespace(text)
    numbered = pc.list_flatten(split).dictionary_encode()
    known = numbered.dictionary.to_pylist()
    often = {known[n]: n for n in np.flatnonzero(np.bincount(numbered.indices) >= FEWEST_PAPERS)}
    often.pop(".", None)
    words = ["", *often]
    place = {text: number for number, text in enumerate(words)}
    number = np.zeros(len(known), dtype=np.int32)
    for text, n in often.items():
        number[n] = place.get(_singular(text), place[text])
    return pc.list_parent_indices(split).to_numpy(), number[numbered.indices.to_numpy()], words


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] not in "sui" else word


def _without_parts(found: pd.DataFrame) -> pd.DataFrame:
    """Only the longest of terms that lie in one another and in nearly the same papers."""
    papers = dict(zip(found["term"], found["papers"], strict=True))
    parts = {
        term
        for term, count in papers.items()
        for longer, its_count in papers.items()
        if len(longer) > len(term) and f" {term} " in f" {longer} " and its_count >= _SAME * count
    }
    return found[~found["term"].isin(parts)]
