"""Photos of the largest sizes, through a real daemon: `make test-large` runs these."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from daemon_home import DaemonHome, colorize, drawn_photo
from skimage import color

from selcolor_protocol.raster import Channels, Raster, SampleType

pytestmark = [pytest.mark.large, pytest.mark.timeout(1800)]


def large(width: int, height: int, channels: Channels, sample_type: SampleType) -> Raster:
    """A drawn tile, repeated over the picture."""
    tile = drawn_photo(1000, 1000)
    samples = np.frombuffer(tile.pixels, np.uint8).reshape(1000, 1000, 1)
    if sample_type is SampleType.U16:
        samples = samples.astype("<u2") * 257
    samples = np.tile(samples, (1, 1, channels.samples))
    repeated = np.tile(samples, (-(-height // 1000), -(-width // 1000), 1))[:height, :width]
    size = replace(
        tile.format, width=width, height=height, channels=channels, sample_type=sample_type
    )
    return Raster(size, np.ascontiguousarray(repeated).reshape(-1).view(np.uint8).data)


def corners(raster: Raster) -> np.ndarray:
    """RGB in [0, 1] of a small piece of each corner."""
    size = raster.format
    dtype = {SampleType.U8: np.uint8, SampleType.U16: "<u2"}[size.sample_type]
    samples = np.frombuffer(raster.pixels, dtype).reshape(size.height, size.width, -1)
    pieces = [samples[rows, columns] for rows in SIDES for columns in SIDES]
    colors = np.stack(pieces) / np.iinfo(samples.dtype).max
    return np.broadcast_to(colors, (*colors.shape[:-1], 3))


SIDES = (slice(None, 50), slice(-50, None))


@pytest.mark.parametrize(
    ("width", "height", "channels", "sample_type"),
    [
        (8660, 5774, Channels.RGB, SampleType.U16),
        (12000, 10000, Channels.GRAY, SampleType.U8),
    ],
    ids=["50 MP of 16-bit RGB", "120 MP of gray"],
)
def test_a_large_photo_keeps_its_luminance_to_its_last_corner(
    home: DaemonHome, width: int, height: int, channels: Channels, sample_type: SampleType
) -> None:
    photo = large(width, height, channels, sample_type)
    home.start()
    with home.client() as client:
        done = client.wait(client.colorize(colorize(photo)))

    assert done.colorized is not None
    before, after = color.rgb2lab(corners(photo)), color.rgb2lab(corners(done.colorized))
    clipped = np.isin(corners(done.colorized), (0.0, 1.0)).any(axis=-1)
    assert np.abs(before - after)[~clipped, 0].max() < 0.3
    assert np.hypot(after[..., 1], after[..., 2]).mean() > 1
