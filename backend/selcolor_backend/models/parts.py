"""Panoramas and film strips are shown to networks in overlapping parts.

Squeezed into the size that a network sees, nothing would be left of their shorter side.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from selcolor_backend.pixels.tiles import Tile
from selcolor_backend.sketch import Sketch

LARGEST_RATIO = 3.0
"""Longer to shorter side up to which a picture is seen as a whole."""

PART_RATIO = 2.0
"""Longer to shorter side of a part; neighbors share at least a quarter of it."""


def predict_in_parts(sketch: Sketch, predict: Callable[[Sketch], Tensor]) -> Tensor:
    """Predict for a picture of any proportions.

    Args:
        sketch: the picture.
        predict: from a sketch to `[K, h, w]`, of the same size for parts of the same size.

    Returns:
        `[K, h, w]` for the whole picture; where parts overlap, they fade into each other.
    """
    short, long = sorted((sketch.height, sketch.width))
    if long <= LARGEST_RATIO * short:
        return predict(sketch)
    length = round(PART_RATIO * short)
    count = math.ceil((long - length) / (0.75 * length)) + 1
    starts = [round(number * (long - length) / (count - 1)) for number in range(count)]
    is_wide = sketch.width == long
    outputs = [
        predict(sketch.cropped(_part(start, start + length, short, is_wide))) for start in starts
    ]
    if is_wide:
        return _join(outputs, starts, long / length)
    upright = [output.transpose(1, 2) for output in outputs]
    return _join(upright, starts, long / length).transpose(1, 2)


def _part(first: int, last: int, short: int, is_wide: bool) -> Tile:
    return Tile(0, short, first, last) if is_wide else Tile(first, last, 0, short)


def _join(outputs: list[Tensor], starts: list[int], ratio: float) -> Tensor:
    """Put outputs `[K, h, w]` side by side; `ratio` is the whole's width over that of a part."""
    classes, height, width = outputs[0].shape
    whole = round(width * ratio)
    total = torch.zeros(classes, height, whole)
    weight = torch.zeros(whole)
    ramp = torch.arange(width) + 0.5
    window = torch.minimum(ramp, width - ramp)
    for output, start in zip(outputs, starts, strict=True):
        place = round(start * (whole - width) / max(1, starts[-1]))
        total[..., place : place + width] += output.cpu() * window
        weight[place : place + width] += window
    return total / weight
