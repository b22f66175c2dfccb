"""The daemon as its clients meet it: its life, its doors, and nonsense at them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgpack
import psutil
import pytest
import zmq
from daemon_home import (
    DaemonHome,
    colorize,
)

from ended import still_running
from selcolor_protocol import codec, limits
from selcolor_protocol.client import Client
from selcolor_protocol.connection import (
    ConnectionInfo,
    connection_path,
    read_connection,
    write_connection,
)
from selcolor_protocol.errors import (
    DaemonGone,
    ProtocolError,
    UnknownSession,
    VersionMismatch,
)
from selcolor_protocol.launch import EXIT_ALREADY_RUNNING
from selcolor_protocol.messages import (
    REPLIES,
    Cancel,
    Failed,
    Lane,
    Refused,
    Status,
)
from selcolor_protocol.raster import Raster
from selcolor_protocol.runtime import private_runtime_folder
from selcolor_protocol.sockets import IO_THREADS, connect_socket

pytestmark = pytest.mark.slow


def test_a_daemon_announces_itself_and_cleans_up_when_stopped(home: DaemonHome) -> None:
    process = home.start()
    with home.client() as client:
        assert client.status().pid == process.pid
        client.stop_daemon()

    assert process.wait(10) == 0
    assert sorted(os.listdir(home.runtime)) in ([], ["daemon.lock"])


def test_a_terminated_daemon_cleans_up_too(home: DaemonHome) -> None:
    process = home.start()
    home.client().close()

    process.send_signal(signal.SIGTERM)

    assert process.wait(10) == 0
    assert not connection_path().exists()


def test_of_two_daemons_started_at_once_one_wins_and_the_other_says_so(home: DaemonHome) -> None:
    pair = [home.start(), home.start()]
    home.client().close()
    deadline = time.monotonic() + 20
    while all(process.poll() is None for process in pair) and time.monotonic() < deadline:
        time.sleep(0.05)

    losers = [process for process in pair if process.poll() is not None]

    assert [loser.returncode for loser in losers] == [EXIT_ALREADY_RUNNING]
    assert "already runs" in losers[0].communicate()[1]


def test_a_stale_connection_file_does_not_stop_the_next_daemon(home: DaemonHome) -> None:
    private_runtime_folder()
    dead = ConnectionInfo("ipc:///nowhere/c", "ipc:///nowhere/d", 1, "0", 2**22 + 1, 0.0)
    write_connection(dead, connection_path())

    assert home.run("daemon").returncode == 0
    assert home.run("status").returncode == 0


def test_a_killed_daemon_takes_its_workers_along_and_the_next_one_starts(home: DaemonHome) -> None:
    process = home.start()
    home.client().close()
    workers = psutil.Process(process.pid).children()
    assert workers

    process.kill()
    process.wait()

    assert still_running(workers, 10) == []
    home.start()
    home.client().close()


@pytest.mark.parametrize(("own", "spins"), [({}, "10000"), ({"GOMP_SPINCOUNT": "7"}, "7")])
def test_a_workers_threads_spin_briefly_unless_the_user_says_otherwise(
    home: DaemonHome, own: dict[str, str], spins: str
) -> None:
    home.environment.pop("GOMP_SPINCOUNT", None)
    home.environment |= own
    process = home.start()
    home.client().close()
    (worker,) = psutil.Process(process.pid).children()

    assert worker.environ()["GOMP_SPINCOUNT"] == spins
    assert worker.environ()["OPENBLAS_NUM_THREADS"] == home.environment.get(
        "OPENBLAS_NUM_THREADS", "1"
    )


def test_the_daemon_itself_stays_small(home: DaemonHome) -> None:
    process = home.start()
    with home.client():
        mapped = " ".join(entry.path for entry in psutil.Process(process.pid).memory_maps())

    assert "libtorch" not in mapped


@contextmanager
def raw_socket(client: Client, lane: Lane = Lane.CONTROL) -> Iterator[zmq.Socket[bytes]]:
    """A socket that says whatever it is given."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context(IO_THREADS)
    address = {Lane.CONTROL: client.info.control, Lane.DATA: client.info.data}[lane]
    try:
        yield connect_socket(context, zmq.DEALER, address, client.info.keys)
    finally:
        context.destroy(linger=0)


def nested(depth: int) -> object:
    """A list in a list in a list."""
    return [nested(depth - 1)] if depth else []


def test_nonsense_is_answered_and_the_daemon_lives(home: DaemonHome) -> None:
    home.start()
    deep = msgpack.packb({"protocol": nested(400), "kind": "ping", "session": ""})
    with home.client() as client, raw_socket(client) as socket:
        for frames in ([b""], [b"\xc1"], [b"x", b"y", b"z"], [bytes(60_000)], [deep]):
            socket.send_multipart(frames)
            assert socket.poll(5000)
            assert isinstance(codec.decode(socket.recv_multipart(), REPLIES[Lane.CONTROL]), Refused)

        assert isinstance(client.status(), Status)


def test_a_frame_beyond_the_limit_ends_the_connection_unread(home: DaemonHome) -> None:
    home.start()
    with home.client() as client, raw_socket(client) as socket:
        ends = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        socket.send(bytes(2 * limits.MAX_HEADER_BYTES))
        was_ended = ends.poll(30_000)
        socket.disable_monitor()

        assert was_ended
        assert not socket.poll(0)
        assert isinstance(client.status(), Status)


@pytest.mark.parametrize(
    ("header", "job"), [({"kind": "blend", "job": 7}, 7), ({"kind": "blend"}, None)]
)
def test_a_request_that_cannot_be_taken_is_answered_for_its_job(
    home: DaemonHome, header: dict[str, object], job: int | None
) -> None:
    home.start()
    with home.client() as client, raw_socket(client, Lane.DATA) as socket:
        socket.send_multipart([msgpack.packb(header | {"protocol": limits.PROTOCOL_VERSION})])
        assert socket.poll(5000)
        reply = codec.decode(socket.recv_multipart(), REPLIES[Lane.DATA])

    assert isinstance(reply, Failed)
    assert (reply.job, reply.code) == (job, ProtocolError.code)


def test_a_guessed_session_is_refused(home: DaemonHome) -> None:
    home.start()
    with home.client() as client, raw_socket(client) as socket:
        socket.send_multipart(codec.encode(Cancel("0" * 32, 1)))
        assert socket.poll(5000)
        reply = codec.decode(socket.recv_multipart(), REPLIES[Lane.CONTROL])

    assert isinstance(reply, Refused)
    assert reply.code == UnknownSession.code


def test_a_daemon_of_another_protocol_version_is_named(home: DaemonHome) -> None:
    home.start()
    home.client().close()
    info = read_connection(connection_path())
    assert info is not None
    content = json.loads(connection_path().read_text()) | {"protocol": 9}
    connection_path().write_text(json.dumps(content))

    with pytest.raises(VersionMismatch, match="speaks protocol 9"):
        home.client()


def test_the_daemon_refuses_a_client_of_another_protocol_version(home: DaemonHome) -> None:
    from selcolor_protocol.messages import Hello

    home.start()
    with home.client() as client, raw_socket(client) as socket:
        socket.send_multipart(codec.encode(Hello("future", "9.9", 8)))
        assert socket.poll(5000)
        reply = codec.decode(socket.recv_multipart(), REPLIES[Lane.CONTROL])

    assert isinstance(reply, Refused)
    assert reply.code == VersionMismatch.code
    assert "speaks protocol 8" in reply.sentence


def test_the_tcp_door_opens_with_the_keys(home: DaemonHome, photo: Raster) -> None:
    home.start("--endpoint", "tcp")
    with home.client() as client:
        assert client.info.control.startswith("tcp://127.0.0.1:")
        assert client.wait(client.colorize(colorize(photo))).colorized is not None


def test_the_tcp_door_stays_shut_to_other_keys(home: DaemonHome) -> None:
    home.start("--endpoint", "tcp")
    with home.client() as client:
        assert client.info.keys is not None
        public, secret = zmq.curve_keypair()
        strange = type(client.info.keys)(
            client.info.keys.server_public, public.decode(), secret.decode()
        )
        for keys in (None, strange):
            info = ConnectionInfo(**{**vars(client.info), "keys": keys})
            with pytest.raises(DaemonGone):
                Client.open(info, "stranger", "0", timeout=1)
        assert isinstance(client.status(), Status)


def test_a_module_in_the_users_folder_is_never_imported(home: DaemonHome, folder: Path) -> None:
    (folder / "zmq.py").write_text("raise SystemExit('imported from the photo folder')")
    command = [str(Path(sys.executable).with_name("selcolor")), "daemon"]

    result = subprocess.run(
        command, cwd=folder, env=home.environment, capture_output=True, text=True, timeout=60
    )

    assert result.returncode == 0, result.stderr
    with home.client() as client:
        deadline = time.monotonic() + 60
        while client.status().device is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert client.status().device is not None
