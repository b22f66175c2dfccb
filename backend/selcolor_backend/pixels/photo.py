"""A raster with everything that is known of its samples: its color space, and whether it is gray.

Samples stay in the raster and are turned into luminance or into the samples of a layer a part at a
time. Gray photos that are stored as RGB are read as the gray photos that they are.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np
import torch
from torch import Tensor

from selcolor_backend.pixels import samples
from selcolor_backend.pixels.color import y_to_luminance
from selcolor_backend.pixels.profile import (
    SRGB,
    ColorSpace,
    Space,
    TableSpace,
    convert_linear,
    luminance_y,
    profile_of,
)
from selcolor_backend.pixels.samples import Samples
from selcolor_backend.pixels.tiles import Tile, spans
from selcolor_protocol.raster import Raster

_ROWS_COMPARED = 256
"""Rows that are looked at together when something is asked of all samples."""


class Photo:
    """A raster as pixels with a meaning.

    Attributes:
        raster: the pixels themselves.
        space: what the samples mean.
        label: how layers that belong to the photo are labeled.
        profile_note: what a user should know of its profile.
        colors: the samples without alpha, in the order R, G, B: a view `[H, W, 1|3]`. There is
            one channel for gray photos, also for those that are stored with three equal ones.
    """

    def __init__(self, raster: Raster) -> None:
        profile = profile_of(raster)
        self.raster = raster
        self.space = profile.space
        self.label = profile.label
        self.profile_note = profile.note
        colors = samples.view_colors(samples.view_samples(raster), raster.format.channels)
        self.colors = colors[..., :1] if self.space.is_uniform and is_gray(colors) else colors

    @property
    def height(self) -> int:
        """Rows."""
        return self.raster.format.height

    @property
    def width(self) -> int:
        """Columns."""
        return self.raster.format.width

    def level(self, tile: Tile) -> Tensor:
        """L / 100 of a tile, float32 `[rows, columns]`; for float pictures also beyond [0, 1]."""
        colors = self.colors[tile.area]
        white = samples.white_of(colors)
        if colors.shape[-1] == 1 and white > 1 and isinstance(self.space, ColorSpace):
            return samples.look_up(colors, (_level_table(self.space, white),))[0]
        y = luminance_y(linear_light(colors, self.space), self.space)
        return y_to_luminance(y).div_(100.0)

    @property
    def is_black_and_white(self) -> bool:
        """Whether every sample is pure black or pure white, so that no color can be shown."""
        white = samples.white_of(self.colors)
        parts = (self.colors[top:bottom] for top, bottom in spans(self.height, _ROWS_COMPARED))
        return all(((part == 0) | (part == white)).all() for part in parts)

    def encoded_srgb(self, top: int, bottom: int) -> Tensor:
        """Some rows as encoded sRGB cut to [0, 1], float32 `[1|3, rows, W]`."""
        colors = self.colors[top:bottom]
        if self._is_srgb:
            return samples.decode(colors).clamp_(0.0, 1.0)
        linear = convert_linear(linear_light(colors, self.space), self.space, SRGB)
        return SRGB.encode(linear).clamp_(0.0, 1.0)

    @cached_property
    def _is_srgb(self) -> bool:
        return self.space.agrees_with(SRGB)


def is_gray(colors: Samples) -> bool:
    """Whether the channels of `[H, W, 1|3]` are equal everywhere."""
    if colors.shape[-1] == 1:
        return True
    red, green, blue = (colors[..., channel] for channel in range(3))
    return all(
        np.array_equal(red[top:bottom], green[top:bottom])
        and np.array_equal(green[top:bottom], blue[top:bottom])
        for top, bottom in spans(len(colors), _ROWS_COMPARED)
    )


def linear_light(colors: Samples, space: Space) -> Tensor:
    """Turn samples `[h, w, 1|3]` into linear light, float32 `[1|3, h, w]`."""
    white = samples.white_of(colors)
    if white == 1 or isinstance(space, TableSpace):
        return space.decode(samples.decode(colors))
    return samples.look_up(colors, _linear_tables(space, white))


@lru_cache(maxsize=8)
def _linear_tables(space: ColorSpace, white: int) -> tuple[Samples, ...]:
    """Linear light of every integer sample, for each channel: much quicker than the curve."""
    encoded = (torch.arange(white + 1) / white).expand(3, 1, -1)
    return tuple(space.decode(encoded).flatten(1).numpy())


@lru_cache(maxsize=8)
def _level_table(space: ColorSpace, white: int) -> Samples:
    """L / 100 of every integer gray sample."""
    y = torch.from_numpy(_linear_tables(space, white)[0])
    table: Samples = y_to_luminance(y).div_(100.0).numpy()
    return table
