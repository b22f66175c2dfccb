"""What holds for all tests: no process that one of them started is alive after the last."""

from __future__ import annotations

import signal
import uuid
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from ended import is_pythons, still_running
from selcolor_backend.cores import use_one_blas_thread
from selcolor_plugin.translation import use_languages

# As in the workers, and before numpy is imported: hints are solved in these processes, too.
use_one_blas_thread()

MARK = "TESTED_BY"
"""A variable that every process started here inherits, however far it detaches itself."""
PATIENCE = 60
"""Seconds for processes that are ending."""


@pytest.fixture(scope="session", autouse=True)
def signals_are_heard() -> None:
    """`nohup` and `&` have a program ignore signals, and what the tests start would inherit it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def plugins_speak_english() -> None:
    """Whatever the machine's language is."""
    use_languages([])


@pytest.fixture(scope="session", autouse=True)
def no_process_stays_behind() -> Iterator[None]:
    """Fails the session, naming the test, when a process of a test is left."""
    run = str(uuid.uuid4())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MARK, run)
        yield
        left = still_running(started_in(run), PATIENCE)
    told = [described(process) for process in left]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    assert not told, "Processes were left behind:\n" + "\n".join(told)


def started_in(run: str) -> list[psutil.Process]:
    """The processes that inherited the mark of this run, and this process's own children."""
    own = psutil.Process()
    marked = [process for process in psutil.process_iter() if variables(process).get(MARK) == run]
    found = {process.pid: process for process in [*own.children(recursive=True), *marked]}
    return [process for pid, process in found.items() if pid != own.pid and not is_pythons(process)]


def variables(process: psutil.Process) -> dict[str, str]:
    """Its environment; empty where it has ended or is somebody else's."""
    try:
        return dict(process.environ())
    except (psutil.Error, OSError):
        return {}


def described(process: psutil.Process) -> str:
    """What it is and which test began it."""
    try:
        command = " ".join(process.cmdline())
    except psutil.Error:
        command = process.name()
    begun_by = variables(process).get("PYTEST_CURRENT_TEST", "an unknown test")
    return f"{process.pid} {command} (begun by {begun_by})"
