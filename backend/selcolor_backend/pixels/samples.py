"""Raster bytes ↔ tensors, a part of a picture at a time; their meaning is left to `profile.py`.

Views are numpy's, since torch has neither byte orders nor a full 16-bit unsigned type, and warns
about read-only memory. Nothing here copies a whole picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from selcolor_protocol.raster import ByteOrder, Channels, Raster, RasterFormat, SampleType

Samples = NDArray[Any]
"""Interleaved samples `[H, W, C]` in the raster's own number format and byte order."""

LARGEST_SAMPLE = 65504.0
"""Float samples are cut here: the largest 16-bit float, far above any real highlight."""

_CODES = {SampleType.U8: "u1", SampleType.U16: "u2", SampleType.F16: "f2", SampleType.F32: "f4"}
_WHITES = {SampleType.U8: 255, SampleType.U16: 65535}


def dtype_of(layout: RasterFormat) -> np.dtype[Any]:
    """The numpy type of a raster's samples, byte order included."""
    order = "<" if layout.byte_order is ByteOrder.LITTLE else ">"
    return np.dtype(order + _CODES[layout.sample_type])


def white_of(samples: Samples) -> int:
    """The sample value of white: 255, 65535, or 1 for floats."""
    return 1 if samples.dtype.kind == "f" else int(np.iinfo(samples.dtype).max)


def view_samples(raster: Raster) -> Samples:
    """A raster's samples `[H, W, C]`, without a copy; writable when its bytes are."""
    return view_buffer(raster.format, raster.pixels)


def view_buffer(layout: RasterFormat, pixels: bytes | bytearray | memoryview) -> Samples:
    """The samples `[H, W, C]` of `layout.byte_count` bytes, without a copy."""
    shape = (layout.height, layout.width, layout.channels.samples)
    return np.frombuffer(pixels, dtype=dtype_of(layout)).reshape(shape)


def view_colors(samples: Samples, channels: Channels) -> Samples:
    """The samples without alpha, in the order R, G, B: a view `[H, W, 1|3]`."""
    if channels.is_gray:
        return samples[..., :1]
    if channels in (Channels.BGR, Channels.BGRA):
        return samples[..., 2::-1]
    return samples[..., :3]


def decode(colors: Samples) -> Tensor:
    """Turn samples into planes.

    Args:
        colors: samples without alpha, `[h, W, 1|3]` of any number format.

    Returns:
        float32 `[1|3, h, W]` with white at 1. Floats keep their values, save that NaN becomes 0
        and what exceeds ±65504 is cut.
    """
    height, width, count = colors.shape
    planes = np.empty((count, height, width), dtype=np.float32)
    white = np.float32(white_of(colors))
    for channel in range(count):
        np.divide(colors[..., channel], white, out=planes[channel], casting="same_kind")
    if colors.dtype.kind == "f":
        np.nan_to_num(planes, copy=False, nan=0.0)
        np.clip(planes, -LARGEST_SAMPLE, LARGEST_SAMPLE, out=planes)
    return torch.from_numpy(planes)


def look_up(colors: Samples, tables: tuple[Samples, ...]) -> Tensor:
    """Turn integer samples into planes through one table for each channel.

    Args:
        colors: integer samples without alpha, `[h, W, 1|3]`.
        tables: float32, an entry for each sample value, one table for each channel.

    Returns:
        float32 `[1|3, h, W]` on the CPU.
    """
    height, width, count = colors.shape
    planes = np.empty((count, height, width), dtype=np.float32)
    for channel, table in zip(range(count), tables, strict=False):
        # No index can be too large; "clip" spares the copy with which numpy would make sure.
        np.take(table, colors[..., channel], out=planes[channel], mode="clip")
    return torch.from_numpy(planes)


def encode(planes: Tensor, out: Samples) -> None:
    """Write planes as samples.

    Args:
        planes: float32 `[1|3, h, W]` with white at 1; a single one goes to all channels.
        out: writable samples without alpha, `[h, W, 1|3]`; integers are rounded and clipped.
    """
    white = white_of(out)
    if out.dtype.kind == "f":
        values = planes.clamp(-LARGEST_SAMPLE, LARGEST_SAMPLE)
    else:
        kind = torch.uint8 if white == _WHITES[SampleType.U8] else torch.int32
        values = (planes * white).round_().clamp_(0, white).to(kind)
    rows = values.expand(out.shape[-1], -1, -1).numpy()
    for channel in range(out.shape[-1]):
        out[..., channel] = rows[channel]


def copy_alpha(source: Samples, out: Samples, channels: Channels) -> None:
    """Copy the alpha samples `[h, W]` byte by byte where both have them; else leave `out` be."""
    if channels.has_alpha:
        out[..., -1] = source[..., -1]
