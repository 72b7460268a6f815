"""Recommended papers of the newest days into a Zotero collection, each once.

`DIGEST_ZOTERO=users/475425/ABCD2345/8` says where and from which score: whose library (or `groups/...`), the
collection's key, which stands in its address on zotero.org, and the score, without which the reader's threshold
counts. `ZOTERO_API_KEY` is a key that may write there.
"""

import re
from collections.abc import Mapping

from pyzotero.zotero import Zotero

from digest_lib.delivery.bibtex import name_parts
from digest_lib.digest import Recommendation, best_first
from digest_lib.errors import DigestError, ParametersError
from digest_lib.history import ZOTERO, Archive
from digest_lib.reader import Reader

API_URL = "https://api.zotero.org"
DAYS = 7
"""Newest days whose papers are sent; what one run could not send, the next ones do."""
BATCH = 50
"""Zotero takes no more items in one request."""
PATIENCE = 60
"""Seconds that a run waits where Zotero asks for it."""
_WHERE = re.compile(r"(user|group)s/(\d+)/([A-Z0-9]{8})(?:/(\d+(?:\.\d+)?))?")


class _Client(Zotero):
    """pyzotero's client, which would wait as long as it is told to: an hour, if need be, in the midst of a run."""

    def _set_backoff(self, duration: str | float) -> None:
        if float(duration) > PATIENCE:
            raise DigestError(f"Zotero asks to be left alone for {duration} seconds")
        super()._set_backoff(duration)


def send(archive: Archive, reader: Reader, environ: Mapping[str, str]) -> None:
    """Add what is not there yet. A paper that was sent once is not sent again, also where it has been removed since.

    Raises:
        ParametersError: DIGEST_ZOTERO names no collection.
        DigestError: Zotero refuses some of the papers, or is too busy.
        PyZoteroError, httpx2.HTTPError: it refuses all of them, or cannot be reached.
    """
    where = _WHERE.fullmatch(environ["DIGEST_ZOTERO"])
    if not where:
        raise ParametersError("DIGEST_ZOTERO is not of the form users/475425/ABCD2345 or users/475425/ABCD2345/8")
    kind, library, collection, score = where.groups()
    sent = archive.root / ZOTERO
    known = set(sent.read_text(encoding="utf8").split()) if sent.exists() else set()
    found = [
        pair
        for day in archive.days()[-DAYS:]
        if not day.manifest().is_imported
        for pair in best_first(day.papers(), day.newest_verdicts())
        if pair[1].score >= float(score or reader.threshold) and f"{collection}/{pair[0].id}" not in known
    ]
    if not found:
        return
    zotero = _Client(library, kind, environ.get("ZOTERO_API_KEY"))
    zotero.endpoint = environ.get("ZOTERO_API_URL", API_URL)
    # A run that was stopped after sending has not noted what it sent.
    there = {item["data"].get("archiveID") for item in zotero.everything(zotero.collection_items_top(collection))}
    lacking = [pair for pair in found if f"arXiv:{pair[0].id}" not in there]
    refused = ""
    for start in range(0, len(lacking), BATCH):
        batch = lacking[start : start + BATCH]
        answer = zotero.create_items([_item(pair, collection) for pair in batch], timeout=60)
        there |= {f"arXiv:{batch[int(place)][0].id}" for place in answer["success"]}
        refused = next((fault["message"] for fault in answer["failed"].values()), refused)
        with sent.open("a", encoding="utf8") as file:
            file.writelines(f"{collection}/{pair[0].id}\n" for pair in batch if f"arXiv:{pair[0].id}" in there)
    if refused:
        raise DigestError(f"Zotero refuses some papers: {refused}")


def _item(recommendation: Recommendation, collection: str) -> dict[str, object]:
    """A paper in Zotero's own shape, as its importer from arXiv makes it; its field becomes a tag."""
    paper, verdict = recommendation
    creators = []
    for given, surname, suffix in map(name_parts, paper.authors):
        full = (
            {"firstName": f"{given}, {suffix}" if suffix else given, "lastName": surname}
            if given
            else {"name": surname}
        )
        creators.append({"creatorType": "author"} | full)
    return {
        "itemType": "preprint",
        "title": paper.title,
        "creators": creators,
        "abstractNote": paper.abstract,
        "repository": "arXiv",
        "archiveID": f"arXiv:{paper.id}",
        "DOI": f"10.48550/arXiv.{paper.id}",
        "date": f"{paper.submitted or paper.announced:%Y-%m-%d}",
        "url": paper.link,
        "tags": [{"tag": verdict.field}] if verdict.field else [],
        "collections": [collection],
    }
