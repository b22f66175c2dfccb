"""A photo as its luminance, at full size, and as a reduced picture for networks and guides.

Both come from one walk over the pixels. The reduced picture is averaged as encoded sRGB and turned
into Lab afterwards, which is how the training sees its resized photos.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from selcolor_backend.pixels.color import srgb_to_lab, y_to_luminance
from selcolor_backend.pixels.profile import SRGB, ColorSpace, convert_linear, profile_of
from selcolor_backend.pixels.resample import area_span, fit_size, reduce_columns, reduce_rows
from selcolor_backend.pixels.samples import (
    STRIP_PIXELS,
    Samples,
    decode_strip,
    look_up_strip,
    view_colors,
    view_samples,
    white_of,
)
from selcolor_protocol import limits
from selcolor_protocol.errors import UnsupportedRaster
from selcolor_protocol.raster import Raster

REDUCED_SIDE = 1024
"""Pixels along the longer side of the reduced picture."""


@dataclass(frozen=True)
class Photo:
    """What the pipeline knows of a photo.

    Attributes:
        luminance: L of every pixel, float32 `[H, W]`; in [0, 100], and beyond for float pictures.
        reduced_rgb: encoded sRGB in [0, 1], float32 `[3, h, w]`, longer side at most 1024.
        reduced_luminance: L of `reduced_rgb`, float32 `[h, w]` in [0, 100].
    """

    luminance: Tensor
    reduced_rgb: Tensor
    reduced_luminance: Tensor


def check_size(raster: Raster) -> None:
    """Refuse what no network can make sense of.

    Raises:
        UnsupportedRaster: a side is below 16 pixels, or one is 100 times the other.
    """
    width, height = raster.format.width, raster.format.height
    if min(width, height) < limits.MIN_PHOTO_SIDE:
        raise UnsupportedRaster(
            f"A picture of {width} × {height} pixels is too small to colorize.",
            f"Use one with at least {limits.MIN_PHOTO_SIDE} pixels on each side.",
        )
    if max(width, height) > limits.MAX_ASPECT_RATIO * min(width, height):
        raise UnsupportedRaster(
            f"A picture of {width} × {height} pixels is too narrow to colorize.",
            f"Crop it; the longer side may be {limits.MAX_ASPECT_RATIO} times the shorter one.",
        )


def read_photo(raster: Raster, report: Callable[[float], None]) -> Photo:
    """Walk over a raster once, in strips.

    Args:
        raster: any number format, gray or RGB; alpha is ignored.
        report: told the share that is done, at every strip.

    Raises:
        UnsupportedRaster: its ICC profile cannot be used.
    """
    space = profile_of(raster).space
    is_srgb = space.agrees_with(SRGB)
    height, width = raster.format.height, raster.format.width
    small_height, small_width = fit_size(height, width, REDUCED_SIDE)
    colors = view_colors(view_samples(raster), raster.format.channels)
    luminance = torch.empty(height, width)
    reduced = torch.empty(3, small_height, small_width)
    step = max(1, STRIP_PIXELS * small_height // (width * height))
    for first in range(0, small_height, step):
        report(first / small_height)
        rows = (first, min(first + step, small_height))
        top, bottom = area_span(*rows, height, small_height)
        linear = linear_strip(colors[top:bottom], space)
        luminance[top:bottom] = y_to_luminance(space.luminance_y(linear))
        srgb = decode_strip(colors[top:bottom]) if is_srgb else _as_srgb(linear, space)
        strip = reduce_rows(srgb.clamp_(0.0, 1.0), top, rows, (height, small_height))
        reduced[:, rows[0] : rows[1]] = reduce_columns(strip, small_width)
    reduced_luminance = srgb_to_lab(reduced)[0].clamp_(0.0, 100.0)
    return Photo(luminance, reduced, reduced_luminance)


def linear_strip(colors: Samples, space: ColorSpace) -> Tensor:
    """Turn samples `[h, W, 1|3]` into linear light, float32 `[1|3, h, W]` on the CPU."""
    white = white_of(colors)
    if white == 1:
        return space.decode(decode_strip(colors))
    return look_up_strip(colors, _linear_tables(space, white))


@lru_cache(maxsize=8)
def _linear_tables(space: ColorSpace, white: int) -> tuple[Samples, ...]:
    """Linear light of every integer sample, for each channel: much quicker than the curve."""
    encoded = (torch.arange(white + 1) / white).expand(3, 1, -1)
    return tuple(space.decode(encoded).flatten(1).numpy())


def _as_srgb(linear: Tensor, space: ColorSpace) -> Tensor:
    return SRGB.encode(convert_linear(linear, space, SRGB))
