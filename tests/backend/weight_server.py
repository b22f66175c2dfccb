"""A server of weight files that misbehaves as a test tells it to."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOLD_SECONDS = 240.0

CONTENT = bytes(range(256)) * 2000

HALF = 5_000_000
"""Bytes of `own_registry.small_file` at which tests hold the server."""

UNWRITTEN = 2 * io.DEFAULT_BUFFER_SIZE
"""Bytes that a file may keep in memory until it is closed: far more since Python 3.14."""


class Server(ThreadingHTTPServer):
    """A weight server whose honesty the test decides.

    Attributes:
        body: what it serves.
        honors_range: answers Range with 206.
        break_after: bytes after which it hangs up; None for never.
        claimed_length: what it says in Content-Length; None for the truth.
        hold_at: bytes after which it sends nothing until `go_on` is set; None for never.
        go_on: set by the test.
        range_shift: how far off its Content-Range is.
        status: an error to answer with instead.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.body = CONTENT
        self.honors_range = True
        self.break_after: int | None = None
        self.hold_at: int | None = None
        self.go_on = threading.Event()
        self.claimed_length: int | None = None
        self.range_shift = 0
        self.status: int | None = None
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"{self.folder}/weights.bin"

    @property
    def folder(self) -> str:
        """The address of every file, all of which are the same."""
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """A server that answers from a thread of its own."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.go_on.set()
        server.shutdown()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        wanted = self.headers.get("Range")
        server.asked.append(wanted)
        if server.status is not None:
            self.send_error(server.status)
            return
        start = 0
        if wanted and server.honors_range:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(server.body):
                self.send_error(416)
                return
        body = server.body[start:]
        self.send_response(206 if start else 200)
        if start:
            shown = start + server.range_shift
            self.send_header(
                "Content-Range", f"bytes {shown}-{len(server.body) - 1}/{len(server.body)}"
            )
        claimed = len(body) if server.claimed_length is None else server.claimed_length
        self.send_header("Content-Length", str(claimed))
        self.end_headers()
        body = body[: server.break_after]
        held = len(body) if server.hold_at is None else server.hold_at
        self.wfile.write(body[:held])
        if held < len(body):
            server.go_on.wait(HOLD_SECONDS)
            self.wfile.write(body[held:])
        self.close_connection = True

    def handle(self) -> None:
        # The client may have what it wanted and hang up.
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
