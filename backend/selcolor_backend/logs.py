"""Structured logs: one JSON object a line, in files that rotate, in the platform's log folder.

Beside them lie files of last words: what a process has written to its standard error. Crashes in
native code are told nowhere else.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from logging.handlers import RotatingFileHandler
from typing import BinaryIO

from selcolor_backend.folders import log_folder

FILE_BYTES = 2_000_000
FILES_KEPT = 3
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """A log record as one line of JSON: time, level, source, message, and what `extra` added."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        entry = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "source": record.name,
            "message": record.getMessage(),
        }
        entry |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


def start_logging(name: str, foreground: bool = False) -> None:
    """Log to `NAME.log` in the log folder, in the foreground to the terminal as well.

    A folder that cannot be written costs the logs, never the work.
    """
    # A log that cannot be written, on a full disk, costs its lines and no traceback for each.
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    if foreground:
        root.addHandler(logging.StreamHandler(sys.stderr))
    try:
        folder = log_folder()
        folder.mkdir(parents=True, exist_ok=True)
        file = RotatingFileHandler(
            folder / f"{name}.log", maxBytes=FILE_BYTES, backupCount=FILES_KEPT
        )
    except OSError as error:
        logging.getLogger(__name__).warning("no log file: %s", error)
        return
    file.setFormatter(JsonFormatter())
    root.addHandler(file)


def last_words(name: str) -> list[str]:
    """The lines that the last process of a name has written to its file of last words."""
    try:
        text = (log_folder() / f"{name}.err").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(f"-- {name} starts at ")[2].splitlines()[1:]


def open_last_words(name: str) -> BinaryIO:
    """Open `NAME.err` in the log folder for what a process that starts now writes as it dies.

    What earlier ones said stays there, until the file is large. A folder that cannot be written
    costs the words, never the work.
    """
    path = log_folder() / f"{name}.err"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > FILE_BYTES:
            path.replace(path.with_suffix(".err.1"))
        file = path.open("ab")
    except OSError:
        return open(os.devnull, "wb")
    file.write(time.strftime(f"-- {name} starts at %Y-%m-%dT%H:%M:%S%z\n").encode())
    file.flush()
    return file
