"""Whether the process that a file names still is that process: numbers are used again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NAMESPACE = Path("/proc/self/ns/pid")
"""Which processes the numbers here belong to: a sandbox and a container count their own."""
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
STATE_PLACE, START_PLACE = 0, 19
"""Of the words in /proc/PID/stat after the program's name (proc_pid_stat(5), fields 3 and 22)."""


def process_lives(pid: int) -> bool:
    """Whether a process of this number exists; assumed on Windows, where asking is harmful."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def beginning(pid: int) -> str:
    """When a process began, in words that no clock changes: boot, namespace, ticks since the boot.

    A time of day would not do, for clocks are set. Empty where the system does not tell (that is
    everywhere but on Linux), or where the process has ended.
    """
    if sys.platform != "linux":
        return ""
    try:
        told = Path(f"/proc/{pid}/stat").read_bytes()
        boot, namespace = BOOT_ID.read_text().strip(), os.readlink(NAMESPACE)
    except OSError:
        return ""
    # The program's name stands in parentheses and may itself have some.
    words = told[told.rindex(b")") + 1 :].decode().split()
    return "" if words[STATE_PLACE] in ("Z", "X") else f"{boot} {namespace} {words[START_PLACE]}"


def is_elsewhere(began: str) -> bool:
    """Whether a process was noted where processes have other numbers, so that its own says nothing.

    Args:
        began: what `beginning` said of it there.
    """
    namespaces = began.split()[1:-1]
    return sys.platform == "linux" and namespaces not in ([], [os.readlink(NAMESPACE)])


def still_runs(pid: int, began: str) -> bool:
    """Whether the process that had this number when it was noted still runs.

    Args:
        pid: its number.
        began: what `beginning` said of it; empty where it said nothing, and the number must do.
    """
    return beginning(pid) == began if began else process_lives(pid)
