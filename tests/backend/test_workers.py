"""Workers that cannot start, and what becomes of the jobs that wait for them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import zmq

from selcolor_backend.daemon import worker_handle
from selcolor_backend.daemon.patience import Patience
from selcolor_backend.daemon.queue import Job, JobQueue, Work
from selcolor_backend.daemon.sessions import Session
from selcolor_backend.daemon.sockets import WORKER, Sockets
from selcolor_backend.daemon.worker_handle import WorkerHandle, WorkerState
from selcolor_backend.daemon.workers import LIGHT, NETWORK, Workers
from selcolor_protocol.errors import DaemonError


@pytest.fixture
def sockets(tmp_path: Path) -> Iterator[Sockets]:
    with Sockets(tmp_path, "ipc") as opened:
        yield opened


def test_a_socket_that_cannot_be_bound_is_closed(sockets: Sockets, tmp_path: Path) -> None:
    opened: list[zmq.Socket[bytes]] = []
    make = sockets.context.socket

    def note(kind: int) -> zmq.Socket[bytes]:
        opened.append(make(kind))
        return opened[-1]

    sockets.context.socket = note  # type: ignore[method-assign,assignment]
    with pytest.raises(DaemonError):
        sockets.bind(WORKER, "no/such/folder")
    assert [socket.closed for socket in opened] == [True]


def test_a_process_that_takes_no_setup_is_not_left_behind(
    sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_file: int, _data: bytes) -> int:
        raise BrokenPipeError

    before = {child.pid for child in psutil.Process().children()}
    monkeypatch.setattr(worker_handle.os, "write", refuse)
    with pytest.raises(BrokenPipeError):
        WorkerHandle(sockets, NETWORK, Patience())
    monkeypatch.undo()
    assert {child.pid for child in psutil.Process().children()} == before
    assert list(sockets.folder.glob("*.sock")) == []


def test_blends_wait_for_the_network_worker_where_the_light_one_cannot_start(
    sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start_nothing(handle: WorkerHandle) -> subprocess.Popen[bytes]:
        ends = "0" if handle.name == LIGHT else "30"
        command = [sys.executable, "-c", f"import time; time.sleep({ends})"]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    monkeypatch.setattr(WorkerHandle, "_start_process", start_nothing)
    workers, queue, owner = Workers(sockets, Patience()), JobQueue(), Session("one", b"")
    workers.warm_up()
    (network,) = workers
    network.state = WorkerState.BUSY
    queue.add(Job(owner, 1, Work.BLEND, []))
    try:
        assert workers.dispatch(queue) == []
        light = next(worker for worker in workers if worker.name == LIGHT)
        light.process.wait(30)
        assert workers.bury(queue) == []
        assert workers.dispatch(queue) == []
        assert [worker.name for worker in workers] == [NETWORK]
        assert [job.number for job in queue] == [1]
    finally:
        workers.end()
