"""`make bench`: what photos of 1 to 250 megapixels take, stage by stage, beside the paper's way.

The baseline does what the paper's listing does, with the same two networks: Lab by scikit-image on
the full picture in float64, ab resized to full size, blending by the mask, the same three files.
Every figure is printed, none is asserted: what is fast enough is for a reader to judge.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from drawing import draw
from PIL import Image
from processes import ProgramFailed, Run, busy_program, run
from skimage import data
from transport import bench_transport

from selcolor_backend.folders import LOG_DIR_VARIABLE
from selcolor_backend.pictures.reading import read_picture
from selcolor_backend.version import VERSION
from selcolor_protocol import launch
from selcolor_protocol.client import Client
from selcolor_protocol.messages import Blend, Colorize, Done
from selcolor_protocol.options import Background, ColorizeOptions, MaskOptions
from selcolor_protocol.raster import Raster
from selcolor_protocol.runtime import RUNTIME_DIR_VARIABLE

ALL_SIZES = (1, 12, 24, 50, 100, 250)
PICTURE = Path(__file__).parents[2] / "docs" / "images" / "bench.png"
HERE = Path(__file__).parent
SELCOLOR = [sys.executable, "-m", "selcolor_backend"]

STAGES = ("start", "read", "sketch", "networks", "plan", "paint", "transport", "write")
SEEDS = itertools.count(1)
RUNS = 3
RUN_ONCE_ABOVE = 24
"""Megapixels above which a photo is colored once only; below, the run of median time counts."""

PAPER_BASE_BYTES = 0.7e9
PAPER_BYTES_PER_PIXEL = 180
"""What the paper's way takes, measured at 12 and 50 megapixels: 2.8 and 8.8 GB."""


@dataclass(frozen=True)
class Cost:
    """What one photo took.

    Attributes:
        seconds: from the start of the command to its end.
        stages: seconds of each of `STAGES`; empty for the paper's way.
        command_bytes: peak resident memory of the command.
        daemon_bytes: of the daemon and its worker; 0 for the paper's way.
    """

    seconds: float
    stages: dict[str, float]
    command_bytes: int
    daemon_bytes: int

    @property
    def bytes(self) -> int:
        """All processes together; their peaks need not be at the same moment."""
        return self.command_bytes + self.daemon_bytes


@dataclass(frozen=True)
class Warm:
    """A daemon that has colored a photo.

    Attributes:
        pid: its process.
        logs: where its workers log how long the stages of a job took.
    """

    pid: int
    logs: Path

    def last_job(self, kind: str) -> dict[str, float]:
        """Seconds of the last job of a kind by stage, `networks` among them."""
        logs = sorted(self.logs.glob("worker-*.log"), key=lambda log: log.stat().st_mtime)
        lines = [json.loads(line) for line in logs[-1].read_text(encoding="utf-8").splitlines()]
        last = [line for line in lines if line["message"] == f"{kind} done"][-1]
        return {**last["seconds"], "networks": last["networks"]}


def write_photo(path: Path, megapixels: float, seed: int = 0) -> None:
    """Write a gray JPEG of a portrait with grain, so that nothing compresses unduly well.

    The grain differs by seed: what networks said of a photo is remembered.
    """
    height = round((megapixels * 0.75e6) ** 0.5)
    size = (round(height * 4 / 3), height)
    pixels = np.array(Image.fromarray(data.astronaut()).convert("L").resize(size))
    rng = np.random.default_rng(seed)
    for rows in np.array_split(pixels, max(1, height // 256)):
        grain = rng.normal(0, 3, rows.shape).astype(np.float32)
        rows[...] = np.clip(rows + grain, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path, quality=92)


@contextmanager
def warm_daemon(folder: Path) -> Iterator[Warm]:
    """A daemon of its own; stopped at the end."""
    folder.mkdir()
    os.environ[RUNTIME_DIR_VARIABLE] = str(folder / "run")
    os.environ[LOG_DIR_VARIABLE] = str(folder / "logs")
    photo = folder / "warm.jpg"
    write_photo(photo, 0.25)
    try:
        run([*SELCOLOR, "colorize", str(photo), "-o", str(folder)])
        daemon = launch.find_daemon()
        assert daemon is not None
        yield Warm(daemon.pid, folder / "logs")
    finally:
        subprocess.run([*SELCOLOR, "stop"], check=True, stdout=subprocess.DEVNULL)


def color_once(photo: Path, warm: Warm) -> Cost:
    """Color a photo by the command line."""
    moments_file, out = photo.with_suffix(".json"), photo.with_suffix("")
    command = [sys.executable, str(HERE / "timed.py"), str(moments_file)]
    took = run([*command, "colorize", str(photo), "-o", str(out), "--overwrite"], warm.pid)
    return Cost(took.seconds, split(took, moments_file, warm.last_job("colorize")), *took.peaks)


def split(took: Run, moments_file: Path, worker: dict[str, float]) -> dict[str, float]:
    """Seconds by stage, from the moments of the command and the stages of the worker."""
    at = json.loads(moments_file.read_text())
    inside = sum(worker.values()) - worker["networks"]
    return {
        "start": at["reads"] - took.began,
        "read": at["has_read"] - at["reads"],
        "sketch": worker["open"] + worker["read"],
        "networks": worker["networks"],
        "plan": worker["segment"] + worker["colorize"] - worker["networks"],
        "paint": worker["paint"],
        "transport": at["has_waited"] - at["has_read"] - inside,
        "write": took.ended - at["has_waited"],
    }


def color(megapixels: float, warm: Warm, folder: Path) -> Cost:
    """Color a photo that is new to the daemon; small ones several times, each another one."""
    costs = []
    for _ in range(RUNS if megapixels <= RUN_ONCE_ABOVE else 1):
        photo = folder / "photo.jpg"
        write_photo(photo, megapixels, seed=next(SEEDS))
        costs.append(color_once(photo, warm))
    return sorted(costs, key=lambda cost: cost.seconds)[len(costs) // 2]


def attempt(megapixels: float, warm: Warm, folder: Path) -> Cost | str:
    """Color a photo, or say why that failed, as for one that is too large."""
    try:
        return color(megapixels, warm, folder)
    except ProgramFailed as failure:
        return str(failure)


def as_the_paper(photo: Path, megapixels: float) -> Cost | str:
    """Color a photo as the paper does, or say why not."""
    needed = PAPER_BASE_BYTES + PAPER_BYTES_PER_PIXEL * megapixels * 1e6
    free = psutil.virtual_memory().available
    if needed > free:
        return f"left out: needs about {needed / 1e9:.0f} GB, {free / 1e9:.0f} GB are free"
    took = run([sys.executable, str(HERE / "paper_way.py"), str(photo), str(photo.with_suffix(""))])
    return Cost(took.seconds, {}, *took.peaks)


def print_head() -> None:
    """Print what the columns are."""
    print("    MP" + "".join(f"{stage:>10}" for stage in (*STAGES, "in all")), end="")
    print("   command  daemon and worker   beside the paper's way: time, memory")


def print_row(megapixels: float, ours: Cost | str, paper: Cost | str) -> None:
    """Print one photo's line."""
    print(f"{megapixels:6g}", end="")
    if isinstance(ours, str):
        print(f"  {ours}", flush=True)
        return
    print("".join(f"{ours.stages[stage]:8.2f} s" for stage in STAGES), end="")
    print(f"{ours.seconds:8.2f} s{ours.command_bytes / 1e9:7.2f} GB", end="")
    print(f"{ours.daemon_bytes / 1e9:16.2f} GB   ", end="")
    if isinstance(paper, str):
        print(paper, flush=True)
        return
    print(f"× {ours.seconds / paper.seconds:.2f}, × {ours.bytes / paper.bytes:.2f}", end="")
    print(f" ({paper.seconds:.1f} s, {paper.bytes / 1e9:.2f} GB)", flush=True)


def open_client() -> Client:
    """A session with the daemon that runs."""
    client = launch.connect("bench", VERSION)
    assert client is not None
    return client


def bench_again(photo: Path, warm: Warm) -> None:
    """Print what the worker takes for a photo that it knows, when something is changed."""
    raster = read_picture(photo)
    with open_client() as client:
        first = client.wait(client.colorize(Colorize("", 0, ColorizeOptions(), raster)))
        saturated = ColorizeOptions(saturation=1.3)
        feathered = ColorizeOptions(mask=MaskOptions(feather=8))
        again = Colorize("", 0, saturated, raster)
        changes = {
            "recomposition of an edited mask": recomposition(raster, first),
            "another saturation": again,
            "another feather": Colorize("", 0, feathered, raster),
        }
        for name, request in changes.items():
            seconds = statistics.median(ask(client, request, warm) for _ in range(RUNS))
            print(f"  {name:34}{seconds:6.2f} s", flush=True)
        with open_client() as asking:
            seconds = slowest_answer(asking, client, again)
        print(f"  slowest answer to a question beside it {seconds:6.2f} s")


def slowest_answer(asking: Client, working: Client, request: Colorize) -> float:
    """Seconds that a question waits at worst while another client's photo is sent and colored."""
    slowest = 0.0
    with ThreadPoolExecutor(1) as thread:
        job = thread.submit(lambda: working.wait(working.colorize(request)))
        while not job.done():
            asked = time.monotonic()
            asking.status()
            slowest = max(slowest, time.monotonic() - asked)
        job.result()
    return slowest


def recomposition(raster: Raster, first: Done) -> Blend:
    """The request after edits by hand."""
    assert first.colorized is not None
    assert first.mask is not None
    options = MaskOptions(refine=False)
    return Blend("", 0, options, Background.KEEP, raster, first.colorized, first.mask)


def ask(client: Client, request: Colorize | Blend, warm: Warm) -> float:
    """Have a job done; seconds in the worker."""
    if isinstance(request, Blend):
        client.wait(client.blend(request))
    else:
        client.wait(client.colorize(request))
    worker = warm.last_job(request.kind)
    return sum(worker.values()) - worker["networks"]


def bench(sizes: list[float], folder: Path) -> dict[float, tuple[Cost | str, Cost | str]]:
    """Measure every size, and what is changed afterwards."""
    results: dict[float, tuple[Cost | str, Cost | str]] = {}
    usual = 12.0 if 12.0 in sizes else sizes[0]
    print_head()
    with warm_daemon(folder / "daemon") as warm:
        for megapixels in sizes:
            photo = folder / f"{megapixels:g}.jpg"
            write_photo(photo, megapixels)
            results[megapixels] = attempt(megapixels, warm, folder), as_the_paper(photo, megapixels)
            print_row(megapixels, *results[megapixels])
        print(f"\n{usual:g} MP again, in the worker:")
        bench_again(folder / f"{usual:g}.jpg", warm)
        print(f"\n{usual:g} MP beside a busy program:")
        with busy_program():
            print_row(usual, color(usual, warm, folder), "")
    print()
    bench_transport()
    return results


def main() -> None:
    """Measure in a folder that is gone afterwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=float, help="megapixels (default: 1 to 250)")
    parser.add_argument("--picture", type=Path, help="where the picture goes")
    chosen = parser.parse_args()
    sizes = sorted(set(chosen.sizes)) or list(map(float, ALL_SIZES))
    picture = chosen.picture or (None if chosen.sizes else PICTURE)
    with tempfile.TemporaryDirectory(prefix="selcolor-") as name:
        results = bench(sizes, Path(name))
    if picture is not None:
        draw(results, picture)
        print(f"\nDrawn: {picture}")


if __name__ == "__main__":
    main()
