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
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from skimage import data

from selcolor_protocol import launch
from selcolor_protocol.connection import RUNTIME_DIR_VARIABLE

SIZES = {"12 MP": (4000, 3000), "50 MP": (8660, 5774)}
SAMPLE_SECONDS = 0.02
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
    line = f"{size}  {name:34}{cost.seconds:7.1f} s {cost.peak_bytes / GIGABYTE:7.2f} GB"
    if baseline is not None:
        line += (
            f"   × {cost.seconds / baseline.seconds:.2f} time,"
            f" × {cost.peak_bytes / baseline.peak_bytes:.2f} memory"
        )
    print(line, flush=True)


def bench(folder: Path) -> None:
    """Measure every size, the daemon warm."""
    warm = folder / "warm.jpg"
    write_photo(warm, 512, 512)
    subprocess.run(colorize(warm, folder), check=True, stdout=subprocess.DEVNULL)
    daemon = launch.find_daemon()
    assert daemon is not None
    for size, (width, height) in SIZES.items():
        photo = folder / f"{width}x{height}.jpg"
        write_photo(photo, width, height)
        paper = Path(__file__).with_name("paper_way.py")
        baseline = measure([sys.executable, str(paper), str(photo), str(folder / "paper")], None)
        ours = measure(colorize(photo, folder / "ours"), daemon.pid)
        report(size, "paper's way (scikit-image, float64)", baseline)
        report(size, "selcolor colorize (daemon's memory)", ours, baseline)


def main() -> None:
    """Run with a daemon of its own, stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="selcolor-") as name:
        folder = Path(name)
        os.environ[RUNTIME_DIR_VARIABLE] = str(folder / "run")
        try:
            bench(folder)
        finally:
            subprocess.run([*SELCOLOR, "stop"], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
