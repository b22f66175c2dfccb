"""Figures of masks against values worked by hand, slow plain references, and what must hold."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from torch import Tensor

from selcolor_training.mask_figures import (
    MaskFigures,
    boundary_f,
    intersection_over_union,
    mask_figures,
    mean_figures,
    wrong_regions,
)

MASKS = arrays(np.bool_, (9, 9))


def square(left: int, side: int = 10) -> Tensor:
    """A square of 10 pixels in a mask of 40 × 40, its left edge at `left`."""
    mask = torch.zeros(40, 40, dtype=torch.bool)
    mask[12 : 12 + side, left : left + side] = True
    return mask


def test_iou_and_accuracy_of_halves() -> None:
    left = torch.zeros(4, 4, dtype=torch.bool)
    left[:, :2] = True
    quarter = left.clone()
    quarter[2:] = False

    assert intersection_over_union(left, left) == 1
    assert intersection_over_union(left, ~left) == 0
    assert mask_figures(quarter, left).iou == 0.5
    assert mask_figures(quarter, left).pixel_accuracy == 0.75


def test_a_boundary_off_by_two_pixels_is_found_and_by_more_is_not() -> None:
    assert boundary_f(square(12), square(12)) == 1
    assert boundary_f(square(14), square(12)) == 1
    assert boundary_f(square(16), square(12)) < 0.8
    assert boundary_f(square(0, side=5), square(30)) == 0


def test_boundaries_of_empty_and_full_masks() -> None:
    empty = torch.zeros(40, 40, dtype=torch.bool)

    assert boundary_f(empty, empty) == boundary_f(~empty, ~empty) == 1
    assert boundary_f(empty, ~empty) == 0
    assert boundary_f(square(12), empty) == boundary_f(empty, square(12)) == 0


@settings(deadline=None, max_examples=50)
@given(MASKS, MASKS)
def test_boundary_f_is_what_counting_pixel_by_pixel_gives(
    first: np.ndarray, second: np.ndarray
) -> None:
    found, real = (edge_pixels(mask) for mask in (first, second))
    shares = [
        np.mean([min(np.hypot(*(p - q)) for q in others) <= 2 for p in points])
        for points, others in ((found, real), (real, found))
        if len(points) and len(others)
    ]
    expected = 2 * np.prod(shares) / np.sum(shares) if shares and np.sum(shares) else 0.0
    if not len(found) and not len(real):
        expected = float((first == second).all())

    assert boundary_f(torch.from_numpy(first), torch.from_numpy(second)) == pytest.approx(expected)


def edge_pixels(mask: np.ndarray) -> np.ndarray:
    """Rows and columns of the mask's pixels with one of four neighbors outside, one by one."""
    padded = np.pad(mask, 1, constant_values=True)
    return np.array(
        [
            (row, column)
            for row, column in np.argwhere(mask)
            if not (
                padded[row, column + 1]
                and padded[row + 2, column + 1]
                and padded[row + 1, column]
                and padded[row + 1, column + 2]
            )
        ]
    ).reshape(-1, 2)


@settings(deadline=None, max_examples=50)
@given(MASKS, MASKS)
def test_mask_figures_do_not_care_which_mask_comes_first(
    first: np.ndarray, second: np.ndarray
) -> None:
    one, other = torch.from_numpy(first), torch.from_numpy(second)
    figures = mask_figures(one, other)

    assert figures.boundary_f == pytest.approx(mask_figures(other, one).boundary_f)
    assert figures.iou <= figures.pixel_accuracy <= 1
    assert (figures.iou == 1) == bool((one == other).all())


def test_the_mean_is_taken_figure_by_figure() -> None:
    mean = mean_figures([MaskFigures(1.0, 0.9, 0.5, 2), MaskFigures(0.5, 0.7, 0.25, 1)])

    assert mean == MaskFigures(0.75, 0.8, 0.375, 1.5)


def test_wrong_regions_are_counted_as_a_person_would_paint_them() -> None:
    truth = torch.zeros(100, 100, dtype=torch.bool)
    truth[20:60, 20:60] = True
    predicted = truth.clone()
    predicted[80:90, 80:90] = True
    predicted[30:40, 30:40] = False
    assert wrong_regions(predicted, truth) == 2


def test_thin_and_tiny_errors_are_no_regions() -> None:
    truth = torch.zeros(100, 100, dtype=torch.bool)
    truth[20:60, 20:60] = True
    wider = truth.clone()
    wider[18:62, 18:62] = True
    speck = truth.clone()
    speck[80:84, 80:84] = True
    assert wrong_regions(wider, truth) == wrong_regions(speck, truth) == 0
