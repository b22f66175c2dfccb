"""Figures of colored pictures beside their truths, in batches, on any device.

Every function takes a batch and gives a value for each picture; `color_meter` adds them up over a
split. What each figure means stands in `report.definitions`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from selcolor_backend.pixels.color import AB_SCALE, lab_to_srgb

AUC_LIMIT = 150.0
"""The largest error, in units of ab, that the area under the curve sweeps to."""

SSIM_DEVIATION, SSIM_REACH = 1.5, 5
"""Of the Gaussian window of Wang et al. 2004, cut at 3.5 deviations as scikit-image cuts it."""


def shown(luminance: Tensor, ab: Tensor) -> Tensor:
    """What a screen shows of L in [0, 100] and ab / 110: sRGB in [0, 1], `[..., 3, H, W]`."""
    return lab_to_srgb(lab(luminance, ab)).clamp(0, 1)


def lab(luminance: Tensor, ab: Tensor) -> Tensor:
    """L in [0, 100], `[..., 1, H, W]`, and ab / 110, `[..., 2, H, W]`, as Lab."""
    return torch.cat([luminance, AB_SCALE * ab], dim=-3)


def psnr(predicted: Tensor, truth: Tensor) -> Tensor:
    """−10 log₁₀ of the mean squared error of sRGB in [0, 1], `[N, 3, H, W]` to `[N]`, in dB."""
    error: Tensor = (predicted - truth).square().mean(dim=(1, 2, 3))
    decibels: Tensor = -10 * error.clamp(min=1e-10).log10()
    return decibels


def colorfulness(rgb: Tensor) -> Tensor:
    """Hasler–Süsstrunk colorfulness of sRGB in [0, 1], `[N, 3, H, W]` to `[N]`; gray is 0.

    √(σ²_rg + σ²_yb) + 0.3 √(μ²_rg + μ²_yb) with rg = R − G and yb = (R + G) / 2 − B on 0 to 255.
    """
    red, green, blue = (255 * rgb).unbind(1)
    opponents = torch.stack([red - green, (red + green) / 2 - blue], dim=1)
    spread: Tensor = opponents.var(dim=(2, 3), correction=0).sum(dim=1).sqrt()
    offset: Tensor = opponents.mean(dim=(2, 3)).norm(dim=1)
    return spread + 0.3 * offset


def area_under_curve(predicted: Tensor, truth: Tensor) -> Tensor:
    """AuC of Zhang et al. of ab / 110, `[N, 2, H, W]` to `[N]`; 1 is perfect.

    Integrated exactly: a pixel with error d is counted from threshold d on, so that it adds
    (limit − d) / limit.
    """
    error: Tensor = AB_SCALE * (predicted - truth).norm(dim=1)
    return 1.0 - error.clamp(max=AUC_LIMIT).mean(dim=(1, 2)) / AUC_LIMIT


def similarity(predicted: Tensor, truth: Tensor) -> Tensor:
    """SSIM of Wang et al. 2004 of sRGB in [0, 1], `[N, 3, H, W]` to `[N]`; sides at least 11."""
    places = torch.arange(-SSIM_REACH, SSIM_REACH + 1, device=truth.device)
    window = (-places.square() / (2 * SSIM_DEVIATION**2)).exp()
    window = (window / window.sum()).view(1, 1, 1, -1)

    def mean(values: Tensor) -> Tensor:
        across = functional.conv2d(values.flatten(0, 1).unsqueeze(1), window)
        return functional.conv2d(across, window.transpose(2, 3)).view(*values.shape[:2], -1)

    ours, real = mean(predicted), mean(truth)
    ours_spread, real_spread = (
        mean(values.square()) - middle.square()
        for values, middle in ((predicted, ours), (truth, real))
    )
    common = mean(predicted * truth) - ours * real
    first, second = 0.01**2, 0.03**2
    scores = ((2 * ours * real + first) * (2 * common + second)) / (
        (ours.square() + real.square() + first) * (ours_spread + real_spread + second)
    )
    return scores.mean(dim=(1, 2))


def ciede2000(predicted: Tensor, truth: Tensor) -> Tensor:
    """CIEDE2000 of every pixel; both have the same L, so the term of lightness is 0.

    Args:
        predicted: ab / 110, `[N, 2, H, W]`.
        truth: ab / 110, `[N, 2, H, W]`.

    Returns:
        `[N, H, W]`, as Sharma, Wu and Dalal 2005 write it.
    """
    (a1, b1), (a2, b2) = ((AB_SCALE * ab).unbind(1) for ab in (predicted, truth))
    mean7 = ((torch.hypot(a1, b1) + torch.hypot(a2, b2)) / 2).pow(7)
    stretch = 1.5 - 0.5 * (mean7 / (mean7 + 25.0**7)).sqrt()
    a1, a2 = a1 * stretch, a2 * stretch
    chroma1, chroma2 = torch.hypot(a1, b1), torch.hypot(a2, b2)
    hue1, hue2 = (torch.atan2(b, a) % (2 * math.pi) for a, b in ((a1, b1), (a2, b2)))
    both = chroma1 * chroma2 > 0
    turn = torch.where(both, (hue2 - hue1 + math.pi) % (2 * math.pi) - math.pi, 0.0)
    far = (hue1 - hue2).abs() > math.pi
    middle = (hue1 + hue2) / 2
    middle = torch.where(far, (middle + math.pi) % (2 * math.pi), middle)
    middle = torch.where(both, middle, hue1 + hue2)
    hue_step = 2 * (chroma1 * chroma2).sqrt() * (turn / 2).sin()
    chroma = (chroma1 + chroma2) / 2
    weight = (
        1
        - 0.17 * (middle - math.radians(30)).cos()
        + 0.24 * (2 * middle).cos()
        + 0.32 * (3 * middle + math.radians(6)).cos()
        - 0.20 * (4 * middle - math.radians(63)).cos()
    )
    bend = math.radians(60) * (-(((middle.rad2deg() - 275) / 25).square())).exp()
    chroma7 = chroma.pow(7)
    rotation = -2 * (chroma7 / (chroma7 + 25.0**7)).sqrt() * bend.sin()
    chroma_part = (chroma2 - chroma1) / (1 + 0.045 * chroma)
    hue_part = hue_step / (1 + 0.015 * chroma * weight)
    total = chroma_part.square() + hue_part.square() + rotation * chroma_part * hue_part
    return total.clamp(min=0).sqrt()
