"""`make bench`: how well the judges rank the last fourteen days, against the verdicts on record.

One line a judge, beginning with its name; each learns from all days before the one it is tested on.

P@R        precision at the number of papers on record as recommended
F1         of what reaches the threshold, which is set on earlier days only
share      recommended by it, less the share on record (mean of the days)
AUC        area under the ROC curve
read 97 %  share of its ranking to be read for 97 % of the papers on record with 8 or more
field      accuracy on the papers on record as recommended
error      expected calibration error of the probability, in ten bins of equal size
learn, day seconds to learn, and to judge a day
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_recall_curve, roc_auc_score
from sklearn.multiclass import OneVsRestClassifier
from tqdm import tqdm

from bench import asking, audit, cascade
from bench.days import JudgedDay, load_days
from digest_lib.judging.cold import rank
from digest_lib.judging.learned import Example, learn
from digest_lib.judging.local import LocalJudge
from digest_lib.morning import BACKLOG
from digest_lib.reader import Reader, load_reader

ROOT = Path(__file__).resolve().parents[1]
TESTED = 14
CSV = Path("bench.csv")
DRAWS = 4000


@dataclass
class Said:
    """What a judge says of a day, one row a paper."""

    value: np.ndarray
    recommended: np.ndarray
    field: list[str] = field(default_factory=list)
    chance: np.ndarray | None = None
    learned_seconds: float = np.nan


Judge = Callable[[Sequence[JudgedDay], JudgedDay], Said]
"""Judges a day by the days before it."""


def examples(days: Sequence[JudgedDay]) -> list[Example]:
    """Judged days as what a judge learns from; a paper not on record as recommended has score 0."""
    none = {"score": 0.0, "field": ""}
    verdicts = [(paper, day.verdicts.get(paper.id, none)) for day in days for paper in day.papers]
    return [Example(paper, verdict["score"], verdict["field"]) for paper, verdict in verdicts]


def cold(reader: Reader, backlog: int) -> Judge:
    """The judge that has learned nothing."""

    def judge(earlier: Sequence[JudgedDay], day: JudgedDay) -> Said:
        ranking = rank(day.papers, reader.fields, reader.avoid, _newest(earlier, backlog))
        named = [reader.fields[closest].name for closest in ranking.closest]
        return Said(ranking.relevance, ranking.score >= reader.threshold, named)

    return judge


def warm(reader: Reader) -> Judge:
    """The product's own, with all that it learns."""

    def judge(earlier: Sequence[JudgedDay], day: JudgedDay) -> Said:
        began = time.perf_counter()
        known = learn(examples(earlier), reader)
        seconds = time.perf_counter() - began
        verdicts = LocalJudge(reader, _newest(earlier, BACKLOG), known).judge(day.papers)
        return Said(
            np.array([verdict.relevance for verdict in verdicts]),
            np.array([verdict.score for verdict in verdicts]) >= reader.threshold,
            [verdict.field for verdict in verdicts],
            known.judge(day.papers).chance,
            seconds,
        )

    return judge


def plain(earlier: Sequence[JudgedDay], day: JudgedDay) -> Said:
    """The baseline: TF-IDF and a logistic regression, its threshold tuned on the ten days before."""
    began = time.perf_counter()
    model, words = _plain(earlier)
    trial, trial_words = _plain(earlier[:-10])
    tuned = [paper for before in earlier[-10:] for paper in before.papers]
    liked = np.concatenate([_wanted(before) for before in earlier[-10:]])
    precision, recall, cuts = precision_recall_curve(liked, trial.predict_proba(_read(trial_words, tuned))[:, 1])
    cut = cuts[(2 * precision * recall / (precision + recall + 1e-9))[:-1].argmax()]
    known = [
        (paper, before.verdicts[paper.id])
        for before in earlier
        for paper in before.papers
        if paper.id in before.verdicts
    ]
    fields = OneVsRestClassifier(LogisticRegression(solver="liblinear")).fit(
        _read(words, [paper for paper, _ in known]), [verdict["field"] for _, verdict in known]
    )
    seconds = time.perf_counter() - began
    chance = model.predict_proba(_read(words, day.papers))[:, 1]
    return Said(chance, chance >= cut, list(fields.predict(_read(words, day.papers))), chance, seconds)


def _plain(days: Sequence[JudgedDay]) -> tuple[LogisticRegression, TfidfVectorizer]:
    papers = [paper for day in days for paper in day.papers]
    words = TfidfVectorizer(sublinear_tf=True, strip_accents="unicode", min_df=2)
    known = words.fit_transform([f"{paper.title}\n{paper.abstract}" for paper in papers])
    liked = np.concatenate([_wanted(day) for day in days])
    return LogisticRegression(solver="liblinear").fit(known, liked), words


def _read(words: TfidfVectorizer, papers: Sequence) -> np.ndarray:
    return words.transform([f"{paper.title}\n{paper.abstract}" for paper in papers])


def _newest(days: Sequence[JudgedDay], most: int) -> list:
    papers = [paper for day in days for paper in day.papers]
    return papers[max(0, len(papers) - most) :]


def _wanted(day: JudgedDay) -> np.ndarray:
    return np.array([paper.id in day.verdicts for paper in day.papers])


def measure(days: Sequence[JudgedDay], name: str, judge: Judge) -> pd.DataFrame:
    """One row a tested day: the figures of a judge; calibration is measured over all of them together."""
    rows, chances, truths = [], [], []
    for index in tqdm(range(len(days) - TESTED, len(days)), desc=name):
        day, wanted = days[index], _wanted(days[index])
        began = time.perf_counter()
        said = judge(days[:index], day)
        seconds = time.perf_counter() - began
        order = np.argsort(-said.value, kind="stable")
        high = np.array([day.verdicts.get(paper.id, {"score": 0})["score"] >= cascade.HIGH for paper in day.papers])
        found = high[order].cumsum() / max(1, high.sum())
        right = [
            said_field == day.verdicts[paper.id]["field"]
            for paper, said_field in zip(day.papers, said.field, strict=True)
            if paper.id in day.verdicts
        ]
        learned = said.learned_seconds
        rows.append(
            {
                "judge": name, "date": day.date,
                "P@R": wanted[order[: wanted.sum()]].mean(),
                "F1": f1_score(wanted, said.recommended),
                "share": said.recommended.mean() - wanted.mean(),
                "AUC": roc_auc_score(wanted, said.value),
                "read 97 %": ((found >= 0.97).argmax() + 1) / len(order),
                "field": np.mean(right),
                "learn": learned, "day": seconds - np.nan_to_num(learned),
            }
        )  # fmt: skip
        if said.chance is not None:
            chances.append(said.chance)
            truths.append(wanted)
    table = pd.DataFrame(rows)
    if chances:
        chance, truth = np.concatenate(chances), np.concatenate(truths)
        bins = pd.qcut(chance, 10, labels=False, duplicates="drop")
        each = pd.DataFrame({"chance": chance, "truth": truth, "bin": bins}).groupby("bin")
        table["error"] = (abs(each["chance"].mean() - each["truth"].mean()) * each.size()).sum() / len(chance)
    return table


def retest(days: Sequence[JudgedDay]) -> pd.DataFrame:
    """One row a day that the judge on record read twice: its second reading against its first."""
    rows = []
    for day in days:
        if day.retest:
            wanted, again = _wanted(day), np.array([paper.id in day.retest for paper in day.papers])
            score = np.array([day.retest.get(paper.id, {"score": 0})["score"] for paper in day.papers])
            best = np.argsort(-score, kind="stable")[: wanted.sum()]
            both = [(day.verdicts[p]["field"], day.retest[p]["field"]) for p in day.verdicts if p in day.retest]
            rows.append(
                {
                    "judge": "retest", "date": day.date, "P@R": wanted[best].mean(), "F1": f1_score(wanted, again),
                    "share": again.mean() - wanted.mean(), "AUC": roc_auc_score(wanted, score),
                    "field": np.mean([one == other for one, other in both]),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def difference(one: pd.DataFrame, other: pd.DataFrame, key: str) -> str:
    """How much better one judge is than another: mean and 95 % interval of a paired bootstrap over days."""
    gaps = one[key].to_numpy() - other[key].to_numpy()
    means = gaps[np.random.default_rng(0).integers(0, len(gaps), (DRAWS, len(gaps)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{key} {gaps.mean():+.3f} [{low:+.3f}, {high:+.3f}]"


def main() -> None:
    """Print the tables, and keep the judges' figures by day as CSV."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the judges on stored days.")
    parser.add_argument("--days", type=Path, metavar="DIR", help="a folder of day files; default: synthetic days")
    parser.add_argument("--judges", action="store_true", help="the judges and the cascade alone")
    options = parser.parse_args()
    days = load_days(options.days)
    reader = load_reader(ROOT / "parameters" / "daily.yml")
    print(f"last {TESTED} of {len(days)} days, {'real' if options.days else 'synthetic'}; backlog {BACKLOG} papers")
    tables = {
        name: measure(days, name, judge)
        for name, judge in (
            ("cold", cold(reader, BACKLOG)),
            ("cold, day alone", cold(reader, 0)),
            ("plain", plain),
            ("warm", warm(reader)),
        )
    }
    if any(day.retest for day in days):
        tables["retest"] = retest(days)
    together = pd.concat(tables.values())
    figures = together.drop(columns="date").groupby("judge", sort=False).mean().round(3)
    print(figures.rename_axis(None).to_string(na_rep="-"))
    print(
        "warm less plain:", "; ".join(difference(tables["warm"], tables["plain"], key) for key in ("P@R", "F1", "AUC"))
    )
    together.to_csv(CSV, index=False)
    print(
        f"by day: {CSV}\n\n{cascade.report(days[:-TESTED], days[-TESTED:], reader, ROOT / 'parameters' / 'prompt.md')}"
    )
    print(f"\n{audit.report(days)}", flush=True)
    if not options.judges:
        print(f"\n{asking.report(days[-1], reader, ROOT / 'parameters' / 'prompt.md')}", flush=True)


if __name__ == "__main__":
    main()
