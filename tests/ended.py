"""Which processes have ended, in containers too, where often nobody reaps what has."""

from __future__ import annotations

import time
from collections.abc import Iterable

import psutil

HELPERS = ("resource_tracker", "forkserver")


def is_pythons(process: psutil.Process) -> bool:
    """Whether it is a helper of Python's own, which ends with this process."""
    try:
        command = " ".join(process.cmdline())
    except psutil.Error:
        return False
    return any(f"multiprocessing.{name} import main" in command for name in HELPERS)


def still_running(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that have not ended after so long."""
    deadline = time.monotonic() + seconds
    left = list(processes)
    while (left := [process for process in left if runs(process)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def runs(process: psutil.Process) -> bool:
    """Whether it has not ended; a zombie has."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
