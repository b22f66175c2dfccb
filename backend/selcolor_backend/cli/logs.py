"""`selcolor logs`: what daemon and workers have logged, in one row by time, for people."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

from selcolor_backend.folders import log_folder

USUAL_COUNT = 50
LOOK_SECONDS = 0.5
SHOWN_FIRST = ("time", "level", "source", "message")


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    logs = commands.add_parser("logs", help="what the daemon and its workers have logged")
    logs.add_argument(
        "-n", "--lines", type=int, default=USUAL_COUNT, metavar="N", help="the last N (default: 50)"
    )
    logs.add_argument("-f", "--follow", action="store_true", help="go on with what comes")
    logs.add_argument("--json", action="store_true", help="lines as they are in the files")
    logs.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the last lines, and what comes."""
    sizes = {path: path.stat().st_size for path in log_files()}
    show = str if chosen.json else describe
    for line in last_lines(max(0, chosen.lines)):
        print(show(line))
    if not log_files():
        print(f"There are no logs yet in {log_folder()}.")
    try:
        for line in coming_lines(sizes) if chosen.follow else ():
            print(show(line), flush=True)
    except KeyboardInterrupt:
        return 0
    return 0


def log_files() -> list[Path]:
    """All logs of daemon and workers that there are, older ones too."""
    return sorted(log_folder().glob("*.log*"))


def last_lines(count: int) -> list[str]:
    """The last lines of all logs by time."""
    lines = [line for path in log_files() for line in lines_of(path)]
    return sorted(lines, key=time_of)[-count:] if count else []


def lines_of(path: Path) -> list[str]:
    """The lines of a log; none where it has just been put aside."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def coming_lines(sizes: dict[Path, int]) -> Iterator[str]:
    """Lines that are written from now on, for ever.

    Args:
        sizes: of each log, up to where it has been shown.
    """
    while True:
        for path in log_files():
            if path.suffix == ".log":
                yield from new_lines(path, sizes)
        time.sleep(LOOK_SECONDS)


def new_lines(path: Path, sizes: dict[Path, int]) -> Iterator[str]:
    """Whole lines that were added to a log; from its beginning where it was begun anew."""
    begin = sizes.get(path, 0)
    if path.stat().st_size < begin:
        begin = 0
    with path.open("rb") as file:
        file.seek(begin)
        added = file.read()
    whole = added[: added.rfind(b"\n") + 1]
    sizes[path] = begin + len(whole)
    yield from whole.decode("utf-8", errors="replace").splitlines()


def entry_of(line: str) -> dict[str, object]:
    """A line's content; a line that is none as its message."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        entry = None
    return entry if isinstance(entry, dict) else {"message": line}


def time_of(line: str) -> str:
    """When a line was written."""
    return str(entry_of(line).get("time", ""))


def describe(line: str) -> str:
    """A line as a person reads it: time, level, message, the facts, any traceback below."""
    entry = entry_of(line)
    trace = entry.pop("trace", None)
    facts = [f"{name}={told}" for name, told in entry.items() if name not in SHOWN_FIRST]
    told = [str(entry.get("time", "")), f"{entry.get('level', '')!s:8}", str(entry["message"])]
    shown = "  ".join([*told, *facts]) if "message" in entry else line
    return f"{shown}\n{trace}" if trace else shown
