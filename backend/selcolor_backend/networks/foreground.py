"""The segmenter `foreground-lite`: a DeepLabv3 head on EfficientNet-Lite0, with two answers.

Atrous spatial pyramid pooling over stride 16 as in Chen et al. 2017 (arXiv 1706.05587), then, as
in DeepLabv3+, fused with the finer features of stride 8, 4 and 2 and with the picture itself, so
that outlines stay sharp.

The two answers are separate because they are different questions. *Main* is what a person would
call the subject of the picture, of whatever kind. The classes say what each pixel is, subject or
not: a passer-by is a person, but not the main subject of a picture of a statue.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from selcolor_backend.networks.architecture import Architecture, gray_in_range
from selcolor_backend.networks.efficientnet_lite import (
    PYRAMID_CHANNELS,
    EfficientNetLite0,
    upsample_to,
)
from selcolor_backend.networks.multiscale import MultiScaleSegmenter
from selcolor_backend.networks.sizes import long_side

ATROUS_RATES = (2, 4, 6)
HEAD_WIDTH = 96
STRIDE8_WIDTH = 64
STRIDE4_WIDTH = 40
STRIDE2_WIDTH = 16

MAIN_PLANES = 1
"""Planes of the logits that tell of the main subject; those of the classes come behind them."""

PIXELS_OF_A_CELL = 4
"""A cell of stride 2 sees its four pixels of the picture one by one."""


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
    """A picture to logits of its main subject and of classes, at half of its height and width.

    Args:
        classes: how many classes there are, the background included.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        channels, planes = PYRAMID_CHANNELS, MAIN_PLANES + classes
        self.backbone = EfficientNetLite0()
        self.classify = nn.Conv2d(channels.stride32, classes, 1)
        self.merge32 = nn.Conv2d(channels.stride32, channels.stride16, 1)
        self.context = AtrousPyramid(channels.stride16, HEAD_WIDTH)
        self.decode8 = unit(HEAD_WIDTH + channels.stride8, STRIDE8_WIDTH)
        self.decode4 = unit(STRIDE8_WIDTH + channels.stride4, STRIDE4_WIDTH)
        self.coarse = nn.Conv2d(STRIDE4_WIDTH, planes, 1)
        self.narrow2 = unit(STRIDE4_WIDTH, STRIDE2_WIDTH, kernel=1)
        self.decode2 = nn.Sequential(
            unit(STRIDE2_WIDTH + channels.stride2 + PIXELS_OF_A_CELL, STRIDE2_WIDTH),
            unit(STRIDE2_WIDTH, STRIDE2_WIDTH),
        )
        self.fine = nn.Conv2d(STRIDE2_WIDTH, planes, 1)

    def forward(self, picture: Tensor) -> Tensor:
        """Judge every pixel.

        Args:
            picture: gray in all three channels, in [−1, 1], `[N, 3, H, W]`, multiples of 32.

        Returns:
            Logits, `[N, 1 + classes, H / 2, W / 2]`: of the main subject (for a sigmoid), then of
            the classes (for a softmax over them). `answers` reads them.
        """
        pyramid = self.backbone(picture)
        sixteenth = pyramid.stride16 + upsample_to(self.merge32(pyramid.stride32), pyramid.stride16)
        context = self.context(sixteenth)
        eighth = torch.cat([upsample_to(context, pyramid.stride8), pyramid.stride8], dim=1)
        eighth = self.decode8(eighth)
        quarter = torch.cat([upsample_to(eighth, pyramid.stride4), pyramid.stride4], dim=1)
        quarter = self.decode4(quarter)
        coarse = self.coarse(quarter)
        classes = upsample_to(self.classify(pyramid.stride32), coarse)
        coarse = coarse + functional.pad(classes, (0, 0, 0, 0, MAIN_PLANES, 0))
        pixels = functional.pixel_unshuffle(picture[:, :1], 2)
        half = [upsample_to(self.narrow2(quarter), pyramid.stride2), pyramid.stride2, pixels]
        half = self.decode2(torch.cat(half, dim=1))
        logits: Tensor = upsample_to(coarse, pyramid.stride2) + self.fine(half)
        return logits


def answers(logits: Tensor) -> Tensor:
    """Probabilities from the logits of a `ForegroundDeepLab`.

    Args:
        logits: `[..., 1 + K, H, W]`.

    Returns:
        `[..., K, H, W]` in [0, 1]. The first plane, *background*, is how likely a pixel does not
        belong to the main subject; the others are how likely it is of that class rather than of
        the likeliest other one. Hence they need not sum to 1: a passer-by is a person and yet
        background, and where doubt is spread over many classes the likeliest of them still counts.
    """
    main, classes = logits.split([MAIN_PLANES, logits.shape[-3] - MAIN_PLANES], dim=-3)
    best, second = classes.topk(2, dim=-3).values.split(1, dim=-3)
    likeliest_other = torch.where(classes == best, second, best)
    named = torch.sigmoid(classes - likeliest_other)[..., 1:, :, :]
    return torch.cat([torch.sigmoid(-main), named], dim=-3)


ARCHITECTURE = Architecture(
    build=lambda classes: ForegroundDeepLab(len(classes)),
    native_size=long_side(512, multiple=32),
    prepare=gray_in_range,
    finish=answers,
    ensemble=MultiScaleSegmenter,
)
