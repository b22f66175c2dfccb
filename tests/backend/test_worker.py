"""A worker between two jobs."""

from __future__ import annotations

import gc
import logging
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import zmq
from daemon_home import MATTE, PATIENCE, drawn_photo, left_half

from selcolor_backend.daemon.sockets import WORKER, Sockets
from selcolor_backend.worker import serving
from selcolor_backend.worker.link import PIECES_UNDER_WAY, WORKER_REPLIES
from selcolor_backend.worker.serving import Worker
from selcolor_protocol import codec, pieces
from selcolor_protocol.messages import Blend, Cancel, Cancelled, Colorize, Done, Message, Piece
from selcolor_protocol.options import Background, ColorizeOptions
from selcolor_protocol.raster import Channels, Raster, RasterFormat, SampleType
from selcolor_protocol.sockets import IO_THREADS, connect_socket


class NoMoreJobs(Exception):
    """Ends a worker that would wait for ever."""


class OneJob:
    """A socket through which one request comes; then it looks at what is still held."""

    def __init__(self, request: Blend | Colorize) -> None:
        header, *parts = codec.encode(request)
        messages = [[header]]
        messages += [codec.encode(Piece(request.job, data)) for data in pieces.cut(parts)]
        self._waiting = [
            [SimpleNamespace(buffer=frame) for frame in frames] for frames in reversed(messages)
        ]
        self.held: list[Message] = []
        self.met: list[weakref.ref[Message]] = []

    def recv_multipart(self, copy: bool) -> list[SimpleNamespace]:
        if self._waiting:
            return self._waiting.pop()
        gc.collect()
        self.held = [message for ref in self.met if (message := ref()) is not None]
        raise NoMoreJobs

    def send(self, frame: bytes) -> None:
        """Nobody listens."""

    def send_multipart(self, frames: object, copy: bool) -> None:
        """Nobody listens."""

    def poll(self, _milliseconds: int) -> int:
        return 0


def test_a_worker_that_waits_holds_neither_the_last_request_nor_its_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photo = drawn_photo(64, 48)
    socket = OneJob(Blend("", 1, MATTE, Background.KEEP, photo, photo, left_half(photo)))
    kinds: list[str] = []

    def note(message: Message) -> None:
        kinds.append(message.kind)
        socket.met.append(weakref.ref(message))

    gather, send = Worker._gather, Worker._send

    def gather_and_note(worker: Worker, *announced: Any) -> Message | None:
        message = gather(worker, *announced)
        assert message is not None
        note(message)
        return message

    def send_and_note(worker: Worker, message: Message) -> None:
        note(message)
        send(worker, message)

    monkeypatch.setattr(serving.Worker, "_gather", gather_and_note)
    monkeypatch.setattr(serving.Worker, "_send", send_and_note)
    with pytest.raises(NoMoreJobs):
        Worker(socket).serve()

    assert {"blend", "done"} <= set(kinds)
    assert socket.held == []


def test_a_worker_logs_how_long_each_stage_took(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    began = time.monotonic()
    with pytest.raises(NoMoreJobs):
        Worker(OneJob(Colorize("", 1, ColorizeOptions(), drawn_photo(64, 48)))).serve()
    elapsed = time.monotonic() - began

    (record,) = [record for record in caplog.records if record.message == "colorize done"]
    entry = vars(record)
    assert list(entry["seconds"]) == ["open", "read", "segment", "colorize", "paint"]
    assert 0 < sum(entry["seconds"].values()) < elapsed
    assert 0 < entry["networks"] < entry["seconds"]["segment"] + entry["seconds"]["colorize"]
    assert entry["pixels"] == 64 * 48


MANY_PIECES = 5 * PIECES_UNDER_WAY


@pytest.fixture
def link(tmp_path: Path) -> Iterator[tuple[zmq.Socket[bytes], zmq.Socket[bytes]]]:
    """The socket process's end of a real link, and the worker's."""
    with Sockets(tmp_path, "tcp") as sockets, zmq.Context(IO_THREADS) as context:
        daemon, address = sockets.bind(WORKER, "worker")
        context.sndhwm = PIECES_UNDER_WAY
        worker = connect_socket(context, zmq.PAIR, address, sockets.keys)
        yield daemon, worker
        worker.close()
        daemon.close()


def large_result() -> Done:
    """A result of many pieces."""
    layout = RasterFormat(4096, 256 * MANY_PIECES, Channels.GRAY, SampleType.U8)
    return Done(7, "", "", "cpu", (), Raster(layout, bytes(layout.byte_count)))


def test_a_result_that_is_cancelled_on_its_way_is_sent_no_further(
    link: tuple[zmq.Socket[bytes], zmq.Socket[bytes]],
) -> None:
    daemon, socket = link
    with ThreadPoolExecutor(1) as thread:
        sending = thread.submit(Worker(socket)._send, large_result())
        messages = [next_message(daemon)]
        with pytest.raises(TimeoutError):  # what nobody takes is not sent ahead
            sending.result(1)
        daemon.send_multipart(codec.encode(Cancel("", 7)))
        while isinstance(messages[-1], (Done, Piece)) and len(messages) <= MANY_PIECES:
            messages.append(next_message(daemon))
        sending.result(PATIENCE)

    assert messages[-1] == Cancelled(7)
    assert len(messages) < MANY_PIECES


def next_message(socket: zmq.Socket[bytes]) -> Message:
    """What a worker says next."""
    assert socket.poll(1000 * PATIENCE)
    return codec.decode(socket.recv_multipart(), WORKER_REPLIES)
