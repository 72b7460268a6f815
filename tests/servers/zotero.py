"""A stand-in for Zotero's web API: one library, as far as a collection is read and items are written."""

import json
import re
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tests.servers.loopback import Answering, LoopbackServer

KEY = "synthetic-zotero-key"
_FIELDS = {"itemType", "title", "creators", "abstractNote", "repository", "archiveID", "DOI", "date", "url", "tags"}
_FIELDS |= {"collections", "key"}


@dataclass
class Answer:
    """What goes on the wire."""

    status: int
    content: object
    headers: dict[str, str] = field(default_factory=dict)
    torn: bool = False

    @property
    def body(self) -> bytes:
        """The content as JSON."""
        return json.dumps(self.content).encode()


class ZoteroServer:
    """Zotero on loopback, for `with`; `items` is what the library holds.

    Attributes:
        failing: statuses of the next writes; 200 takes a write, `-1` takes it and answers nothing.
        refused: a part of a title that the library refuses to store.
    """

    def __init__(self) -> None:
        self.items: list[dict] = []
        self.failing: list[int] = []
        self.refused = "\0"
        self.writes = 0
        handler = type("Handler", (_Handler,), {"zotero": self})
        self._server = LoopbackServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def read(self, target: str) -> Answer:
        """A page of a collection's items, with a link to the next one."""
        found = re.fullmatch(r"/users/475425/collections/(\w+)/items/top", urlsplit(target).path)
        if not found:
            return Answer(404, "Not found")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        items = [item for item in self.items if found[1] in item["collections"]]
        start, limit = int(asked.get("start", 0)), min(int(asked.get("limit", 25)), 100)
        page = [{"key": item["key"], "version": 1, "data": item} for item in items[start : start + limit]]
        following = f"{self.url}{urlsplit(target).path}?start={start + limit}&limit={limit}&format=json"
        link = {"Link": f'<{following}>; rel="next"'} if start + limit < len(items) else {}
        return Answer(200, page, {"Content-Type": "application/json", "Total-Results": str(len(items))} | link)

    def write(self, target: str, body: bytes) -> Answer | None:
        """Store items, at most fifty, each or with a reason why not."""
        self.writes += 1
        status = self.failing.pop(0) if self.failing else 200
        if status not in (200, -1):
            return Answer(status, "Synthetic fault", {"Retry-After": "3600"} if status == 429 else {})
        sent = json.loads(body)
        if target != "/users/475425/items" or len(sent) > 50:
            return Answer(413, "Too many items")
        success, failed = {}, {}
        for place, item in enumerate(sent):
            unknown = item.keys() - _FIELDS
            if unknown or self.refused in item["title"]:
                failed[str(place)] = {"code": 400, "message": f"Invalid item {sorted(unknown)}"}
            else:
                success[str(place)] = f"K{len(self.items):07d}"
                self.items.append(item | {"key": success[str(place)]})
        answer = {"successful": {}, "success": success, "unchanged": {}, "failed": failed}
        return Answer(200, answer, {"Content-Type": "application/json"}) if status == 200 else None


class _Handler(Answering, BaseHTTPRequestHandler):
    zotero: ZoteroServer

    def do_GET(self) -> None:
        self.send(self.zotero.read(self.path) if self._may() else Answer(403, "Forbidden"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send(self.zotero.write(self.path, body) if self._may() else Answer(403, "Forbidden"))

    def _may(self) -> bool:
        return self.headers["Authorization"] == f"Bearer {KEY}"
