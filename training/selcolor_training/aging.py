"""Makes new photos look like old ones, in batches: what film, lens, paper and scan did to light.

Only what the network sees is aged; the colors that it shall find stay those of the photo. Every
effect is drawn for each picture for itself.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from selcolor_backend.pixels.color import srgb_to_linear, y_to_luminance
from selcolor_training.blur import blurred

GRAIN_SIZES = (1, 2, 4)
"""Grains in pixels: fine film, coarse film, a print of it enlarged."""

JPEG_LUMINANCE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
"""Quantization of luminance at quality 50 (ITU-T T.81, annex K)."""


class Chance:
    """Random numbers for each picture of a batch, drawn on the CPU and moved to the device."""

    def __init__(self, count: int, device: torch.device, generator: torch.Generator) -> None:
        self.count, self.device, self.generator = count, device, generator

    def between(self, low: float, high: float) -> Tensor:
        """A number for each picture, `[N, 1, 1, 1]`."""
        drawn = torch.rand(self.count, 1, 1, 1, generator=self.generator)
        return (low + (high - low) * drawn).to(self.device)

    def happens(self, share: float) -> Tensor:
        """True for about this share of the pictures, bool `[N, 1, 1, 1]`."""
        return self.between(0.0, 1.0) < share

    def noise(self, height: int, width: int) -> Tensor:
        """White noise of deviation 1, `[N, 1, height, width]`."""
        return torch.randn(self.count, 1, height, width, generator=self.generator).to(self.device)


def aged(rgb: Tensor, luminance: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Age a share of a batch.

    Args:
        rgb: encoded sRGB in [0, 1], `[N, 3, H, W]`, sides multiples of 8.
        luminance: L / 100 of the same pictures, `[N, 1, H, W]`.
        share: of the pictures that are aged.
        generator: on the CPU.

    Returns:
        L / 100 as the network shall see it, `[N, 1, H, W]` in [0, 1].
    """
    old = torch.rand(len(rgb), generator=generator) < share
    if not old.any():
        return luminance
    index = old.nonzero().squeeze(1).to(rgb.device)
    chance = Chance(len(index), rgb.device, generator)
    picture = seen_by_film(rgb[index], luminance[index], chance)
    for effect in (halation, lens, printed, uneven, grain, damage, jpeg):
        picture = effect(picture, chance).clamp(0.0, 1.0)
    result = luminance.clone()
    result[index] = picture
    return result


def seen_by_film(rgb: Tensor, luminance: Tensor, chance: Chance) -> Tensor:
    """Another response to color: orthochromatic film is blind to red, so lips and skin are dark."""
    shares = [-chance.between(1e-6, 1.0).log() * weight for weight in (0.6, 1.0, 1.3)]
    mix = torch.cat(shares, dim=1)
    mix = mix / mix.sum(dim=1, keepdim=True)
    light = (srgb_to_linear(rgb) * mix).sum(dim=1, keepdim=True).clamp(0.0, 1.0)
    strength = torch.where(chance.happens(0.6), chance.between(0.4, 1.0), 0.0)
    return torch.lerp(luminance, y_to_luminance(light) / 100.0, strength)


def halation(picture: Tensor, chance: Chance) -> Tensor:
    """Light that spreads in the film around what is bright."""
    bright = (picture - 0.75).clamp(min=0.0) * 4.0
    strength = torch.where(chance.happens(0.15), chance.between(0.05, 0.3), 0.0)
    return picture + strength * blurred(bright, picture.shape[-1] // 8)


def lens(picture: Tensor, chance: Chance) -> Tensor:
    """Blur, and too few pixels."""
    soft = torch.lerp(picture, blurred(picture, 1), chance.between(0.0, 1.0))
    picture = torch.where(chance.happens(0.35), soft, picture)
    # One factor for the batch: pictures of different sizes do not fit into one tensor.
    factor = 0.35 + 0.5 * float(torch.rand(1, generator=chance.generator))
    size = picture.shape[-2:]
    small = functional.interpolate(
        picture, scale_factor=factor, mode="bilinear", antialias=True, recompute_scale_factor=True
    )
    coarse = functional.interpolate(small, size=size, mode="bilinear", align_corners=False)
    return torch.where(chance.happens(0.25), coarse, picture)


def printed(picture: Tensor, chance: Chance) -> Tensor:
    """Tone curves: gamma, ends that are clipped, then blacks and whites that have faded."""
    low, high = chance.between(-0.1, 0.15), chance.between(0.8, 1.15)
    toned = picture.clamp(min=1e-4).pow(chance.between(-0.5, 0.5).exp())
    toned = ((toned - low) / (high - low)).clamp(0.0, 1.0)
    black = chance.between(0.0, 0.1)
    faded = black + toned * (chance.between(0.85, 1.0) - black)
    return torch.where(chance.happens(0.7), faded, picture)


def uneven(picture: Tensor, chance: Chance) -> Tensor:
    """Exposure that differs over the plate: a slope, and corners that are darker."""
    height, width = picture.shape[-2:]
    down = torch.linspace(-1, 1, height, device=picture.device).view(1, 1, -1, 1)
    across = torch.linspace(-1, 1, width, device=picture.device).view(1, 1, 1, -1)
    slope = chance.between(-0.12, 0.12) * down + chance.between(-0.12, 0.12) * across
    corners = chance.between(0.0, 0.2) * (down.square() + across.square())
    return torch.where(chance.happens(0.2), (picture + slope) * (1.0 - corners), picture)


def grain(picture: Tensor, chance: Chance) -> Tensor:
    """Grain of several sizes, strongest in the middle tones."""
    height, width = picture.shape[-2:]
    total = torch.zeros_like(picture)
    for size in GRAIN_SIZES:
        noise = chance.noise(height // size, width // size)
        if size > 1:
            noise = functional.interpolate(noise, size=(height, width), mode="bilinear")
        total = total + noise * chance.between(0.0, 1.0) / size
    strength = torch.where(chance.happens(0.5), chance.between(0.01, 0.07), 0.0)
    return picture + strength * total * (0.4 + 2.4 * picture * (1.0 - picture))


def damage(picture: Tensor, chance: Chance) -> Tensor:
    """Scratches along the film and specks of dust, bright or dark."""
    height, width = picture.shape[-2:]
    columns = (chance.noise(1, width) > 2.4).float()
    broken = (blurred(chance.noise(height, 1), height // 8) > -0.1).float()
    specks = functional.max_pool2d((chance.noise(height, width) > 3.6).float(), 3, 1, padding=1)
    marks = torch.maximum(columns * broken, specks)
    level = chance.happens(0.6).float()
    strength = torch.where(chance.happens(0.15), chance.between(0.2, 0.9), 0.0)
    return torch.lerp(picture, level.expand_as(picture), marks * strength)


def jpeg(picture: Tensor, chance: Chance) -> Tensor:
    """Blocks and ringing of a strongly compressed JPEG, by its own quantization of 8×8 blocks."""
    quality = chance.between(15.0, 80.0)
    scale = torch.where(quality < 50.0, 50.0 / quality, 2.0 - quality / 50.0)
    table = torch.tensor(JPEG_LUMINANCE, device=picture.device, dtype=torch.float32)
    steps = (table * scale).clamp(min=1.0).unsqueeze(1)
    cosines = cosine_matrix(picture.device)
    count, _, height, width = picture.shape
    blocks = (255.0 * picture - 128.0).view(count, height // 8, 8, width // 8, 8).transpose(2, 3)
    spectrum = (cosines @ blocks @ cosines.T / steps).round() * steps
    restored = (cosines.T @ spectrum @ cosines).transpose(2, 3).reshape(picture.shape)
    return torch.where(chance.happens(0.25), (restored + 128.0) / 255.0, picture)


def cosine_matrix(device: torch.device) -> Tensor:
    """The orthonormal discrete cosine transform of eight samples, `[8, 8]`."""
    places = torch.arange(8, device=device)
    angles = math.pi / 8 * (places.unsqueeze(1) * (places + 0.5))
    matrix = angles.cos() * 0.5
    matrix[0] = math.sqrt(0.125)
    return matrix
