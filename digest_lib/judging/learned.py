"""What the stored verdicts teach: one linear model of a paper's words, for its score and its field.

A ridge regression of the model judge's scores on TF-IDF words and word pairs, beside how close the paper is to what
the reader file says of each subject. Out of fold, its values become a chance to be recommended (isotonic) and a score
on the model's scale. On 54 real days it agreed with that judge better than a logistic regression; characters, latent
dimensions, support vectors and mixtures of them earned nothing on top.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler, normalize

from digest_lib.judging.cold import WORD, document, subject_vector
from digest_lib.reader import Reader
from digest_lib.records import Paper

MOST = 16_000
"""Papers to learn from, the newest: about sixty days."""
FEWEST = 100
"""Papers, and a tenth as many on either side of the threshold, below which nothing is learned."""
FOLDS = 4
STEPS = FOLDS + 2
TITLE = 0.3  # how much a title's own words count once more for the field; for the score they do not
CLOSENESS = 0.05  # size of the reader file's say, beside words of length 1: it leads where words are still unknown
SCORE_PENALTY, FIELD_PENALTY = 2.5, 1.0
LEEWAY = 0.01  # share of all papers by which more or fewer than the judge's may be recommended
RECENT = 10  # days after which a day counts half in what a value means: judges and subjects drift


class Example(NamedTuple):
    """A paper and what the model judge says of it."""

    paper: Paper
    score: float
    field: str
    """Empty where the judge named none."""
    weight: float = 1.0
    """Papers that it stands for: 1 / its chance to have been sent."""


@dataclass(frozen=True)
class OutOfFold:
    """The papers learned from, each valued by a model that had not seen its day: what a cut can be chosen by."""

    value: np.ndarray
    score: np.ndarray
    """The model judge's."""
    weight: np.ndarray
    """Papers that each stands for, fewer the older it is."""


@dataclass(frozen=True)
class Opinions:
    """What was learned, said of some papers, one row a paper."""

    value: np.ndarray
    """(papers,) the ranking value: mean 0 and standard deviation 1 over the papers learned from."""
    chance: np.ndarray
    """(papers,) probability 0-1 that the model judge would recommend it."""
    score: np.ndarray
    """(papers,) 0-10 in tenths, on the model judge's scale."""
    closest: np.ndarray
    """(papers,) index of the reader's field that it belongs to most."""


class Learned:
    """A judge trained on stored verdicts; see `learn`."""

    def __init__(self, examples: Sequence[Example], reader: Reader, progress: Callable[[], object]) -> None:
        self.fingerprint = fingerprint(examples, reader)
        self.size = len(examples)
        self.taste = taste(reader)
        self._fields = len(reader.fields)
        papers = [example.paper for example in examples]
        score, weight = (np.array([getattr(one, key) for one in examples]) for key in ("score", "weight"))
        self._vectorizer = TfidfVectorizer(
            token_pattern=WORD, strip_accents="unicode", ngram_range=(1, 2), min_df=3, sublinear_tf=True
        ).fit([*map(document, papers), *["arxiv"] * 3])  # never an empty vocabulary
        vocabulary = self._vectorizer.get_feature_names_out()
        self._is_telling = np.array([" " not in word and word not in ENGLISH_STOP_WORDS for word in vocabulary])
        self._subjects = np.vstack(
            [subject_vector(self._read_texts, subject) for subject in (*reader.fields, *reader.avoid)]
        )
        words = self._words(papers)
        self._scaler = StandardScaler().fit(self._closeness(words))
        features = self._features(words)
        progress()

        liked = score >= reader.threshold
        value = np.empty(self.size)
        for held in _folds(papers):
            model = Ridge(SCORE_PENALTY, solver="sparse_cg", tol=1e-3)
            value[held] = model.fit(features[~held], score[~held], weight[~held]).predict(features[held])
            progress()
        self._score = Ridge(SCORE_PENALTY, solver="sparse_cg", tol=1e-3).fit(features, score, weight)
        self._mean, self._deviation = value.mean(), value.std() or 1.0
        value = (value - self._mean) / self._deviation
        days, day = np.unique([paper.announced for paper in papers], return_inverse=True)
        lately = weight * 0.5 ** ((len(days) - 1 - day) / RECENT)
        self.out_of_fold = OutOfFold(value, score, lately)
        self._chance = IsotonicRegression(out_of_bounds="clip").fit(value, liked, lately)
        self._scale = _scale(value, score, lately, reader.threshold)

        now = {alias: number for number, field in enumerate(reader.fields) for alias in (field.name, *field.aliases)}
        belongs = np.array(
            [now.get(example.field, -1) if good else -1 for example, good in zip(examples, liked, strict=True)]
        )
        named = belongs >= 0
        self._field = None
        if named.any():
            is_field = np.eye(self._fields)[belongs[named]]
            features = self._features(words, self._titles(papers))
            self._field = Ridge(FIELD_PENALTY, solver="sparse_cg", tol=1e-3).fit(
                features[named], is_field, weight[named]
            )
        progress()

    def judge(self, papers: Sequence[Paper]) -> Opinions:
        """Opinions on papers, in their order."""
        words = self._words(papers)
        features = self._features(words)
        value = (self._score.predict(features) - self._mean) / self._deviation
        if self._field is None:
            belongs = self._closeness(words)[:, : self._fields]
        else:
            belongs = self._field.predict(self._features(words, self._titles(papers)))
        score = np.floor(np.interp(value, *self._scale) * 10 + 1e-9) / 10
        return Opinions(value, self._chance.predict(value), score, belongs.reshape(len(papers), -1).argmax(axis=1))

    def said_by(self, paper: Paper) -> dict[str, float]:
        """How much each word and word pair of a paper lifts its score, in points; below 0 it speaks against it."""
        words = self._words([paper])
        of_words = self._score.coef_[: words.shape[1]]
        by_subject = self._score.coef_[words.shape[1] :] / self._scaler.scale_ * CLOSENESS
        closeness = self._closeness(words)[0]
        fields, avoid = np.split(closeness[: len(self._subjects)], [self._fields])
        share = by_subject[: len(self._subjects)].copy()
        share[fields.argmax()] += by_subject[len(self._subjects)]
        if len(avoid):
            share[self._fields + avoid.argmax()] += by_subject[len(self._subjects) + 1]
        points = words.multiply(of_words) + self._telling(words).multiply(share @ self._subjects)
        points = csr_matrix(points)
        vocabulary = self._vectorizer.get_feature_names_out()
        return {str(vocabulary[column]): float(points[0, column]) for column in points.nonzero()[1]}

    def _read_texts(self, texts: Sequence[str]) -> csr_matrix:
        return self._telling(self._vectorizer.transform(texts))

    def _words(self, papers: Sequence[Paper]) -> csr_matrix:
        """(papers, words) TF-IDF of the texts."""
        return self._vectorizer.transform([document(paper) for paper in papers])

    def _titles(self, papers: Sequence[Paper]) -> csr_matrix:
        return TITLE * self._vectorizer.transform([paper.title for paper in papers])

    def _telling(self, words: csr_matrix) -> csr_matrix:
        """The same without word pairs and stop words, each row of length 1."""
        return normalize(words.multiply(self._is_telling).tocsr())

    def _closeness(self, words: csr_matrix) -> np.ndarray:
        """(papers, subjects + 1 or 2) cosine 0-1 with each subject, the closest field, and the closest one to avoid."""
        cosine = self._telling(words) @ self._subjects.T
        parts = [part for part in np.split(cosine, [self._fields], axis=1) if part.shape[1]]
        return np.hstack([cosine, *(part.max(axis=1, keepdims=True) for part in parts)])

    def _features(self, words: csr_matrix, more: csr_matrix | None = None) -> csr_matrix:
        closeness = CLOSENESS * self._scaler.transform(self._closeness(words))
        return hstack([words if more is None else words + more, csr_matrix(closeness)]).tocsr()


def learn(examples: Sequence[Example], reader: Reader, progress: Callable[[], object] = lambda: None) -> Learned | None:
    """A judge that has learned from examples; None where they are too few, or all on one side of the threshold.

    Args:
        progress: called `STEPS` times.
    """
    return Learned(examples, reader, progress) if is_enough(examples, reader) else None


def is_enough(examples: Sequence[Example], reader: Reader) -> bool:
    """Whether there is something to learn from."""
    liked = sum(example.score >= reader.threshold for example in examples)
    return len(examples) >= FEWEST and min(liked, len(examples) - liked) >= FEWEST / 10


def _folds(papers: Sequence[Paper]) -> list[np.ndarray]:
    """(papers,) masks of what is held out; whole days, except where there are too few of them."""
    days, day = np.unique([paper.announced for paper in papers], return_inverse=True)
    fold = (day if len(days) >= FOLDS else np.arange(len(papers))) % FOLDS
    return [fold == number for number in range(FOLDS)]


def _scale(value: np.ndarray, score: np.ndarray, weight: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Values and the scores that they mean, both rising.

    The threshold stands where telling papers apart by it agreed best with the judge (F1), among the places that
    recommend about as many as the judge; on either side, equal shares of the papers have equal scores.
    """
    order = np.argsort(-value, kind="stable")
    liked = score >= threshold
    read, found = weight[order].cumsum(), (weight * liked)[order].cumsum()
    agreement = 2 * found / (read + found[-1])
    agreement[np.abs(read - found[-1]) > LEEWAY * read[-1]] = 0.0
    above = np.zeros(len(value), dtype=bool)
    above[order[: agreement[:-1].argmax() + 1]] = True  # never all: both sides have papers
    shares = np.linspace(0, 1, 101)
    quantiles = [
        [np.quantile(these, shares, weights=weight[side], method="inverted_cdf") for these, side in pair]
        for pair in (((value[~above], ~above), (score[~liked], ~liked)), ((value[above], above), (score[liked], liked)))
    ]
    below, over = quantiles
    return np.concatenate([below[0], over[0]]), np.concatenate([below[1], over[1]])


def taste(reader: Reader) -> str:
    """Changes with what a judge learns from the reader file: fields, what to avoid, the threshold."""
    return hashlib.sha256(reader.model_dump_json(include={"fields", "avoid", "threshold"}).encode()).hexdigest()


def fingerprint(examples: Sequence[Example], reader: Reader) -> str:
    """Changes with whatever changes what is learned."""
    said = (f"{one.paper.id} {one.score} {one.field} {one.weight}" for one in examples)
    return hashlib.sha256("\n".join([taste(reader), *said]).encode()).hexdigest()[:16]
