"""Figures of one colored picture beside its truth; adding them up over a split is `metrics`'s."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000
from skimage.metrics import structural_similarity
from torch import Tensor

from selcolor_backend.pixels.color import AB_SCALE, lab_to_srgb

AUC_LIMIT = 150.0
"""The largest error, in units of ab, that the area under the curve sweeps to."""


def shown(luminance: Tensor, ab: Tensor) -> Tensor:
    """What a screen shows of L in [0, 100] and ab / 110: sRGB in [0, 1], `[..., 3, H, W]`."""
    return lab_to_srgb(lab(luminance, ab)).clamp(0, 1)


def lab(luminance: Tensor, ab: Tensor) -> Tensor:
    """L in [0, 100], `[..., 1, H, W]`, and ab / 110, `[..., 2, H, W]`, as Lab."""
    return torch.cat([luminance, AB_SCALE * ab], dim=-3)


def pixels_of(picture: Tensor) -> NDArray[np.float32]:
    """`[..., C, H, W]` as scikit-image wants it: channels last."""
    pixels: NDArray[np.float32] = picture.movedim(-3, -1).contiguous().numpy()
    return pixels


def similarity(predicted: Tensor, truth: Tensor) -> float:
    """SSIM of two pictures, sRGB in [0, 1], `[3, H, W]`, at least 11 pixels high and wide."""
    return float(
        structural_similarity(
            pixels_of(predicted),
            pixels_of(truth),
            data_range=1.0,
            channel_axis=2,
            # Without these three, scikit-image's SSIM is not that of Wang et al.
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


def color_difference(luminance: Tensor, predicted: Tensor, truth: Tensor) -> float:
    """Mean CIEDE2000 of one picture: its L in [0, 100], `[1, H, W]`, and ab / 110, `[2, H, W]`."""
    first, second = (pixels_of(lab(luminance, ab)) for ab in (predicted, truth))
    return float(deltaE_ciede2000(first, second).mean(dtype=np.float64))


def area_under_curve(predicted: Tensor, truth: Tensor) -> float:
    """AuC of Zhang et al. of one picture, ab / 110, `[2, H, W]`; 1 is perfect.

    Integrated exactly: a pixel with error d is counted from threshold d on, so that it adds
    (limit − d) / limit.
    """
    error = AB_SCALE * (predicted - truth).double().norm(dim=0)
    return 1.0 - float(error.clamp(max=AUC_LIMIT).mean()) / AUC_LIMIT


def colorfulness(rgb: Tensor) -> float:
    """Hasler–Süsstrunk colorfulness of one picture, sRGB in [0, 1], `[3, H, W]`; gray is 0.

    √(σ²_rg + σ²_yb) + 0.3 √(μ²_rg + μ²_yb) with rg = R − G and yb = (R + G) / 2 − B on 0 to 255.
    """
    red, green, blue = 255 * rgb.double()
    opponents = torch.stack([red - green, (red + green) / 2 - blue])
    spread = opponents.var(dim=(1, 2), correction=0).sum().sqrt()
    offset = opponents.mean(dim=(1, 2)).norm()
    return float(spread + 0.3 * offset)
