"""Whether another picture in a file is a photo of its own, or only goes along with the large one.

Scanning programs put thumbnails, doubles and the infrared channel into pages of their own, and
rarely say so.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from selcolor_backend.pictures.arrays import Pixels

THUMBNAIL_SHARE = 1 / 16
"""A picture with no more than this share of the pixels is a thumbnail, whatever it shows."""

_SIDE = 32
_SAME_SHAPE = 0.05
_SAME = 0.9
_EVEN = 0.02
"""Standard deviation, of white at 1, below which a picture shows nothing: a clean infrared scan."""


def goes_along(other: Pixels, photo: Pixels) -> bool:
    """Whether a picture shows what a photo shows, or nothing at all.

    Args:
        other: samples `[h, w, C]`.
        photo: samples `[H, W, C]`.
    """
    ratios = [pixels.shape[1] / pixels.shape[0] for pixels in (other, photo)]
    if abs(ratios[0] / ratios[1] - 1) > _SAME_SHAPE:
        return False
    one, two = _small(other), _small(photo)
    if one.std() < _EVEN:
        return True
    if two.std() == 0:
        return False
    return bool(np.corrcoef(one.ravel(), two.ravel())[0, 1] > _SAME)


def _small(pixels: Pixels) -> Pixels:
    """Means of the first channel over a grid of `[32, 32]` or less, white at 1."""
    rows, columns = (np.linspace(0, side, _SIDE + 1).astype(int) for side in pixels.shape[:2])
    rows, columns = np.unique(rows), np.unique(columns)
    step = max(1, len(pixels) // 1024), max(1, pixels.shape[1] // 1024)
    gray = pixels[..., 0]
    means = np.array(
        [
            [
                gray[top : bottom : step[0], left : right : step[1]].mean(dtype=np.float64)
                for left, right in pairwise(columns)
            ]
            for top, bottom in pairwise(rows)
        ]
    )
    return means if pixels.dtype.kind == "f" else means / np.iinfo(pixels.dtype).max
