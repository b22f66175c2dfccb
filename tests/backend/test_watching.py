"""What a person can see of the daemon: a live status, its logs, and a zip for a report."""

from __future__ import annotations

import getpass
import json
import zipfile
from pathlib import Path

import pytest
from daemon_home import DaemonHome, assert_failed, colorize

from selcolor_backend.cli import diagnostics, logs
from selcolor_backend.cli.watch import Throughput, facts_of, row_of
from selcolor_protocol.messages import JobState, JobSummary, Status
from selcolor_protocol.raster import Raster

JOB = JobSummary("krita 0.1", 3, "colorize", JobState.RUNNING, 7.4, "paint", 0.5, 24.0)
STATUS = Status(
    "0.1", 42, 90.0, "cpu", (43,), ("krita 0.1",), (JOB,), 300_000_000, 5_000_000, 10**9, 4, 96.0
)


def test_a_job_is_a_row_with_stage_and_share() -> None:
    told = " ".join(row_of(JOB))

    assert all(word in told for word in ("krita", "24.0 MP", "running", "paint", "50%", "7 s"))


def test_memory_device_and_throughput_are_shown() -> None:
    told = " ".join(facts_of(STATUS, 1.6).values())

    assert all(word in told for word in ("300 MB", "5 of 1000 MB", "cpu", "4 jobs", "1.6 MP/s"))


def test_throughput_is_that_of_the_last_minute_and_of_one_daemon() -> None:
    throughput = Throughput()
    throughput.note(0.0, 0.0)
    throughput.note(100.0, 1000.0)

    assert throughput.note(110.0, 1020.0) == 2.0
    assert throughput.note(1.0, 5.0) == 0.0


@pytest.fixture
def log_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SELCOLOR_LOG_DIR", str(tmp_path))
    return tmp_path


def entry(time: str, message: str, **facts: object) -> str:
    return json.dumps({"time": time, "level": "info", "message": message} | facts) + "\n"


def test_logs_of_all_processes_come_by_time(log_folder: Path) -> None:
    (log_folder / "daemon.log.1").write_text(entry("1", "first") + entry("3", "third"))
    (log_folder / "worker-network.log").write_text(entry("2", "second", job=5, trace="where"))
    (log_folder / "daemon.log").write_text(entry("4", "fourth") + "cut off")

    told = [logs.describe(line) for line in logs.last_lines(4)]

    assert [line.split()[2] for line in told] == ["first", "second", "third", "fourth"]
    assert told[1].endswith("job=5\nwhere")


def test_lines_that_are_added_are_followed_once_they_are_whole(log_folder: Path) -> None:
    path = log_folder / "daemon.log"
    path.write_text("old\n")
    sizes = {path: 4}
    path.write_text("old\nnew\nhal")
    assert list(logs.new_lines(path, sizes)) == ["new"]
    path.write_text("old\nnew\nhalf\n")
    assert list(logs.new_lines(path, sizes)) == ["half"]
    path.write_text("anew\n")
    assert list(logs.new_lines(path, sizes)) == ["anew"]


def test_names_and_keys_are_struck_out() -> None:
    told = diagnostics.strike_out(
        f"{Path.home()}/photos/Aunt Mary.JPG of {getpass.getuser()}, token {'0af1' * 8}"
    )

    for name in (str(Path.home()) + "/", "Mary.JPG", "0af1"):
        assert name not in told
    assert "PICTURE" in told


@pytest.mark.slow
def test_commands_show_the_daemon_at_work(home: DaemonHome, photo: Raster, tmp_path: Path) -> None:
    home.start()
    with home.client() as client:
        client.wait(client.colorize(colorize(photo)))
        watched = home.run("status", "--watch", "--times", "2")
        lines = home.run("status", "--watch", "--json", "--times", "1").stdout.splitlines()
        info = client.info

    assert "1 jobs, 0 MP" in watched.stdout, watched.stderr
    assert "No jobs." in watched.stdout
    assert json.loads(lines[0])["jobs_done"] == 1
    assert "daemon starts" in home.run("logs").stdout

    file = tmp_path / "report.zip"
    assert home.run("diagnostics", "-o", str(file)).returncode == 0
    assert_failed(home.run("diagnostics", "-o", str(file)), "exists already")
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        told = b"".join(archive.read(name) for name in names)
    assert {"system.json", "doctor.json", "status.json", "logs/daemon.log"} <= names
    assert str(home.folder / "nothing").encode() not in told
    assert info.keys is None or info.keys.client_secret.encode() not in told
