"""The local judge: verdicts without a key, from the reader file, from what was learned, and from the reader's marks.

With no verdicts of a model to learn from it is the cold judge alone; with more of them what was learned counts more,
without a step anywhere. Marks correct either.
"""

import hashlib
import logging
from collections.abc import Sequence
from importlib.metadata import version

import numpy as np

from digest_lib.judging.cold import ENOUGH, rank, unmatchable_fields
from digest_lib.judging.learned import Learned
from digest_lib.judging.marks import Mark, correction
from digest_lib.reader import Reader
from digest_lib.records import Paper, Verdict
from digest_lib.wording import wording

logger = logging.getLogger(__name__)

COLD = "local (TF-IDF + naive Bayes)"
LEARNED = "local ({:.0%} learned from {:,} verdicts)"
AS_GOOD_AS_COLD = 700
"""Papers learned from that make both opinions count the same; measured with histories of 1 to 20 real days."""
MOST_LEARNED = 0.9
"""Share of what was learned at most: the mean of both is better than either."""
POINTS = 3.0
"""Points of score that a standard deviation of relevance comes to."""


class LocalJudge:
    """Verdicts without a key, in the reader's fields and language.

    Args:
        backlog: unlabelled papers of earlier days, newest first; a few thousand are as good as all.
        learned: what stored verdicts taught, where there are enough.
        marks: papers that the reader marked.
    """

    def __init__(
        self,
        reader: Reader,
        backlog: Sequence[Paper],
        learned: Learned | None = None,
        marks: Sequence[Mark] = (),
    ) -> None:
        self._reader, self._backlog, self._learned, self._marks = reader, backlog, learned, marks
        self.share = min(MOST_LEARNED, learned.size / (learned.size + AS_GOOD_AS_COLD)) if learned else 0.0
        """How much of a verdict is learned, 0-1."""
        self.model = LEARNED.format(self.share, learned.size) if learned else COLD
        question = [
            version("arxiv-digest-workspace"),
            reader.hash,
            learned.fingerprint if learned else "",
            *(f"{mark.paper.id} {mark.wanted}" for mark in marks),
            *(paper.id for paper in backlog),
        ]
        self.fingerprint = hashlib.sha256("\n".join(question).encode()).hexdigest()[:16]
        """Changes with whatever changes the answers: the judge, the reader, what was learned, marks, backlog."""
        for name in unmatchable_fields(reader.fields):
            logger.warning(
                "The field %s has no English word, so no abstract can match it: give it `phrases` in English.", name
            )

    def judge(self, papers: Sequence[Paper]) -> list[Verdict]:
        """One verdict a paper, in their order; the papers of a day are judged together, as scores are standings."""
        if not papers:
            return []
        # Marked papers are judged with the others, to see how far from the reader's opinion that would be.
        known = {paper.id for paper in papers}
        together = [*papers, *(mark.paper for mark in self._marks if mark.paper.id not in known)]
        opinions = self._learned.judge(together) if self._learned else None
        ranking = rank(
            together, self._reader.fields, self._reader.avoid, self._backlog, opinions.closest if opinions else None
        )
        score, relevance = ranking.score, ranking.relevance
        if opinions:
            score = (1 - self.share) * score + self.share * opinions.score
            cold = relevance if len(together) + len(self._backlog) >= ENOUGH else np.zeros_like(relevance)
            relevance = (1 - self.share) * cold + self.share * opinions.value
        if self._marks:
            points = correction(together, score, self._marks)
            score, relevance = np.clip(score + points, 0, 10), relevance + points / POINTS
        score = np.floor(score * 10 + 1e-9) / 10
        words = wording(self._reader.language)
        verdicts = []
        for row, paper in enumerate(papers):
            field = self._reader.fields[ranking.closest[row]].name
            verdicts.append(
                Verdict(
                    paper=paper.id,
                    version=paper.version,
                    score=score[row],
                    field=field,
                    reason=words.local_reason.format(field, ranking.reason[row]),
                    relevance=round(float(relevance[row]), 6),
                    judge="local",
                    model=self.model,
                    asked=self.fingerprint,
                )
            )
        return verdicts
