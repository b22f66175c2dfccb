"""The sketch of a photo: the reduced picture that networks see and masks and colors are fitted to.

It is averaged as encoded sRGB and turned into Lab afterwards, which is how the training sees its
resized photos.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from selcolor_backend.capacity import check_proportions
from selcolor_backend.pixels import tiles
from selcolor_backend.pixels.color import srgb_to_lab
from selcolor_backend.pixels.photo import Photo
from selcolor_backend.pixels.resample import area_span, reduce_columns, reduce_rows
from selcolor_backend.pixels.tiles import Tile

LONG_SIDE = 1024
"""Pixels along the longer side of a sketch of usual proportions."""

PANORAMA_SIDE = 341
"""Pixels along the shorter side of a sketch whose longer side is more than three times as long."""

MOST_PIXELS = 1_500_000
"""Pixels of the longest panorama's sketch."""

_STRIP_PIXELS = 1 << 20


@dataclass(frozen=True)
class Sketch:
    """A photo at the size at which everything about it is decided.

    Attributes:
        rgb: encoded sRGB in [0, 1], float32 `[3, h, w]`.
        luminance: L of `rgb`, float32 `[h, w]` in [0, 100].
        hints: for networks that take them, a, b and 1, each times the share of a pixel that was
            painted, float32 `[3, h, w]`; None for no hints.
    """

    rgb: Tensor
    luminance: Tensor
    hints: Tensor | None = None

    @property
    def height(self) -> int:
        """Rows."""
        return self.luminance.shape[0]

    @property
    def width(self) -> int:
        """Columns."""
        return self.luminance.shape[1]

    def level(self, tile: Tile) -> Tensor:
        """L / 100 of a tile of the sketch, `[rows, columns]`."""
        return self.luminance[tile.area] / 100.0

    def brightened(self, gain: float) -> Sketch:
        """The sketch with its luminance multiplied, as a colorizer is to see it."""
        return replace(self, luminance=(self.luminance * gain).clamp(0.0, 100.0))

    def cropped(self, tile: Tile) -> Sketch:
        """A part of the sketch."""
        rows, columns = tile.area
        hints = None if self.hints is None else self.hints[:, rows, columns]
        return Sketch(self.rgb[:, rows, columns], self.luminance[tile.area], hints)

    def resized(self, height: int, width: int) -> Sketch:
        """The sketch at a network's size, bilinear with antialiasing."""
        hints = () if self.hints is None else (self.hints,)
        planes = torch.cat([self.rgb, self.luminance[None], *hints])[None]
        small = functional.interpolate(
            planes, size=(height, width), mode="bilinear", align_corners=False, antialias=True
        )[0]
        return Sketch(small[:3], small[3], small[4:] if hints else None)


def sketch_size(height: int, width: int, long_side: int = LONG_SIDE) -> tuple[int, int]:
    """Rows and columns of the sketch of a photo; never larger than the photo."""
    short, long = sorted((height, width))
    scale = long_side / long
    if long > 3 * short:
        scale = min(PANORAMA_SIDE / short, math.sqrt(MOST_PIXELS / (short * long)))
    scale = min(1.0, scale)
    return max(1, round(height * scale)), max(1, round(width * scale))


def make_sketch(
    photo: Photo, report: Callable[[float], None], long_side: int = LONG_SIDE
) -> Sketch:
    """Reduce a photo in one walk over its pixels.

    Args:
        photo: any number format, gray or RGB; alpha is ignored.
        report: told the share that is done.
        long_side: pixels along its longer side, if it is of usual proportions.

    Raises:
        UnsupportedRaster: its size cannot be used.
    """
    check_proportions("This picture", photo.width, photo.height)
    height, width = sketch_size(photo.height, photo.width, long_side)
    reduced = torch.empty(photo.colors.shape[-1], height, width)

    def reduce(rows: tuple[int, int]) -> None:
        top, bottom = area_span(*rows, photo.height, height)
        planes = photo.encoded_srgb(top, bottom).numpy()
        small = reduce_columns(reduce_rows(planes, top, rows, (photo.height, height)), width)
        reduced[:, rows[0] : rows[1]] = torch.from_numpy(small)

    step = max(1, _STRIP_PIXELS * height // (photo.width * photo.height))
    tiles.each(list(tiles.spans(height, step)), reduce, report)
    rgb = reduced.expand(3, -1, -1).contiguous()
    return Sketch(rgb, srgb_to_lab(rgb)[0].clamp_(0.0, 100.0))
