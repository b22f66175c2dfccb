"""The segmenter `foreground-lite`: a DeepLabv3 head on EfficientNet-Lite0.

Atrous spatial pyramid pooling over stride 16 as in Chen et al. 2017 (arXiv 1706.05587), then, as
in DeepLabv3+, fused with the finer features of stride 8 and 4, so that outlines stay sharp.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from selcolor_backend.networks.architecture import (
    Architecture,
    class_probabilities,
    gray_in_range,
)
from selcolor_backend.networks.efficientnet_lite import (
    PYRAMID_CHANNELS,
    EfficientNetLite0,
    upsample_to,
)
from selcolor_backend.networks.sizes import long_side

ATROUS_RATES = (2, 4, 6)
HEAD_WIDTH = 96
STRIDE8_WIDTH = 64
STRIDE4_WIDTH = 40


def unit(inputs: int, outputs: int, kernel: int = 3, rate: int = 1) -> nn.Sequential:
    """A convolution of the given atrous rate with batch normalization and ReLU."""
    padding = rate * (kernel // 2)
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=padding, dilation=rate, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class AtrousPyramid(nn.Module):
    """Context at several scales: 1×1, three atrous rates, and the whole picture."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.near = unit(inputs, width, kernel=1)
        self.atrous = nn.ModuleList(unit(inputs, width, rate=rate) for rate in ATROUS_RATES)
        self.whole = nn.Sequential(nn.Conv2d(inputs, width, 1), nn.ReLU(inplace=True))
        self.project = unit((2 + len(ATROUS_RATES)) * width, width, kernel=1)

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, inputs, H, W]` to `[N, width, H, W]`."""
        whole = self.whole(features.mean(dim=(2, 3), keepdim=True))
        scales = [self.near(features), *(branch(features) for branch in self.atrous)]
        scales.append(whole.expand(-1, -1, *features.shape[-2:]))
        projected: Tensor = self.project(torch.cat(scales, dim=1))
        return projected


class ForegroundDeepLab(nn.Module):
    """A picture to class logits, at a quarter of its height and width."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        channels = PYRAMID_CHANNELS
        self.backbone = EfficientNetLite0()
        self.merge32 = nn.Conv2d(channels.stride32, channels.stride16, 1)
        self.context = AtrousPyramid(channels.stride16, HEAD_WIDTH)
        self.decode8 = unit(HEAD_WIDTH + channels.stride8, STRIDE8_WIDTH)
        self.decode4 = unit(STRIDE8_WIDTH + channels.stride4, STRIDE4_WIDTH)
        self.to_logits = nn.Conv2d(STRIDE4_WIDTH, classes, 1)

    def forward(self, picture: Tensor) -> Tensor:
        """Classify every pixel.

        Args:
            picture: RGB (or gray in all three) in [−1, 1], `[N, 3, H, W]`, multiples of 32.

        Returns:
            Logits, `[N, classes, H / 4, W / 4]`.
        """
        pyramid = self.backbone(picture)
        sixteenth = pyramid.stride16 + upsample_to(self.merge32(pyramid.stride32), pyramid.stride16)
        context = self.context(sixteenth)
        eighth = torch.cat([upsample_to(context, pyramid.stride8), pyramid.stride8], dim=1)
        eighth = self.decode8(eighth)
        quarter = torch.cat([upsample_to(eighth, pyramid.stride4), pyramid.stride4], dim=1)
        logits: Tensor = self.to_logits(self.decode4(quarter))
        return logits


ARCHITECTURE = Architecture(
    build=lambda classes: ForegroundDeepLab(len(classes)),
    native_size=long_side(448, multiple=32),
    prepare=gray_in_range,
    finish=class_probabilities,
    mirrored=True,
)
