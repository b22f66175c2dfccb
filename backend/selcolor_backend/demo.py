"""`make demo`: scikit-image's sample photos, made gray, colored by the real command line.

Writes the gray photos, their layers and one row of pictures for each into a folder. Runs a daemon
of its own and leaves none behind.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageOps
from skimage import data

from selcolor_backend.cli.main import main as selcolor
from selcolor_protocol.runtime import RUNTIME_DIR_VARIABLE

PHOTOS = ("astronaut", "camera", "chelsea")
LAYERS = ("colorized", "mask", "blended")
ROW_HEIGHT = 320
GAP = 8


def write_gray(name: str, folder: Path) -> Path:
    """Write one of scikit-image's photos as a gray PNG."""
    path = folder / f"{name}.png"
    Image.fromarray(getattr(data, name)()).convert("L").save(path)
    return path


def write_row(photo: Path) -> Path:
    """Put before, colorized, mask and blended side by side."""
    files = [photo, *(photo.with_name(f"{photo.stem}-{layer}.png") for layer in LAYERS)]
    row = beside([Image.open(file).convert("RGB") for file in files], ROW_HEIGHT)
    path = photo.with_name(f"{photo.stem}-row.png")
    row.save(path)
    return path


def beside(pictures: Sequence[Image.Image], height: int) -> Image.Image:
    """Pictures side by side, all of them of that height."""
    scaled = [ImageOps.contain(picture, (10 * height, height)) for picture in pictures]
    width = sum(picture.width for picture in scaled) + GAP * (len(scaled) - 1)
    row = Image.new("RGB", (width, height), "white")
    left = 0
    for picture in scaled:
        row.paste(picture, (left, 0))
        left += picture.width + GAP
    return row


def run(folder: Path) -> int:
    """Make the demo in `folder`; 0 when every photo succeeded."""
    folder.mkdir(parents=True, exist_ok=True)
    photos = [write_gray(name, folder) for name in PHOTOS]
    status = selcolor(["colorize", *map(str, photos), "-o", str(folder), "--overwrite"])
    selcolor(["stop"])
    if status == 0:
        for photo in photos:
            print(f"{photo}: side by side in {write_row(photo)}")
    return status


def main(arguments: Sequence[str]) -> int:
    """Run the demo with a private runtime folder, so that it disturbs no daemon of the user's."""
    with tempfile.TemporaryDirectory(prefix="selcolor-demo-") as runtime:
        os.environ[RUNTIME_DIR_VARIABLE] = runtime
        return run(Path(arguments[0] if arguments else "demo"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
