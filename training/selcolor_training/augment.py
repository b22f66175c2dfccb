"""What a picture goes through before a network sees it: cuts, flips, pasting, old film.

Every function takes its chance from the generator that it is given, so that a sample is the same
whenever, wherever and in whichever process it is made.
"""

from __future__ import annotations

import math
import random

import torch
from torch import Tensor
from torch.nn import functional


def resized(picture: Tensor, height: int, width: int) -> Tensor:
    """Scale `[C, H, W]` with antialiasing; values stay in [0, 1]."""
    scaled = functional.interpolate(
        picture.unsqueeze(0), size=(height, width), mode="bilinear", antialias=True
    )
    return scaled.squeeze(0).clamp(0.0, 1.0)


def random_cut(picture: Tensor, height: int, width: int, chance: random.Random) -> Tensor:
    """Cut `height` × `width` pixels anywhere, mirror them half of the time; uint8 to [0, 1]."""
    top = chance.randint(0, picture.shape[-2] - height)
    left = chance.randint(0, picture.shape[-1] - width)
    cut = picture[:, top : top + height, left : left + width].float().div(255.0)
    return cut.flip(-1) if chance.random() < 0.5 else cut


def random_square(picture: Tensor, size: int, chance: random.Random, smallest: float) -> Tensor:
    """Cut a random square, between `smallest` and 1 of the short side.

    Args:
        picture: uint8 `[C, H, W]`.
        size: side of the result in pixels.
        chance: where chance comes from.
        smallest: the smallest square, as a fraction of the short side.

    Returns:
        float32 `[C, size, size]` in [0, 1].
    """
    side = round(min(picture.shape[-2:]) * chance.uniform(smallest, 1.0))
    return resized(random_cut(picture, side, side, chance), size, size)


def random_view(picture: Tensor, size: int, chance: random.Random, smallest: float) -> Tensor:
    """Cut a random rectangle and squeeze it into a square, so that whole pictures are seen too.

    Args:
        picture: uint8 `[C, H, W]`; channels are cut together, so a mask can ride along.
        size: side of the result in pixels.
        chance: where chance comes from.
        smallest: the smallest rectangle, as a fraction of the picture's area.

    Returns:
        float32 `[C, size, size]` in [0, 1].
    """
    height, width = picture.shape[-2:]
    area = chance.uniform(smallest, 1.0) * height * width
    slant = math.exp(chance.uniform(-0.3, 0.3)) * width / height
    cut_width = min(width, round(math.sqrt(area * slant)))
    cut_height = min(height, round(math.sqrt(area / slant)))
    return resized(random_cut(picture, cut_height, cut_width, chance), size, size)


def center_square(picture: Tensor, size: int) -> Tensor:
    """Short side to `size`, then the central square; uint8 `[C, H, W]` to `[C, size, size]`."""
    height, width = picture.shape[-2:]
    scale = size / min(height, width)
    tall, wide = max(size, round(height * scale)), max(size, round(width * scale))
    scaled = resized(picture.float().div(255.0), tall, wide)
    top, left = (tall - size) // 2, (wide - size) // 2
    return scaled[:, top : top + size, left : left + size]


def paste(subject: Tensor, background: Tensor, chance: random.Random) -> Tensor:
    """Set a subject before another background, scaled, moved and perhaps mirrored.

    Args:
        subject: RGB and mask in [0, 1], `[4, H, W]`.
        background: RGB in [0, 1], `[3, H, W]`.
        chance: where chance comes from.

    Returns:
        RGB and mask, `[4, H, W]`.
    """
    zoom = 1.0 / chance.uniform(0.5, 1.1)
    mirror = chance.choice((-1.0, 1.0))
    move = [[zoom * mirror, 0.0, chance.uniform(-0.5, 0.5)], [0.0, zoom, chance.uniform(-0.4, 0.4)]]
    grid = functional.affine_grid(torch.tensor([move]), [1, *subject.shape], align_corners=False)
    moved = functional.grid_sample(subject.unsqueeze(0), grid, align_corners=False)
    mask = moved[:, 3:]
    # Outlines cut with scissors would be learned as the sign of a subject.
    soft = functional.avg_pool2d(mask, 3, stride=1, padding=1, count_include_pad=False)
    pasted = soft * moved[:, :3] + (1.0 - soft) * background
    return torch.cat([pasted, mask], dim=1).squeeze(0).clamp(0.0, 1.0)


def age(picture: Tensor, chance: random.Random) -> Tensor:
    """Give a picture the tones of old film: gamma, contrast, blur and grain.

    Args:
        picture: gray or RGB in [0, 1], `[C, H, W]`.
        chance: where chance comes from.

    Returns:
        The same shape, in [0, 1].
    """
    aged = picture.clamp(1e-4, 1.0).pow(math.exp(chance.uniform(-0.5, 0.5)))
    aged = (aged - 0.5) * chance.uniform(0.6, 1.5) + 0.5 + chance.uniform(-0.1, 0.1)
    padded = functional.pad(aged.unsqueeze(0), (1, 1, 1, 1), mode="reflect")
    soft = functional.avg_pool2d(padded, 3, stride=1).squeeze(0)
    aged = torch.lerp(aged, soft, chance.random())
    generator = torch.Generator().manual_seed(chance.getrandbits(63))
    grain = torch.randn(1, *picture.shape[-2:], generator=generator)
    return (aged + grain * chance.uniform(0.0, 0.05)).clamp(0.0, 1.0)
