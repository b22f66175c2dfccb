"""The daemon seen from GIMP: absent, killed, of another version, busy; and a dead plug-in."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import roots
from driven import SLOWNESS, end_daemon
from gimp_process import ROOT, Gimp

from selcolor_protocol import launch, limits
from selcolor_protocol.client import Client
from selcolor_protocol.connection import read_connection, write_connection
from selcolor_protocol.messages import JobState

pytestmark = pytest.mark.editors


@pytest.fixture
def observer(
    gimp: Gimp, photo: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    """Another client of the daemon that GIMP's plug-in has started."""
    gimp.run("daemon.colorize", photo=str(photo))
    monkeypatch.setenv("SELCOLOR_RUNTIME_DIR", str(runtime))
    client = launch.connect("test", "0")
    assert client is not None
    with client:
        yield client


def wait_until_working(client: Client) -> None:
    """Wait until a job runs."""
    deadline = time.monotonic() + 60 * SLOWNESS
    while not any(job.state is JobState.RUNNING for job in client.status().jobs):
        assert time.monotonic() < deadline, "no job began"
        time.sleep(0.02)


def test_a_daemon_is_started_when_there_is_none(gimp: Gimp, photo: Path, runtime: Path) -> None:
    end_daemon(runtime)

    facts = gimp.run("daemon.colorize", photo=str(photo))

    assert facts["status"] == "success"
    info = read_connection(runtime / "connection.json")
    assert info is not None
    assert "selcolor_backend" in " ".join(psutil.Process(info.pid).cmdline())


def test_without_the_program_the_error_says_what_to_do(
    gimp: Gimp, photo: Path, runtime: Path, home: Path
) -> None:
    end_daemon(runtime)
    record = home / ".config/selective-colorize/daemon.json"
    kept = record.read_text()
    record.write_text('{"command": ["/nowhere/python"]}')
    try:
        facts = gimp.run("daemon.colorize", photo=str(photo))
    finally:
        record.write_text(kept)

    assert facts["status"] == "execution-error"
    assert "/nowhere/python does not exist any more" in facts["error"]
    assert "Install Selective Colorize again" in facts["error"]
    assert facts["unchanged"]


def test_a_killed_daemon_is_told_and_the_next_run_works(
    gimp: Gimp, photo: Path, medium_photo: Path, runtime: Path, observer: Client
) -> None:
    ticket = gimp.begin("daemon.colorize", photo=str(medium_photo))
    wait_until_working(observer)
    end_daemon(runtime)
    killed = time.monotonic()
    facts = gimp.result(ticket)

    assert time.monotonic() - killed <= 6.0 * SLOWNESS
    assert facts["status"] == "execution-error"
    assert "stopped answering" in facts["error"]
    assert "Try again" in facts["error"]
    assert facts["unchanged"]
    assert gimp.run("daemon.colorize", photo=str(photo))["status"] == "success"


def test_a_killed_worker_is_told_and_the_next_run_works(
    gimp: Gimp, photo: Path, medium_photo: Path, observer: Client
) -> None:
    ticket = gimp.begin("daemon.colorize", photo=str(medium_photo))
    wait_until_working(observer)
    for process in psutil.Process(observer.info.pid).children():
        process.kill()
    facts = gimp.result(ticket)

    assert facts["status"] == "execution-error"
    assert facts["unchanged"]
    assert gimp.run("daemon.colorize", photo=str(photo))["status"] == "success"


def test_a_plugin_that_dies_does_not_look_like_success(
    gimp: Gimp, photo: Path, medium_photo: Path, observer: Client
) -> None:
    ticket = gimp.begin("daemon.colorize", photo=str(medium_photo))
    wait_until_working(observer)
    process = gimp.plugin_process()
    assert process is not None
    process.kill()
    facts = gimp.result(ticket)

    assert facts["status"] != "success"
    assert facts["unchanged"]
    deadline = time.monotonic() + 10 * SLOWNESS
    while observer.status().jobs:
        assert time.monotonic() < deadline, "the job of a plug-in that is gone still runs"
    assert gimp.run("daemon.colorize", photo=str(photo))["status"] == "success"


def test_a_daemon_of_another_version_is_named_with_the_side_to_update(
    gimp: Gimp, photo: Path, runtime: Path
) -> None:
    end_daemon(runtime)
    path = runtime / "connection.json"
    content = {
        "control": "ipc:///nowhere",
        "data": "ipc:///nowhere",
        "protocol": 8,
        "relay": [],
        "version": "9.9",
        "pid": os.getpid(),
        "started": time.time(),
        "keys": None,
    }
    path.write_text(json.dumps(content))
    path.chmod(0o600)
    try:
        facts = gimp.run("daemon.colorize", photo=str(photo))
    finally:
        path.unlink()

    assert facts["status"] == "execution-error"
    assert "9.9 speaks protocol 8" in facts["error"]
    assert "Update GIMP's plugin" in facts["error"]
    assert facts["unchanged"]


def test_a_busy_daemon_is_named(gimp: Gimp, photo: Path, runtime: Path, observer: Client) -> None:
    """All seats are taken by sessions of this test."""
    info = read_connection(runtime / "connection.json")
    assert info is not None
    others = []
    try:
        while len(others) < limits.MAX_SESSIONS - 1:
            others.append(Client.open(info, "test", "0"))
        facts = gimp.run("daemon.colorize", photo=str(photo))
    finally:
        for other in others:
            other.close()

    assert facts["status"] == "execution-error"
    assert facts["unchanged"]
    assert "already serves" in facts["error"]
    assert gimp.run("daemon.colorize", photo=str(photo))["status"] == "success"


@contextmanager
def without(home: Path, package: str) -> Iterator[None]:
    """A package that the plug-in brings along is not there."""
    place = home / ".config/GIMP" / ROOT.gimp / "plug-ins/selective-colorize/vendor" / package
    hidden = home / "hidden"
    place.rename(hidden)
    try:
        yield
    finally:
        hidden.rename(place)


def test_where_there_is_no_pyzmq_the_relay_takes_over(
    gimp: Gimp, photo: Path, home: Path, runtime: Path
) -> None:
    """The relay is the daemon's Python, which is outside Debian 13."""
    gimp.run("daemon.colorize", photo=str(photo))
    connection = runtime / "connection.json"
    info = read_connection(connection)
    assert info is not None
    write_connection(replace(info, relay=tuple(roots.on_host(list(info.relay)))), connection)
    with without(home, "zmq"):
        facts = gimp.run("daemon.colorize", photo=str(photo))

    assert facts["error"] == ""
    assert facts["layers"] == 2


def test_an_incomplete_installation_says_what_to_do(gimp: Gimp, photo: Path, home: Path) -> None:
    with without(home, "msgpack"):
        facts = gimp.run("daemon.colorize", photo=str(photo))

    assert facts["status"] == "execution-error"
    assert "No module named 'msgpack'" in facts["error"]
    assert "Run the installer" in facts["error"]
    assert facts["unchanged"]
