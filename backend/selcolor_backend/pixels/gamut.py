"""Colors that a screen cannot show lose chroma, never luminance or hue.

Colors come as the cube roots of X, Y and Z over those of white, which Lab is made of: L is 116
times the middle one less 16, a is 500 times the first less the middle one, b is 200 times the
middle one less the last. Since every transfer curve maps [0, 1] onto itself, the test is made on
linear light and needs no curve.
"""

from __future__ import annotations

import torch
from torch import Tensor

from selcolor_backend.pixels.color import LAB_KNEE, WHITE_D65, inverse_lab_curve
from selcolor_backend.pixels.profile import ColorSpace
from selcolor_backend.pixels.tiles import spans

TOLERANCE = 1e-5
"""How far linear RGB may leave [0, 1] before a color counts as outside."""

_BISECTIONS = 10
_PART_PIXELS = 1 << 15
"""So many that their colors stay in a core's cache."""


def fit_gamut(roots: Tensor, space: ColorSpace) -> Tensor:
    """Turn colors into linear RGB, with the most chroma that the space can show.

    A color outside is replaced by one of the same luminance whose a and b are multiplied with the
    largest factor in [0, 1] that brings it inside, to 1/1024. Where even gray is outside, as in
    float highlights brighter than white, the factor is 0 and the value is kept.

    Args:
        roots: the cube roots of X, Y and Z over those of white, float32 `[3, h, W]`.
        space: where the colors shall be shown.

    Returns:
        Linear RGB, float32 `[3, h, W]`, in [0, 1] wherever the luminance is.
    """
    colors = roots.flatten(1)
    matrix = _white_matrix(space)
    linear, outside = torch.empty_like(colors), []
    for first, last in spans(colors.shape[1], _PART_PIXELS):
        part = matrix @ _cubes(colors[:, first:last])
        # A curve that is a pure power would turn what the tolerance lets below 0 into -1/255.
        linear[:, first:last] = part.clamp(0.0, 1.0)
        outside.append((~_is_inside(part)).nonzero().squeeze(1) + first)
    # All outside at once: there are few of them, and each step costs as much for few as for many.
    index = torch.cat(outside)
    if index.numel():
        linear[:, index] = _desaturate(colors[:, index], matrix)
    return linear.view_as(roots)


def _white_matrix(space: ColorSpace) -> Tensor:
    """X, Y and Z over those of white to linear RGB."""
    return torch.tensor(space.from_xyz) * torch.tensor(WHITE_D65)


def _cubes(roots: Tensor) -> Tensor:
    """X, Y and Z over those of white of `[3, N]`; few pictures are so dark as to need the line."""
    return roots.pow(3) if roots.min() > LAB_KNEE else inverse_lab_curve(roots)


def _is_inside(linear: Tensor) -> Tensor:
    """Which colors of `[3, N]` the space can show."""
    red, green, blue = linear
    lowest = torch.minimum(torch.minimum(red, green), blue)
    highest = torch.maximum(torch.maximum(red, green), blue)
    return (lowest >= -TOLERANCE) & (highest <= 1.0 + TOLERANCE)


def _desaturate(roots: Tensor, matrix: Tensor) -> Tensor:
    """Linear RGB `[3, N]` with the largest chroma inside, by bisection."""
    middle = roots[1]
    chroma = roots - middle
    scale = torch.zeros_like(middle)
    for step in range(1, _BISECTIONS + 1):
        more = scale + 0.5**step
        inside = _is_inside(matrix @ _cubes(torch.addcmul(middle, chroma, more)))
        scale.add_(inside, alpha=0.5**step)
    linear = (matrix @ _cubes(torch.addcmul(middle, chroma, scale))).clamp_(0.0, 1.0)
    # Neither black nor white: what no chroma can bring inside keeps its exact gray.
    gray = inverse_lab_curve(middle)
    is_neutral = (scale == 0.0) | (gray < 0.0) | (gray > 1.0)
    return torch.where(is_neutral, gray, linear)
