"""From a picture file to a mask: coverage, not light, so that no curve and no profile applies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from selcolor_backend.pictures import checks
from selcolor_backend.pictures.arrays import Pixels, is_gray, to_depth, to_raster
from selcolor_backend.pictures.orientation import upright
from selcolor_backend.pictures.reading import decode
from selcolor_protocol.errors import UnsupportedPicture
from selcolor_protocol.raster import Raster

_BAND_PIXELS = 1 << 18
_NEARLY = 16
"""How far from black or white a sample of 8 bits may be and still be meant so."""
_GRAYS_OF_A_PHOTO = 0.5
"""A mask is black and white with soft edges; this share of other grays is only in a photo."""


@dataclass(frozen=True)
class MaskPicture:
    """A mask that was read.

    Attributes:
        raster: GRAY, 8 bits: 255 where the picture is to be in color.
        is_cutout: whether a cut-out was given, and its alpha is the mask.
    """

    raster: Raster
    is_cutout: bool


def read_mask(path: Path, width: int, height: int) -> MaskPicture:
    """Read a mask for a picture of the given size.

    Editors like to save gray pictures as RGB, so RGB is taken when its three channels are equal,
    and refused when it shows color: which of the colors would count is anybody's guess. What is
    transparent is masked out. Where what is left is itself no mask (it shows color, or a photo's
    grays, or is all black), somebody cut the subject out, and alpha alone is meant.

    Args:
        path: a picture file of any depth that `read_picture` reads.
        width: pixels of the picture in a row.
        height: rows of the picture.

    Raises:
        PictureNotFound: there is no such file.
        UnreadablePicture: it is no picture, or damaged.
        UnsupportedPicture: it has another size, shows color, or is of a kind that is refused.
    """
    decoded = decode(path, partial(checks.check_size, path.name))
    pixels = upright(decoded.pixels, decoded.orientation)
    if pixels.shape[:2] != (height, width):
        raise UnsupportedPicture(
            f"The mask {path.name} has {pixels.shape[1]} × {pixels.shape[0]} pixels, but the "
            f"picture has {width} × {height}.",
            "Scale the mask to the size of the picture.",
        )
    seen = _look_at(pixels)
    if seen.shows_color and not seen.is_transparent:
        raise UnsupportedPicture(
            f"The mask {path.name} shows colors, but a mask is black, white and gray.",
            "Convert it to grayscale in an editor, and save it again.",
        )
    coverage = np.empty((height, width, 1), np.uint8)
    for rows, band in _bands(pixels):
        coverage[rows] = band[..., -1:] if seen.is_cutout else _gray_times_alpha(band)
    return MaskPicture(to_raster(coverage), seen.is_cutout)


@dataclass(frozen=True)
class _Looks:
    """What a picture that is given as a mask looks like, where it is not transparent."""

    is_transparent: bool
    shows_color: bool
    is_black: bool
    share_of_grays: float

    @property
    def is_cutout(self) -> bool:
        is_photo = self.shows_color or self.share_of_grays > _GRAYS_OF_A_PHOTO
        return self.is_transparent and (is_photo or self.is_black)


def _look_at(pixels: Pixels) -> _Looks:
    visible = grays = lightest = 0
    is_transparent = shows_color = False
    for _, band in _bands(pixels):
        shown = np.ones(band.shape[:2], bool)
        if band.shape[2] in (2, 4):
            shown = band[..., -1] > 0
            is_transparent = is_transparent or bool((band[..., -1] < 255).any())
        seen = band[shown]
        shows_color = shows_color or (band.shape[2] >= 3 and not is_gray(seen))
        visible += len(seen)
        grays += int(((seen[:, 0] > _NEARLY) & (seen[:, 0] < 255 - _NEARLY)).sum())
        lightest = max(lightest, int(seen[:, 0].max(initial=0)))
    return _Looks(is_transparent, shows_color, lightest <= _NEARLY, grays / max(1, visible))


def _gray_times_alpha(band: Pixels) -> Pixels:
    """The gray of a band, masked by its alpha where it has one, `[rows, W, 1]`."""
    if band.shape[2] in (1, 3):
        return band[..., :1]
    product = band[..., :1] * band[..., -1:].astype(np.uint16) + 127
    return (product // 255).astype(np.uint8)


def _bands(pixels: Pixels) -> Iterator[tuple[slice, Pixels]]:
    """Samples of 8 bits, some rows at a time."""
    step = max(1, _BAND_PIXELS // pixels.shape[1])
    for top in range(0, len(pixels), step):
        yield slice(top, top + step), to_depth(pixels[top : top + step], 8)
