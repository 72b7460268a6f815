"""What the tests share: a stand-in for arXiv, readers, and papers written for the purpose (all synthetic)."""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from bench.cascade import store_judged
from bench.days import JudgedDay, judged_day
from digest_lib import lessons
from digest_lib.arxiv_source import ArxivSource
from digest_lib.history import Archive, Day
from digest_lib.judging.prompt import Prompt, load_prompt
from digest_lib.reader import Reader, load_reader
from digest_lib.records import Announcement, Paper, Verdict
from tests.servers.arxiv import ArxivServer
from tests.servers.synthetic import synthetic_days

ROOT = Path(__file__).parents[1]
MONDAY = date(2026, 2, 9)
WHOLE_MORNINGS = ("test_run", "test_notify", "test_publish", "test_schedule")


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors, as many tests wait for a process or a clock."""
    return (os.cpu_count() or 1) + 1


class Scheduling(LoadScopeScheduling):
    """Gives the tests of the page to one worker, as they share a browser and a morning; any other to any."""

    def _split_scope(self, nodeid: str) -> str:  # xdist's own place for this
        file = nodeid.partition("::")[0]
        return file if file == "tests/test_page.py" else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling:
    """Decide which worker runs what."""
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run whole mornings first: at the end, other workers would wait for them."""
    items.sort(key=lambda item: item.path.stem not in WHOLE_MORNINGS)


@pytest.fixture(scope="session")
def days() -> dict[date, dict]:
    """Six synthetic announcement days, the last one Monday 2026-02-09."""
    return synthetic_days(MONDAY, 6, papers=30)


@pytest.fixture
def arxiv(days: dict[date, dict]) -> Iterator[ArxivServer]:
    """arXiv on the morning of 2026-02-09, well-behaved until a test says otherwise."""
    with ArxivServer(days, MONDAY) as server:
        yield server


@pytest.fixture
def source(arxiv: ArxivServer) -> ArxivSource:
    """The real client, pointed at the stand-in."""
    return ArxivSource(arxiv.api_url, arxiv.feed_url)


@pytest.fixture
def reader() -> Reader:
    """The reader of parameters/smoke.yml."""
    return load_reader(ROOT / "parameters" / "smoke.yml")


@pytest.fixture
def paper() -> Callable[..., Paper]:
    """A maker of papers: what a test does not care about is filled in."""

    def make(number: int = 1, **changes: object) -> Paper:
        known = {
            "id": f"2613.{number:05d}",
            "version": 1,
            "announced": MONDAY,
            "announce_type": "new",
            "title": f"Synthetic Paper {number}",
            "authors": (f"Author {number}",),
            "abstract": "Synthetic abstract.",
            "primary_category": "cs.CV",
            "categories": ("cs.CV",),
        }
        return Paper(**(known | changes))

    return make


@pytest.fixture
def verdict() -> Callable[..., Verdict]:
    """A maker of verdicts: what a test does not care about is filled in."""

    def make(number: int = 1, score: float = 7.0, **changes: object) -> Verdict:
        known = {
            "paper": f"2613.{number:05d}",
            "version": 1,
            "score": score,
            "field": "Theory",
            "reason": "Synthetic reason.",
            "relevance": score / 10,
            "judge": "local",
            "model": "test",
            "asked": "today",
        }
        return Verdict(**(known | changes))

    return make


@pytest.fixture
def stored(tmp_path: Path) -> Callable[..., Day]:
    """A maker of stored days in one archive below `tmp_path`: papers, verdicts, and a complete account of them."""

    def make(day: date, papers: Sequence[Paper], verdicts: Sequence[Verdict], **account: object) -> Day:
        folder = Archive(tmp_path / "outputs").day(day)
        now = datetime.combine(day, time(6), UTC)
        folder.store(Announcement(day=day, papers=tuple(papers), categories={}), now)
        folder.append(verdicts)
        known = {"state": "complete", "papers_read": len(papers), "recommended": len(verdicts), "model": "synthetic-1"}
        folder.store_manifest(folder.manifest().model_copy(update=known | account))
        return folder

    return make


@pytest.fixture(scope="session")
def wants() -> Reader:
    """The reader whose fields the synthetic verdicts name, with a model judge."""
    return load_reader(ROOT / "parameters" / "daily.yml")


@pytest.fixture(scope="session")
def prompt(wants: Reader) -> Prompt:
    """The prompt of `wants`."""
    return load_prompt(ROOT / "parameters" / "prompt.md", wants)


@pytest.fixture(scope="session")
def judged() -> list[JudgedDay]:
    """Eleven synthetic days of 240 papers with titles of their own, and a judge's verdicts; the last is Monday."""
    return [
        judged_day(file | {"papers": [one | {"title": f"{one['title']} {one['id']}"} for one in file["papers"]]})
        for file in synthetic_days(MONDAY, 11, papers=240).values()
    ]


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory, judged: list[JudgedDay], wants: Reader, prompt: Prompt) -> Path:
    """The archive of all `judged` days but the last, and what was learned from them; to be copied, not changed."""
    archive = Archive(tmp_path_factory.mktemp("past") / "outputs")
    for day in judged[:-1]:
        store_judged(archive, day, wants, prompt)
    lessons.teach(archive, wants)
    return archive.root
