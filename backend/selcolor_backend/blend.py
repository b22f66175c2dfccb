"""mask · colorized + (1 − mask) · background, strip by strip.

The sum is made of *encoded* samples, not of linear light, because Krita and GIMP show a masked
layer over another that way: what they show and what is rendered here must be the same. Alpha is
the background's own. Where the mask comes from is left to `mask.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from selcolor_backend.luminance import linear_strip
from selcolor_backend.pixels.profile import Profile, convert_linear, layer_profile_of, profile_of
from selcolor_backend.pixels.samples import (
    LARGEST_SAMPLE,
    Samples,
    copy_alpha,
    decode_strip,
    dtype_of,
    encode_strip,
    strips,
    view_buffer,
    view_colors,
    view_samples,
    white_of,
)
from selcolor_protocol.errors import UnsupportedRaster
from selcolor_protocol.options import Background
from selcolor_protocol.raster import Channels, Raster, RasterFormat

_RGB_OF = {Channels.GRAY: Channels.RGB, Channels.GRAYA: Channels.RGBA}

Progress = Callable[[float], None]


class LayerSource:
    """A raster's colors as the samples of a layer: as they are, converted, or made gray."""

    def __init__(self, raster: Raster, layout: RasterFormat, label: Profile) -> None:
        self._colors = view_colors(view_samples(raster), raster.format.channels)
        self._layout = layout
        self._space = profile_of(raster).space
        self._target = label.space
        self._same_space = self._space.agrees_with(self._target)
        self._same_samples = self._colors.dtype == dtype_of(layout)

    def rows(self, top: int, bottom: int) -> Samples:
        """Samples `[rows, W, 1|3]` that look the same in the layer; a view where they may be."""
        colors = self._colors[top:bottom]
        if self._same_space and self._same_samples:
            return colors
        if self._same_space:
            return self._encode(decode_strip(colors))
        linear = linear_strip(colors, self._space)
        return self._encode(self._target.encode(convert_linear(linear, self._space, self._target)))

    def gray_rows(self, top: int, bottom: int) -> Samples:
        """Samples `[rows, W, 1|3]` of the neutrals with the same luminance."""
        linear = linear_strip(self._colors[top:bottom], self._space)
        neutral = self._space.luminance_y(linear)[None]
        return self._encode(self._target.encode(neutral))

    def _encode(self, planes: Tensor) -> Samples:
        count, height, width = planes.shape
        out = np.empty((height, width, count), dtype=dtype_of(self._layout))
        encode_strip(planes, out)
        return out


def layer_format(photo: Raster, label: Profile) -> RasterFormat:
    """The format of RGB layers that belong to a photo: its own, gray expanded to RGB."""
    channels = _RGB_OF.get(photo.format.channels, photo.format.channels)
    return replace(photo.format, channels=channels, curve=label.curve)


def empty_layer(photo: Raster) -> tuple[Raster, Samples]:
    """Prepare a layer that belongs to a photo, its alpha copied, its colors to be written.

    Returns:
        The raster, and writable color samples `[H, W, 3]` of it.

    Raises:
        UnsupportedRaster: the photo's ICC profile cannot be used.
    """
    label = layer_profile_of(photo)
    layout = layer_format(photo, label)
    pixels = bytearray(layout.byte_count)
    samples = view_buffer(layout, pixels)
    copy_alpha(view_samples(photo), samples, layout.channels)
    return Raster(layout, pixels, label.icc_profile), view_colors(samples, layout.channels)


def blend_rasters(
    original: Raster,
    colorized: Raster,
    mask: Tensor,
    background: Background,
    report: Progress = lambda _: None,
) -> Raster:
    """Blend a colorized layer over its photo.

    Args:
        original: the photo, whose alpha is kept.
        colorized: of the same size; in another number format or profile it is converted.
        mask: uint8 `[H, W]`, 255 where the colorized layer shows.
        background: the photo's pixels as they are, or the neutrals of the same luminance.
        report: told the share that is done, at every strip.

    Returns:
        A raster in the photo's number format. Where the mask is 0 its samples are exactly the
        background's, where it is 255 exactly the colorized layer's.

    Raises:
        UnsupportedRaster: the sizes differ, or a profile cannot be used.
    """
    _check_sizes(original, colorized, mask)
    label = layer_profile_of(original)
    layer, out = empty_layer(original)
    below = LayerSource(original, layer.format, label)
    above = LayerSource(colorized, layer.format, label)
    lower_rows = below.gray_rows if background is Background.GRAY else below.rows
    height, width = mask.shape
    for top, bottom in strips(height, width):
        report(top / height)
        lower, upper = lower_rows(top, bottom), above.rows(top, bottom)
        blend_strip(lower, upper, mask[top:bottom].numpy(), out[top:bottom])
    return layer


def blend_strip(lower: Samples, upper: Samples, mask: NDArray[np.uint8], out: Samples) -> None:
    """Blend samples.

    Args:
        lower: where the mask is 0, `[h, W, 1|3]`.
        upper: where the mask is 255, `[h, W, 1|3]`.
        mask: `[h, W]`.
        out: `[h, W, 3]`, of the same number format.
    """
    lowest, highest = int(mask.min()), int(mask.max())
    out[...] = upper if lowest == 255 else lower
    if highest == 0 or lowest == 255:
        return
    # Chosen, not multiplied by 0 or 1: floats must come through bit by bit, even a NaN.
    np.copyto(out, upper, where=(mask == 255)[..., None])
    partial = (mask > 0) & (mask < 255)
    share = mask[partial].astype(np.float32)[:, None] / np.float32(255)
    below, above = _as_floats(lower[partial]), _as_floats(upper[partial])
    mixed = below + (above - below) * share
    out[partial] = np.rint(mixed) if white_of(out) > 1 else mixed


def _as_floats(samples: Samples) -> NDArray[np.float32]:
    """Samples as float32, with nonsense (NaN, infinity) made sane as in `decode_strip`."""
    floats = samples.astype(np.float32)
    if samples.dtype.kind == "f":
        np.nan_to_num(floats, copy=False, nan=0.0)
        np.clip(floats, -LARGEST_SAMPLE, LARGEST_SAMPLE, out=floats)
    return floats


def _check_sizes(original: Raster, colorized: Raster, mask: Tensor) -> None:
    size = (original.format.height, original.format.width)
    for what, other in (
        ("colorized layer", (colorized.format.height, colorized.format.width)),
        ("mask", tuple(mask.shape)),
    ):
        if other != size:
            raise UnsupportedRaster(
                f"The {what} is {other[1]} × {other[0]} pixels, "
                f"but the photo is {size[1]} × {size[0]}.",
                "Use layers that belong to the same photo.",
            )
