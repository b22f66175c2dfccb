"""Pictures in pieces at the daemon: all can be cancelled, and nobody's memory fills."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import psutil
import pytest
from daemon_home import DaemonHome, colorize, drawn_photo, until, wait_until

from selcolor_backend.daemon.jobs import UNTAKEN_RESULTS
from selcolor_protocol import codec, limits
from selcolor_protocol.client import Client
from selcolor_protocol.errors import JobCancelled, ProtocolError
from selcolor_protocol.messages import (
    Cancelled,
    Colorize,
    Failed,
    Lane,
    Message,
    Piece,
    Progress,
    Refused,
)
from selcolor_protocol.raster import Raster

pytestmark = pytest.mark.slow


def take_no_results(client: Client) -> None:
    """The client lives and sends, but allows no piece of a result."""
    client._lanes._transfers._grant = lambda job, arrival: None  # type: ignore[method-assign]


def send_nothing_more(client: Client) -> None:
    """The client announces its photos, and sends no piece of them."""
    client._lanes._transfers._send_pieces = lambda grant: None  # type: ignore[method-assign]


@pytest.mark.parametrize("transport", ["ipc", "tcp"])
def test_a_cancel_while_the_photo_arrives_is_heard_and_the_next_job_is_done(
    home: DaemonHome, photo: Raster, large_photo: Raster, transport: str
) -> None:
    home.start("--endpoint", transport)
    with home.client() as client:
        for _ in range(5):
            job = client.colorize(colorize(large_photo))
            until(client, Progress)
            client.cancel(job)
            with pytest.raises(JobCancelled):
                client.wait(job)
        assert client.status().jobs == ()

        assert client.wait(client.colorize(colorize(photo))).colorized is not None


def test_a_cancel_that_overtakes_its_job_is_kept(home: DaemonHome, photo: Raster) -> None:
    home.start()
    with home.client() as client:
        client.cancel(1)
        client.status()
        job = client.colorize(colorize(photo))

        with pytest.raises(JobCancelled):
            client.wait(job)
        assert client.wait(client.colorize(colorize(photo))).job == job + 1


def test_a_result_that_is_half_taken_can_be_cancelled(home: DaemonHome) -> None:
    home.start()
    with home.client() as client:
        take_no_results(client)
        job = client.colorize(colorize(drawn_photo(1500, 1000)))
        assert wait_until(lambda: client.status().jobs_done == 1, 60)
        client.cancel(job)

        assert isinstance(until(client, Cancelled), Cancelled)
        assert client.status().held_bytes == 0


def test_a_client_that_takes_no_results_stops_its_own_jobs_only(
    home: DaemonHome, photo: Raster
) -> None:
    home.start()
    with home.client("slow") as slow, home.client("other") as other:
        take_no_results(slow)
        for _ in range(limits.MAX_QUEUED_JOBS):
            slow.colorize(colorize(drawn_photo(1500, 1000)))
        assert wait_until(lambda: slow.status().jobs_done == UNTAKEN_RESULTS, 60)

        assert other.wait(other.colorize(colorize(photo))).colorized is not None
        assert other.status().jobs_done == UNTAKEN_RESULTS + 1


def test_a_photo_beyond_the_budget_waits_for_others_to_be_done(
    home: DaemonHome, large_photo: Raster
) -> None:
    home.environment["SELCOLOR_MEMORY_SHARE"] = "0.000001"
    home.start()
    with home.client("first") as first, home.client("second") as second:
        send_nothing_more(first)
        first.colorize(colorize(large_photo))
        until(first, Progress)
        second.colorize(colorize(large_photo))
        failed = until(second, Failed)

    assert isinstance(failed, Failed)
    assert failed.code == "busy"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda job: Piece(job, bytes(limits.PIECE_BYTES + 0), ""),
        lambda job: Piece(job, b"short", ""),
        lambda job: Piece(job + 7, b"of nothing", ""),
    ],
    ids=["not granted any more", "of another size", "of no job"],
)
def test_pieces_that_may_not_come_end_their_job(
    home: DaemonHome, photo: Raster, large_photo: Raster, spoil: Callable[[int], Piece]
) -> None:
    home.start()
    with home.client() as client:
        send_nothing_more(client)
        job = client.colorize(colorize(large_photo))
        until(client, Progress)
        spoiled = spoil(job)
        for _ in range(limits.WINDOW_PIECES + 1):
            piece = Piece(spoiled.job, spoiled.data, client.welcome.session)
            client._lanes._wire.send(Lane.DATA, codec.encode(piece))
        failed = until(client, Failed)

        assert isinstance(failed, Failed)
        assert failed.code == ProtocolError.code
        assert client.status().pid


def test_pixels_may_not_come_with_their_announcement(home: DaemonHome, photo: Raster) -> None:
    home.start()
    with home.client() as client:
        request = Colorize(client.welcome.session, 1, colorize(photo).options, photo)
        client._lanes._wire.send(Lane.DATA, codec.encode(request))

        assert isinstance(until(client, Failed), Failed)


@pytest.mark.parametrize("lane", list(Lane))
def test_a_message_of_many_frames_is_refused_and_holds_up_nobody(
    home: DaemonHome, lane: Lane
) -> None:
    home.start()
    with home.client("flood") as flood, home.client("other") as other:
        flood._lanes._wire.send(lane, [b"x"] * 50_000)
        other.status()
        refused: Message = until(flood, Refused if lane is Lane.CONTROL else Failed)

    assert isinstance(refused, (Refused, Failed))
    assert "more than 2 frames" in refused.sentence


def is_at_rest(process: psutil.Process) -> bool:
    """Whether a process has nothing to do."""
    before = sum(process.cpu_times()[:2])
    time.sleep(0.5)
    return sum(process.cpu_times()[:2]) - before < 0.02


def test_every_job_has_its_end_however_late_its_client_reads(
    home: DaemonHome, photo: Raster
) -> None:
    daemon, jobs = psutil.Process(home.start().pid), 4000
    with home.client() as client:
        send_nothing_more(client)
        for _ in range(jobs):
            client.colorize(colorize(photo))
        assert wait_until(lambda: is_at_rest(daemon), 60), "all have been answered"
        ended = set()
        deadline = time.monotonic() + 60
        while len(ended) < jobs - limits.MAX_QUEUED_JOBS and time.monotonic() < deadline:
            ended |= {each.job for each in client.poll(0.1) if isinstance(each, Failed)}

    assert len(ended) == jobs - limits.MAX_QUEUED_JOBS


def greeting() -> bytes:
    """What a client of ZeroMQ with CURVE says first."""
    return b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"CURVE".ljust(20, b"\0") + bytes(32)


def test_a_stranger_who_declares_a_large_message_is_let_go_before_it_comes(
    home: DaemonHome,
) -> None:
    home.start("--endpoint", "tcp")
    with home.client() as client:
        port = int(client.info.data.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            stranger.sendall(greeting())
            while len(stranger.recv(64, socket.MSG_PEEK)) < 64:
                time.sleep(0.01)
            stranger.recv(64)
            stranger.sendall(b"\x06" + struct.pack("!Q", 2 * limits.PIECE_BYTES))
            stranger.settimeout(4)  # a handshake may take 5 s

            assert stranger.recv(1) == b""
        assert client.status().pid


def test_one_connection_has_one_session(home: DaemonHome) -> None:
    from selcolor_protocol.messages import Hello, Welcome

    home.start()
    with home.client("watcher") as watcher, home.client("greedy") as greedy:
        for _ in range(limits.MAX_SESSIONS + 6):
            greedy._lanes._wire.send(Lane.CONTROL, codec.encode(Hello("again\x1b[31m\n", "0")))
            until(greedy, Welcome)

        assert watcher.status().sessions == ("watcher 0", "again?[31m? 0")


@contextmanager
def many_connections(port: int, count: int) -> Iterator[None]:
    """Connections that say nothing, as many as are let in."""
    with ExitStack() as stack:
        for _ in range(count):
            held = stack.enter_context(socket.socket())
            held.settimeout(0.05)
            with suppress(OSError):
                held.connect(("127.0.0.1", port))
        yield


def test_more_connections_than_descriptors_do_not_end_the_daemon(home: DaemonHome) -> None:
    process = home.start(limits="-n 256")
    with home.client() as client:
        port = int(client.info.data.rpartition(":")[2])
        with many_connections(port, 400):
            assert client.status().pid == process.pid
    home.client("after").close()
    assert process.poll() is None
