"""Metrics against values worked by hand, slow plain references, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from selcolor_training.metrics import (
    ColorFigures,
    ColorMeter,
    MaskFigures,
    QuickMeter,
    boundary_f,
    intersection_over_union,
    mask_figures,
    mean_figures,
)
from selcolor_training.picture_metrics import area_under_curve, color_difference, colorfulness
from skimage.color import lab2rgb
from sklearn.metrics import r2_score
from torch import Tensor

SIDE = 16
GRAY = torch.full((1, 1, SIDE, SIDE), 50.0)
MASKS = arrays(np.bool_, (9, 9))


def halves(left: float, right: float) -> Tensor:
    """Both channels of ab / 110, `[1, 2, 16, 16]`: one value left, another right."""
    ab = torch.full((1, 2, SIDE, SIDE), left)
    ab[..., SIDE // 2 :] = right
    return ab


def measured(predicted: Tensor, truth: Tensor) -> ColorFigures:
    """All figures at a middle luminance."""
    meter = ColorMeter()
    meter.add(GRAY.expand(len(truth), -1, -1, -1), predicted, truth)
    return meter.figures()


def square(left: int, side: int = 10) -> Tensor:
    """A square of 10 pixels in a mask of 40 × 40, its left edge at `left`."""
    mask = torch.zeros(40, 40, dtype=torch.bool)
    mask[12 : 12 + side, left : left + side] = True
    return mask


def test_the_truth_is_perfect_in_every_figure() -> None:
    truth = torch.rand(2, 2, SIDE, SIDE) / 5
    figures = measured(truth, truth)

    assert figures.r2_a == figures.r2_b == figures.explained_variance_a == 1
    assert figures.mae_a == figures.median_ae_b == figures.mse_a == figures.ciede2000 == 0
    assert figures.ssim == figures.auc == figures.chroma_ratio == figures.r2_blue == 1
    assert figures.colorfulness_difference == 0
    assert figures.psnr == 100
    assert figures.pictures == 2


def test_predicting_the_mean_explains_nothing() -> None:
    figures = measured(halves(0.1, 0.1), halves(0.0, 0.2))

    assert figures.r2_a == pytest.approx(0, abs=2e-3)
    assert figures.explained_variance_b == pytest.approx(0, abs=2e-3)
    assert figures.mae_a == figures.median_ae_a == pytest.approx(0.1, abs=1e-4)
    assert figures.mse_b == pytest.approx(0.01, abs=1e-4)


def test_explained_variance_forgives_an_offset_and_r2_does_not() -> None:
    figures = measured(halves(0.1, 0.3), halves(0.0, 0.2))

    assert figures.explained_variance_a == pytest.approx(1, abs=2e-3)
    assert figures.r2_a == pytest.approx(0, abs=2e-3)


def test_the_median_is_blind_to_a_few_bad_pixels_and_the_mean_is_not() -> None:
    truth = halves(0.0, 0.2)
    predicted = truth.clone()
    predicted[:, :, :4] += 0.4

    figures = measured(predicted, truth)

    assert figures.median_ae_a == 0
    assert figures.mae_a == pytest.approx(0.1, abs=1e-3)


def test_gray_is_below_zero_and_has_no_chroma() -> None:
    figures = measured(halves(0.0, 0.0), halves(0.1, 0.3))

    assert figures.r2_a == pytest.approx(1 - 0.05 / 0.01, abs=0.02)
    assert figures.chroma_ratio == 0
    assert figures.colorfulness == pytest.approx(0, abs=0.01)
    assert figures.colorfulness_difference < -10


def test_psnr_and_the_blue_channel_agree_with_scikit_image() -> None:
    chance = torch.Generator().manual_seed(0)
    truth, predicted = ((torch.rand(1, 2, SIDE, SIDE, generator=chance) - 0.5) / 5 for _ in "ab")
    shown, real = (
        lab2rgb(np.concatenate([GRAY[0], 110 * ab[0]]), channel_axis=0) for ab in (predicted, truth)
    )

    figures = measured(predicted, truth)

    assert figures.psnr == pytest.approx(-10 * np.log10(((shown - real) ** 2).mean()), abs=0.01)
    assert figures.r2_blue == pytest.approx(r2_score(real[2].ravel(), shown[2].ravel()), abs=1e-3)
    assert figures.mse_green == pytest.approx(((shown[1] - real[1]) ** 2).mean(), abs=1e-4)


def test_the_quick_meter_says_what_the_complete_one_says() -> None:
    truth, predicted = torch.rand(3, 2, SIDE, SIDE) / 4, torch.rand(3, 2, SIDE, SIDE) / 4
    meter = QuickMeter()
    for first in range(3):
        meter.add(GRAY, predicted[first : first + 1], truth[first : first + 1])
    quick, complete = meter.figures(), measured(predicted, truth)

    assert quick.psnr == pytest.approx(complete.psnr, abs=1e-3)
    assert quick.chroma_ratio == pytest.approx(complete.chroma_ratio, abs=1e-3)
    for name in ("r2_a", "r2_b", "mae_a", "mae_b"):
        assert getattr(quick, name) == pytest.approx(getattr(complete, name), abs=1e-3)


def test_ciede2000_of_the_first_published_pair() -> None:
    """Sharma, Wu and Dalal 2005, Table 1: 2.0425."""
    first = torch.tensor([2.6772, -79.7751]).view(2, 1, 1) / 110
    second = torch.tensor([0.0, -82.7485]).view(2, 1, 1) / 110

    assert color_difference(GRAY[0, :, :1, :1], first, second) == pytest.approx(2.0425, abs=1e-3)


def test_colorfulness_by_hand() -> None:
    red_and_green = torch.zeros(3, 2, 2)
    red_and_green[0, 0] = red_and_green[1, 1] = 1.0

    assert colorfulness(red_and_green) == pytest.approx(255 + 0.3 * 127.5)
    assert colorfulness(torch.full((3, 4, 4), 0.4)) == pytest.approx(0, abs=1e-4)


def test_auc_of_an_error_of_half_the_sweep_is_a_half() -> None:
    truth = torch.zeros(2, 4, 4)
    predicted = truth.clone()
    predicted[0] = 75 / 110

    assert area_under_curve(predicted, truth) == pytest.approx(0.5)
    assert area_under_curve(3 * predicted, truth) == 0


def test_auc_is_the_sweep_over_thresholds() -> None:
    truth, predicted = torch.rand(2, SIDE, SIDE), torch.rand(2, SIDE, SIDE)
    error = 110 * (predicted - truth).norm(dim=0)
    thresholds = torch.linspace(0, 150, 3001)

    swept = torch.stack([(error <= limit).float().mean() for limit in thresholds]).mean()

    assert area_under_curve(predicted, truth) == pytest.approx(float(swept), abs=1e-3)


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


@settings(deadline=None, max_examples=20)
@given(st.floats(0.1, 0.9), st.floats(0.1, 1.0))
def test_weaker_color_is_less_colorful_by_as_much(level: float, strength: float) -> None:
    rgb = torch.rand(3, 6, 6)
    weaker = level + strength * (rgb - level)

    assert colorfulness(weaker) == pytest.approx(strength * colorfulness(rgb), rel=1e-4)


def test_the_mean_is_taken_figure_by_figure() -> None:
    mean = mean_figures([MaskFigures(1.0, 0.9, 0.5), MaskFigures(0.5, 0.7, 0.25)])

    assert mean == MaskFigures(0.75, 0.8, 0.375)
