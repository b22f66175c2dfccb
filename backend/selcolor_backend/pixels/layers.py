"""Layers that belong to a photo: their format, and how samples and colors are written into them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from selcolor_backend.pixels import samples
from selcolor_backend.pixels.photo import Photo, linear_light
from selcolor_backend.pixels.profile import ColorSpace, convert_linear, luminance_y
from selcolor_backend.pixels.samples import Samples
from selcolor_backend.pixels.tiles import Tile
from selcolor_protocol.raster import ChannelOrder, Raster, RasterFormat

_TABLE_STEPS = 65535
"""Linear light is looked up this finely for 8-bit layers: in the dark, 20 steps a sample value."""


class Layer:
    """A new layer of a photo: RGB, the photo's alpha copied, its colors to be written.

    Attributes:
        raster: the layer.
        colors: writable samples `[H, W, 3]` of it, in the order R, G, B.
    """

    def __init__(self, photo: Photo, order: ChannelOrder) -> None:
        layout = layer_format(photo, order)
        pixels = bytearray(layout.byte_count)
        views = samples.view_buffer(layout, pixels)
        samples.copy_alpha(samples.view_samples(photo.raster), views, layout.channels)
        self.raster = Raster(layout, pixels, photo.label.icc_profile)
        self.colors = samples.view_colors(views, layout.channels)


def layer_format(photo: Photo, order: ChannelOrder) -> RasterFormat:
    """The format of color layers that belong to a photo: its own, with three colors."""
    own = photo.raster.format
    channels = order.channels(own.channels.has_alpha)
    return replace(own, channels=channels, curve=photo.label.curve)


def write_linear(linear: Tensor, space: ColorSpace, out: Samples) -> None:
    """Write linear light as the samples of a layer.

    Args:
        linear: float32 `[3, h, w]`, in [0, 1] where the samples are integers.
        space: what the layer's samples mean.
        out: writable samples `[h, w, 3]`.
    """
    if out.dtype != np.uint8 or not space.is_uniform:
        samples.encode(space.encode(linear), out)
        return
    index = (linear * _TABLE_STEPS).to(torch.int32).numpy()
    table = _encoding_table(space)
    for channel in range(3):
        out[..., channel] = np.take(table, index[channel], mode="clip")


@lru_cache(maxsize=4)
def _encoding_table(space: ColorSpace) -> NDArray[np.uint8]:
    """8-bit samples of linear light in steps of 1/65535: much quicker than the curve."""
    # An index is cut, not rounded, and so stands for the middle of a step; white is exact.
    linear = ((torch.arange(_TABLE_STEPS + 1) + 0.5) / _TABLE_STEPS).clamp_(max=1.0).view(1, 1, -1)
    table = np.empty((1, _TABLE_STEPS + 1, 1), np.uint8)
    samples.encode(space.encode(linear)[:1], table)
    return table.ravel()


class LayerSource:
    """A picture's colors as the samples of a layer: as they are, converted, or made gray."""

    def __init__(self, picture: Photo, photo: Photo) -> None:
        """Prepare for a layer.

        Args:
            picture: whose colors are wanted.
            photo: the photo that the layer belongs to; it may be the picture itself.
        """
        self._photo = picture
        self._dtype = samples.dtype_of(photo.raster.format)
        self._space = photo.label.space
        self._same_space = picture.space.agrees_with(self._space)
        self._same_samples = picture.colors.dtype == self._dtype

    def colors(self, tile: Tile) -> Samples:
        """Samples `[rows, columns, 1|3]` that look the same in the layer; a view if possible."""
        colors = self._photo.colors[tile.area]
        if self._same_space and self._same_samples:
            return colors
        if self._same_space:
            return self._encode(samples.decode(colors))
        linear = linear_light(colors, self._photo.space)
        return self._encode(
            self._space.encode(convert_linear(linear, self._photo.space, self._space))
        )

    def neutrals(self, tile: Tile) -> Samples:
        """Samples `[rows, columns, 1|3]` of the neutrals with the same luminance."""
        if self._photo.colors.shape[-1] == 1:
            return self.colors(tile)
        linear = linear_light(self._photo.colors[tile.area], self._photo.space)
        neutral = luminance_y(linear, self._photo.space)[None]
        return self._encode(self._space.encode(neutral))

    def _encode(self, planes: Tensor) -> Samples:
        count, height, width = planes.shape
        out = np.empty((height, width, count), dtype=self._dtype)
        samples.encode(planes, out)
        return out
