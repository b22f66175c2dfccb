"""What is left of a process that dies, for whoever wants to know why."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from selcolor_backend import logs
from selcolor_backend.daemon import main
from selcolor_backend.daemon.presence import Presence
from selcolor_backend.daemon.server import Server
from selcolor_backend.daemon.worker_handle import how_it_ended
from selcolor_protocol.runtime import RUNTIME_DIR_VARIABLE


@pytest.fixture
def log_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SELCOLOR_LOG_DIR", str(tmp_path / "logs"))
    return tmp_path / "logs"


def test_an_error_in_the_event_loop_reaches_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_server: Server) -> None:
        raise ZeroDivisionError("an error that nobody foresaw")

    monkeypatch.setenv(RUNTIME_DIR_VARIABLE, str(tmp_path))
    monkeypatch.setattr(main, "stop_on_signals", lambda server: None)
    monkeypatch.setattr(Server, "run", fail)
    tmp_path.chmod(0o700)
    with (
        caplog.at_level(logging.INFO),
        pytest.raises(ZeroDivisionError),
        Presence(tmp_path) as presence,
    ):
        main.serve(tmp_path, "ipc", stay=False, presence=presence)

    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.getMessage() == "daemon failed"
    assert "an error that nobody foresaw" in logs.JsonFormatter().format(record)


def test_what_earlier_processes_said_is_kept(log_folder: Path) -> None:
    for words in (b"first\n", b"second\n"):
        with logs.open_last_words("worker") as file:
            file.write(words)

    text = (log_folder / "worker.err").read_text()
    assert text.count("worker starts at") == 2
    assert text.index("first") < text.index("second")


def test_a_large_file_of_last_words_is_put_aside(
    log_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "FILE_BYTES", 100)
    for words in (b"x" * 200, b"newer"):
        with logs.open_last_words("worker") as file:
            file.write(words)

    assert "x" * 200 in (log_folder / "worker.err.1").read_text()
    assert (log_folder / "worker.err").read_text().endswith("newer")


def test_a_log_folder_that_cannot_be_made_costs_only_the_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SELCOLOR_LOG_DIR", str(tmp_path / "file" / "logs"))

    with logs.open_last_words("worker") as file:
        assert file.write(b"unheard") == len(b"unheard")


@pytest.mark.parametrize(
    ("status", "words"),
    [(1, "ended with status 1"), (-11, "killed by SIGSEGV"), (-200, "killed by signal 200")],
)
def test_how_a_process_ended_is_said_in_words(status: int, words: str) -> None:
    assert how_it_ended(status) == words
