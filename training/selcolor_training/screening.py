"""Which photos teach color: gray, toned and letterboxed ones do not, and are left out.

Everything is measured on 64×64 reductions, without regard to proportions. How the limits were
chosen, and what they leave out of `../shared/data`: docs/decisions/030-screening.md.
"""

from __future__ import annotations

from enum import Enum

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from selcolor_backend.pixels.color import srgb_to_lab
from selcolor_training.color_figures import colorfulness
from selcolor_training.data import NOISY_COLOR

SIDE = 64

COLORFULNESS_FLOOR = 10.0
"""Hasler–Süsstrunk; paler photos count as gray."""

DULL = 20.0
"""Colorfulness below which a photo of one hue counts as toned."""

EXACTLY_TONED, NEARLY_TONED = 1.0, 2.0
"""How far, in Lab units, color strays from being a function of luminance alone."""

ONE_HUE = 0.85
"""Length of the mean of ab over the mean of its length: 1 when all color has one hue."""

DARKEST, BRIGHTEST = 16 / 255, 242 / 255
"""A bar's pixels are darker or brighter than this in every channel."""

SURELY_DARKER, SURELY_BRIGHTER = 225 / 255, 40 / 255
"""A pixel that belongs to no white bar has a channel below the one, to no black bar above the
other."""

THINNEST_BARS = 3
"""Rows of the 64 that two opposite bars fill together."""

SHARP_EDGE = 0.7
"""Share of the pixels beside a bar that differ from it: straight edges, unlike those of an object
before a white or black background."""


class Reason(Enum):
    """Why a photo teaches no color."""

    GRAY = "gray"
    TONED = "toned"
    LETTERBOXED = "letterboxed"
    NOISY = "noisy"


def reduced(rgb: NDArray[np.uint8]) -> Tensor:
    """uint8 `[H, W, 3]` to `[3, 64, 64]` in [0, 1], by averaging."""
    # Pillow, not torch: its threads would only wait for each other over so little.
    small = Image.fromarray(rgb).resize((SIDE, SIDE), Image.Resampling.BOX)
    return torch.from_numpy(np.array(small)).permute(2, 0, 1).float() / 255


def is_toned(small: Tensor) -> bool:
    """Whether all color (`[3, S, S]` in [0, 1]) is one tone laid over a gray picture, as in sepia.

    Then ab is a function of L; a cubic is fitted, and what it leaves unexplained is measured. A
    natural photo of one hue, such as an airplane in a blue sky, leaves little too but is colorful.
    """
    luminance, ab = srgb_to_lab(small).flatten(1).split([1, 2])
    powers = torch.cat([(luminance / 100) ** power for power in range(4)]).T
    # In float64 through the normal equations: quicker than a decomposition, and well enough posed.
    powers, colors = powers.double(), ab.T.double()
    ridge = 1e-6 * torch.eye(4, dtype=torch.float64)
    fitted = powers @ torch.linalg.solve(powers.T @ powers + ridge, powers.T @ colors)
    strays = float((colors - fitted).square().sum(dim=1).mean().sqrt())
    if strays >= NEARLY_TONED:
        return False
    one_hue = float(ab.mean(dim=1).norm() / ab.norm(dim=0).mean().clamp(min=1e-6))
    return strays < EXACTLY_TONED or (
        one_hue > ONE_HUE and float(colorfulness(small.unsqueeze(0))) < DULL
    )


def have_bars(bar: Tensor, beside: Tensor) -> bool:
    """Whether the first and last rows are bars with sharp inner edges.

    Args:
        bar: which pixels have a bar's color, bool `[S, S]`.
        beside: which surely have not, bool `[S, S]`.
    """
    uniform = bar.all(dim=1)
    contrast = beside.float().mean(dim=1)
    depths, sharp = [], []
    for rows, edges in ((uniform, contrast), (uniform.flip(0), contrast.flip(0))):
        depth = int(rows.long().cumprod(0).sum())
        depths.append(depth)
        # One row further in: the first may be half bar, half picture.
        sharp.append(float(edges[min(depth + 1, len(edges) - 1)]))
    return min(depths) >= 1 and sum(depths) >= THINNEST_BARS and min(sharp) >= SHARP_EDGE


def is_letterboxed(small: Tensor) -> bool:
    """Whether black or white bars lie above and below or on both sides; `[3, S, S]` in [0, 1]."""
    darkest, brightest = small.amin(dim=0), small.amax(dim=0)
    black = (brightest <= DARKEST, brightest > SURELY_BRIGHTER)
    white = (darkest >= BRIGHTEST, darkest < SURELY_DARKER)
    return any(
        have_bars(bar, beside) or have_bars(bar.T, beside.T) for bar, beside in (black, white)
    )


def why_unusable(source: str, rgb: NDArray[np.uint8]) -> str:
    """Why a photo teaches no color; an empty string when it does.

    Args:
        source: its data set.
        rgb: uint8 `[H, W, 3]`.
    """
    if source in NOISY_COLOR:
        return Reason.NOISY.value
    small = reduced(rgb)
    if float(colorfulness(small.unsqueeze(0))) < COLORFULNESS_FLOOR:
        return Reason.GRAY.value
    if is_toned(small):
        return Reason.TONED.value
    return Reason.LETTERBOXED.value if is_letterboxed(small) else ""
