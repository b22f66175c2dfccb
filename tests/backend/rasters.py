"""Rasters made from plain numpy pictures, for tests."""

import numpy as np

from selcolor_protocol.raster import (
    ByteOrder,
    Channels,
    Raster,
    RasterFormat,
    SampleType,
    TransferCurve,
)

DTYPES = {"u8": "u1", "u16": "u2", "f16": "f2", "f32": "f4"}
WHITES = {"u8": 255, "u16": 65535, "f16": 1, "f32": 1}


def make_raster(
    picture: np.ndarray,
    channels: Channels = Channels.RGB,
    sample_type: SampleType = SampleType.U8,
    byte_order: ByteOrder = ByteOrder.LITTLE,
    curve: TransferCurve | None = TransferCurve.SRGB,
    icc: bytes | None = None,
) -> Raster:
    """A raster of `[H, W, C]` in memory order, white at 1."""
    height, width = picture.shape[:2]
    layout = RasterFormat(width, height, channels, sample_type, byte_order, None if icc else curve)
    white = WHITES[sample_type.value]
    values = np.rint(picture * white) if white > 1 else picture
    order = "<" if byte_order is ByteOrder.LITTLE else ">"
    return Raster(layout, values.astype(order + DTYPES[sample_type.value]).tobytes(), icc)


def to_array(raster: Raster) -> np.ndarray:
    """The samples `[H, W, C]` in memory order, in the machine's byte order."""
    layout = raster.format
    order = "<" if layout.byte_order is ByteOrder.LITTLE else ">"
    samples = np.frombuffer(raster.pixels, order + DTYPES[layout.sample_type.value])
    native = samples.astype(samples.dtype.newbyteorder("="))
    return native.reshape(layout.height, layout.width, layout.channels.samples)
