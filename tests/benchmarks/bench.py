"""`make bench`: time and peak memory of a large photo, beside the paper's way in the same run.

The baseline does what the paper's listing does, with the same two networks: Lab by scikit-image on
the full picture in float64, ab resized to full size, blending by the mask, the same three files.
Every figure is printed, none is asserted: what is fast enough is for a reader to judge.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import psutil
from PIL import Image
from skimage import data

from selcolor_protocol import launch
from selcolor_protocol.connection import RUNTIME_DIR_VARIABLE

SIZES = {"12 MP": (4000, 3000), "50 MP": (8660, 5774)}
SAMPLE_SECONDS = 0.02
OPENMP_SPINS = "300000"
"""GNU OpenMP's default: https://gcc.gnu.org/onlinedocs/libgomp/GOMP_005fSPINCOUNT.html"""
SELCOLOR = [sys.executable, "-m", "selcolor_backend"]
GIGABYTE = 1e9


@dataclass(frozen=True)
class Cost:
    """What a run took: wall-clock seconds, and peak resident bytes of the processes watched."""

    seconds: float
    peak_bytes: int


def write_photo(path: Path, width: int, height: int) -> None:
    """Write a JPEG of a gray portrait with grain, so that nothing compresses unduly well."""
    portrait = Image.fromarray(data.astronaut()).convert("L").resize((width, height))
    grain = np.random.default_rng(0).normal(0, 3, (height, width))
    gray = np.clip(np.asarray(portrait) + grain, 0, 255).astype(np.uint8)
    Image.fromarray(gray).convert("RGB").save(path, quality=92)


class PeakMemory(threading.Thread):
    """Watches the resident memory of a process and its children until stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process = psutil.Process(pid)
        self.peak = 0
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, resident(self.process))


def resident(process: psutil.Process) -> int:
    """Resident bytes of a process and its children; 0 once it has ended."""
    try:
        family = [process, *process.children(recursive=True)]
        return sum(member.memory_info().rss for member in family)
    except psutil.NoSuchProcess:
        return 0


def measure(command: list[str], watched: int | None) -> Cost:
    """Run a command; watch the process `watched`, or the command itself."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    memory = PeakMemory(watched or process.pid)
    memory.start()
    status = process.wait()
    seconds = time.monotonic() - started
    memory.stopped.set()
    memory.join()
    if status != 0:
        raise RuntimeError(f"{command} failed with status {status}")
    return Cost(seconds, memory.peak)


def colorize(photo: Path, out: Path) -> list[str]:
    """The command under test."""
    return [*SELCOLOR, "colorize", str(photo), "-o", str(out), "--overwrite"]


def report(size: str, name: str, cost: Cost, baseline: Cost | None = None) -> None:
    """Print one line, with ratios against the baseline."""
    line = f"{size}  {name:42}{cost.seconds:7.1f} s {cost.peak_bytes / GIGABYTE:7.2f} GB"
    if baseline is not None:
        line += (
            f"   × {cost.seconds / baseline.seconds:.2f} time,"
            f" × {cost.peak_bytes / baseline.peak_bytes:.2f} memory"
        )
    print(line, flush=True)


@contextmanager
def warm_daemon(folder: Path) -> Iterator[int]:
    """A daemon of its own that has colored a photo, as its process id; stopped at the end."""
    folder.mkdir()
    os.environ[RUNTIME_DIR_VARIABLE] = str(folder / "run")
    photo = folder / "warm.jpg"
    write_photo(photo, 512, 512)
    try:
        subprocess.run(colorize(photo, folder), check=True, stdout=subprocess.DEVNULL)
        daemon = launch.find_daemon()
        assert daemon is not None
        yield daemon.pid
    finally:
        subprocess.run([*SELCOLOR, "stop"], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def busy_program() -> Iterator[None]:
    """Another program that computes without a pause."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def bench_sizes(folder: Path) -> None:
    """Measure every size beside the paper's way."""
    paper = Path(__file__).with_name("paper_way.py")
    with warm_daemon(folder / "sizes") as daemon:
        for size, (width, height) in SIZES.items():
            photo = folder / f"{width}x{height}.jpg"
            write_photo(photo, width, height)
            command = [sys.executable, str(paper), str(photo), str(folder / "paper")]
            baseline = measure(command, None)
            ours = measure(colorize(photo, folder / "ours"), daemon)
            report(size, "paper's way (scikit-image, float64)", baseline)
            report(size, "selcolor colorize (daemon's memory)", ours, baseline)


def bench_busy(folder: Path) -> None:
    """Measure 12 MP beside a busy program: threads that wait as OpenMP's do unless told, and ours.

    Where torch brings no GNU OpenMP (Windows, macOS) the two are the same.
    """
    photo = folder / "busy.jpg"
    write_photo(photo, *SIZES["12 MP"])
    with patch.dict(os.environ, GOMP_SPINCOUNT=OPENMP_SPINS):
        baseline = measure_busy(photo, folder / "openmp")
    ours = measure_busy(photo, folder / "selcolor")
    report("12 MP", "beside a busy program, OpenMP's spinning", baseline)
    report("12 MP", "beside a busy program, selcolor colorize", ours, baseline)


def measure_busy(photo: Path, folder: Path) -> Cost:
    """Measure one photo beside a busy program."""
    with warm_daemon(folder) as daemon, busy_program():
        return measure(colorize(photo, folder / "ours"), daemon)


def main() -> None:
    """Measure in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="selcolor-") as name:
        bench_sizes(Path(name))
        bench_busy(Path(name))


if __name__ == "__main__":
    main()
