"""`make bench-networks`: what the published networks take, on random weights of the right layout.

For each network: seconds and peak memory of one prediction at its own size, then of a photo of 12
megapixels through command line, daemon and worker, and how long a job goes on that is cancelled in
the middle of the network. Every figure is printed, none is asserted. Hints are painted for those
that take them. Names limit it: `make bench-networks NAMES="ddcolor-tiny birefnet-lite"`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from bench import SELCOLOR, Warm, warm_daemon, write_photo
from PIL import Image
from processes import run
from random_weights import write_random

from selcolor_backend.folders import MODELS_DIR_VARIABLE
from selcolor_backend.models.registry import Kind, Model, all_models, find_model
from selcolor_backend.pictures.reading import read_picture
from selcolor_protocol import launch
from selcolor_protocol.errors import JobCancelled
from selcolor_protocol.messages import Colorize, Progress
from selcolor_protocol.options import ColorizeOptions

MEGAPIXELS = 12.0
SECONDS_INTO_THE_NETWORK = 1.0


def choice(model: Model) -> list[str]:
    """The option that uses a model."""
    return [f"--{model.kind.value}", model.name]


def write_hints(photo: Path) -> Path:
    """Hints for a photo: one red stroke."""
    with Image.open(photo) as picture:
        width, height = picture.size
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[height // 2 : height // 2 + height // 20, width // 3 : width // 2] = (180, 40, 30, 255)
    hints = photo.with_name("hints.png")
    Image.fromarray(pixels).save(hints)
    return hints


def seconds_to_cancel(model: Model, photo: Path) -> float:
    """How long a job goes on after it was cancelled within its network."""
    options = ColorizeOptions(**{model.kind.value: model.name})
    raster = read_picture(photo)
    with launch.connect("bench", "0") as client:  # type: ignore[union-attr]
        job = client.colorize(Colorize("", 0, options, raster))
        wanted = "colorize" if model.kind is Kind.COLORIZER else "segment"
        cancelled_at = 0.0

        def watch(progress: Progress) -> None:
            nonlocal cancelled_at
            if progress.stage == wanted and not cancelled_at:
                time.sleep(SECONDS_INTO_THE_NETWORK)
                cancelled_at = time.monotonic()
                client.cancel(job)

        try:
            client.wait(job, watch)
        except JobCancelled:
            return time.monotonic() - cancelled_at
    return float("nan")


def measure(model: Model, warm: Warm, folder: Path) -> None:
    """Print one network's line."""
    write_random(model)
    tried = subprocess.run(
        [*SELCOLOR, "models", "try", model.name, "--json"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    trial = json.loads(tried.stdout)
    photo = folder / f"{model.name}.jpg"
    write_photo(photo, MEGAPIXELS)
    command = [*SELCOLOR, "colorize", str(photo), "-o", str(folder / model.name), *choice(model)]
    if model.takes_hints:
        command += ["--hints", str(write_hints(photo))]
    took = run(command, warm.pid)
    write_photo(photo, MEGAPIXELS, seed=1)
    cancel = seconds_to_cancel(model, photo)
    print(
        f"{model.name:20}{trial['seconds']:8.1f} s{trial['peak_bytes'] / 1e9:7.2f} GB"
        f"{took.seconds:12.1f} s{sum(took.peaks) / 1e9:7.2f} GB{cancel:12.2f} s",
        flush=True,
    )
    model.path.unlink()


def main(names: list[str]) -> None:
    """Measure the named networks, or all that are published."""
    chosen = [find_model(name) for name in names]
    chosen = chosen or [model for model in all_models().values() if model.is_converted]
    cores = len(os.sched_getaffinity(0))
    print(f"{cores} cores, load {os.getloadavg()[0]:.1f}, torch {torch.__version__}")
    print("network               alone: time, memory   12 MP: time, all memory   cancelled in")
    with tempfile.TemporaryDirectory() as place:
        os.environ[MODELS_DIR_VARIABLE] = str(Path(place) / "models")
        for number, model in enumerate(chosen):
            with warm_daemon(Path(place) / str(number)) as warm:
                measure(model, warm, Path(place) / str(number))


if __name__ == "__main__":
    main(sys.argv[1:])
