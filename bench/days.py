"""Announcement days with a judge's verdicts, to measure by: a folder of day files, or synthetic ones."""

import gzip
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from digest_lib.records import Paper
from tests.servers.synthetic import synthetic_days


@dataclass(frozen=True)
class JudgedDay:
    """One announcement day: its papers, and the verdicts on those recommended, by paper id."""

    date: date
    papers: list[Paper]
    verdicts: dict[str, dict]
    retest: dict[str, dict] | None = None
    """The same judge's verdicts on a second reading, where there was one."""


def load_days(folder: Path | None) -> list[JudgedDay]:
    """The days of a folder of `YYYY-MM-DD.json.gz` files, oldest first; 54 synthetic days where there is none."""
    if folder is None:
        files = list(synthetic_days(date(2026, 2, 9), 54).values())
    else:
        files = [json.loads(gzip.decompress(path.read_bytes())) for path in sorted(folder.glob("*.json.gz"))]
    return [judged_day(file) for file in files]


def judged_day(file: dict) -> JudgedDay:
    """One day file as records."""
    day = date.fromisoformat(file["date"])
    papers = [
        Paper(
            id=paper["id"],
            version=int(paper["version"]),
            announced=day,
            announce_type="new",
            title=paper["title"],
            authors=(paper["authors"],),
            abstract=paper["abstract"],
            primary_category=paper["primary_category"],
            categories=(paper["primary_category"],),
        )
        for paper in file["papers"]
    ]
    return JudgedDay(day, papers, file["verdicts"], file.get("retest"))
