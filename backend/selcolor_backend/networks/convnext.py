"""ConvNeXt (Liu et al. 2022, arXiv 2201.03545), the encoder of DDColor: features at four strides.

Modules bear the names that published files give their tensors.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

EPSILON = 1e-6
STRIDES = 4
"""Stages, of strides 4, 8, 16 and 32."""


@dataclass(frozen=True)
class ConvNeXtSize:
    """How large an encoder is.

    Attributes:
        widths: channels of each stage.
        depths: blocks of each stage.
    """

    widths: tuple[int, int, int, int]
    depths: tuple[int, int, int, int]


TINY = ConvNeXtSize(widths=(96, 192, 384, 768), depths=(3, 3, 9, 3))
LARGE = ConvNeXtSize(widths=(192, 384, 768, 1536), depths=(3, 3, 27, 3))


class ChannelNorm(nn.LayerNorm):
    """Layer normalization over the channels of `[N, C, H, W]`, pixel by pixel."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=EPSILON)

    def forward(self, features: Tensor) -> Tensor:
        """Normalize `[N, C, H, W]`."""
        return super().forward(features.movedim(1, -1)).movedim(-1, 1)


class Block(nn.Module):
    """A 7×7 depthwise convolution, then two layers that look at one pixel at a time."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=EPSILON)
        self.pwconv1 = nn.Linear(width, 4 * width)
        self.pwconv2 = nn.Linear(4 * width, width)
        self.gamma = nn.Parameter(torch.full((width,), 1e-6))

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, width, H, W]` to the same shape."""
        pixels = self.norm(self.dwconv(features).movedim(1, -1))
        pixels = self.pwconv2(functional.gelu(self.pwconv1(pixels)))
        changed: Tensor = features + (self.gamma * pixels).movedim(-1, 1)
        return changed


class ConvNeXt(nn.Module):
    """A picture to its features at strides 4, 8, 16 and 32, each normalized."""

    def __init__(self, size: ConvNeXtSize) -> None:
        super().__init__()
        widths = size.widths
        stem = nn.Sequential(nn.Conv2d(3, widths[0], 4, stride=4), ChannelNorm(widths[0]))
        halvings = (
            nn.Sequential(ChannelNorm(inputs), nn.Conv2d(inputs, outputs, 2, stride=2))
            for inputs, outputs in pairwise(widths)
        )
        self.downsample_layers = nn.ModuleList([stem, *halvings])
        self.stages = nn.ModuleList(
            nn.Sequential(*(Block(width) for _ in range(depth)))
            for width, depth in zip(widths, size.depths, strict=True)
        )
        for stage, width in enumerate(widths):
            self.add_module(f"norm{stage}", ChannelNorm(width))

    def forward(self, picture: Tensor) -> list[Tensor]:
        """Map `[N, 3, H, W]`, multiples of 32, to `[N, width, H / stride, W / stride]` each."""
        features, found = picture, []
        for stage in range(STRIDES):
            features = self.stages[stage](self.downsample_layers[stage](features))
            found.append(self.get_submodule(f"norm{stage}")(features))
        return found
