"""`make bench`: how well the judges rank the last fourteen days, against the verdicts on record.

One line a judge, beginning with its name: precision at the number of papers on record as recommended (P@R), AUC,
field accuracy on those papers, share recommended (mean, lowest and highest day), seconds a day.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from bench import asking
from bench.days import JudgedDay, load_days
from digest_lib.judging.local import rank
from digest_lib.morning import BACKLOG
from digest_lib.reader import Reader, load_reader

ROOT = Path(__file__).resolve().parents[1]
TESTED = 14


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the judges on stored days.")
    parser.add_argument("--days", type=Path, metavar="DIR", help="a folder of day files; default: synthetic days")
    options = parser.parse_args()
    days = load_days(options.days)
    reader = load_reader(ROOT / "parameters" / "daily.yml")
    print(f"last {TESTED} of {len(days)} days, {'real' if options.days else 'synthetic'}; backlog {BACKLOG} papers")
    print(f"{'judge':16} {'P@R':>6} {'AUC':>6} {'field':>6}  recommended (days)    seconds")
    for name, backlog in (("cold", BACKLOG), ("cold, day alone", 0)):
        print(f"{name:16} {measure(days, reader, backlog)}", flush=True)
    print(f"\n{asking.report(days[-1], reader, ROOT / 'parameters' / 'prompt.md')}")


def measure(days: Sequence[JudgedDay], reader: Reader, backlog: int) -> str:
    """The figures of the cold judge, with the newest `backlog` earlier papers as unlabelled ones."""
    precision, auc, right, share, seconds = [], [], [], [], []
    names = [field.name for field in reader.fields]
    for index in range(len(days) - TESTED, len(days)):
        day = days[index]
        earlier = [paper for before in days[:index] for paper in before.papers]
        began = time.perf_counter()
        ranking = rank(day.papers, reader.fields, reader.avoid, earlier[max(0, len(earlier) - backlog) :])
        seconds.append(time.perf_counter() - began)
        wanted = np.array([paper.id in day.verdicts for paper in day.papers])
        best = np.argsort(-ranking.relevance, kind="stable")[: wanted.sum()]
        precision.append(wanted[best].mean())
        auc.append(roc_auc_score(wanted, ranking.relevance))
        share.append((ranking.score >= reader.threshold).mean())
        right += [
            names[closest] == day.verdicts[paper.id]["field"]
            for paper, closest in zip(day.papers, ranking.closest, strict=True)
            if paper.id in day.verdicts
        ]
    return (
        f"{np.mean(precision):6.3f} {np.mean(auc):6.3f} {np.mean(right):6.3f}  "
        f"{np.mean(share):.3f} ({min(share):.2f}-{max(share):.2f})  {np.mean(seconds):8.2f}"
    )


if __name__ == "__main__":
    main()
