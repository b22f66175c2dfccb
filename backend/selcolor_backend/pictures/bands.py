"""A picture that is made while it is written, a band of rows at a time.

So a file needs no second copy of its picture: number format, order of channels and the mask in the
alpha are changed band by band, in threads. What a band becomes in a file is left to `png` and
`writing`.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from selcolor_backend.pictures.arrays import Pixels, to_array, to_depth
from selcolor_backend.pictures.icc import fits, profile_of
from selcolor_protocol.raster import Channels, Raster, TransferCurve

Part = TypeVar("Part")
Made = TypeVar("Made")

_BAND_BYTES = 1 << 20
_MOST_THREADS = 8
"""More would wait for the file, and each holds some bands."""

_COLOR_ORDER = {Channels.BGR: Channels.RGB, Channels.BGRA: Channels.RGBA}


@dataclass(frozen=True)
class Banded:
    """A picture whose rows are made when they are asked for.

    Attributes:
        width: pixels in a row.
        height: rows.
        channels: GRAY, GRAYA, RGB or RGBA.
        dtype: of the samples, little-endian.
        curve: the named curve, None where there is a profile.
        icc_profile: the profile, None where there is a named curve.
        rows: gives the samples `[rows, W, C]` from one row to another, the latter excluded; safe
            to be called from several threads.
    """

    width: int
    height: int
    channels: Channels
    dtype: np.dtype[Any]
    curve: TransferCurve | None
    icc_profile: bytes | None
    rows: Callable[[int, int], Pixels]

    @property
    def band_rows(self) -> int:
        """Rows of one band, which is about a MiB."""
        return max(1, _BAND_BYTES // (self.width * self.channels.samples * self.dtype.itemsize))

    @property
    def label(self) -> bytes | None:
        """The ICC profile that labels the picture; None where its own is for other channels."""
        gray = self.channels.is_gray
        profile = self.icc_profile if self.curve is None else profile_of(self.curve, gray)
        return profile if fits(profile, gray) else None

    def spans(self) -> list[tuple[int, int]]:
        """First and last-plus-one row of each band."""
        step = self.band_rows
        return [(top, min(top + step, self.height)) for top in range(0, self.height, step)]


def banded(raster: Raster, bits: int | None = None) -> Banded:
    """View a raster as a picture in bands, red first.

    Args:
        raster: any raster; it is kept as long as the picture.
        bits: 8 or 16 for integers of that depth; None to keep the samples as they are.
    """
    form, pixels = raster.format, to_array(raster)
    kept = pixels.dtype.newbyteorder("<")

    def rows(top: int, bottom: int) -> Pixels:
        band = pixels[top:bottom]
        if form.channels in _COLOR_ORDER:
            band = band[..., [2, 1, 0, 3][: form.channels.samples]]
        band = band if bits is None else to_depth(band, bits)
        return np.ascontiguousarray(band, dtype=band.dtype.newbyteorder("<"))

    return Banded(
        width=form.width,
        height=form.height,
        channels=_COLOR_ORDER.get(form.channels, form.channels),
        dtype=kept if bits is None else np.dtype(f"<u{bits // 8}"),
        curve=form.curve,
        icc_profile=raster.icc_profile,
        rows=rows,
    )


def masked(picture: Banded, mask: Raster) -> Banded:
    """Multiply a mask into a picture's alpha.

    Where nothing of the picture is left, its colors are 0, too: they are not seen, and compress.

    Args:
        picture: of integers.
        mask: GRAY, of the same size, taken as coverage without a curve.

    Returns:
        GRAYA or RGBA in the picture's depth, curve and profile.

    Raises:
        ValueError: the sizes differ.
    """
    if (mask.format.width, mask.format.height) != (picture.width, picture.height):
        raise ValueError("mask and picture differ in size")
    coverage = to_array(mask)[..., 0]
    colors = 1 if picture.channels.is_gray else 3

    def rows(top: int, bottom: int) -> Pixels:
        band = picture.rows(top, bottom)
        alpha = to_depth(coverage[top:bottom], 8 * picture.dtype.itemsize)
        if picture.channels.has_alpha:
            alpha = _product(band[..., -1], alpha)
        joined = np.empty((*band.shape[:2], colors + 1), picture.dtype)
        shown = alpha > 0
        for channel in range(colors):
            np.multiply(band[..., channel], shown, out=joined[..., channel])
        joined[..., -1] = alpha
        return joined

    return replace(picture, channels=Channels.GRAYA if colors == 1 else Channels.RGBA, rows=rows)


def _product(first: Pixels, second: Pixels) -> Pixels:
    """Multiply integers that span their whole range, rounded."""
    white = int(np.iinfo(first.dtype).max)
    product = first.astype(np.uint32) * second + white // 2
    return (product // white).astype(first.dtype)


def in_order(work: Callable[[Part], Made], parts: Iterable[Part]) -> Iterator[Made]:
    """Do the same work for many parts in threads, and give the results in the order of the parts.

    Only a few results wait at a time, so that memory stays small where they are taken slowly.
    """
    count = min(os.cpu_count() or 1, _MOST_THREADS)
    with ThreadPoolExecutor(count) as threads:
        waiting: deque[Future[Made]] = deque()
        try:
            for part in parts:
                waiting.append(threads.submit(work, part))
                if len(waiting) > count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            threads.shutdown(cancel_futures=True)
