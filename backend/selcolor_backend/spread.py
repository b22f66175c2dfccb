"""Spreads what was painted over the things that it was painted on, and tells how far it reaches.

Colorization by optimization, after Levin, Lischinski and Weiss (2004): neighbors that look alike
are to have alike values, painted places have theirs, and everything is pulled a little to nothing,
so that a value fades with the distance and at edges. That is a sparse symmetric positive definite
system. On a grid whose rows are short it is a band matrix, which LAPACK factorizes in a twentieth
of a second; the factors depend on where was painted, not on what, and are kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from scipy.linalg import cho_solve_banded, cholesky_banded
from torch import Tensor

Plane = NDArray[np.float32]

MOST_CELLS = 256 * 192
"""Cells of the grid; more make the time grow with the square of a row."""

HOLD = 100.0
"""How firmly a painted cell keeps its value, in proportion to the pull of an equal neighbor."""

PULL = 7e-4 * MOST_CELLS
"""How firmly all cells together are pulled to nothing where one place was painted."""

USUAL_SHARE = 0.8
"""Steps of L between neighbors that are no larger than so many of them are a picture's texture."""

LEAST_STEP, LARGEST_STEP = 0.8, 5.0
"""What counts as texture in a drawn picture, and in the most restless one."""

CHROMA_STEP = 1.2
"""A step of the predicted chroma that makes the pull of a neighbor e times weaker."""

NEAR = 0.08
"""Painted cells that are nearer than this share of the grid's shorter side are one place."""

DOUBT = (300.0, 10.0, 10.0)
"""Variance of L, a and b that what was painted has to exceed before a slope is seen in it."""

STEEPEST = 1.0
"""Slope along the predicted a and b; with more, gray strokes would turn hues around."""

REACH_BEGINS, REACH_IS_FULL = 0.05, 0.3
"""Between these, what is left of a painted 1 becomes the share of the correction that is made."""

_NEIGHBORS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Steps in rows and columns to half of the eight neighbors; the others are seen from there."""


def grid_size(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the grid for a picture; never larger than it."""
    scale = min(1.0, math.sqrt(MOST_CELLS / (height * width)))
    return max(1, round(height * scale)), max(1, round(width * scale))


@dataclass(frozen=True)
class Factors:
    """A system of equations, factorized.

    Attributes:
        bands: Cholesky's factor by diagonals, float32 `[short + 2, cells]`.
        hold: how firmly each cell keeps what is painted there, float32 `[h, w]`.
    """

    bands: Tensor
    hold: Tensor

    def solve(self, painted: Tensor) -> Tensor:
        """Spread values.

        Args:
            painted: the values, float32 `[C, h, w]`; they count where something is held.

        Returns:
            float32 `[C, h, w]`, between the painted values and 0.
        """
        is_wide = painted.shape[-1] > painted.shape[-2]
        held = _turned((painted * self.hold).numpy(), is_wide)
        columns = held.reshape(len(held), -1).T
        solved = cho_solve_banded((self.bands.numpy(), True), columns, check_finite=False)
        return torch.from_numpy(_turned(solved.T.reshape(held.shape), is_wide))


@dataclass(frozen=True)
class System:
    """What spreads values over one picture, from the places that were painted on it.

    Attributes:
        factors: of the system of equations.
        guide: L and the predicted a and b, less their means where something was painted,
            `[3, h, w]`.
        left: what is left of a painted 1 in each cell, float32 `[h, w]`.
        offset: by how much the guide of a cell differs from the mean of the painted ones that
            reach it, `[3, h, w]`.
        precision: the inverse of the covariance of the guides of these, `[h, w, 3, 3]`.
    """

    factors: Factors
    guide: Tensor
    left: Tensor
    offset: Tensor
    precision: Tensor

    @property
    def reach(self) -> Tensor:
        """The share of what was painted that counts in each cell, `[h, w]` from 0 to 1."""
        share = ((self.left - REACH_BEGINS) / (REACH_IS_FULL - REACH_BEGINS)).clamp(0.0, 1.0)
        return share * share * (3.0 - 2.0 * share)

    def spread(self, painted: Tensor) -> Tensor:
        """Spread what was painted.

        What reaches a cell is not only averaged: where it follows the guide, so does the result.

        Args:
            painted: float32 `[C, h, w]`; it counts where something was painted.

        Returns:
            float32 `[C, h, w]`: what each cell would have, did all that reaches it count in full.
        """
        products = painted[:, None] * self.guide
        solved = self.factors.solve(torch.cat([painted, products.flatten(0, 1)])) / self.left
        mean, products = solved[: len(painted)], solved[len(painted) :].view_as(products)
        covariance = products - mean[:, None] * (self.guide - self.offset)
        slope = torch.einsum("cihw,hwij->cjhw", covariance, self.precision)
        size = slope[:, 1:].square().sum(dim=(0, 1)).sqrt()
        slope[:, 1:] *= STEEPEST / size.clamp(min=STEEPEST)
        return mean + (slope * self.offset).sum(dim=1)


def make_system(guide: Tensor, coverage: Tensor) -> System:
    """Factorize the system of a picture and the places that were painted on it.

    Args:
        guide: L and the predicted a and b, in Lab's units, float32 `[3, h, w]`.
        coverage: how much of each cell was painted, float32 `[h, w]` in [0, 1], somewhere above 0.
    """
    factors = _factorize(guide, coverage)
    centered = guide - (guide * coverage).mean(dim=(1, 2), keepdim=True) / coverage.mean()
    products = centered[:, None] * centered
    planes = torch.cat([torch.ones_like(guide[:1]), centered, products.flatten(0, 1)])
    solved = factors.solve(planes)
    left = solved[0].clamp(min=REACH_BEGINS)
    mean, square = solved[1:4] / left, (solved[4:] / left).view_as(products)
    covariance = (square - mean[:, None] * mean).permute(2, 3, 0, 1)
    precision = torch.linalg.inv(covariance + torch.diag(torch.tensor(DOUBT)))
    return System(factors, centered, left, centered - mean, precision)


def _factorize(guide: Tensor, coverage: Tensor) -> Factors:
    """Set up the equations of a grid, and factorize them; the arguments are `make_system`'s."""
    hold = HOLD * coverage
    is_wide = guide.shape[-1] > guide.shape[-2]
    planes = _turned(guide.numpy(), is_wide)
    height, width = planes.shape[1:]
    bands = np.zeros((width + 2, height, width), np.float32)
    own = _turned(hold.numpy(), is_wide) + np.float32(pull(coverage))
    texture = texture_of(guide[0])
    for rows, columns in _NEIGHBORS:
        here = _shifted(0, rows, height), _shifted(max(0, -columns), max(0, columns), width)
        there = _shifted(rows, 0, height), _shifted(max(0, columns), max(0, -columns), width)
        steps = planes[:, there[0], there[1]] - planes[:, here[0], here[1]]
        weight = likeness(steps, texture) / np.float32(math.hypot(rows, columns))
        own[here] += weight
        own[there] += weight
        bands[rows * width + columns][here] = -weight
    bands[0] = own
    factor = cholesky_banded(
        bands.reshape(width + 2, -1), lower=True, overwrite_ab=True, check_finite=False
    )
    return Factors(torch.from_numpy(factor), hold)


def likeness(steps: Plane, texture: float) -> Plane:
    """How much neighbors pull at each other, from their differences `[3, h, w]`, to `[h, w]`."""
    chroma = np.hypot(steps[1], steps[2])
    weight: Plane = np.exp(-np.abs(steps[0]) / texture - chroma / CHROMA_STEP)
    return weight


def texture_of(luminance: Tensor) -> float:
    """The step of L that makes the pull of a neighbor e times weaker, for a grid `[h, w]`.

    Levin and others take the variance around each pixel, by which an edge weakens itself.
    """
    down, across = luminance.diff(dim=0).abs(), luminance.diff(dim=1).abs()
    usual = float(torch.cat([down.flatten(), across.flatten()]).quantile(USUAL_SHARE))
    return min(max(usual, LEAST_STEP), LARGEST_STEP)


def pull(coverage: Tensor) -> float:
    """How firmly one cell of a grid `[h, w]` is pulled to nothing."""
    return PULL / coverage.numel() / count_places(coverage)


def count_places(coverage: Tensor) -> int:
    """How many places of a grid `[h, w]` were painted; at least 1.

    One stroke is to change one thing. The more places all over a picture have their color, the
    farther each may reach: what lies between them is not meant to stay as it was.
    """
    near = max(1, round(NEAR * min(coverage.shape)))
    grown = ndimage.maximum_filter(coverage.numpy() > 0, 2 * near + 1)
    return max(1, int(ndimage.label(grown)[1]))


def _shifted(first: int, last: int, size: int) -> slice:
    return slice(first, size - last)


def _turned(planes: Plane, is_wide: bool) -> Plane:
    """Planes of a wide picture turned, so that their rows are the short ones; or turned back."""
    return np.ascontiguousarray(np.swapaxes(planes, -1, -2) if is_wide else planes)
