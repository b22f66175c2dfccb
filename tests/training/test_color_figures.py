"""Figures of colors against scikit-image, values worked by hand, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000, lab2rgb
from skimage.metrics import structural_similarity
from torch import Tensor

from selcolor_training.color_figures import (
    area_under_curve,
    ciede2000,
    colorfulness,
    psnr,
    similarity,
)
from selcolor_training.color_meter import ColorFigures, ColorMeter, QuickMeter, figures_from

SIDE = 16
GRAY = torch.full((1, 1, SIDE, SIDE), 50.0)


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


def test_the_truth_is_perfect_in_every_figure() -> None:
    truth = torch.rand(2, 2, SIDE, SIDE) / 5
    figures = measured(truth, truth)

    assert figures.r2_a == figures.r2_b == figures.explained_variance_a == 1
    assert figures.mae_a == figures.median_ae_b == figures.mse_a == figures.ciede2000 == 0
    assert figures.ssim == figures.auc == figures.chroma_ratio == 1
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


def random_colors(seed: int, count: int = 3, spread: float = 0.4) -> Tensor:
    chance = torch.Generator().manual_seed(seed)
    return (torch.rand(count, 2, SIDE, SIDE, generator=chance) - 0.5) * spread


def test_psnr_is_that_of_the_pictures_that_scikit_image_shows() -> None:
    truth, predicted = random_colors(0), random_colors(1)
    shown, real = (
        [lab2rgb(np.concatenate([GRAY[0], 110 * each]), channel_axis=0) for each in ab]
        for ab in (predicted, truth)
    )

    expected = [
        -10 * np.log10(((one - two) ** 2).mean()) for one, two in zip(shown, real, strict=True)
    ]

    assert measured(predicted, truth).psnr == pytest.approx(np.mean(expected), abs=0.01)


def test_ssim_is_that_of_scikit_image() -> None:
    chance = torch.Generator().manual_seed(0)
    truth = torch.rand(2, 3, 32, 40, generator=chance)
    ours = (truth + 0.2 * torch.rand(2, 3, 32, 40, generator=chance)).clamp(0, 1)

    expected = [
        structural_similarity(
            one.numpy(),
            two.numpy(),
            data_range=1.0,
            channel_axis=0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        for one, two in zip(ours, truth, strict=True)
    ]

    # scikit-image pads the picture and then leaves the border out of the mean.
    assert similarity(ours, truth).tolist() == pytest.approx(expected, abs=1e-4)


def test_ciede2000_is_that_of_scikit_image_at_every_hue() -> None:
    truth, predicted = random_colors(2, 8, 2.0), random_colors(3, 8, 2.0)
    predicted[0] = 0
    truth[1] = 0
    lab = [
        torch.cat([GRAY.expand(8, -1, -1, -1), 110 * ab], dim=1).movedim(1, -1).numpy()
        for ab in (predicted, truth)
    ]

    assert torch.allclose(
        ciede2000(predicted, truth), torch.from_numpy(deltaE_ciede2000(*lab)).float(), atol=2e-3
    )


def test_the_quick_meter_says_what_the_complete_one_says() -> None:
    truth, predicted = torch.rand(3, 2, SIDE, SIDE) / 4, torch.rand(3, 2, SIDE, SIDE) / 4
    meter = QuickMeter()
    for first in range(3):
        meter.add(GRAY, predicted[first : first + 1], truth[first : first + 1])
    quick, complete = meter.figures(), measured(predicted, truth)

    assert quick.psnr == pytest.approx(complete.psnr, abs=1e-3)
    assert quick.chroma_ratio == pytest.approx(complete.chroma_ratio, abs=1e-3)
    for name in ("r2_a", "r2_b", "colorfulness", "colorfulness_truth"):
        assert getattr(quick, name) == pytest.approx(getattr(complete, name), abs=1e-3)


def test_ciede2000_of_the_first_published_pair() -> None:
    """Sharma, Wu and Dalal 2005, Table 1: 2.0425."""
    first = torch.tensor([2.6772, -79.7751]).view(1, 2, 1, 1) / 110
    second = torch.tensor([0.0, -82.7485]).view(1, 2, 1, 1) / 110

    assert float(ciede2000(first, second)) == pytest.approx(2.0425, abs=1e-3)


def test_colorfulness_by_hand() -> None:
    pictures = torch.full((2, 3, 2, 2), 0.4)
    pictures[0] = 0
    pictures[0, 0, 0] = pictures[0, 1, 1] = 1.0

    assert colorfulness(pictures).tolist() == pytest.approx([255 + 0.3 * 127.5, 0], abs=1e-3)


def test_auc_of_an_error_of_half_the_sweep_is_a_half() -> None:
    truth = torch.zeros(1, 2, 4, 4)
    predicted = truth.clone()
    predicted[:, 0] = 75 / 110

    assert float(area_under_curve(predicted, truth)) == pytest.approx(0.5)
    assert float(area_under_curve(3 * predicted, truth)) == 0


def test_auc_is_the_sweep_over_thresholds() -> None:
    truth, predicted = torch.rand(1, 2, SIDE, SIDE), torch.rand(1, 2, SIDE, SIDE)
    error = 110 * (predicted - truth).norm(dim=1)
    thresholds = torch.linspace(0, 150, 3001)

    swept = torch.stack([(error <= limit).float().mean() for limit in thresholds]).mean()

    assert float(area_under_curve(predicted, truth)) == pytest.approx(float(swept), abs=1e-3)


@settings(deadline=None, max_examples=20)
@given(st.floats(0.1, 0.9), st.floats(0.1, 1.0))
def test_weaker_color_is_less_colorful_by_as_much(level: float, strength: float) -> None:
    rgb = torch.rand(1, 3, 6, 6)
    weaker = level + strength * (rgb - level)

    expected = strength * float(colorfulness(rgb))
    assert float(colorfulness(weaker)) == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_the_psnr_of_equal_pictures_is_bounded() -> None:
    picture = torch.rand(2, 3, 4, 4)

    assert psnr(picture, picture).tolist() == [100, 100]


def test_figures_that_are_no_longer_measured_are_left_out_of_old_records() -> None:
    figures = measured(random_colors(0), random_colors(1))

    assert figures_from({**vars(figures), "r2_blue": 0.8}) == figures
