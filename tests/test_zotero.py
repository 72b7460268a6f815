"""Papers into a Zotero collection: each once, whatever fails on the way. Zotero is a stand-in on loopback."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from httpx2 import HTTPError
from pyzotero.errors import PyZoteroError

from digest_lib.delivery import files, zotero
from digest_lib.errors import DigestError
from digest_lib.history import ZOTERO, Archive
from digest_lib.reader import Reader
from tests.servers.zotero import KEY, ZoteroServer

MONDAY = date(2026, 2, 9)


@pytest.fixture
def server() -> Iterator[ZoteroServer]:
    """An empty library."""
    with ZoteroServer() as server:
        yield server


@pytest.fixture
def environ(server: ZoteroServer) -> dict[str, str]:
    """The environment of a reader who wants papers from 8 points up in a collection."""
    where = {"ZOTERO_API_URL": server.url, "ZOTERO_API_KEY": KEY}
    return where | {"DIGEST_ZOTERO": "users/475425/ABCD2345/8"}


@pytest.fixture
def archive(tmp_path: Path, stored: Callable, paper: Callable, verdict: Callable) -> Archive:
    """Two days of seventy papers each; of every seven one has 9 points, one 8, the others 7."""
    for number in range(2):
        ids = range(100 * number, 100 * number + 70)
        papers = [
            paper(one, announced=MONDAY + timedelta(days=number), authors=("Ann von Author Jr.", "Team Synth"))
            for one in ids
        ]
        stored(papers[0].announced, papers, [verdict(one, max(7, 9 - one % 7)) for one in ids])
    return Archive(tmp_path / "outputs")


def test_papers_from_the_score_up_are_sent_once(server: ZoteroServer, environ: dict, archive: Archive, reader: Reader):
    """They arrive as preprints with people and identifiers apart; a second run asks Zotero nothing."""
    zotero.send(archive, reader, environ)
    assert len(server.items) == 2 * 20
    item = next(item for item in server.items if item["archiveID"] == "arXiv:2613.00000")
    assert ("preprint", "Synthetic Paper 0", "arXiv") == (item["itemType"], item["title"], item["repository"])
    assert ("https://arxiv.org/abs/2613.00000", "2026-02-09") == (item["url"], item["date"])
    assert [
        {"creatorType": "author", "firstName": "Ann, Jr.", "lastName": "von Author"},
        {"creatorType": "author", "name": "Team Synth"},
    ] == item["creators"]
    assert ([{"tag": "Theory"}], ["ABCD2345"]) == (item["tags"], item["collections"])
    server.failing = [500]
    zotero.send(archive, reader, environ)
    assert server.failing == [500]


def test_without_a_score_the_threshold_counts(server: ZoteroServer, environ: dict, archive: Archive, reader: Reader):
    """All recommended papers go, in requests of at most fifty; what the reader took out stays out."""
    plain = environ | {"DIGEST_ZOTERO": "users/475425/ABCD2345"}
    zotero.send(archive, reader, plain)
    assert (140, 3) == (len(server.items), server.writes)
    del server.items[:10]
    zotero.send(archive, reader, plain)
    assert len(server.items) == 130


def test_what_is_in_the_collection_is_not_sent(server: ZoteroServer, environ: dict, archive: Archive, reader: Reader):
    """Where a run was stopped before it had noted what it sent, the collection itself says it."""
    zotero.send(archive, reader, environ)
    (archive.root / ZOTERO).unlink()
    server.items += [{"key": "X", "title": "Note", "collections": ["ABCD2345"]}] * 120
    zotero.send(archive, reader, environ)
    assert len(server.items) == 160


def test_nothing_is_sent_twice_and_nothing_is_lost(
    server: ZoteroServer, environ: dict, archive: Archive, reader: Reader
):
    """Ten runs with random failures, answers that never arrive included, leave each paper in the library once."""
    draw = random.Random(1)
    plain = environ | {"DIGEST_ZOTERO": "users/475425/ABCD2345"}
    for _ in range(10):
        server.failing = draw.choices([200, 500, 503, -1], k=4)
        with suppress(PyZoteroError, HTTPError):
            zotero.send(archive, reader, plain)
    server.failing = []
    zotero.send(archive, reader, plain)
    assert 140 == len(server.items) == len({item["archiveID"] for item in server.items})


def test_a_refused_paper_is_told_and_tried_again(server: ZoteroServer, environ: dict, archive: Archive, reader: Reader):
    """Zotero's reason is passed on, the others of the batch are kept, and the next run sends the one that lacks."""
    server.refused = "Paper 0"
    with pytest.raises(DigestError, match="Zotero refuses some papers: Invalid item"):
        zotero.send(archive, reader, environ)
    assert len(server.items) == 39
    server.refused = "\0"
    zotero.send(archive, reader, environ)
    assert len(server.items) == 40


def test_a_busy_zotero_does_not_hold_a_run_up(server: ZoteroServer, environ: dict, archive: Archive, reader: Reader):
    """Asked to wait for an hour, a run leaves the papers to the next one."""
    server.failing = [429]
    with pytest.raises(DigestError, match="left alone for 3600 seconds"):
        zotero.send(archive, reader, environ)
    zotero.send(archive, reader, environ)
    assert len(server.items) == 40


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"DIGEST_ZOTERO": "my library"}, "DIGEST_ZOTERO is not of the form users/475425/ABCD2345"),
        ({"ZOTERO_API_KEY": "wrong-key"}, "403"),
        ({"ZOTERO_API_URL": "http://127.0.0.1:9"}, "ConnectError"),
    ],
)
def test_a_fault_is_one_line_and_no_secret(changed: dict, said: str, environ: dict, archive: Archive, reader: Reader):
    """A wrong setting, a wrong key or a missing network is told in a line without the key; the files are written."""
    told = StringIO()
    files.rebuild(archive, reader, environ | changed, told, archive.days()[-1])
    assert said in told.getvalue()
    assert len(told.getvalue().splitlines()) == 1
    assert (environ | changed)["ZOTERO_API_KEY"] not in told.getvalue()
    assert (archive.root / "index.html").exists()
