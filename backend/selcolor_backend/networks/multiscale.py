"""Predicts from a picture at two sizes, of which one is mirrored, and takes the mean.

A network errs differently on a picture, on a smaller one and on a mirror image, and what it sees in
all of them is rarely wrong (docs/decisions/038).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from selcolor_backend.networks.sizes import halved, three_quarters

if TYPE_CHECKING:
    from selcolor_backend.networks.hybrid_vit_bins import HybridViTColorizer


class MultiScaleColorizer(nn.Module):
    """The colors that a network takes for likely in a picture, and in a small mirror image of it.

    At half the size it sees more of what surrounds a place. Patches of a color that ignore what
    they lie on are mostly seen at one size only.
    """

    def __init__(self, network: HybridViTColorizer) -> None:
        super().__init__()
        self.network = network

    def forward(self, luminance: Tensor, hints: Tensor | None = None) -> Tensor:
        """Predict chroma, at a third more than the cost of one prediction.

        Args:
            luminance: L / 50 − 1, `[N, 1, H, W]`, H and W multiples of 32.
            hints: as in `HybridViTColorizer.distribution`.

        Returns:
            ab / 110, `[N, 2, H / 4, W / 4]`.
        """
        seen = self.network.distribution(luminance, hints)
        height, width = halved(*luminance.shape[-2:])
        small = resized(luminance, height, width).flip(-1)
        small_hints = None if hints is None else fewer(hints, height // 4, width // 4).flip(-1)
        other = self.network.distribution(small, small_hints).logits.flip(-1)
        other = resized(other, *seen.logits.shape[-2:])
        pooled = (seen.logits.log_softmax(1) + other.log_softmax(1)) / 2
        return self.network.read(seen._replace(logits=pooled), luminance)


class MultiScaleSegmenter(nn.Module):
    """What a network sees in a picture, and in a smaller mirror image of it."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor) -> Tensor:
        """Predict as the network does, `[N, C, H, W]` to `[N, K, h, w]`, at 1.6 times the cost.

        Args:
            picture: H and W are multiples of 32.
        """
        logits: Tensor = self.network(picture)
        small = resized(picture, *three_quarters(*picture.shape[-2:])).flip(-1)
        other = resized(self.network(small).flip(-1), *logits.shape[-2:])
        return (logits + other) / 2


def resized(planes: Tensor, height: int, width: int) -> Tensor:
    """Bring `[N, C, H, W]` to another size, bilinearly."""
    return functional.interpolate(planes, (height, width), mode="bilinear", align_corners=False)


def fewer(hints: Tensor, height: int, width: int) -> Tensor:
    """Bring hints to fewer cells; a color is the mean of those that were given near it."""
    cells = resized(hints, height, width)
    share = cells[:, 2:]
    given = share > 0
    colors = torch.where(given, cells[:, :2] / share.clamp(min=1e-6), 0.0)
    return torch.cat([colors, given.to(colors)], dim=1)
