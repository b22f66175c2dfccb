"""A Gaussian blur for masks that stays quick when it is wide, and small in memory.

Edges of the picture are continued outwards (`nearest`, as scipy calls it). What is blurred, and
how far, is left to `mask.py`.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

from selcolor_backend.pixels.resample import enlarge_rows
from selcolor_backend.pixels.samples import strips

_SMALLEST_SIGMA = 0.25
_DIRECT_SIGMA = 6.0
"""Up to this standard deviation the blur is done at full size."""

_REDUCED_SIGMA = 4.0
"""The standard deviation in reduced pixels; below it, enlarging would show."""

_REACH = 3.5


def feather(plane: Tensor, sigma: float) -> Tensor:
    """Blur a plane.

    Args:
        plane: float32 `[H, W]` in [0, 1] on the CPU.
        sigma: standard deviation in pixels; below 1/4 nothing is done.

    Returns:
        float32 `[H, W]`, within 1/250 of the exact convolution; even areas keep their value.
    """
    if sigma < _SMALLEST_SIGMA:
        return plane
    if sigma <= _DIRECT_SIGMA:
        return _blur(_blur(plane, sigma, axis=0), sigma, axis=1)
    return _blur_reduced(plane, sigma)


def gaussian(sigma: float) -> list[float]:
    """The right half of a sampled Gaussian, middle first; both halves together sum to 1."""
    reach = max(1, math.ceil(_REACH * sigma))
    half = [math.exp(-0.5 * (step / sigma) ** 2) for step in range(reach + 1)]
    total = half[0] + 2.0 * sum(half[1:])
    return [value / total for value in half]


def _blur(plane: Tensor, sigma: float, axis: int) -> Tensor:
    """Convolve along one axis, strip by strip."""
    height, width = plane.shape
    weights = gaussian(sigma)
    reach = len(weights) - 1
    out = torch.empty_like(plane)
    for top, bottom in strips(height, width):
        if axis == 0:
            rows = torch.arange(top - reach, bottom + reach).clamp_(0, height - 1)
            padded = plane[rows]
        else:
            edges = (reach, reach, 0, 0)
            padded = F.pad(plane[top:bottom][None, None], edges, mode="replicate")[0, 0]
        length = bottom - top if axis == 0 else width
        total = padded.narrow(axis, reach, length) * weights[0]
        for step, weight in enumerate(weights[1:], start=1):
            total.add_(padded.narrow(axis, reach - step, length), alpha=weight)
            total.add_(padded.narrow(axis, reach + step, length), alpha=weight)
        out[top:bottom] = total
    return out.clamp_(0.0, 1.0)


def _blur_reduced(plane: Tensor, sigma: float) -> Tensor:
    """Average cells, blur and enlarge; what averaging and interpolating blur is taken off first."""
    height, width = plane.shape
    cell = max(1, min(int(sigma / _REDUCED_SIGMA), min(height, width) // 4))
    beyond = (0, -width % cell, 0, -height % cell)
    whole = F.pad(plane[None, None], beyond, mode="replicate")
    # One more cell on each side, so that nothing is interpolated beyond the last center.
    small = F.pad(F.avg_pool2d(whole, cell), (1, 1, 1, 1), mode="replicate")[0, 0]
    del whole
    if cell > 1:
        # The box of the average has variance 1/12, the triangle of the interpolation 1/6.
        sigma = math.sqrt((sigma / cell) ** 2 - (1 / 12 + 1 / 6))
    small = _blur(_blur(small, sigma, axis=0), sigma, axis=1)
    enlarged = (small.shape[0] * cell, small.shape[1] * cell)
    out = torch.empty_like(plane)
    for top, bottom in strips(height, width):
        strip = enlarge_rows(small[None], (top + cell, bottom + cell), *enlarged)[0]
        out[top:bottom] = strip[:, cell : cell + width]
    return out
