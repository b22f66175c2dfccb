"""EfficientNet-Lite as a feature pyramid: the backbone of both embedded models is its Lite0.

Architecture: Tan & Le 2019 (arXiv 1905.11946) in its "Lite" variant, without
squeeze-and-excitation and with ReLU6. Lite1 and Lite2 are Lite0 with wider and deeper stages, by
the paper's compound scaling. Convolutions pad as TensorFlow does ("SAME"), because the ImageNet
weights that `training` starts from were made there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional

BATCH_NORM_EPSILON = 1e-3


@dataclass(frozen=True)
class Stage:
    """One stage of inverted residual blocks with the same kernel and width."""

    kernel: int
    stride: int
    expansion: int
    channels: int
    repeats: int


@dataclass(frozen=True)
class LiteSize:
    """How much wider and deeper than Lite0 a network of the family is.

    Attributes:
        width: factor on the channels of every stage.
        depth: factor on the repeats of every stage but the first and the last.
    """

    width: float
    depth: float


LITE0 = LiteSize(width=1.0, depth=1.0)
LITE1 = LiteSize(width=1.0, depth=1.1)
LITE2 = LiteSize(width=1.1, depth=1.2)

CHANNEL_STEP = 8
"""Scaled channels are rounded to a multiple of this, as TensorFlow's code does."""

STEM_CHANNELS = 32
"""The stem is not scaled in the Lite variants."""

STAGES = (
    Stage(kernel=3, stride=1, expansion=1, channels=16, repeats=1),
    Stage(kernel=3, stride=2, expansion=6, channels=24, repeats=2),
    Stage(kernel=5, stride=2, expansion=6, channels=40, repeats=2),
    Stage(kernel=3, stride=2, expansion=6, channels=80, repeats=3),
    Stage(kernel=5, stride=1, expansion=6, channels=112, repeats=3),
    Stage(kernel=5, stride=2, expansion=6, channels=192, repeats=4),
    Stage(kernel=3, stride=1, expansion=6, channels=320, repeats=1),
)


class Pyramid(NamedTuple):
    """Features of one picture, each `[N, C, H / stride, W / stride]`."""

    stride2: Tensor
    stride4: Tensor
    stride8: Tensor
    stride16: Tensor
    stride32: Tensor


class PyramidChannels(NamedTuple):
    """How many channels each level of a `Pyramid` has."""

    stride2: int
    stride4: int
    stride8: int
    stride16: int
    stride32: int


def scaled_channels(channels: int, factor: float) -> int:
    """Channels times `factor`, rounded to CHANNEL_STEP, never down by more than a tenth."""
    wanted = channels * factor
    rounded = max(CHANNEL_STEP, int(wanted + CHANNEL_STEP / 2) // CHANNEL_STEP * CHANNEL_STEP)
    return rounded + CHANNEL_STEP if rounded < 0.9 * wanted else rounded


def stages_of(size: LiteSize) -> tuple[Stage, ...]:
    """The stages of a network of the family; the first and the last are not made deeper."""
    last = len(STAGES) - 1
    return tuple(
        replace(
            stage,
            channels=scaled_channels(stage.channels, size.width),
            repeats=stage.repeats if place in (0, last) else math.ceil(stage.repeats * size.depth),
        )
        for place, stage in enumerate(STAGES)
    )


def pyramid_channels(size: LiteSize) -> PyramidChannels:
    """The channels of the pyramid that a network of this size gives."""
    channels = [stage.channels for stage in stages_of(size)]
    return PyramidChannels(channels[0], channels[1], channels[2], channels[4], channels[6])


PYRAMID_CHANNELS = pyramid_channels(LITE0)


class SamePadConv(nn.Conv2d):
    """A strided convolution padded as in TensorFlow: the odd pixel goes to the right and bottom."""

    def forward(self, picture: Tensor) -> Tensor:
        """Convolve `[N, C, H, W]`; the output has `ceil(H / stride)` rows."""
        height, width = picture.shape[-2:]
        kernel, stride = self.kernel_size[0], self.stride[0]
        rows = max((-(-height // stride) - 1) * stride + kernel - height, 0)
        columns = max((-(-width // stride) - 1) * stride + kernel - width, 0)
        padding = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
        return super().forward(functional.pad(picture, padding))


def convolution(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1
) -> nn.Conv2d:
    """A convolution without bias that pads as TensorFlow does."""
    if stride == 1:
        return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=False)
    return SamePadConv(inputs, outputs, kernel, stride, groups=groups, bias=False)


class ConvUnit(nn.Sequential):
    """Convolution, batch normalization and (unless `linear`) ReLU6."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        groups: int = 1,
        linear: bool = False,
    ) -> None:
        layers: list[nn.Module] = [
            convolution(inputs, outputs, kernel, stride, groups),
            nn.BatchNorm2d(outputs, eps=BATCH_NORM_EPSILON),
        ]
        if not linear:
            layers.append(nn.ReLU6(inplace=True))
        super().__init__(*layers)


class InvertedResidual(nn.Module):
    """Expand, filter depthwise, project (Sandler et al. 2018), with a skip where shapes allow."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = inputs * expansion
        units: list[nn.Module] = [ConvUnit(inputs, width, 1)] if expansion != 1 else []
        units.append(ConvUnit(width, width, kernel, stride, groups=width))
        units.append(ConvUnit(width, outputs, 1, linear=True))
        self.body = nn.Sequential(*units)
        self.skip = stride == 1 and inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, inputs, H, W]` to `[N, outputs, ceil(H / stride), ceil(W / stride)]`."""
        filtered: Tensor = self.body(features)
        return features + filtered if self.skip else filtered


def stage_blocks(inputs: int, stage: Stage) -> nn.Sequential:
    """The blocks of one stage; only the first one strides."""
    blocks = [InvertedResidual(inputs, stage.channels, stage.kernel, stage.stride, stage.expansion)]
    blocks += [
        InvertedResidual(stage.channels, stage.channels, stage.kernel, 1, stage.expansion)
        for _ in range(stage.repeats - 1)
    ]
    return nn.Sequential(*blocks)


class EfficientNetLite(nn.Module):
    """The convolutional part of a network of the family, without its classification head."""

    def __init__(self, size: LiteSize = LITE0) -> None:
        super().__init__()
        stages = stages_of(size)
        self.stem = ConvUnit(3, STEM_CHANNELS, kernel=3, stride=2)
        widths = [STEM_CHANNELS, *(stage.channels for stage in stages)]
        self.stages = nn.ModuleList(
            stage_blocks(inputs, stage) for inputs, stage in zip(widths, stages, strict=False)
        )

    def forward(self, picture: Tensor) -> Pyramid:
        """Extract features of `picture`, `[N, 3, H, W]` in about [−1, 1]; H, W multiples of 32."""
        features = self.stem(picture)
        outputs: list[Tensor] = []
        for stage in self.stages:
            features = stage(features)
            outputs.append(features)
        return Pyramid(outputs[0], outputs[1], outputs[2], outputs[4], outputs[6])


class EfficientNetLite0(EfficientNetLite):
    """The smallest of the family."""

    def __init__(self) -> None:
        super().__init__(LITE0)


def gray_to_backbone(luminance: Tensor) -> Tensor:
    """Repeat L in [−1, 1], `[N, 1, H, W]`, into the three channels that the backbone expects."""
    return luminance.expand(-1, 3, -1, -1).contiguous()


def upsample_to(features: Tensor, like: Tensor) -> Tensor:
    """Resize `features` bilinearly to the height and width of `like`."""
    return functional.interpolate(
        features, size=like.shape[-2:], mode="bilinear", align_corners=False
    )
