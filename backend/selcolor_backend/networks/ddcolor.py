"""DDColor (Kang et al. 2023, arXiv 2212.11613): colors asked for by learned queries.

A pixel decoder enlarges the encoder's features to the size of the picture. A color decoder lets
100 queries look at the features of three sizes in turn; each becomes a color's weights over the
channels of a pixel. Modules bear the names that published files give their tensors, but spectral
normalization, which serves training only, is divided out when a file is converted.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from selcolor_backend.networks import convnext
from selcolor_backend.networks.architecture import (
    IMAGENET_DEVIATION,
    IMAGENET_MEAN,
    Architecture,
)
from selcolor_backend.networks.color_queries import QUERIES, QUERY_WIDTH, ColorDecoder
from selcolor_backend.networks.convnext import ConvNeXt, ConvNeXtSize
from selcolor_backend.networks.sizes import exactly
from selcolor_backend.pixels.color import linear_to_srgb, luminance_to_y
from selcolor_backend.sketch import Sketch

WIDTH = 512
"""Channels of the pixel decoder's first features."""

LEVELS = (WIDTH, WIDTH, WIDTH // 2)
"""Channels of the features that queries look at, at strides 16, 8 and 4."""


class Enlarge(nn.Module):
    """`scale` times the height and width, by a 1×1 convolution whose channels become pixels."""

    def __init__(self, inputs: int, outputs: int, scale: int, is_normalized: bool) -> None:
        super().__init__()
        convolution = nn.Conv2d(inputs, outputs * scale**2, 1, bias=not is_normalized)
        norms = [nn.BatchNorm2d(outputs * scale**2)] if is_normalized else []
        self.conv = nn.Sequential(convolution, *norms)
        self.shuffle = nn.PixelShuffle(scale)

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, inputs, H, W]` to `[N, outputs, scale H, scale W]`."""
        enlarged: Tensor = self.shuffle(functional.relu(self.conv(features), inplace=True))
        return enlarged


def blurred(features: Tensor) -> Tensor:
    """Each pixel averaged with those above and left of it, which removes the shuffle's grid."""
    return functional.avg_pool2d(functional.pad(features, (1, 0, 1, 0), "replicate"), 2, stride=1)


class UpBlock(nn.Module):
    """One step up, joined by the encoder's features of that size."""

    def __init__(self, inputs: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.shuf = Enlarge(inputs, outputs, 2, is_normalized=True)
        self.bn = nn.BatchNorm2d(skip)
        self.conv = nn.Sequential(
            nn.Conv2d(outputs + skip, outputs, 3, padding=1, bias=False),
            nn.ReLU(inplace=True),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, features: Tensor, skip: Tensor) -> Tensor:
        """Map `[N, inputs, H, W]` and `[N, skip, 2 H, 2 W]` to `[N, outputs, 2 H, 2 W]`."""
        joined = torch.cat([blurred(self.shuf(features)), self.bn(skip)], dim=1)
        convolved: Tensor = self.conv(functional.relu(joined, inplace=True))
        return convolved


class Decoder(nn.Module):
    """The encoder's features to the channels of each pixel, and the queries' weights over them."""

    def __init__(self, widths: tuple[int, int, int, int]) -> None:
        super().__init__()
        quarter, eighth, sixteenth, last = widths
        self.layers = nn.ModuleList(
            [
                UpBlock(last, sixteenth, WIDTH),
                UpBlock(WIDTH, eighth, WIDTH),
                UpBlock(WIDTH, quarter, WIDTH // 2),
            ]
        )
        self.last_shuf = Enlarge(WIDTH // 2, QUERY_WIDTH, 4, is_normalized=False)
        self.color_decoder = ColorDecoder(LEVELS)

    def forward(self, features: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Map features of strides 4 to 32.

        Returns:
            The channels of each pixel, not blurred yet, `[N, QUERY_WIDTH, H, W]`, and the weights,
            `[N, QUERIES, QUERY_WIDTH]`.
        """
        *skips, grown = features
        levels = []
        for block, skip in zip(self.layers, reversed(skips), strict=True):
            grown = block(grown, skip)
            levels.append(grown)
        return self.last_shuf(grown), self.color_decoder(levels)


class Encoder(nn.Module):
    """ConvNeXt under the name that published files give it."""

    def __init__(self, size: ConvNeXtSize) -> None:
        super().__init__()
        self.arch = ConvNeXt(size)


class DDColor(nn.Module):
    """A gray picture to ab, at the size of the input."""

    mean: Tensor
    std: Tensor

    def __init__(self, size: ConvNeXtSize) -> None:
        super().__init__()
        self.encoder = Encoder(size)
        self.decoder = Decoder(size.widths)
        self.refine_net = nn.Sequential(nn.Sequential(nn.Conv2d(QUERIES + 3, 2, 1)))
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(IMAGENET_DEVIATION).view(1, 3, 1, 1))

    def forward(self, picture: Tensor) -> Tensor:
        """Predict chroma.

        Args:
            picture: the encoded sRGB of a gray picture in [0, 1], `[N, 3, H, W]`, multiples of 32.

        Returns:
            ab in Lab's units, `[N, 2, H, W]`; not clamped.
        """
        normalized = (picture - self.mean) / self.std
        pixels, queries = self.decoder(self.encoder.arch(normalized))
        last = self.refine_net.get_submodule("0.0")
        assert isinstance(last, nn.Conv2d)
        over_queries, over_picture = last.weight.flatten(1).split([QUERIES, 3], dim=1)
        # The last layer is linear in the queries' planes, and they in the pixels: multiplied
        # first, the 100 planes at full size need not be made, nor 256 channels be blurred.
        chroma = blurred(torch.einsum("nkc,nchw->nkhw", over_queries @ queries, pixels))
        tint = functional.conv2d(normalized, over_picture[..., None, None], last.bias)
        return chroma + tint


def without_spectral_norm(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a published file with spectral normalization (Miyato 2018) divided out."""
    tensors = dict(published)
    for name in [name for name in published if name.endswith(".weight_orig")]:
        base = name.removesuffix("_orig")
        weight, left, right = (tensors.pop(base + part) for part in ("_orig", "_u", "_v"))
        tensors[base] = weight / torch.dot(left, torch.mv(weight.flatten(1), right))
    return tensors


def gray_of_luminance(sketch: Sketch) -> Tensor:
    """The gray that has the sketch's L as encoded sRGB in all three channels, `[1, 3, H, W]`."""
    gray = linear_to_srgb(luminance_to_y(sketch.luminance))
    return gray.expand(1, 3, -1, -1)


def architecture(size: ConvNeXtSize) -> Architecture:
    """The record of one size."""
    return Architecture(
        build=lambda _classes: DDColor(size),
        # The square of its training and of its authors' demonstration.
        native_size=exactly(512),
        prepare=gray_of_luminance,
        finish=torch.clone,
        convert=without_spectral_norm,
        least=256,
    )


TINY = architecture(convnext.TINY)
LARGE = architecture(convnext.LARGE)
