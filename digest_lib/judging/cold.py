"""The cold judge: rank a morning's papers for a reader who has no verdicts to learn from yet.

It knows the fields and what to avoid, as key phrases, and perhaps a backlog: unlabelled papers of earlier days.
Nothing is downloaded or remembered; the constants were measured on 54 real announcement days (`make bench`).

1. A field is one TF-IDF vector, made of its phrases; a paper's first relevance is its cosine with the closest field
   minus its cosine with the closest avoided subject.
2. Phrases name a subject and miss its other words. So the papers this ranking is surest of teach a naive Bayes
   classifier (Nigam et al., "Text classification from labeled and unlabeled documents using EM", 2000, one step of
   it), and a paper's relevance is the mean of both opinions.
3. A score says where a paper stands among the reference papers, which are the backlog and today's.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.preprocessing import normalize

from digest_lib.reader import Subject
from digest_lib.records import Paper

# Latin words and names such as `3d` or `gpt4`, no bare numbers. ASCII, so that `与GUI` yields `gui`.
WORD = r"(?=[a-z0-9]{2})[a-z0-9]*[a-z][a-z0-9]*"
SURE_HIGH, SURE_LOW = 0.20, 0.50  # shares of the first ranking that teach: its top and its bottom
SMOOTHING = 3.0  # papers added to each word's count; a day alone has few, and a word seen once is noise
ENOUGH = 40  # reference papers below which "the top quarter" says little and nobody can be taught
# Share of the reference papers that rank higher -> score; 0.25 is what this reader's judge recommends.
STANDING = [0.0, 0.02, 0.07, 0.15, 0.25, 1.0]
SCORE = [10.0, 9.0, 8.0, 7.0, 6.0, 0.0]
# First relevance that has such a share of papers above it on real days: what a handful of papers is measured by.
TYPICAL = [0.27, 0.20, 0.157, 0.127, 0.10, -0.12]
OWN = 1.3  # what a sentence counts that says what this paper does, against one about its field at large
REASON_CHARACTERS = 300


@dataclass(frozen=True)
class Ranking:
    """What the judge thinks of today's papers, one row a paper, in the order they were given."""

    relevance: np.ndarray  # (papers,) the ranking value; comparable within one call only
    score: np.ndarray  # (papers,) 0-10 in tenths, comparable from day to day; 6 is the top quarter
    reason: list[str]  # (papers,) the abstract's sentence that speaks most for the closest field
    closest: np.ndarray  # (papers,) index of the closest field; the first one listed where several are as close


def rank(
    papers: Sequence[Paper],
    fields: Sequence[Subject],
    avoid: Sequence[Subject] = (),
    backlog: Sequence[Paper] = (),
    closest: np.ndarray | None = None,
) -> Ranking:
    """Rank `papers` by at least one field and by what to avoid.

    Args:
        closest: (papers,) index of each paper's field, where it is known better than by its words.

    The same texts give the same bytes in whatever order they come: all sums run over the sorted set of texts, which
    also drops papers that the backlog holds twice, or today's.
    """
    if not papers:
        return Ranking(np.zeros(0), np.zeros(0), [], np.zeros(0, dtype=int))
    texts = sorted({document(paper) for paper in (*papers, *backlog)})
    subjects = (*fields, *avoid)
    # Their words are in the vocabulary even where no paper has them: else one shared word would be a perfect match.
    known = [" ".join(_sayings(subject)) for subject in subjects]
    vectorizer = vectorizer_of_words()
    words = vectorizer.fit_transform([*texts, *known, "arxiv"])[: len(texts)]  # never an empty vocabulary
    vectors = csr_matrix(np.vstack([subject_vector(vectorizer.transform, subject) for subject in subjects]))
    similarity = (words @ vectors.T).toarray()
    first = similarity[:, : len(fields)].max(axis=1)
    if avoid:
        first = first - similarity[:, len(fields) :].max(axis=1)
    relevance = first if len(texts) < ENOUGH else (_spread(first) + _spread(_taught(words, first))) / 2

    rows = {text: row for row, text in enumerate(texts)}
    today = [rows[document(paper)] for paper in papers]
    if closest is None:
        closest = similarity[today, : len(fields)].argmax(axis=1)
    reason = _reasons(papers, vectorizer, vectors[: len(fields)], closest)
    return Ranking(relevance[today], _score(relevance, first)[today], reason, closest)


def said_by(
    paper: Paper, fields: Sequence[Subject], avoid: Sequence[Subject], backlog: Sequence[Paper]
) -> dict[str, float]:
    """How much each word adds to a paper's cosine with its closest field, or by an avoided subject takes from it."""
    known = [" ".join(_sayings(subject)) for subject in (*fields, *avoid)]
    vectorizer = vectorizer_of_words()
    words = vectorizer.fit_transform([document(paper), *map(document, backlog), *known, "arxiv"])[0]
    sides = [np.vstack([subject_vector(vectorizer.transform, one) for one in side]) for side in (fields, avoid) if side]
    closest = [side[(words @ side.T).argmax()] for side in sides]
    said = words.multiply(closest[0] - closest[1] if avoid else closest[0]).tocsr()
    vocabulary = vectorizer.get_feature_names_out()
    return {str(vocabulary[column]): float(said[0, column]) for column in said.nonzero()[1]}


def unmatchable_fields(fields: Sequence[Subject]) -> list[str]:
    """Names of the fields without one Latin word (3 letters or more, no stop word) to find in an English abstract."""
    said = [re.findall("[a-z]{3,}", " ".join(_sayings(field)).lower()) for field in fields]
    return [field.name for field, words in zip(fields, said, strict=True) if ENGLISH_STOP_WORDS.issuperset(words)]


def document(paper: Paper) -> str:
    """What is read of a paper: the title twice, as its words tell more."""
    return f"{paper.title}\n{paper.title}\n{paper.abstract}"


def vectorizer_of_words() -> TfidfVectorizer:
    """TF-IDF of single words without English stop words."""
    return TfidfVectorizer(token_pattern=WORD, strip_accents="unicode", stop_words="english", sublinear_tf=True)


def _sayings(subject: Subject) -> list[str]:
    return [subject.name, subject.description, *subject.phrases]


def subject_vector(read: Callable[[list[str]], csr_matrix], subject: Subject) -> np.ndarray:
    """(words,) of length 1, or 0 if no word is known: the sum of the phrases' vectors, as `read` makes them.

    Its root, as a word that stands in ten phrases (`models`) is not ten times as telling as one said once.
    """
    summed = read(_sayings(subject)).sum(axis=0)
    return normalize(np.sqrt(np.asarray(summed)))[0]


def _taught(words: csr_matrix, first: np.ndarray) -> np.ndarray:
    """(papers,) log-odds of each paper after learning from the ends of the first ranking.

    Not a logistic regression: pseudo-labels are often wrong, and counting is harder to mislead than fitting.
    Words count once a paper; weighted by TF-IDF, whose length is 1, log-odds do not grow with the abstract.
    """
    middle = np.quantile(first, SURE_LOW)
    high = (first >= np.quantile(first, 1 - SURE_HIGH)) & (first > middle)
    low = first <= middle
    if not high.any():
        return first
    bayes = MultinomialNB(alpha=SMOOTHING).fit(words[high | low] > 0, high[high | low])
    return words @ (bayes.feature_log_prob_[1] - bayes.feature_log_prob_[0])


def _spread(values: np.ndarray) -> np.ndarray:
    """The same values with mean 0 and standard deviation 1 (all 0 if they are all alike)."""
    centred = values - values.mean()
    return centred / (centred.std() or 1.0)


def _score(relevance: np.ndarray, first: np.ndarray) -> np.ndarray:
    """(papers,) 0-10 by the share of reference papers above, half of the equals counting as above.

    Where reference papers are few, typical ones make up the number. Cut to tenths, so that 6.0 is the top quarter.
    """
    ordered = np.sort(relevance)
    left, right = (np.searchsorted(ordered, relevance, side) for side in ("left", "right"))
    missing = max(0, ENOUGH - len(ordered))
    typical = np.interp(first, TYPICAL[::-1], STANDING[::-1])
    share = (len(ordered) - (left + right) / 2 + missing * typical) / (len(ordered) + missing)
    return np.floor(np.interp(share, STANDING, SCORE) * 10 + 1e-9) / 10


def _reasons(
    papers: Sequence[Paper], vectorizer: TfidfVectorizer, fields: csr_matrix, closest: np.ndarray
) -> list[str]:
    """One line a paper; the first sentence where none matches, the title where there is no abstract."""
    said = [split_sentences(paper.abstract) or [paper.title] for paper in papers]
    matches = (vectorizer.transform([sentence for each in said for sentence in each]) @ fields.T).toarray()
    matches *= [[OWN if _OWN.search(sentence) else 1.0] for each in said for sentence in each]
    by_paper = np.split(matches, np.cumsum([len(each) for each in said])[:-1])
    best = [match[:, field].argmax() for match, field in zip(by_paper, closest, strict=True)]
    return [_shorten(each[index]) for each, index in zip(said, best, strict=True)]


_OWN = re.compile(r"\b(we|our|this (paper|work|study|survey))\b", re.IGNORECASE)
_TEX = re.compile(r"\$(?!\s)[^$]*(?<!\s)\$(?!\d)")  # pandoc's rule, so that `$5 or $6` is no formula
_END = re.compile(r"[.!?][\"')\]]*\s+(?=[\"'(\[$\\]*[A-Z0-9])")
_ABBREVIATED = re.compile(r"(?i)\b(?:e\.g|i\.e|al|cf|vs|resp|w\.r\.t|figs?|eqs?|secs?|tabs?|no|(?-i:[A-Z]))\.$")


def split_sentences(text: str) -> list[str]:
    """Sentences, each on one line; none ends after `e.g.`, `et al.`, `Fig.`, an initial, or inside `$...$`."""
    text = " ".join(text.split())
    formulas = [match.span() for match in _TEX.finditer(text)]
    sentences, start = [], 0
    for end in _END.finditer(text):
        if _ABBREVIATED.search(text[start : end.start() + 1]) or any(a < end.start() < b for a, b in formulas):
            continue
        sentences.append(text[start : end.end()].strip())
        start = end.end()
    return [*sentences, text[start:]] if text[start:] else sentences


def _shorten(line: str) -> str:
    line = " ".join(line.split())  # a title may still hold line breaks
    return line if len(line) <= REASON_CHARACTERS else line[: REASON_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"
