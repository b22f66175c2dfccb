"""What the daemon does when something takes too long: a server in this process, made impatient."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest
from daemon_home import colorize, until_running, wait_until

from selcolor_backend.daemon.patience import Patience
from selcolor_backend.daemon.server import Server
from selcolor_backend.daemon.sockets import Sockets
from selcolor_protocol import limits
from selcolor_protocol.client import Client
from selcolor_protocol.connection import ConnectionInfo
from selcolor_protocol.errors import Busy, JobCancelled, UnknownSession, WorkerCrashed
from selcolor_protocol.raster import Raster

pytestmark = pytest.mark.slow

Connect = Callable[[], Client]
Start = Callable[[Patience | SimpleNamespace], Connect]


@pytest.fixture
def patience() -> SimpleNamespace:
    """The usual patience, to be lost on the way: torch's import may take as long as it does."""
    return SimpleNamespace(**asdict(Patience()))


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server of given patience in a thread; returns what opens a session with it."""
    running: list[tuple[Server, threading.Thread]] = []

    def start_server(patience: Patience | SimpleNamespace) -> Connect:
        ready = threading.Event()
        box: list[tuple[Server, ConnectionInfo]] = []

        def serve() -> None:
            with tempfile.TemporaryDirectory() as name, Sockets(Path(name), "ipc") as sockets:
                server = Server(sockets, tuple, patience=patience)
                addresses = server.control_address, server.data_address
                box.append((server, ConnectionInfo(*addresses, 1, "0", os.getpid(), 0.0)))
                ready.set()
                server.run()

        thread = threading.Thread(target=serve)
        thread.start()
        assert ready.wait(10)
        server, info = box[0]
        running.append((server, thread))
        return lambda: Client.open(info, "test", "0")

    yield start_server
    for server, thread in running:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


def test_a_worker_that_ignores_a_cancel_is_ended(
    start: Start, photo: Raster, large_photo: Raster
) -> None:
    connect = start(Patience(cancel=0.3))
    with connect() as client:
        job = client.colorize(colorize(large_photo))
        until_running(client)
        stopped = client.status().workers[0]
        os.kill(stopped, signal.SIGSTOP)
        client.cancel(job)
        with pytest.raises(JobCancelled):
            client.wait(job)

        assert client.wait(client.colorize(colorize(photo))).colorized is not None
        assert stopped not in client.status().workers


def test_a_worker_that_does_not_take_its_job_is_ended(
    start: Start, patience: SimpleNamespace, photo: Raster
) -> None:
    connect = start(patience)
    with connect() as client:
        client.wait(client.colorize(colorize(photo)))
        os.kill(client.status().workers[0], signal.SIGSTOP)
        patience.take = 0.5
        job = client.colorize(colorize(photo))

        with pytest.raises(WorkerCrashed, match=r"no word for 0\.5 s"):
            client.wait(job)


def test_a_worker_that_hangs_is_ended(
    start: Start, patience: SimpleNamespace, large_photo: Raster
) -> None:
    connect = start(patience)
    with connect() as client:
        job = client.colorize(colorize(large_photo))
        until_running(client)
        os.kill(client.status().workers[0], signal.SIGSTOP)
        patience.hang = 1.0

        with pytest.raises(WorkerCrashed):
            client.wait(job)


def test_a_worker_killed_just_before_a_cancel_does_not_stop_the_daemon(
    start: Start, large_photo: Raster
) -> None:
    connect = start(Patience())
    with connect() as client:
        job = client.colorize(colorize(large_photo))
        until_running(client)
        os.kill(client.status().workers[0], signal.SIGKILL)
        client.cancel(job)

        assert client.status().pid == os.getpid()


def test_an_idle_worker_exits_and_comes_back_when_needed(start: Start, photo: Raster) -> None:
    connect = start(Patience(idle_worker=0.5))
    with connect() as client:
        client.wait(client.colorize(colorize(photo)))

        assert wait_until(lambda: client.status().workers == ())
        assert client.wait(client.colorize(colorize(photo))).colorized is not None


def test_a_client_that_falls_silent_loses_its_jobs(
    start: Start, patience: SimpleNamespace, large_photo: Raster
) -> None:
    connect = start(patience)
    with connect() as silent, connect() as watcher:
        for _ in range(3):
            silent.colorize(colorize(large_photo))
        until_running(silent)
        # What hangs does not end by itself while the test waits.
        os.kill(watcher.status().workers[0], signal.SIGSTOP)
        patience.cancel, patience.silent_client = 0.3, 1.5

        assert wait_until(lambda: len(watcher.status().sessions) == 1)
        assert watcher.status().jobs == ()


def test_a_session_with_nothing_to_do_is_forgotten_in_the_end(start: Start) -> None:
    connect = start(Patience(idle_session=1.0))
    with connect(), connect() as watcher:
        assert wait_until(lambda: len(watcher.status().sessions) == 1)


def test_a_daemon_that_nobody_uses_leaves(start: Start, patience: SimpleNamespace) -> None:
    before = threading.active_count()
    connect = start(patience)
    connect().close()
    patience.leave = 1.0

    assert wait_until(lambda: threading.active_count() == before)


def test_where_all_sessions_are_taken_the_one_that_was_silent_for_longest_makes_room(
    start: Start, patience: SimpleNamespace
) -> None:
    connect = start(patience)
    with ExitStack() as stack:
        silent, *others = [stack.enter_context(connect()) for _ in range(limits.MAX_SESSIONS)]
        with pytest.raises(Busy):
            connect()
        patience.silent_client = 0.0

        with connect() as late:
            assert late.status().pid == os.getpid()

        with pytest.raises(UnknownSession):
            silent.status()
        assert others[0].status().pid == os.getpid(), "one had to go, and no more"
