"""Our Lab beside scikit-image's."""

import numpy as np
import torch
from skimage import color

from selcolor_backend.pixels.color import (
    lab_to_srgb,
    linear_to_srgb,
    luminance_to_y,
    srgb_to_lab,
    y_to_luminance,
)


def random_picture() -> np.ndarray:
    return np.random.default_rng(7).random((3, 40, 50))


def test_rgb_to_lab_agrees_with_scikit_image() -> None:
    picture = random_picture()
    expected = color.rgb2lab(picture, channel_axis=0)
    ours = srgb_to_lab(torch.from_numpy(picture).float()).numpy()
    assert np.abs(ours - expected).max() < 1e-3


def test_lab_to_rgb_agrees_with_scikit_image() -> None:
    lab = color.rgb2lab(random_picture(), channel_axis=0)
    expected = color.lab2rgb(lab, channel_axis=0)
    ours = lab_to_srgb(torch.from_numpy(lab).float()).numpy()
    assert np.abs(ours - expected).max() < 1e-3


def test_luminance_and_y_are_inverse_even_beyond_white_and_below_black() -> None:
    y = torch.linspace(-0.5, 8.0, 5001)
    assert (luminance_to_y(y_to_luminance(y)) - y).abs().max() < 1e-5


def test_black_has_a_gradient() -> None:
    """Discriminators learn through it; one black pixel must not end a training."""
    linear = torch.zeros(1, 3, 1, 2, requires_grad=True)

    linear_to_srgb(linear).sum().backward()

    assert linear.grad is not None
    assert torch.isfinite(linear.grad).all()
