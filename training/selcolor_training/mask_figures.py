"""How well masks fit: one photo after another in, figures out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from statistics import fmean

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

BOUNDARY_PIXELS = 2.0
"""How far a boundary may be off and still count as found."""


REGION_SHARE = 0.002
"""Share of the picture above which a wrong region is one that a person would paint over."""

THIN = 5
"""Errors narrower than this many pixels belong to a boundary, and are no regions."""


@dataclass(frozen=True)
class MaskFigures:
    """How well a mask fits; see `report.definitions`. All but the last are in [0, 1]."""

    iou: float
    pixel_accuracy: float
    boundary_f: float
    wrong_regions: float


def mask_figures(predicted: Tensor, truth: Tensor) -> MaskFigures:
    """Compare two boolean masks of one photo, `[H, W]`."""
    return MaskFigures(
        iou=intersection_over_union(predicted, truth),
        pixel_accuracy=float((predicted == truth).double().mean()),
        boundary_f=boundary_f(predicted, truth),
        wrong_regions=wrong_regions(predicted, truth),
    )


def mean_figures(photos: Sequence[MaskFigures]) -> MaskFigures:
    """The mean over photos, each figure for itself."""
    columns = zip(*(astuple(figures) for figures in photos), strict=True)
    return MaskFigures(*(round(fmean(column), 4) for column in columns))


def intersection_over_union(predicted: Tensor, truth: Tensor) -> float:
    """IoU of two boolean masks of one photo; 1 when both are empty."""
    union = (predicted | truth).sum().item()
    return (predicted & truth).sum().item() / union if union else 1.0


def boundary_f(predicted: Tensor, truth: Tensor, tolerance: float = BOUNDARY_PIXELS) -> float:
    """F of the boundary pixels of two boolean masks `[H, W]`, matched within `tolerance` pixels."""
    found, real = boundary(predicted), boundary(truth)
    if not found.any() and not real.any():
        return float(torch.equal(predicted, truth))
    precision, recall = share_near(found, real, tolerance), share_near(real, found, tolerance)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def boundary(mask: Tensor) -> NDArray[np.bool_]:
    """The mask's pixels with a neighbor outside; the picture's frame is no boundary."""
    inside = mask.cpu().numpy().astype(bool)
    eroded: NDArray[np.bool_] = ndimage.binary_erosion(inside, border_value=1)
    return inside & ~eroded


def share_near(points: NDArray[np.bool_], others: NDArray[np.bool_], tolerance: float) -> float:
    """Share of `points` with one of `others` within `tolerance` pixels; 0 where either is empty."""
    if not points.any() or not others.any():
        return 0.0
    distance = ndimage.distance_transform_edt(~others)
    return float((distance[points] <= tolerance).mean())


def wrong_regions(predicted: Tensor, truth: Tensor) -> int:
    """How many strokes a person would need: connected regions where two boolean masks differ."""
    differs = (predicted ^ truth).cpu().numpy()
    broad = ndimage.binary_opening(differs, np.ones((THIN, THIN)))
    regions, _ = ndimage.label(broad)
    sizes = np.bincount(regions.ravel())[1:]
    return int((sizes > REGION_SHARE * differs.size).sum())
