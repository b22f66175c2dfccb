"""Sizes: exact area averages downwards and bilinear interpolation upwards, both part by part.

What is resampled, and why, is left to the callers. A part gives the same numbers as the whole.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from selcolor_backend.pixels.tiles import Tile


def area_span(top: int, bottom: int, size: int, reduced: int) -> tuple[int, int]:
    """The full-size rows that reduced rows `top` to `bottom` average."""
    return top * size // reduced, -(-bottom * size // reduced)


@lru_cache(maxsize=8)
def area_weights(size: int, reduced: int) -> sparse.csr_array:
    """How much of each of `size` pixels lies in each of `reduced` ones, sparse `[reduced, size]`.

    Every row sums to 1.
    """
    step = size / reduced
    low = np.arange(reduced)[:, None] * step
    index = np.floor(low).astype(np.int64) + np.arange(math.ceil(step) + 1)
    share = np.minimum(low + step, index + 1) - np.maximum(low, index)
    # Nothing lies beyond the last pixel; the shares there are rounding errors.
    share = np.where(index < size, share.clip(0.0), 0.0)
    share /= share.sum(axis=1, keepdims=True)
    rows = np.broadcast_to(np.arange(reduced)[:, None], index.shape)
    entries = (share.ravel(), (rows.ravel(), index.clip(max=size - 1).ravel()))
    weights = sparse.coo_array(entries, shape=(reduced, size), dtype=np.float32).tocsr()
    weights.eliminate_zeros()
    return weights


def reduce_rows(
    planes: NDArray[np.float32], first: int, rows: tuple[int, int], sizes: tuple[int, int]
) -> NDArray[np.float32]:
    """Average rows over exact areas.

    Args:
        planes: `[C, h, W]`, the full-size rows from `first` on that `area_span` names.
        first: the full-size row at which `planes` begins.
        rows: first and last-plus-one of the reduced rows.
        sizes: full and reduced height.

    Returns:
        `[C, rows, W]`.
    """
    if sizes[0] == sizes[1]:
        return planes[:, rows[0] - first : rows[1] - first]
    weights = area_weights(*sizes)[rows[0] : rows[1], first : first + planes.shape[1]]
    return np.stack([weights @ plane for plane in planes])


def reduce_columns(planes: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Average the columns of `[C, h, W]` over exact areas, to `[C, h, width]`."""
    if planes.shape[-1] == width:
        return planes
    weights = area_weights(planes.shape[-1], width)
    return np.stack([(weights @ plane.T).T for plane in planes])


def enlarge(planes: Tensor, tile: Tile, height: int, width: int) -> Tensor:
    """Interpolate one tile of an enlarged picture bilinearly.

    Pixel centers map as in `torch.nn.functional.interpolate(align_corners=False)`.

    Args:
        planes: `[C, h, w]`, of any size.
        tile: the part of the enlarged picture that is wanted.
        height: full height.
        width: full width.

    Returns:
        `[C, rows, columns]`.
    """
    above, below, down = _neighbors(tile.top, tile.bottom, planes.shape[-2], height)
    left, right, across = _neighbors(tile.left, tile.right, planes.shape[-1], width)
    # Columns first: there are fewer of the small rows.
    first = int(above[0])
    slab = planes[:, first : int(below[-1]) + 1]
    # `gather` and `index_select` are several times quicker than an index in brackets.
    shape = (*slab.shape[:-1], len(left))
    slab = slab.gather(-1, left.expand(shape)).lerp_(slab.gather(-1, right.expand(shape)), across)
    upper, lower = (slab.index_select(1, rows - first) for rows in (above, below))
    return upper.lerp_(lower, down[:, None])


def covering(planes: Tensor, tile: Tile, height: int, width: int) -> Tensor:
    """The part of `[C, h, w]` that `enlarge` makes a tile of, as a view."""
    above, below, _ = _neighbors(tile.top, tile.bottom, planes.shape[-2], height)
    left, right, _ = _neighbors(tile.left, tile.right, planes.shape[-1], width)
    return planes[:, int(above[0]) : int(below[-1]) + 1, int(left[0]) : int(right[-1]) + 1]


def resize(planes: Tensor, height: int, width: int) -> Tensor:
    """Interpolate all of `[C, h, w]` bilinearly, to `[C, height, width]`."""
    if planes.shape[-2:] == (height, width):
        return planes
    return enlarge(planes, Tile(0, height, 0, width), height, width)


@lru_cache(maxsize=64)
def _neighbors(first: int, last: int, size: int, enlarged: int) -> tuple[Tensor, Tensor, Tensor]:
    """For each enlarged pixel the two small ones around it, and the share of the second.

    Kept, for the tiles of a photo share their rows and columns; nobody may change them.
    """
    center = (torch.arange(first, last, dtype=torch.float64) + 0.5) * (size / enlarged) - 0.5
    center = center.clamp_(0.0, size - 1.0)
    before = center.long()
    return before, (before + 1).clamp_(max=size - 1), (center - before).float()
