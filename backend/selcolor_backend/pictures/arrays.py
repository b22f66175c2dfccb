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
_COMPARED_SAMPLES = 1 << 20
_CHANNELS = {1: Channels.GRAY, 2: Channels.GRAYA, 3: Channels.RGB, 4: Channels.RGBA}


def to_array(raster: Raster) -> Pixels:
    """View a raster's samples as `[H, W, C]`, in the raster's own byte and channel order."""
    form = raster.format
    order = "<" if form.byte_order is ByteOrder.LITTLE else ">"
    samples = np.frombuffer(raster.pixels, dtype=order + DTYPES[form.sample_type])
    return samples.reshape(form.height, form.width, form.channels.samples)


def to_depth(samples: Pixels, bits: int) -> Pixels:
    """Convert samples to 8- or 16-bit integers.

    8 bits become 16 exactly (× 257), and 16 become 8 by rounding, which undoes that. Floats are
    clipped to [0, 1] (not-a-number to 0) and rounded.

    Returns:
        The same samples if they have that depth already.

    Raises:
        ValueError: `bits` is neither 8 nor 16.
    """
    if bits not in (8, 16):
        raise ValueError(f"{bits} bits are not a depth")
    if samples.dtype.kind == "f":
        unit = np.clip(np.nan_to_num(samples.astype(np.float32), nan=0.0), 0, 1)
        rounded: Pixels = (unit * (2**bits - 1) + 0.5).astype(f"u{bits // 8}")
        return rounded
    if samples.dtype.itemsize * 8 == bits:
        return samples
    if bits == 16:
        deep: Pixels = samples.astype(np.uint16) * np.uint16(257)
        return deep
    shallow: Pixels = (samples.astype(np.uint32) + 128) // 257
    return shallow.astype(np.uint8)


def spread(samples: Pixels, most: int) -> Pixels:
    """Spread integers from 0 to some number over the whole range of 8 bits, or of 16 if need be.

    Args:
        samples: unsigned integers; larger ones than `most` are cut.
        most: what is white, 1 to 65535.
    """
    white = 255 if most <= 255 else 65535
    kind = np.uint8 if white == 255 else np.uint16
    if most == white:
        return samples.astype(kind, copy=False)
    table = (np.arange(most + 1, dtype=np.uint64) * white + most // 2) // most
    wide: Pixels = table.astype(kind)[np.minimum(samples, most)]
    return wide


def as_gray(pixels: Pixels) -> Pixels:
    """Take one channel of samples `[H, W, C]` whose colors are equal everywhere, alpha kept.

    Returns:
        The same samples where they show color, or are gray already.
    """
    if pixels.shape[2] < 3:
        return pixels
    step = max(1, _COMPARED_SAMPLES // (pixels.shape[1] * pixels.shape[2]))
    bands = (pixels[top : top + step] for top in range(0, len(pixels), step))
    return drop_colors(pixels).copy() if all(is_gray(band) for band in bands) else pixels


def is_gray(pixels: Pixels) -> bool:
    """Whether the three colors of samples `[H, W, 3|4]` are equal everywhere."""
    red, green, blue = (pixels[..., channel] for channel in range(3))
    return bool(np.array_equal(red, green) and np.array_equal(green, blue))


def drop_colors(pixels: Pixels) -> Pixels:
    """View red, and alpha where there is one, of samples `[H, W, 3|4]`."""
    return pixels[..., ::3]


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
