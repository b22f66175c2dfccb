"""An editor whose Python has no pyzmq reaches the daemon through a relay: real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from daemon_home import PATIENCE, DaemonHome, colorize, until_running

from ended import still_running
from selcolor_backend.cli.session import daemon_command
from selcolor_protocol import relay, wire
from selcolor_protocol.client import Client
from selcolor_protocol.connection import connection_path, read_connection
from selcolor_protocol.errors import DaemonGone, JobCancelled, ProtocolError, RelayFailed
from selcolor_protocol.raster import Raster

pytestmark = pytest.mark.slow

EDITOR = Path(__file__).with_name("editor_without_zmq.py")


@pytest.fixture
def without_zmq(home: DaemonHome, monkeypatch: pytest.MonkeyPatch) -> DaemonHome:
    """This process does as if it had no pyzmq; `editor_without_zmq.py` really has none."""
    monkeypatch.setattr(wire, "has_zmq", lambda: False)
    return home


@pytest.fixture
def client(without_zmq: DaemonHome) -> Iterator[Client]:
    """A session through a relay with a daemon of the test's own; the relay ends with it."""
    without_zmq.start()
    with without_zmq.client() as client:
        yield client
        begun = relays()
    assert not alive(begun)


def alive(begun: list[psutil.Process]) -> list[psutil.Process]:
    """Those that do not end by themselves."""
    return still_running(begun, PATIENCE)


def the_relay(of: int | None = None) -> psutil.Process:
    """The one relay that a process, else this one, has; what was killed needs a moment to go."""
    deadline = time.monotonic() + PATIENCE
    while len(found := relays(of)) != 1:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found[0]


def relays(of: int | None = None) -> list[psutil.Process]:
    """The relays that a process, else this one, has started."""
    found = []
    for child in psutil.Process(of).children():
        try:
            if "selcolor_protocol.relay" in child.cmdline():
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def edit(home: DaemonHome, *arguments: str) -> subprocess.Popen[str]:
    """An editor in a process of its own, whose Python cannot import pyzmq."""
    environment = home.environment | {"PYTHONPATH": str(EDITOR.parent)}
    return subprocess.Popen(
        [sys.executable, str(EDITOR), *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_pixels_are_those_of_the_direct_way(home: DaemonHome, tmp_path: Path) -> None:
    home.start()
    home.client().close()
    editor = edit(home, "colorize", str(tmp_path / "relayed"))
    assert editor.communicate(timeout=200)[0].split() == ["no-zmq", "done"]
    assert editor.returncode == 0

    from editor_without_zmq import camera, pixels_of

    with home.client() as direct:
        assert not relays()
        done = direct.wait(direct.colorize(colorize(camera())))

    assert (tmp_path / "relayed").read_bytes() == pixels_of(done)


def test_the_editor_starts_the_daemon_when_there_is_none(home: DaemonHome) -> None:
    editor = edit(home, "start", *daemon_command())
    assert editor.communicate(timeout=200)[0].split() == ["no-zmq", "started"]
    info = read_connection(connection_path())

    assert info is not None
    assert psutil.pid_exists(info.pid), "it outlives the editor"


def test_pictures_pass_the_encrypted_door_too(without_zmq: DaemonHome, photo: Raster) -> None:
    without_zmq.start("--endpoint", "tcp")
    with without_zmq.client() as client:
        assert client.info.keys is not None
        assert client.wait(client.colorize(colorize(photo))).colorized is not None
        process = the_relay()
        assert client.info.keys.client_secret not in " ".join(
            [*process.cmdline(), *process.environ().values()]
        )


def test_a_cancel_passes_the_relay(client: Client, large_photo: Raster) -> None:
    client.colorize(colorize(large_photo))
    until_running(client)
    waiting = client.colorize(colorize(large_photo))
    client.cancel(waiting)

    with pytest.raises(JobCancelled):
        client.wait(waiting)


def test_sending_never_blocks(client: Client, large_photo: Raster) -> None:
    process = the_relay()
    process.suspend()
    awakening = threading.Timer(20, process.resume)
    awakening.start()
    client.colorize(colorize(large_photo))

    assert awakening.is_alive(), "sending waited for the relay"
    awakening.cancel()
    process.resume()


def test_a_killed_relay_is_told_at_once(client: Client, large_photo: Raster) -> None:
    process = the_relay()
    job = client.colorize(colorize(large_photo))
    until_running(client)
    process.kill()

    with pytest.raises(RelayFailed) as caught:
        client.wait(job)

    assert caught.value.code == "relay_failed"
    assert "your photo is untouched" in caught.value.sentence
    assert caught.value.hint
    with pytest.raises(RelayFailed):
        client.poll()


def test_a_relay_that_hangs_is_silence_and_is_ended(client: Client) -> None:
    process = the_relay()
    process.suspend()

    with pytest.raises(DaemonGone, match="stopped answering"):
        client.wait(job=0)

    client.close(linger=0)
    assert not alive([process])


def test_a_killed_daemon_is_silence(client: Client) -> None:
    os.kill(client.info.pid, signal.SIGKILL)

    with pytest.raises(DaemonGone, match="stopped answering"):
        client.wait(job=0)


def leave_alone(daemon: psutil.Process) -> None:
    """The daemon is well."""


OF_DAEMONS = pytest.mark.parametrize(
    "strike",
    [leave_alone, psutil.Process.kill, psutil.Process.suspend],
    ids=["that lives", "that was killed", "that hangs"],
)


@OF_DAEMONS
def test_the_relay_ends_with_the_session(
    client: Client, large_photo: Raster, strike: Callable[[psutil.Process], None]
) -> None:
    process = the_relay()
    client.colorize(colorize(large_photo))
    strike(psutil.Process(client.info.pid))
    client.colorize(colorize(large_photo))

    client.close()

    assert not alive([process])


@OF_DAEMONS
def test_the_relay_ends_when_the_editor_is_killed(
    home: DaemonHome, strike: Callable[[psutil.Process], None]
) -> None:
    home.start()
    with home.client() as client:
        daemon = psutil.Process(client.info.pid)
    editor = edit(home, "pile")
    assert editor.stdin is not None
    assert editor.stdout is not None
    assert [editor.stdout.readline().strip() for _ in range(2)] == ["no-zmq", "waiting"]
    process = the_relay(editor.pid)
    strike(daemon)
    editor.stdin.write("go on\n")
    editor.stdin.flush()
    assert editor.stdout.readline() == "piled\n"

    editor.kill()
    editor.communicate()

    assert not alive([process])


def test_how_long_the_relay_outlives_the_editor() -> None:
    assert relay.LINGER / 1000 < relay.END_SECONDS < 1


def test_the_daemon_forgets_an_editor_that_was_killed(home: DaemonHome) -> None:
    home.start()
    home.client().close()
    editor = edit(home, "wait")
    assert editor.stdout is not None
    assert [editor.stdout.readline().strip() for _ in range(2)] == ["no-zmq", "waiting"]

    editor.kill()
    editor.communicate()

    with home.client("observer") as observer:
        deadline = time.monotonic() + PATIENCE
        while observer.status().sessions != ("observer 0",):
            assert time.monotonic() < deadline, "the daemon still serves the dead editor"
            time.sleep(0.1)


def test_a_relay_that_cannot_be_run_is_told(client: Client) -> None:
    gone = replace(client.info, relay=("/gone/python", "-m", "selcolor_protocol.relay"))

    with pytest.raises(RelayFailed, match="/gone/python") as caught:
        Client.open(gone, "test", "0")

    assert "Install" in caught.value.hint


def test_a_relay_that_ends_at_once_is_told(client: Client) -> None:
    with pytest.raises(RelayFailed, match="ended"):
        Client.open(replace(client.info, relay=(sys.executable, "-c", "exit(1)")), "test", "0")


def test_what_is_no_relay_is_told(client: Client) -> None:
    chatter = (sys.executable, "-c", "print(99 * 'hello'); input()")

    with pytest.raises(ProtocolError, match="is no message"):
        Client.open(replace(client.info, relay=chatter), "test", "0")


def test_a_daemon_of_a_version_before_the_relay_is_told_apart(client: Client) -> None:
    with pytest.raises(RelayFailed, match="too old") as caught:
        Client.open(replace(client.info, relay=()), "test", "0")

    assert "selcolor stop" in caught.value.hint
