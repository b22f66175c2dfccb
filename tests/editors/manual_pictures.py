"""The manual's pictures: what the editors' tests have seen, put beside each other, small.

Made by `make manual-pictures` alone. The photos are scikit-image's: NASA's portrait of Eileen
Collins, and what is made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

CHECKOUT = Path(__file__).parents[2]
PICTURES, PARTS = CHECKOUT / "docs/guide/pictures", CHECKOUT / "build/manual"
SIDE = 300
"""Of a photo, in pixels of the screen: two are as wide as the page in Krita's plugin manager."""

SUIT = [[[45, 195], [65, 250], [120, 205]], [[175, 175], [190, 200]], [[54, 165], [76, 142]]]
ORANGE = "#e2763a"
"""Strokes on the photo, across and down, and what color the suit has in truth."""

GAP = 12
WIDEST = 640
COLORS = 160


def portrait() -> Image.Image:
    """The photo, in its colors."""
    return Image.fromarray(data.astronaut()).resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def gray_portrait(path: Path) -> Path:
    """The photo in black and white, as scanners write it."""
    portrait().convert("L").convert("RGB").save(path)
    return path


def two_people(path: Path) -> Path:
    """A photo of two: the portrait and its mirror image."""
    gray = np.asarray(portrait().convert("L"))
    Image.fromarray(np.concatenate([gray, gray[:, ::-1]], axis=1)).convert("RGB").save(path)
    return path


def yellowed(path: Path) -> Path:
    """The photo as an old print: pale, yellow, without pure black and white."""
    gray = np.asarray(portrait().convert("L")).astype(float)[..., None] / 255
    dark, light = np.array([74, 56, 40]), np.array([236, 218, 178])
    Image.fromarray((dark + (light - dark) * gray).round().astype(np.uint8)).save(path)
    return path


def beside(pictures: Sequence[Image.Image]) -> Image.Image:
    """Pictures side by side at their tops, on white."""
    width = sum(each.width for each in pictures) + GAP * (len(pictures) - 1)
    row = Image.new("RGB", (width, max(each.height for each in pictures)), "white")
    left = 0
    for each in pictures:
        row.paste(each, (left, 0))
        left += each.width + GAP
    return row


def keep(name: str, *parts: Path) -> None:
    """Write a picture of the manual: a PNG of few colors, or a JPEG of nothing but photos.

    Args:
        name: with its ending.
        parts: pictures that the editor's tests have made.
    """
    pictures = [Image.open(part).convert("RGB") for part in parts]
    row = beside(pictures)
    assert row.width <= WIDEST, f"{name} is {row.width} pixels wide"
    PICTURES.mkdir(parents=True, exist_ok=True)
    if name.endswith(".jpg"):
        row.save(PICTURES / name, quality=86, optimize=True)
    else:
        row.quantize(COLORS, dither=Image.Dither.FLOYDSTEINBERG).save(
            PICTURES / name, optimize=True
        )


def colorfulness(path: Path, left: int, top: int, right: int, bottom: int) -> float:
    """How much color a part of a picture has, in the mean."""
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)[top:bottom, left:right]
    return float(np.ptp(pixels, axis=-1).mean())
