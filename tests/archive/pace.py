"""`make archive-pace`: photos a minute of `selcolor batch` over those of `selcolor colorize`.

Both color the same folder by turns, so that what else the machine does disturbs both alike; the
load is told with every figure. By hand: a test that measures time would fail where others work.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from skimage import data

SCENES = ("astronaut", "camera", "chelsea", "coffee", "rocket")
MEGAPIXELS = (0.5, 1, 2, 4, 6, 1)
PHOTOS = 48
COMMAND = (sys.executable, "-m", "selcolor_backend")


def make_photos(folder: Path) -> None:
    """Gray JPEG files of half a megapixel to six."""
    folder.mkdir()
    for number in range(PHOTOS):
        scene = Image.fromarray(getattr(data, SCENES[number % len(SCENES)])()).convert("L")
        pixels = MEGAPIXELS[number % len(MEGAPIXELS)] * 1e6
        scale = (pixels / (scene.width * scene.height)) ** 0.5
        size = (round(scene.width * scale), round(scene.height * scale))
        scene.resize(size, Image.Resampling.LANCZOS).save(folder / f"p{number:02}.jpg", quality=92)


def minutes(*arguments: str, environment: dict[str, str]) -> float:
    """How long a command takes; it has to succeed."""
    began = time.monotonic()
    subprocess.run((*COMMAND, *arguments), env=environment, check=True, capture_output=True)
    return (time.monotonic() - began) / 60


def warm_up(folder: Path, environment: dict[str, str]) -> None:
    """Start the daemon anew, for it remembers what networks saw, and have it load them."""
    folder.mkdir()
    Image.fromarray(data.moon()).save(folder / "moon.png")
    minutes("stop", environment=environment)
    minutes("colorize", str(folder), "-o", str(folder / "out"), environment=environment)


def main(pairs: int) -> int:
    """Measure by turns, and print every figure and the median of the ratios."""
    ratios = []
    with tempfile.TemporaryDirectory(prefix="selcolor-pace-") as place:
        folder = Path(place)
        environment = os.environ | {"SELCOLOR_RUNTIME_DIR": str(folder / "run")}
        make_photos(folder / "scans")
        scans = str(folder / "scans")
        for number in range(pairs):
            warm_up(folder / f"warm-{number}", environment)
            load = os.getloadavg()[0]
            one = minutes(
                "colorize", scans, "-o", str(folder / f"one-{number}"), environment=environment
            )
            many = minutes("batch", scans, str(folder / f"many-{number}"), environment=environment)
            ratios.append(one / many)
            print(
                f"colorize {PHOTOS / one:.1f}, batch {PHOTOS / many:.1f} photos a minute: "
                f"{one / many:.2f} times (load {load:.1f} to {os.getloadavg()[0]:.1f})",
                flush=True,
            )
        minutes("stop", environment=environment)
    print(f"median of {pairs}: {statistics.median(ratios):.2f} times")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
