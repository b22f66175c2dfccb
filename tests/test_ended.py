"""The watch over what tests leave behind: it sees what runs, and does not wait for the dead."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from ended import still_running


@pytest.fixture
def sleeper() -> Iterator[psutil.Popen]:
    process = psutil.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def test_a_process_that_runs_on_is_told(sleeper: psutil.Popen) -> None:
    assert still_running([sleeper], seconds=0.2) == [sleeper]


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="only Unix has zombies")
def test_a_process_that_nobody_has_reaped_has_ended(sleeper: psutil.Popen) -> None:
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)

    assert sleeper.status() == psutil.STATUS_ZOMBIE
    assert still_running([sleeper], seconds=0) == []


def test_a_process_that_was_reaped_has_ended() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    watched = psutil.Process(process.pid)
    process.wait()

    assert still_running([watched], seconds=0) == []
