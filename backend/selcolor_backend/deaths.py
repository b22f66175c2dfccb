"""Deaths of the daemon and its workers: noted in the daemon's log, and read there again."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from selcolor_backend.folders import log_folder
from selcolor_backend.logs import FILES_KEPT, last_words

KEY = "death"
PROGRAMS_ERROR = "Fatal Python error: "

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Death:
    """A process that ended without being asked to.

    Attributes:
        time: when it was noticed, as the log has it.
        process: which one, such as `worker-network`.
        reason: how it ended.
    """

    time: str
    process: str
    reason: str


def note(process: str, reason: str) -> None:
    """Log a death.

    Args:
        process: which one died, such as `daemon`.
        reason: how it ended, in words.
    """
    log.warning("%s died", process, extra={"who": process, KEY: reason})


def note_predecessor(pid: int) -> None:
    """Log that the daemon before this one ended without clearing its files away.

    It says so itself where it can: crashes leave last words, and all signals but SIGKILL are heard.
    """
    words = last_words("daemon")
    crash = next((line for line in words if line.startswith(PROGRAMS_ERROR)), "")
    reason = crash or "killed by SIGKILL, or with the machine"
    note("daemon", f"process {pid}: {reason}")


def latest(count: int) -> list[Death]:
    """The last deaths, the newest first."""
    return [death for path in _logs_newest_first() for death in reversed(list(_read(path)))][:count]


def _logs_newest_first() -> list[Path]:
    names = ["daemon.log", *(f"daemon.log.{number}" for number in range(1, FILES_KEPT + 1))]
    return [log_folder() / name for name in names]


def _read(path: Path) -> Iterator[Death]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        if f'"{KEY}"' not in line:
            continue
        try:
            entry = json.loads(line)
            yield Death(str(entry["time"]), str(entry["who"]), str(entry[KEY]))
        except (ValueError, KeyError, TypeError, RecursionError):
            continue  # a line that was cut off by a full disk
