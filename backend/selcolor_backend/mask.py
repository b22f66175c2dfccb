"""Where color goes: masks that are decided at the sketch's size and evaluated at the photo's.

Each kind of mask is a small value that can say what it is in any tile. Which of them is used is
`plan.py`'s decision. A mask is 8 bits deep in the end, because editors' masks are, and because the
blend must follow from what the user sees. Inverting is plain 1 − mask; the paper's listing applies
`~` to integers there, which gives −1 and −2 where 1 and 0 are meant, and is not followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from numpy.typing import NDArray
from torch import Tensor

from selcolor_backend.pixels.guided import Lines, cell_radius, fit_lines
from selcolor_backend.pixels.resample import covering, enlarge, reduce_columns, reduce_rows, resize
from selcolor_backend.pixels.tiles import Tile
from selcolor_backend.sketch import Sketch

MASK_EPSILON = 1e-4
"""Variance of L/100 below which the mask ignores the luminance: 0.01²."""

PAINTED_RADIUS = 8
"""Window radius, in pixels of the sketch, for masks that have the photo's size already."""

EDGE_CONTRAST = 2.0
"""How much steeper than its lines a mask's edge is; half the range of doubt becomes the edge."""

Mask8 = NDArray[np.uint8]
"""A mask with 255 where color goes, `[H, W]`."""


class Canvas(Protocol):
    """What a mask is evaluated on: a photo, or its sketch."""

    @property
    def height(self) -> int:
        """Rows."""
        ...

    @property
    def width(self) -> int:
        """Columns."""
        ...

    def level(self, tile: Tile) -> Tensor:
        """L / 100 of a tile, float32 `[rows, columns]`."""
        ...


class Mask(Protocol):
    """A mask of a photo."""

    def evaluate(self, canvas: Canvas, tile: Tile) -> Tensor:
        """The mask in one tile of the full-size photo, float32 `[rows, columns]` in [0, 1]."""
        ...

    def reduced(self, sketch: Sketch) -> Tensor:
        """The whole mask at the size of the sketch, float32 `[h, w]` in [0, 1]."""
        ...


@dataclass(frozen=True)
class EvenMask:
    """The same value everywhere, such as 1 for a photo that is colored as a whole."""

    value: float

    def evaluate(self, canvas: Canvas, tile: Tile) -> Tensor:  # noqa: ARG002 - as in `Mask`
        """See `Mask`."""
        return torch.full(tile.shape, self.value)

    def reduced(self, sketch: Sketch) -> Tensor:
        """See `Mask`."""
        return torch.full_like(sketch.luminance, self.value)


@dataclass(frozen=True)
class SoftMask:
    """A small map that is enlarged without looking at the photo.

    Attributes:
        plane: float32 `[h, w]` in [0, 1], of any size.
        contrast: factor on the distance from 0.5; 1 leaves the map as it is.
    """

    plane: Tensor
    contrast: float = 1.0

    def evaluate(self, canvas: Canvas, tile: Tile) -> Tensor:
        """See `Mask`."""
        return self._sharpened(enlarge(self.plane[None], tile, canvas.height, canvas.width)[0])

    def reduced(self, sketch: Sketch) -> Tensor:
        """See `Mask`."""
        return self._sharpened(resize(self.plane[None], sketch.height, sketch.width)[0])

    def _sharpened(self, plane: Tensor) -> Tensor:
        sharpened = (plane - 0.5) * self.contrast
        return torch.clamp(sharpened + 0.5, 0.0, 1.0)


@dataclass(frozen=True)
class EdgeMask:
    """A mask that follows the edges of the photo.

    Values are spread between the nearby extremes, so that an edge is steep, and where these are
    equal, the mask is exactly that: no gray haze far from edges.

    Attributes:
        lines: the mask as straight lines of the luminance, at the sketch's size.
        bounds: lowest and highest mask value nearby, float32 `[2, h, w]`.
    """

    lines: Lines
    bounds: Tensor

    def evaluate(self, canvas: Canvas, tile: Tile) -> Tensor:
        """See `Mask`."""
        nearby = covering(self.bounds, tile, canvas.height, canvas.width)
        if nearby.min() == nearby.max():
            return nearby.new_full(tile.shape, float(nearby.min()))
        low, high = enlarge(self.bounds, tile, canvas.height, canvas.width).unbind()
        level = canvas.level(tile).clamp(0.0, 1.0)
        value = self.lines.apply(level, tile, canvas.height, canvas.width)[0]
        middle = (low + high).div_(2.0)
        return torch.clamp((value - middle).mul_(EDGE_CONTRAST).add_(middle), low, high)

    def reduced(self, sketch: Sketch) -> Tensor:
        """See `Mask`."""
        return self.evaluate(sketch, Tile(0, sketch.height, 0, sketch.width))


@dataclass(frozen=True)
class PaintedMask:
    """A mask of the photo's size that is used exactly as it is.

    Attributes:
        samples: `[H, W]`.
    """

    samples: Mask8

    def evaluate(self, canvas: Canvas, tile: Tile) -> Tensor:  # noqa: ARG002 - as in `Mask`
        """See `Mask`."""
        return torch.from_numpy(self.samples[tile.area].astype(np.float32)).div_(255.0)

    def reduced(self, sketch: Sketch) -> Tensor:
        """See `Mask`."""
        rows, sizes = (0, sketch.height), (len(self.samples), sketch.height)
        planes = self.samples[None].astype(np.float32) / np.float32(255.0)
        small = reduce_rows(planes, 0, rows, sizes)
        return torch.from_numpy(reduce_columns(small, sketch.width)[0])


def fit_edges(plane: Tensor, luminance: Tensor, radius: int) -> EdgeMask:
    """Fit a mask to the edges of the luminance.

    Args:
        plane: at the sketch's size, float32 `[h, w]` in [0, 1].
        luminance: of the sketch, L in [0, 100], float32 `[h, w]`.
        radius: of the windows; edges move by at most twice as much.
    """
    planes = plane[None]
    bounds = torch.cat([-_dilate(-planes, 2 * radius), _dilate(planes, 2 * radius)])
    return EdgeMask(fit_lines(planes, luminance, radius, MASK_EPSILON), bounds)


def fit_probability(soft: Tensor, sketch: Sketch) -> EdgeMask:
    """Fit a segmenter's `[h, w]`, of any size, to edges: decided first, then refined.

    A network's doubt (0.3 all over a wall) is not half-transparency; hence every pixel belongs
    to the subject or not before the edges are made soft as the luminance tells.
    """
    decided = (resize(soft[None], sketch.height, sketch.width)[0] >= 0.5).float()
    # A network errs by about a pixel of its own; the window must see beyond that.
    return fit_edges(decided, sketch.luminance, 2 * cell_radius(soft[None], sketch.luminance))


def fit_painted(mask: PaintedMask, sketch: Sketch) -> EdgeMask:
    """Fit a painted mask to edges; even areas of any gray stay what they are."""
    return fit_edges(mask.reduced(sketch), sketch.luminance, PAINTED_RADIUS)


def quantize(plane: Tensor) -> Mask8:
    """Round a mask in [0, 1] to 8 bits, of the same shape."""
    rounded: Mask8 = (plane * 255.0).round_().clamp_(0.0, 255.0).to(torch.uint8).numpy()
    return rounded


def _dilate(planes: Tensor, radius: int) -> Tensor:
    """The highest value of `[C, h, w]` in square windows of side 2·radius + 1."""
    return _highest_along(_highest_along(planes, -2, radius), -1, radius)


def _highest_along(planes: Tensor, axis: int, radius: int) -> Tensor:
    """The highest value in windows along one axis, by windows that double in length."""
    size, side, span = planes.shape[axis], 2 * radius + 1, 1
    padding = (0, 0, radius, radius) if axis == -2 else (radius, radius)
    highest = F.pad(planes, padding, value=float("-inf"))
    while 2 * span <= side:
        count = highest.shape[axis] - span
        highest = torch.maximum(highest.narrow(axis, 0, count), highest.narrow(axis, span, count))
        span *= 2
    return torch.maximum(highest.narrow(axis, 0, size), highest.narrow(axis, side - span, size))
