"""Masks with a soft edge: a Gaussian blur that stays quick when it is wide, and small in memory.

Edges of the picture are continued outwards (`nearest`, as scipy calls it).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from selcolor_backend.mask import Canvas, Mask, SoftMask
from selcolor_backend.pixels.resample import enlarge
from selcolor_backend.pixels.tiles import Tile
from selcolor_backend.sketch import Sketch

_SMALLEST_SIGMA = 0.25
_CELLS = 4.0
"""The standard deviation in cells or in pixels of the sketch; below it, enlarging would show."""

_REACH = 3.5


def feather(mask: Mask, width: float, sketch: Sketch, photo_width: int) -> Mask:
    """Soften the edge of a mask.

    Args:
        mask: the mask.
        width: of the soft edge in the photo's pixels: twice the Gaussian's standard deviation.
        sketch: the photo's sketch.
        photo_width: columns of the photo.

    Returns:
        A mask within 1/250 of the exact convolution, with even areas as they were. Where the
        edge is so wide that the sketch is blurred, half of one of its pixels at the picture's
        border is even.
    """
    sigma = width / 2.0
    if sigma < _SMALLEST_SIGMA:
        return mask
    small_sigma = sigma * sketch.width / photo_width
    if small_sigma < _CELLS:
        return FeatheredMask(mask, sigma)
    plane = _blur(mask.reduced(sketch).numpy(), _less_resampling(small_sigma))
    return SoftMask(torch.from_numpy(plane))


@dataclass(frozen=True)
class FeatheredMask:
    """A mask with an edge that is soft over some pixels of the photo.

    Attributes:
        mask: the mask with its edge as it was.
        sigma: standard deviation of the Gaussian in the photo's pixels.
    """

    mask: Mask
    sigma: float

    def evaluate(self, canvas: Canvas, tile: Tile) -> Tensor:
        """See `Mask`; the blur is made of averaged cells when it is wide."""
        cell = max(1, int(self.sigma / _CELLS))
        margin = math.ceil(_REACH * self.sigma) + 2 * cell
        top, bottom = _whole_cells(tile.top - margin, tile.bottom + margin, cell)
        left, right = _whole_cells(tile.left - margin, tile.right + margin, cell)
        inside = Tile(top, bottom, left, right).grown(0, canvas.height, canvas.width)
        plane = self.mask.evaluate(canvas, inside)
        if torch.equal(plane, plane[:1, :1].expand_as(plane)):
            return plane[:1, :1].expand(tile.shape)
        across = (inside.left - left, right - inside.right)
        down = (inside.top - top, bottom - inside.bottom)
        whole = F.pad(plane[None, None], (*across, *down), mode="replicate")
        sigma = self.sigma if cell == 1 else _less_resampling(self.sigma / cell)
        small = torch.from_numpy(_blur(F.avg_pool2d(whole, cell)[0, 0].numpy(), sigma))
        here = Tile(tile.top - top, tile.bottom - top, tile.left - left, tile.right - left)
        return enlarge(small[None], here, bottom - top, right - left)[0]

    def reduced(self, sketch: Sketch) -> Tensor:
        """See `Mask`; such an edge is below the sketch's resolution."""
        return self.mask.reduced(sketch)


def _whole_cells(first: int, last: int, cell: int) -> tuple[int, int]:
    """The span widened to whole cells, which are counted from the picture's corner."""
    return first // cell * cell, -(-last // cell) * cell


def _less_resampling(sigma: float) -> float:
    """The blur that is left to do when a plane is averaged into cells and enlarged again.

    The box of the average has a variance of 1/12, the triangle of the interpolation 1/6.
    """
    return math.sqrt(sigma**2 - (1 / 12 + 1 / 6))


def _blur(plane: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    blurred: NDArray[np.float32] = ndimage.gaussian_filter(
        plane, sigma, mode="nearest", truncate=_REACH
    )
    return blurred.clip(0.0, 1.0)
