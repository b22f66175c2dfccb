"""Gamut fitting beside scikit-image and a search over all scales."""

import numpy as np
import pytest
import torch
from skimage import color

from selcolor_backend.pixels.color import (
    SRGB_TO_XYZ,
    WHITE_D65,
    lab_curve,
    lab_to_srgb,
    luminance_to_y,
    matrix_multiply,
    y_to_luminance,
)
from selcolor_backend.pixels.gamut import fit_gamut
from selcolor_backend.pixels.profile import SRGB


def fit(luminance: torch.Tensor, ab: torch.Tensor) -> torch.Tensor:
    """Linear RGB of L and ab, by way of the roots."""
    middle = (luminance + 16) / 116
    roots = torch.stack([middle + ab[0] / 500, middle, middle - ab[1] / 200])
    return fit_gamut(roots, SRGB)


def random_lab() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    return (
        torch.rand(20, 30, generator=generator) * 100,
        torch.randn(2, 20, 30, generator=generator) * 90,
    )


def test_colors_inside_stay_what_they_are() -> None:
    luminance, ab = random_lab()
    ab = ab * 0.05
    inside = (lab_to_srgb(torch.cat([luminance[None], ab])) - 0.5).abs().amax(0) < 0.49
    expected = color.lab2rgb(torch.cat([luminance[None], ab]).numpy(), channel_axis=0)
    ours = SRGB.encode(fit(luminance, ab)).numpy()
    assert np.abs(ours - expected)[:, inside.numpy()].max() < 1e-3


def test_colors_outside_keep_luminance_and_hue() -> None:
    luminance, ab = random_lab()
    linear = fit(luminance, ab)
    lab = color.rgb2lab(SRGB.encode(linear).double().numpy(), channel_axis=0)
    assert linear.min() >= 0
    assert linear.max() <= 1
    assert np.abs(lab[0] - luminance.numpy()).max() < 0.02
    chroma = np.hypot(lab[1], lab[2])
    turned = (lab[1] * ab[1].numpy() - lab[2] * ab[0].numpy()) / np.hypot(*ab.numpy())
    assert np.abs(turned).max() < 0.05
    assert chroma.mean() > 20


def test_a_color_just_outside_is_moved_onto_the_edge() -> None:
    """In a space whose curve is a pure power, −1e-5 is more than a sample of 8 bits."""
    wanted = torch.tensor([0.2, 0.1, -8e-6]).view(3, 1, 1)
    xyz = matrix_multiply(torch.tensor(SRGB_TO_XYZ), wanted)
    roots = lab_curve(xyz / torch.tensor(WHITE_D65).view(3, 1, 1))
    assert fit_gamut(roots, SRGB).flatten().tolist() == pytest.approx([0.2, 0.1, 0.0], abs=1e-4)
    assert fit_gamut(roots, SRGB).min() == 0


def test_hue_does_not_turn_however_strong_a_color_is_made() -> None:
    for a, b in ((60.0, 20.0), (-30.0, 55.0), (15.0, -70.0)):
        ab = torch.tensor([a, b]).view(2, 1, 1) * 3
        linear = fit(torch.full((1, 1), 50.0), ab)
        _, *shown = color.rgb2lab(SRGB.encode(linear).double().numpy(), channel_axis=0)[:, 0, 0]
        turned = np.degrees(np.arctan2(shown[1], shown[0]) - np.arctan2(b, a))
        assert abs(turned) < 0.5


def test_no_larger_chroma_would_have_been_inside() -> None:
    luminance, ab = random_lab()
    lab = color.rgb2lab(SRGB.encode(fit(luminance, ab)).numpy(), channel_axis=0)
    ours = np.hypot(lab[1], lab[2])
    best = np.zeros_like(ours)
    for scale in np.linspace(0, 1, 401):
        trial = lab_to_srgb(torch.cat([luminance[None], ab * scale])).numpy()
        inside = (trial.min(0) >= -1e-4) & (trial.max(0) <= 1 + 1e-4)
        best = np.where(inside, np.hypot(*ab.numpy()) * scale, best)
    assert (best - ours).max() < 1.0


def test_highlights_brighter_than_white_keep_their_value_without_chroma() -> None:
    y = torch.tensor([[1.5, 4.0, -0.1, 1.0, 0.0]])
    ab = torch.full((2, 1, 5), 40.0)
    linear = fit(y_to_luminance(y), ab)
    assert torch.allclose(linear, y.expand(3, 1, 5), atol=2e-3)
    assert torch.equal(linear[0], linear[1])
    assert torch.allclose(luminance_to_y(y_to_luminance(y)), y, atol=1e-5)
