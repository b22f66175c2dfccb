"""Picture files to arrays of pixels, each made to fit a layout."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Pixels = NDArray[np.uint8]

UNSOUND = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow raises for files that are no pictures, or damaged ones."""


@dataclass(frozen=True)
class Layout:
    """How the photos of a training are kept.

    Attributes:
        side: short side in pixels; larger photos are reduced to it, smaller ones stay.
        longest: long side over short side; what is longer is cut on both ends. 0 cuts nothing.
        squash: every photo becomes a square of `side`, whatever its proportions.
        masks: only photos with masks are kept, with their masks and class maps.
    """

    side: int
    longest: float = 0.0
    squash: bool = False
    masks: bool = False

    def __str__(self) -> str:
        """A name for files."""
        words = [str(self.side), f"{self.longest:g}" if self.longest else ""]
        words += ["squash" if self.squash else "", "masks" if self.masks else ""]
        return "-".join(word for word in words if word)

    def fit(self, picture: Image.Image, resample: Image.Resampling) -> Image.Image:
        """Cut and reduce a picture."""
        if self.squash:
            return picture.resize((self.side, self.side), resample)
        if self.longest:
            picture = cut_ends(picture, self.longest)
        scale = self.side / min(picture.size)
        if scale >= 1:
            return picture
        width, height = (max(round(side * scale), 1) for side in picture.size)
        return picture.resize((width, height), resample, reducing_gap=2.0)


def cut_ends(picture: Image.Image, longest: float) -> Image.Image:
    """Cut both ends of a picture that is longer than `longest` times its short side."""
    most = int(min(picture.size) * longest)
    width, height = (min(side, most) for side in picture.size)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def decode(file: Path | io.BytesIO, mode: str, layout: Layout) -> Pixels:
    """Decode one file, upright.

    Args:
        file: the picture.
        mode: Pillow's: `RGB` for photos, `L` for masks, `P` for class maps, whose values are kept.
        layout: what it shall fit.

    Returns:
        uint8, `[H, W, 3]` or `[H, W]`.

    Raises:
        One of UNSOUND: it is no sound picture.
    """
    with Image.open(file) as picture:
        # A large JPEG decodes to an eighth, a quarter or a half in a fraction of the time.
        picture.draft("RGB", (2 * layout.side, 2 * layout.side))
        upright = ImageOps.exif_transpose(picture)
        if mode != "P":
            upright = upright.convert(mode)
    smooth = {"RGB": Image.Resampling.LANCZOS, "L": Image.Resampling.BOX}
    return np.asarray(layout.fit(upright, smooth.get(mode, Image.Resampling.NEAREST)))


def try_to_decode(file: Path | io.BytesIO, mode: str, layout: Layout) -> Pixels | None:
    """As `decode`; None when the file is no sound picture."""
    try:
        return decode(file, mode, layout)
    except UNSOUND:
        return None
