"""Opening a session step by step, as an editor's event loop does it, with real daemons."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from daemon_home import DaemonHome

from selcolor_backend.cli.session import daemon_command
from selcolor_protocol import launch
from selcolor_protocol.client import Client
from selcolor_protocol.errors import DaemonNotFound, VersionMismatch
from selcolor_protocol.launch import Opening
from selcolor_protocol.starting import start_detached


def open_by_polling(opening: Opening, seconds: float = 60.0) -> Client:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (client := opening.poll()) is not None:
            return client
        time.sleep(0.02)
    raise TimeoutError("the session did not open")


def starter(home: DaemonHome) -> Callable[[], subprocess.Popen[bytes]]:
    """Starts a daemon that is ended with the test."""

    def start() -> subprocess.Popen[bytes]:
        process = start_detached(daemon_command())
        home.processes.append(process)  # type: ignore[arg-type]
        return process

    return start


def never() -> subprocess.Popen[bytes]:
    raise AssertionError("a daemon runs; none is to be started")


@pytest.mark.slow
def test_a_running_daemon_is_greeted_and_none_is_started(home: DaemonHome) -> None:
    home.start()
    home.client().close()
    opening = Opening("test", "0", never)

    with open_by_polling(opening) as client:
        assert client.welcome.daemon_version
        assert not opening.starting


@pytest.mark.slow
def test_a_daemon_is_started_when_there_is_none(home: DaemonHome) -> None:
    opening = Opening("test", "0", starter(home))

    with open_by_polling(opening) as client:
        assert opening.starting
        assert opening.is_ours(client)


@pytest.mark.slow
def test_a_daemon_that_does_not_answer_is_replaced(
    home: DaemonHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.start()
    first = home.client()
    first.close()
    monkeypatch.setattr(launch, "ANSWER_SECONDS", 0.2)
    stopped = home.processes[0]
    stopped.kill()  # its zombie keeps the number that the connection file names

    with open_by_polling(Opening("test", "0", starter(home))) as client:
        # Not `client.info`: the first try may reach the new daemon, at the same address.
        assert client.status().jobs == ()


def test_a_program_that_gives_up_is_an_error_at_once(home: DaemonHome) -> None:
    opening = Opening("test", "0", lambda: start_detached([sys.executable, "-c", "exit(1)"]))

    with pytest.raises(DaemonNotFound, match="could not be started"):
        open_by_polling(opening, 30)


def test_a_daemon_of_another_version_is_told_apart(home: DaemonHome) -> None:
    write_foreign_connection(home)

    with pytest.raises(VersionMismatch, match="speaks protocol 8"):
        Opening("test", "0", never).poll()


def test_the_environment_can_be_chosen(home: DaemonHome, tmp_path: Path) -> None:
    code = "import os; open(os.environ['SEEN'], 'w').write(os.environ.get('PYTHONPATH', 'none'))"
    process = start_detached([sys.executable, "-c", code], {"SEEN": str(tmp_path / "seen")})
    process.wait(30)

    assert (tmp_path / "seen").read_text() == "none"


def write_foreign_connection(home: DaemonHome) -> None:
    """What a daemon of protocol 8 would announce; some process has its number."""
    process = subprocess.Popen(["sleep", "60"], text=True)
    home.processes.append(process)
    home.runtime.mkdir(mode=0o700, parents=True)
    path = home.runtime / "connection.json"
    lanes = {"control": "ipc:///nowhere", "data": "ipc:///nowhere", "keys": None, "relay": []}
    versions = {"protocol": 8, "version": "9.9"}
    path.write_text(json.dumps({**lanes, **versions, "pid": process.pid, "started": 0}))
    path.chmod(0o600)
