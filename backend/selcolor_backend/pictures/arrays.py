"""Rasters as numpy arrays and back, without a copy where there need not be one.

Knows memory layout only; colors, files and the wire are left to others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from selcolor_protocol.raster import (
    ByteOrder,
    Channels,
    Raster,
    RasterFormat,
    SampleType,
    TransferCurve,
)

Pixels = NDArray[Any]
"""Samples `[H, W, C]` with C from 1 to 4: gray, gray and alpha, RGB, RGBA."""

DTYPES = {SampleType.U8: "u1", SampleType.U16: "u2", SampleType.F16: "f2", SampleType.F32: "f4"}
_CHANNELS = {1: Channels.GRAY, 2: Channels.GRAYA, 3: Channels.RGB, 4: Channels.RGBA}


def to_array(raster: Raster) -> Pixels:
    """View a raster's samples as `[H, W, C]`, in the raster's own byte and channel order."""
    form = raster.format
    order = "<" if form.byte_order is ByteOrder.LITTLE else ">"
    samples = np.frombuffer(raster.pixels, dtype=order + DTYPES[form.sample_type])
    return samples.reshape(form.height, form.width, form.channels.samples)


def to_file_array(raster: Raster) -> Pixels:
    """Lay out samples `[H, W, C]` for files: little-endian, contiguous, red first."""
    pixels = to_array(raster)
    channels = raster.format.channels
    if channels in (Channels.BGR, Channels.BGRA):
        pixels = pixels[..., [2, 1, 0, 3][: channels.samples]]
    return np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<"))


def to_raster(
    pixels: Pixels,
    curve: TransferCurve | None = TransferCurve.SRGB,
    icc_profile: bytes | None = None,
    channels: Channels | None = None,
) -> Raster:
    """Wrap samples `[H, W, C]` of a supported number format in a raster.

    Args:
        pixels: the samples; copied only if they are not contiguous and little-endian.
        curve: the named curve, None when `icc_profile` is given.
        icc_profile: the profile, None when `curve` is given.
        channels: the samples of a pixel; told from C when left out.

    Raises:
        ProtocolError: size, curve or profile break the raster's rules.
    """
    height, width, count = pixels.shape
    little = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<"))
    sample_type = {name: kind for kind, name in DTYPES.items()}[little.dtype.str[1:]]
    form = RasterFormat(
        width, height, channels or _CHANNELS[count], sample_type, ByteOrder.LITTLE, curve
    )
    return Raster(form, little.reshape(-1).view(np.uint8).data, icc_profile)
