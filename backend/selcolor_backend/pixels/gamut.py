"""Colors that a screen cannot show lose chroma, never luminance or hue.

The Lab formulas are left to `color.py`, primaries to `profile.py`. Since every transfer curve maps
[0, 1] onto itself, the test is made on linear light and needs no curve.
"""

from __future__ import annotations

import torch
from torch import Tensor

from selcolor_backend.pixels.color import WHITE_D65, inverse_lab_curve, luminance_to_y
from selcolor_backend.pixels.profile import ColorSpace

TOLERANCE = 1e-5
"""How far linear RGB may leave [0, 1] before a color counts as outside."""

_BISECTIONS = 10


def fit_gamut(luminance: Tensor, ab: Tensor, space: ColorSpace) -> Tensor:
    """Turn Lab into linear RGB, with the most chroma that the space can show.

    A color outside is replaced by (L, s·a, s·b) with the largest s in [0, 1] that is inside, to
    1/1024. Where even gray is outside, as in float highlights brighter than white, s is 0 and the
    value is kept.

    Args:
        luminance: L, float32 `[h, W]`; 0 to 100 and, for float pictures, beyond.
        ab: a and b, float32 `[2, h, W]`, however large.
        space: where the colors shall be shown.

    Returns:
        Linear RGB, float32 `[3, h, W]`, in [0, 1] wherever L is in [0, 100].
    """
    shape = luminance.shape
    chroma = ab.flatten(1)
    level = luminance.flatten()
    matrix = _lab_matrix(space)
    linear = _to_linear(level, chroma, matrix)
    outside = (~_is_inside(linear)).nonzero().squeeze(1)
    if outside.numel():
        linear[:, outside] = _desaturate(level[outside], chroma[:, outside], matrix)
    return linear.view(3, *shape)


def _lab_matrix(space: ColorSpace) -> Tensor:
    """Lab's three roots, once cubed, to linear RGB: the white point goes into the matrix."""
    return torch.tensor(space.from_xyz) * torch.tensor(WHITE_D65)


def _to_linear(level: Tensor, chroma: Tensor, matrix: Tensor) -> Tensor:
    """L `[N]` and ab `[2, N]` to linear RGB `[3, N]`."""
    roots = level.new_empty(3, level.numel())
    torch.add(level, 16.0, out=roots[1]).div_(116.0)
    torch.add(roots[1], chroma[0], alpha=1 / 500.0, out=roots[0])
    torch.sub(roots[1], chroma[1], alpha=1 / 200.0, out=roots[2])
    return matrix @ inverse_lab_curve(roots)


def _is_inside(linear: Tensor) -> Tensor:
    """Which colors of `[3, N]` the space can show."""
    red, green, blue = linear
    lowest = torch.minimum(torch.minimum(red, green), blue)
    highest = torch.maximum(torch.maximum(red, green), blue)
    return (lowest >= -TOLERANCE) & (highest <= 1.0 + TOLERANCE)


def _desaturate(level: Tensor, chroma: Tensor, matrix: Tensor) -> Tensor:
    """Linear RGB `[3, N]` with the largest chroma inside, by bisection."""
    gray = luminance_to_y(level)
    middle = (level + 16.0) / 116.0
    toward_x, toward_z = chroma[0] / 500.0, chroma[1] / -200.0
    roots = torch.stack([middle, middle, middle])
    scale = torch.zeros_like(level)
    for step in range(1, _BISECTIONS + 1):
        more = scale + 0.5**step
        torch.addcmul(middle, toward_x, more, out=roots[0])
        torch.addcmul(middle, toward_z, more, out=roots[2])
        inside = _is_inside(matrix @ inverse_lab_curve(roots))
        scale.add_(inside, alpha=0.5**step)
    linear = _to_linear(level, chroma * scale, matrix).clamp_(0.0, 1.0)
    # Neither black nor white: what no chroma can bring inside keeps its exact gray.
    is_neutral = (scale == 0.0) | (gray < 0.0) | (gray > 1.0)
    return torch.where(is_neutral, gray, linear)
