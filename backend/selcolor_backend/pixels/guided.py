"""Edge-aware upsampling: a coarse map follows the edges of the full-size luminance.

The fast guided filter of He and Sun (2015, arXiv 1505.00996): in each box window of a reduced
guide, the map is fitted as a straight line of the luminance; the lines' coefficients are smooth,
so that they can be enlarged bilinearly and applied to the full-size luminance, tile by tile.
Which map it is, color or mask, is left to the callers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from selcolor_backend.pixels.resample import enlarge
from selcolor_backend.pixels.tiles import Tile, pool

_SMALLEST_RADIUS = 2
_LARGEST_RADIUS = 24


@dataclass(frozen=True)
class Lines:
    """A map as straight lines of the luminance, at guide size.

    Attributes:
        planes: the C slopes (change of the map from black to white), then the C offsets (the map
            where it is black), float32 `[2·C, h, w]`.
    """

    planes: Tensor

    def apply(self, level: Tensor, tile: Tile, height: int, width: int) -> Tensor:
        """Evaluate a tile of the full-size map.

        Args:
            level: L / 100 of the tile, float32 `[rows, columns]`.
            tile: where it lies in the full picture.
            height: rows of the full picture.
            width: columns of the full picture.

        Returns:
            float32 `[C, rows, columns]`, the same as that part of the map evaluated in one piece.
        """
        slope, offset = enlarge(self.planes, tile, height, width).chunk(2)
        return slope.mul_(level).add_(offset)

    def on(self, luminance: Tensor) -> Tensor:
        """Evaluate the whole map on its guide, L in [0, 100], `[h, w]`, to `[C, h, w]`."""
        slope, offset = self.planes.chunk(2)
        return torch.addcmul(offset, slope, luminance, value=0.01)


def box_mean(planes: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """Average `[C, h, w]` over square windows of side 2·radius + 1, cut off at the edges."""
    mean = np.empty_like(planes)
    counts = [_window_sizes(size, radius) for size in planes.shape[1:]]

    def average(channel: int) -> None:
        side = 2 * radius + 1
        rows = ndimage.uniform_filter1d(planes[channel], side, axis=0, mode="constant")
        ndimage.uniform_filter1d(rows, side, axis=1, mode="constant", output=mean[channel])
        mean[channel] /= counts[0][:, None] * counts[1]

    with pool() as threads:
        list(threads.map(average, range(len(planes))))
    return mean


def _window_sizes(size: int, radius: int) -> NDArray[np.float32]:
    """Which share of a window around each of `size` pixels lies inside the picture."""
    index = np.arange(size)
    inside = np.minimum(index + radius + 1, size) - np.maximum(index - radius, 0)
    return (inside / (2 * radius + 1)).astype(np.float32)


def cell_radius(coarse: Tensor, guide: Tensor) -> int:
    """The window radius for a coarse map `[C, h, w]` on a guide `[H, W]`: one of its pixels."""
    cell = max(guide.shape[-2] / coarse.shape[-2], guide.shape[-1] / coarse.shape[-1])
    return min(max(round(cell), _SMALLEST_RADIUS), _LARGEST_RADIUS)


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
    guide, maps = luminance.numpy()[None] / np.float32(100.0), values.numpy()
    means = box_mean(np.concatenate([guide, guide * guide, maps, guide * maps]), radius)
    mean_guide, mean_square, mean_maps, mean_products = np.split(means, [1, 2, 2 + len(maps)])
    variance = (mean_square - mean_guide * mean_guide).clip(0.0)
    slope = (mean_products - mean_guide * mean_maps) / (variance + np.float32(epsilon))
    offset = mean_maps - slope * mean_guide
    return Lines(torch.from_numpy(box_mean(np.concatenate([slope, offset]), radius)))
