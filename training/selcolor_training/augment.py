"""What a photo goes through before a network sees it: crops, flips, and the look of old film."""

from __future__ import annotations

import random

import torch
from torch import Tensor
from torch.nn import functional


def random_crop(picture: Tensor, size: int, generator: random.Random, smallest: float) -> Tensor:
    """Cut a random square, between `smallest` and 1 of the short side, flip it half of the time.

    Args:
        picture: uint8 `[C, H, W]`; channels are cut together, so a mask can ride along.
        size: side of the result in pixels.
        generator: where chance comes from.
        smallest: the smallest square, as a fraction of the short side.

    Returns:
        float32 `[C, size, size]` in [0, 1].
    """
    height, width = picture.shape[-2:]
    side = round(min(height, width) * generator.uniform(smallest, 1.0))
    top = generator.randint(0, height - side)
    left = generator.randint(0, width - side)
    crop = picture[:, top : top + side, left : left + side].float().div(255.0)
    if generator.random() < 0.5:
        crop = crop.flip(-1)
    scaled = functional.interpolate(
        crop.unsqueeze(0), size=(size, size), mode="bilinear", antialias=True, align_corners=False
    )
    return scaled.squeeze(0).clamp(0.0, 1.0)


def center_crop(picture: Tensor, size: int) -> Tensor:
    """Short side to `size`, then the central square; uint8 `[C, H, W]` to `[C, size, size]`."""
    height, width = picture.shape[-2:]
    scale = size / min(height, width)
    shape = (max(size, round(height * scale)), max(size, round(width * scale)))
    scaled = functional.interpolate(
        picture.unsqueeze(0).float().div(255.0), size=shape, mode="bilinear", antialias=True
    ).squeeze(0)
    top, left = (shape[0] - size) // 2, (shape[1] - size) // 2
    return scaled[:, top : top + size, left : left + size].clamp(0.0, 1.0)


def per_picture(batch: Tensor, low: float, high: float) -> Tensor:
    """One random number in [low, high] for each picture of a batch, `[N, 1, 1, 1]`."""
    return torch.empty(batch.shape[0], 1, 1, 1, device=batch.device).uniform_(low, high)


def age(batch: Tensor, share: float) -> Tensor:
    """Give `share` of a batch the tones of old film: gamma, contrast, blur and grain.

    Args:
        batch: gray or RGB in [0, 1], `[N, C, H, W]`.
        share: how many of the pictures are aged, in [0, 1].

    Returns:
        The batch, the other pictures untouched; values in [0, 1].
    """
    aged = batch.clamp(1e-4, 1.0).pow(torch.exp(per_picture(batch, -0.5, 0.5)))
    aged = (aged - 0.5) * per_picture(batch, 0.6, 1.5) + 0.5 + per_picture(batch, -0.1, 0.1)
    soft = functional.avg_pool2d(functional.pad(aged, (1, 1, 1, 1), mode="reflect"), 3, stride=1)
    aged = torch.lerp(aged, soft, per_picture(batch, 0.0, 1.0))
    grain = torch.randn(batch.shape[0], 1, *batch.shape[-2:], device=batch.device)
    aged = aged + grain * per_picture(batch, 0.0, 0.05)
    chosen = torch.rand(batch.shape[0], 1, 1, 1, device=batch.device) < share
    return torch.where(chosen, aged.clamp(0.0, 1.0), batch)
