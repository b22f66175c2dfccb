"""The daemon's files under it: removed, replaced, left behind, and what commands then say."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat

import pytest
from daemon_home import DaemonHome, assert_failed, wait_until

from selcolor_backend import deaths
from selcolor_protocol import launch
from selcolor_protocol.connection import connection_path, read_connection
from selcolor_protocol.errors import SelectiveColorizeError

pytestmark = pytest.mark.slow


def daemon_now() -> int:
    """The process that the connection file names; 0 where none does."""
    info = read_connection(connection_path()) if connection_path().exists() else None
    return info.pid if info is not None else 0


def answers(home: DaemonHome) -> bool:
    try:
        client = launch.connect("test", "0")
    except SelectiveColorizeError:
        return False
    if client is not None:
        client.close()
    return client is not None


@pytest.mark.parametrize("name", ["connection.json", "control.sock", "data.sock", "daemon.pid"])
def test_a_file_that_is_removed_is_written_again(home: DaemonHome, name: str) -> None:
    daemon = home.start()
    home.client().close()
    (home.runtime / name).unlink()

    assert wait_until((home.runtime / name).exists)
    assert wait_until(lambda: answers(home))
    assert daemon_now() == daemon.pid


def test_a_folder_that_is_removed_is_made_again(home: DaemonHome) -> None:
    daemon = home.start()
    home.client().close()
    shutil.rmtree(home.runtime)

    assert wait_until(lambda: daemon_now() == daemon.pid)
    assert wait_until(lambda: answers(home))
    assert stat.S_IMODE(home.runtime.stat().st_mode) == 0o700


def test_a_daemon_that_ends_leaves_its_successors_files(home: DaemonHome) -> None:
    first = home.start()
    home.client().close()
    os.kill(first.pid, signal.SIGSTOP)
    shutil.rmtree(home.runtime)
    second = home.start()
    assert wait_until(lambda: daemon_now() == second.pid)
    files = {path: path.stat().st_ino for path in home.runtime.iterdir()}
    os.kill(first.pid, signal.SIGCONT)

    assert first.wait(30) == 0, "it leaves, for another has taken its place"
    assert {path: path.stat().st_ino for path in files} == files, "untouched, not written again"
    assert "process" in home.run("status").stdout
    assert daemon_now() == second.pid


def test_a_daemon_that_hangs_is_told_as_that(home: DaemonHome) -> None:
    daemon = home.start()
    home.client().close()
    os.kill(daemon.pid, signal.SIGSTOP)

    assert_failed(home.run("status"), f"process {daemon.pid}", "selcolor stop --force")


def test_a_daemon_that_hangs_without_its_files_can_be_ended(home: DaemonHome) -> None:
    daemon = home.start()
    home.client().close()
    os.kill(daemon.pid, signal.SIGSTOP)
    connection_path().unlink()

    assert_failed(home.run("status"), f"process {daemon.pid}")
    assert "has stopped" in home.run("stop", "--force").stdout
    assert daemon.wait(30) == -signal.SIGKILL


@pytest.mark.parametrize("days", [3000, -3000])
def test_a_daemon_of_another_time_is_stopped(home: DaemonHome, days: int) -> None:
    daemon = home.start()
    home.client().close()
    content = json.loads(connection_path().read_text())
    content["started"] += days * 86400.0
    connection_path().write_text(json.dumps(content))

    assert "has stopped" in home.run("stop").stdout
    assert daemon.wait(30) == 0


def test_the_next_daemon_tells_that_the_last_was_killed(
    home: DaemonHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SELCOLOR_LOG_DIR", home.environment["SELCOLOR_LOG_DIR"])
    for how in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM):
        daemon = home.start()
        assert wait_until(lambda daemon=daemon: daemon_now() == daemon.pid)
        daemon.send_signal(how)
        daemon.wait(30)
    home.start()
    home.client().close()

    told = [death.reason for death in deaths.latest(5) if death.process == "daemon"]
    assert len(told) == 2
    assert "Segmentation fault" in told[0]
    assert "SIGKILL" in told[1]
    assert "SIGKILL" in home.run("doctor").stdout


def test_nobody_else_may_read_the_logs(home: DaemonHome) -> None:
    home.start()
    home.client().close()

    logs = home.folder / "logs"
    assert stat.S_IMODE(logs.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in logs.iterdir()} == {0o600}


def test_a_folder_that_is_no_text_is_served_over_tcp(home: DaemonHome) -> None:
    home.environment["SELCOLOR_RUNTIME_DIR"] = f"{home.folder}/\udcff"
    started = home.run("daemon")
    assert started.returncode == 0, started.stderr
    assert "has stopped" in home.run("stop").stdout
