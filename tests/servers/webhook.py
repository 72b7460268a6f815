"""A webhook receiver on loopback: what chat services are to a sender. It keeps each message that it takes."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Self

from tests.servers.loopback import LoopbackServer


class WebhookServer:
    """Takes JSON messages between `with` and its end.

    Args:
        refuses: asked before each message whether to answer 503 instead of taking it.
    """

    port: int

    def __init__(self, refuses: Callable[[], bool] = lambda: False):
        self.refuses = refuses
        self.messages: list[dict] = []
        """What was taken, in order."""
        self.refused = 0

    @property
    def address(self) -> str:
        """This receiver as an address for DIGEST_NOTIFY."""
        return f"json://127.0.0.1:{self.port}/hook"

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"receiver": self})
        self._server = LoopbackServer(("127.0.0.1", 0), handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    receiver: WebhookServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.receiver.refuses():
            self.receiver.refused += 1
            self.send_error(503)
            return
        self.receiver.messages.append(json.loads(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing: the log is an attribute of the server."""
