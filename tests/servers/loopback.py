"""What the stand-ins share: a threading HTTP server on loopback, and how an answer is put on the wire."""

import socketserver
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Protocol


class Answer(Protocol):
    """An HTTP answer about to be sent; `torn` closes the connection in mid-body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    torn: bool


class LoopbackServer(socketserver.ThreadingTCPServer):
    """http.server's threading server without its look-up of the host's name, which can take seconds."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class Answering(BaseHTTPRequestHandler):
    """A handler that sends answers, one request a connection: no client goes on talking to a server that has ended."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet

    def send(self, answer: Answer | None) -> None:
        """Put an answer on the wire; None says nothing, as a server that is closing."""
        self.close_connection = True
        if answer is None:
            return
        with suppress(ConnectionError):  # the client has lost patience, which is its right
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer.body[: len(answer.body) // 2] if answer.torn else answer.body)
            self.wfile.flush()

    def log_message(self, *args: object) -> None:
        """Say nothing: the log is an attribute of the server."""
