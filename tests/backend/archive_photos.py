"""Photos of many sizes and kinds for tests of whole archives, some of them broken."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image
from skimage import data

SIDES = ((96, 128), (200, 150), (320, 240), (128, 96), (400, 300), (64, 64), (640, 480))
"""Width and height of the photos, in turn."""

SCENES = ("camera", "astronaut", "chelsea", "coffee", "rocket")
KINDS = ("jpg", "png", "tif", "png16", "webp", "jp2", "rgb.jpg", "pgm")


def make_archive(folder: Path, count: int, broken: Sequence[int] = ()) -> None:
    """Fill a folder and its subfolders.

    Args:
        folder: to be filled.
        count: of photos.
        broken: the numbers of those that cannot be read: cut off, empty, no picture, CMYK.
    """
    scenes = [Image.fromarray(getattr(data, name)()).convert("RGB") for name in SCENES]
    for number in range(count):
        scene = scenes[number % len(scenes)]
        place = folder / f"box-{number // 50:02}"
        place.mkdir(parents=True, exist_ok=True)
        if number in broken:
            _write_broken(place / f"p{number:04}", scene, number)
        else:
            width, height = SIDES[number % len(SIDES)]
            left = number * 7 % (scene.width // 4)
            part = scene.crop((left, 0, scene.width, scene.height)).resize((width, height))
            _write(place / f"p{number:04}", part, KINDS[number % len(KINDS)])


def _write(path: Path, picture: Image.Image, kind: str) -> None:
    gray = picture.convert("L")
    if kind == "rgb.jpg":
        picture.save(path.with_suffix(".jpg"))
    elif kind == "png16":
        Image.fromarray(np.asarray(gray).astype(np.uint16) * 257).save(path.with_suffix(".png"))
    elif kind == "tif":
        tifffile.imwrite(path.with_suffix(".tif"), np.asarray(gray), resolution=(300, 300))
    else:
        gray.save(path.with_suffix(f".{kind}"))


def _write_broken(path: Path, picture: Image.Image, number: int) -> None:
    kind = number % 4
    if kind == 0:
        path.with_suffix(".jpg").write_bytes(b"")
    elif kind == 1:
        path.with_suffix(".png").write_text("a shopping list")
    elif kind == 2:
        picture.convert("CMYK").save(path.with_suffix(".jpg"))
    else:
        whole = path.with_suffix(".jpg")
        picture.save(whole)
        whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
