"""The paper's first generator: a U-Net whose encoder is a ResNet18.

The decoder follows fastai's DynamicUnet, which the tutorial behind the paper uses: each block
doubles the size by a pixel shuffle, takes in the encoder's features of that size, and convolves
twice. The encoder takes one channel, L.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import resnet18

from selcolor_backend.networks.architecture import (
    Architecture,
    chroma_from_scaled,
    scaled_luminance,
)
from selcolor_backend.networks.sizes import short_side

MIDDLE_WIDTH = 512


def convolution(inputs: int, outputs: int) -> nn.Sequential:
    """A 3×3 convolution and ReLU."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True))


class PixelShuffleUp(nn.Sequential):
    """Twice the height and width: `[N, inputs, H, W]` to `[N, outputs, 2 H, 2 W]`."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(
            nn.Conv2d(inputs, 4 * outputs, 1), nn.ReLU(inplace=True), nn.PixelShuffle(2)
        )


class UpBlock(nn.Module):
    """One step up, joined by the encoder's features of that size."""

    def __init__(self, inputs: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.up = PixelShuffleUp(inputs, inputs // 2)
        self.skip_norm = nn.BatchNorm2d(skip)
        width = inputs // 2 + skip
        self.convolve = nn.Sequential(convolution(width, outputs), convolution(outputs, outputs))

    def forward(self, features: Tensor, skip: Tensor) -> Tensor:
        """Map `[N, inputs, H, W]` and `[N, skip, 2 H, 2 W]` to `[N, outputs, 2 H, 2 W]`."""
        joined = torch.cat([self.up(features), self.skip_norm(skip)], dim=1)
        convolved: Tensor = self.convolve(functional.relu(joined))
        return convolved


class ResNet18UNet(nn.Module):
    """L in [−1, 1] to ab / 110, at the size of the input."""

    def __init__(self) -> None:
        super().__init__()
        encoder = resnet18(weights=None)
        self.stem = nn.Sequential(
            nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False), encoder.bn1, encoder.relu
        )
        self.stride4 = nn.Sequential(encoder.maxpool, encoder.layer1)
        self.stride8 = encoder.layer2
        self.stride16 = encoder.layer3
        self.stride32 = encoder.layer4
        self.middle = nn.Sequential(
            nn.BatchNorm2d(MIDDLE_WIDTH),
            nn.ReLU(),
            convolution(MIDDLE_WIDTH, 2 * MIDDLE_WIDTH),
            convolution(2 * MIDDLE_WIDTH, MIDDLE_WIDTH),
        )
        self.up16 = UpBlock(MIDDLE_WIDTH, 256, 512)
        self.up8 = UpBlock(512, 128, 384)
        self.up4 = UpBlock(384, 64, 256)
        self.up2 = UpBlock(256, 64, 96)
        self.up1 = PixelShuffleUp(96, 96)
        self.last = convolution(96 + 1, 96)
        self.to_chroma = nn.Conv2d(96, 2, 1)

    def forward(self, luminance: Tensor) -> Tensor:
        """Predict chroma.

        Args:
            luminance: L / 50 − 1, `[N, 1, H, W]`, H and W multiples of 32.

        Returns:
            ab / 110, `[N, 2, H, W]`; not clamped.
        """
        half = self.stem(luminance)
        quarter = self.stride4(half)
        eighth = self.stride8(quarter)
        sixteenth = self.stride16(eighth)
        features = self.middle(self.stride32(sixteenth))
        features = self.up16(features, sixteenth)
        features = self.up8(features, eighth)
        features = self.up4(features, quarter)
        features = self.up1(self.up2(features, half))
        chroma: Tensor = self.to_chroma(self.last(torch.cat([features, luminance], dim=1)))
        return chroma


ARCHITECTURE = Architecture(
    build=lambda _classes: ResNet18UNet(),
    native_size=short_side(224, longest=448, multiple=32),
    prepare=scaled_luminance,
    finish=chroma_from_scaled,
)
