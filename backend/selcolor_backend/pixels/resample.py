"""Sizes: exact area averages downwards and bilinear interpolation upwards, both strip by strip.

What is resampled, and why, is left to the callers. A strip gives the same numbers as the whole.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor


def fit_size(height: int, width: int, long_side: int) -> tuple[int, int]:
    """Height and width scaled down so that the longer one is at most `long_side`; at least 1."""
    scale = min(1.0, long_side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def area_span(top: int, bottom: int, size: int, reduced: int) -> tuple[int, int]:
    """The full-size rows that reduced rows `top` to `bottom` average."""
    return top * size // reduced, -(-bottom * size // reduced)


def reduce_rows(
    planes: Tensor, first: int, rows: tuple[int, int], sizes: tuple[int, int]
) -> Tensor:
    """Average rows over exact areas.

    Args:
        planes: `[C, h, W]`, the full-size rows from `first` on that `area_span` names.
        first: the full-size row at which `planes` begins.
        rows: first and last-plus-one of the reduced rows.
        sizes: full and reduced height.

    Returns:
        `[C, rows, W]`.
    """
    return _average(planes, -2, first, rows, sizes)


def reduce_columns(planes: Tensor, width: int) -> Tensor:
    """Average the columns of `[C, h, W]` over exact areas, to `[C, h, width]`."""
    return _average(planes, -1, 0, (0, width), (planes.shape[-1], width))


def reduce_area(planes: Tensor, height: int, width: int) -> Tensor:
    """Average `[C, H, W]` over exact areas, to `[C, height, width]`, neither larger than before."""
    rows = reduce_rows(planes, 0, (0, height), (planes.shape[-2], height))
    return reduce_columns(rows, width)


def _average(
    planes: Tensor, axis: int, first: int, span: tuple[int, int], sizes: tuple[int, int]
) -> Tensor:
    size, reduced = sizes
    if size == reduced:
        return planes.narrow(axis, span[0] - first, span[1] - span[0])
    low = np.arange(*span) * (size / reduced)
    high = low + size / reduced
    start = np.floor(low).astype(np.int64)
    total = torch.zeros(())
    for tap in range(math.ceil(size / reduced) + 1):
        share = np.minimum(high, start + tap + 1) - np.maximum(low, start + tap)
        weight = torch.from_numpy((share.clip(0.0) / (high - low)).astype(np.float32)).to(planes)
        # A weight of zero may point beyond the end; any pixel does there.
        index = torch.from_numpy((start + tap - first).clip(0, planes.shape[axis] - 1))
        part = planes.index_select(axis, index.to(planes.device))
        part *= weight.view(-1, 1) if axis == -2 else weight
        total = part if tap == 0 else total.add_(part)
    return total


def enlarge_rows(planes: Tensor, rows: tuple[int, int], height: int, width: int) -> Tensor:
    """Interpolate some rows of an enlarged picture bilinearly.

    Pixel centers map as in `torch.nn.functional.interpolate(align_corners=False)`.

    Args:
        planes: `[C, h, w]`, of any size.
        rows: first and last-plus-one row of the enlarged picture.
        height: full height.
        width: full width.

    Returns:
        `[C, rows, width]`.
    """
    size = planes.shape[-2]
    center = (torch.arange(*rows, dtype=torch.float64) + 0.5) * (size / height) - 0.5
    center = center.clamp_(0.0, size - 1.0)
    upper = center.long()
    lower = (upper + 1).clamp_(max=size - 1)
    share = (center - upper).float().to(planes).view(-1, 1)
    between = torch.lerp(
        planes[:, upper.to(planes.device)], planes[:, lower.to(planes.device)], share
    )
    return F.interpolate(between, size=width, mode="linear", align_corners=False)
