"""Edge-aware upsampling: a coarse map follows the edges of the full-size luminance.

The fast guided filter of He and Sun (2015, arXiv 1505.00996): in each box window of a reduced
guide, the map is fitted as a straight line of the luminance; the lines' coefficients are smooth,
so that they can be enlarged bilinearly and applied to the full-size luminance, strip by strip.
Which map it is, color or mask, is left to the callers.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from selcolor_backend.pixels.resample import enlarge_rows

CHROMA_EPSILON = 1.6e-3
"""Variance of L/100 below which chroma is averaged instead of following the luminance: 0.04²."""

_SMALLEST_RADIUS = 2
_LARGEST_RADIUS = 24


@dataclass(frozen=True)
class Lines:
    """A map as straight lines of the luminance, at guide size.

    Attributes:
        planes: the C slopes (change of the map for each 100 of L), then the C offsets (the map
            where L is 0), float32 `[2·C, h, w]`.
    """

    planes: Tensor

    def apply(self, luminance: Tensor, top: int, height: int) -> Tensor:
        """Evaluate a strip of the full-size map.

        Args:
            luminance: L of the strip, float32 `[rows, W]`; cut to [0, 100].
            top: the strip's first row in the full picture.
            height: rows of the full picture.

        Returns:
            float32 `[C, rows, W]`, the same as that part of the map evaluated in one piece.
        """
        rows, width = luminance.shape
        slope, offset = enlarge_rows(self.planes, (top, top + rows), height, width).chunk(2)
        return torch.addcmul(offset, slope, luminance.clamp(0.0, 100.0) / 100.0)


def box_mean(planes: Tensor, radius: int) -> Tensor:
    """Average `[C, h, w]` over square windows of side 2·radius + 1, cut off at the edges."""
    return _mean_along(_mean_along(planes, -2, radius), -1, radius)


def _mean_along(planes: Tensor, axis: int, radius: int) -> Tensor:
    """Average over windows along one axis, as differences of sums: the radius costs nothing."""
    size = planes.shape[axis]
    # In double precision, for a variance is a small difference of such averages.
    sums = planes.double().cumsum(axis)
    sums = torch.cat([torch.zeros_like(sums.narrow(axis, 0, 1)), sums], dim=axis)
    index = torch.arange(size, device=planes.device)
    low, high = (index - radius).clamp(min=0), (index + radius + 1).clamp(max=size)
    total = sums.index_select(axis, high) - sums.index_select(axis, low)
    count = (high - low).view(-1, 1) if axis == -2 else high - low
    return (total / count).to(planes)


def cell_radius(coarse: Tensor, guide: Tensor) -> int:
    """The window radius for a coarse map `[C, h, w]` on a guide `[H, W]`: one of its pixels."""
    cell = max(guide.shape[-2] / coarse.shape[-2], guide.shape[-1] / coarse.shape[-1])
    return min(max(round(cell), _SMALLEST_RADIUS), _LARGEST_RADIUS)


def resize_to(coarse: Tensor, guide: Tensor) -> Tensor:
    """Interpolate a map `[C, h, w]` bilinearly to the size of a guide `[H, W]`."""
    height, width = guide.shape
    return enlarge_rows(coarse, (0, height), height, width)


def fit_lines(values: Tensor, luminance: Tensor, radius: int, epsilon: float) -> Lines:
    """Fit a map with straight lines of the luminance.

    Args:
        values: the map at guide size, float32 `[C, h, w]`.
        luminance: the guide, L in [0, 100], float32 `[h, w]`.
        radius: of the square windows, in pixels of the guide.
        epsilon: variance of L/100 below which the windows are averaged.

    Returns:
        The lines, averaged over all windows that hold a pixel.
    """
    guide = luminance[None] / 100.0
    mean_guide = box_mean(guide, radius)
    mean_values = box_mean(values, radius)
    variance = box_mean(guide * guide, radius) - mean_guide * mean_guide
    covariance = box_mean(guide * values, radius) - mean_guide * mean_values
    slope = covariance / (variance.clamp(min=0.0) + epsilon)
    offset = mean_values - slope * mean_guide
    return Lines(box_mean(torch.cat([slope, offset]), radius))


def fit_chroma(ab: Tensor, luminance: Tensor) -> Lines:
    """Fit a network's ab `[2, h, w]`, of any size, on the guide's L `[H, W]`."""
    radius = cell_radius(ab, luminance)
    return fit_lines(resize_to(ab, luminance), luminance, radius, CHROMA_EPSILON)
