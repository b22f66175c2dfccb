"""`make archive`: an archive of 2000 photos, colored undisturbed, and again with three SIGKILLs.

Prints what must hold and what was measured; ends with 1 where something does not. By hand, for it
takes half an hour on two idle cores.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
from archive_photos import make_archive

COMMAND = (sys.executable, "-m", "selcolor_backend", "batch", "--color", "everything")
"""Without a segmenter: what is proven is the same, in half of the time."""

KILLS = (0.25, 0.5, 0.75)
"""After which share of the photos."""

SAMPLE_SECONDS = 2.0
ENVIRONMENT = os.environ | {"SOURCE_DATE_EPOCH": "1700000000"}


def main(count: int) -> int:
    """Prove it for so many photos."""
    broken = range(3, count, 100)
    good = count - len(broken)
    with tempfile.TemporaryDirectory(prefix="selcolor-archive-") as place:
        scans, calm, killed = (Path(place) / name for name in ("scans", "calm", "killed"))
        make_archive(scans, count, broken)
        began = time.monotonic()
        memory = list(colored(scans, calm))
        spent = time.monotonic() - began
        for share in KILLS:
            kill_at(scans, killed, round(share * count))
        list(colored(scans, killed))
        proven = {
            "all good photos done": states(calm) == states(killed) == {"done": good},
            "all broken ones listed with reasons": reasons(killed) == len(broken),
            "none colored twice": most_runs(killed) == 1,
            "bytes equal": digests(calm) == digests(killed),
            "nothing half-written left": not list(killed.rglob(".selcolor-*")),
            "memory flat": flatness(memory) <= 1.1,
        }
    for claim, holds in proven.items():
        print(f"{claim}: {'holds' if holds else 'DOES NOT HOLD'}")
    print(f"{count} photos in {spent:.0f} s, {60 * count / spent:.0f} a minute")
    print(f"memory of the last hundred photos over that of the first: {flatness(memory):.2f}")
    return 0 if all(proven.values()) else 1


def colored(scans: Path, out: Path) -> Iterator[tuple[int, int]]:
    """Run a batch to its end; gives photos done and bytes taken, again and again."""
    process = subprocess.Popen((*COMMAND, str(scans), str(out)), env=ENVIRONMENT)
    while process.poll() is None:
        time.sleep(SAMPLE_SECONDS)
        yield done(out), bytes_of(process.pid)


def kill_at(scans: Path, out: Path, count: int) -> None:
    """Run a batch, and kill it once so many photos are done."""
    process = subprocess.Popen((*COMMAND, str(scans), str(out)), env=ENVIRONMENT)
    while done(out) < count and process.poll() is None:
        time.sleep(0.2)
    process.kill()
    process.wait()
    print(f"killed after {done(out)} photos", flush=True)


def ask(out: Path, query: str) -> list[tuple[object, ...]]:
    """Ask the manifest; nothing where there is none yet."""
    path = out / ".selcolor" / "manifest.sqlite"
    if not path.exists():
        return []
    with closing(sqlite3.connect(path, timeout=30)) as database:
        try:
            return database.execute(query).fetchall()
        except sqlite3.OperationalError:  # it is just being made
            return []


def done(out: Path) -> int:
    """How many photos are finished."""
    return len(ask(out, "SELECT photo FROM photos WHERE state IN ('done', 'failed')"))


def states(out: Path) -> dict[object, object]:
    """How many photos are in which state, failures excepted."""
    query = "SELECT state, count(*) FROM photos WHERE state != 'failed' GROUP BY state"
    return {row[0]: row[1] for row in ask(out, query)}


def reasons(out: Path) -> int:
    """How many photos failed with a reason."""
    return len(ask(out, "SELECT photo FROM photos WHERE state = 'failed' AND sentence != ''"))


def most_runs(out: Path) -> object:
    """How often the results of a photo were made, at most."""
    return ask(out, "SELECT max(runs) FROM photos")[0][0]


def digests(out: Path) -> dict[str, str]:
    """Every result with its digest."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*")
        if path.is_file() and path.suffix in (".png", ".ora")
    }


def bytes_of(pid: int) -> int:
    """Memory of a process and all that it started, shared pages counted once."""
    total = 0
    try:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            total += each.memory_full_info().pss
    except psutil.Error:
        return 0
    return total


def flatness(memory: list[tuple[int, int]]) -> float:
    """Memory while the last hundred photos were colored over that of the first hundred."""
    count = max(number for number, _ in memory)
    share = min(100, count // 4)
    begin = [taken for number, taken in memory if 10 <= number <= share + 10 and taken]
    end = [taken for number, taken in memory if count - share <= number < count and taken]
    return (sum(end) / len(end)) / (sum(begin) / len(begin))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
