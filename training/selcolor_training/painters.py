"""Simulated users: what somebody who knows a photo's colors would paint on its gray version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from skimage.segmentation import slic
from torch import Tensor

from selcolor_backend.hints import Hints
from selcolor_backend.pixels.color import srgb_to_lab
from selcolor_backend.sketch import Sketch

POINT_SHARE = 2 * 4 / 224
"""Side of a point in proportion to the photo's shorter side: two cells of the network's."""

STROKE_SHARE = 0.01
"""Width of a stroke in proportion to the photo's width."""

STROKE_LENGTH = 0.8
"""Length of a stroke in proportion to what it is painted on."""

SEGMENTS = 100
"""Superpixels of a photo, of which users paint some."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Scene:
    """A photo and its truth.

    Attributes:
        rgb: encoded sRGB in [0, 1], `[3, h, w]`.
    """

    rgb: Tensor

    @cached_property
    def lab(self) -> Tensor:
        """L, a and b, `[3, h, w]`."""
        return srgb_to_lab(self.rgb)

    @cached_property
    def sketch(self) -> Sketch:
        """What the product sees of it."""
        return Sketch(self.rgb, self.lab[0].clamp(0.0, 100.0))

    @cached_property
    def segments(self) -> NDArray[Any]:
        """Areas of like colors, numbered from 1, `[h, w]`."""
        pixels = self.rgb.permute(1, 2, 0).numpy()
        found: NDArray[Any] = slic(pixels, SEGMENTS, compactness=10.0, start_label=1)
        return found

    def segment(self, chance: np.random.Generator, number: int) -> list[Mask]:
        """Some of the segments."""
        chosen = chance.permutation(int(self.segments.max()))[:number] + 1
        return [self.segments == label for label in chosen]


Painter = Callable[[Scene, int, np.random.Generator], Hints]
"""Paints so many hints on a scene."""


def paint_points(scene: Scene, number: int, chance: np.random.Generator) -> Hints:
    """Squares anywhere, with the true colors under them, as `hints.points` has them."""
    height, width = scene.lab.shape[1:]
    side = max(1, round(POINT_SHARE * min(height, width)))
    coverage = torch.zeros(height, width)
    for _ in range(number):
        top, left = chance.integers(0, (height - side + 1, width - side + 1)).tolist()
        coverage[top : top + side, left : left + side] = 1.0
    return Hints(scene.lab[1:] * coverage, coverage)


def paint_centers(scene: Scene, number: int, chance: np.random.Generator) -> Hints:
    """Points in the middle of segments, each of one color: the mean under it."""
    side = max(1, round(POINT_SHARE * min(scene.lab.shape[1:])))
    return flat(scene, [centered(area, side) for area in scene.segment(chance, number)])


def paint_strokes(scene: Scene, number: int, chance: np.random.Generator) -> Hints:
    """Strokes along segments, each of one color: the mean under it."""
    return flat(scene, [stroke_along(area) for area in scene.segment(chance, number)])


PAINTERS: dict[str, Painter] = {
    "random points": paint_points,
    "centers of segments": paint_centers,
    "strokes along segments": paint_strokes,
}


def flat(scene: Scene, places: list[Mask]) -> Hints:
    """Paint places in one color each, the mean of what is there."""
    chroma, coverage = torch.zeros_like(scene.lab[1:]), torch.zeros_like(scene.lab[0])
    for place in places:
        where = torch.from_numpy(place)
        chroma[:, where] = scene.lab[1:, where].mean(dim=1, keepdim=True)
        coverage[where] = 1.0
    return Hints(chroma, coverage)


def centered(area: Mask, side: int) -> Mask:
    """A square around the innermost pixel of an area, within it."""
    row, column, _ = innermost(area)
    place = np.zeros_like(area)
    top, left = max(0, row - side // 2), max(0, column - side // 2)
    place[top : top + side, left : left + side] = True
    kept: Mask = place & area
    return kept


def stroke_along(area: Mask) -> Mask:
    """A stroke through the innermost pixel of an area, along its longer extent."""
    row, column, _ = innermost(area)
    width = max(1, round(STROKE_SHARE * area.shape[1]))
    across, down = run_through(area[row], column), run_through(area[:, column], row)
    place = np.zeros_like(area)
    if across[1] - across[0] >= down[1] - down[0]:
        top = max(0, row - width // 2)
        place[top : top + width, slice(*across)] = True
    else:
        left = max(0, column - width // 2)
        place[slice(*down), left : left + width] = True
    kept: Mask = place & area
    return kept


def innermost(area: Mask) -> tuple[int, int, float]:
    """Row and column of the pixel farthest from the edge of an area, and how far that is."""
    depth = ndimage.distance_transform_edt(np.pad(area, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(int(depth.argmax()), area.shape)
    return int(row), int(column), float(depth[row, column])


def run_through(line: Mask, place: int) -> tuple[int, int]:
    """First and last-plus-one of the middle part of the run of True around a place."""
    gaps = np.flatnonzero(~line)
    first = int(gaps[gaps < place].max(initial=-1)) + 1
    last = int(gaps[gaps > place].min(initial=len(line)))
    spared = round((1.0 - STROKE_LENGTH) / 2 * (last - first))
    return first + spared, max(last - spared, first + spared + 1)
