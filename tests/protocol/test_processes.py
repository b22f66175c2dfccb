"""A process is known by its number and its beginning, whatever clocks say."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from selcolor_protocol.processes import beginning, is_elsewhere, still_runs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell")


def test_this_process_still_runs() -> None:
    assert beginning(os.getpid())
    assert still_runs(os.getpid(), beginning(os.getpid()))


def test_another_process_of_the_same_number_is_not_it() -> None:
    assert not still_runs(os.getpid(), beginning(1) + "0")


def test_a_process_that_has_ended_but_was_not_reaped_does_not_run() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    began = beginning(process.pid)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

    assert not still_runs(process.pid, began)
    process.wait()


def test_without_a_beginning_the_number_must_do() -> None:
    assert still_runs(os.getpid(), "")
    assert not still_runs(2**22 + 1, "")


def test_what_was_noted_in_a_sandbox_is_known_as_that() -> None:
    boot, _namespace, ticks = beginning(os.getpid()).split()

    assert not is_elsewhere(beginning(os.getpid()))
    assert is_elsewhere(f"{boot} pid:[1] {ticks}")
    assert not is_elsewhere("")
    assert not is_elsewhere(f"{boot} {ticks}"), "an earlier version's"
