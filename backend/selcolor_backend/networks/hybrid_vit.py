"""The hybrid vision transformer that predicts color from luminance: one color for each place.

A convolutional stem makes the tokens (Dosovitskiy et al. 2020, section 3.1, "hybrid
architecture"), transformer blocks let every token see the whole picture, and a light decoder
brings them to a quarter of the input's resolution. Chroma needs no more: full-resolution edges
come back from the luminance (`selcolor_backend.pixels.guided`). `hybrid_vit_bins` has the same body
and predicts a distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from selcolor_backend.networks.architecture import (
    Architecture,
    chroma_from_scaled,
    scaled_luminance,
)
from selcolor_backend.networks.efficientnet_lite import (
    LITE0,
    EfficientNetLite,
    LiteSize,
    Pyramid,
    gray_to_backbone,
    pyramid_channels,
    upsample_to,
)
from selcolor_backend.networks.mirrored import Mirrored
from selcolor_backend.networks.sizes import short_side

DECODER16_WIDTH = 96
DECODER8_WIDTH = 64
DECODER4_WIDTH = 40


@dataclass(frozen=True)
class HybridSize:
    """How large a hybrid vision transformer is.

    Attributes:
        stem: of the convolutional stem.
        width: of a token.
        heads: of attention.
        blocks: how many transformer blocks.
    """

    stem: LiteSize = LITE0
    width: int = 192
    heads: int = 6
    blocks: int = 3


class TransformerBlock(nn.Module):
    """Pre-norm self-attention and a perceptron, after a depthwise convolution that tells positions.

    The convolutional position encoding (Chu et al. 2021) works at every picture size.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.position = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.attention_norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.perceptron = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def attend(self, tokens: Tensor) -> Tensor:
        """Scaled dot-product attention over `[N, T, width]`."""
        batch, count, width = tokens.shape
        stacked = self.query_key_value(tokens).view(
            batch, count, 3, self.heads, width // self.heads
        )
        query, key, value = stacked.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        projected: Tensor = self.project(mixed.transpose(1, 2).reshape(batch, count, width))
        return projected

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, width, H, W]` to the same shape."""
        features = features + self.position(features)
        tokens: Tensor = features.flatten(2).transpose(1, 2)
        tokens = tokens + self.attend(self.attention_norm(tokens))
        tokens = tokens + self.perceptron(tokens)
        return tokens.transpose(1, 2).reshape(features.shape)


def decoder_unit(inputs: int, outputs: int) -> nn.Sequential:
    """A 3×3 convolution with batch normalization and GELU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.GELU()
    )


class HybridViT(nn.Module):
    """What both networks share: stem, transformer and decoder, without a head."""

    def __init__(self, size: HybridSize) -> None:
        super().__init__()
        channels = pyramid_channels(size.stem)
        self.backbone = EfficientNetLite(size.stem)
        self.embed16 = nn.Conv2d(channels.stride16, size.width, 1)
        self.embed32 = nn.Conv2d(channels.stride32, size.width, 1)
        self.blocks = nn.Sequential(
            *(TransformerBlock(size.width, size.heads) for _ in range(size.blocks))
        )
        self.narrow = nn.Conv2d(size.width, DECODER16_WIDTH, 1)
        self.decode8 = decoder_unit(DECODER16_WIDTH + channels.stride8, DECODER8_WIDTH)
        self.decode4 = decoder_unit(DECODER8_WIDTH + channels.stride4, DECODER4_WIDTH)
        self.refine = decoder_unit(DECODER4_WIDTH, DECODER4_WIDTH)

    def encode(self, luminance: Tensor, at_tokens: Tensor | None = None) -> tuple[Pyramid, Tensor]:
        """What the stem and the transformer see.

        Args:
            luminance: L / 50 − 1, `[N, 1, H, W]`, H and W multiples of 32.
            at_tokens: added to the tokens before the blocks, `[N, width, H / 16, W / 16]`.

        Returns:
            The stem's features, and tokens `[N, DECODER16_WIDTH, H / 16, W / 16]`.
        """
        pyramid = self.backbone(gray_to_backbone(luminance))
        tokens = self.embed16(pyramid.stride16)
        tokens = tokens + upsample_to(self.embed32(pyramid.stride32), tokens)
        tokens = tokens if at_tokens is None else tokens + at_tokens
        return pyramid, self.narrow(self.blocks(tokens))

    def refined(self, pyramid: Pyramid, tokens: Tensor, at_quarter: Tensor | None = None) -> Tensor:
        """What a head makes colors from.

        Args:
            pyramid: as of `encode`.
            tokens: as of `encode`.
            at_quarter: added before the last unit, `[N, DECODER4_WIDTH, H / 4, W / 4]`.

        Returns:
            `[N, DECODER4_WIDTH, H / 4, W / 4]`.
        """
        eighth = torch.cat([upsample_to(tokens, pyramid.stride8), pyramid.stride8], dim=1)
        eighth = self.decode8(eighth)
        quarter = torch.cat([upsample_to(eighth, pyramid.stride4), pyramid.stride4], dim=1)
        quarter = self.decode4(quarter)
        refined: Tensor = self.refine(quarter if at_quarter is None else quarter + at_quarter)
        return refined


class HybridViTGenerator(HybridViT):
    """L in [−1, 1] to ab / 110, at a quarter of the input's height and width."""

    def __init__(self, size: HybridSize | None = None) -> None:
        super().__init__(size or HybridSize())
        self.to_chroma = nn.Conv2d(DECODER4_WIDTH, 2, 1)

    def forward(self, luminance: Tensor) -> Tensor:
        """Predict chroma.

        Args:
            luminance: L / 50 − 1, `[N, 1, H, W]`, H and W multiples of 32.

        Returns:
            ab / 110, `[N, 2, H / 4, W / 4]`; not clamped.
        """
        chroma: Tensor = self.to_chroma(self.refined(*self.encode(luminance)))
        return chroma


ARCHITECTURE = Architecture(
    build=lambda _classes: HybridViTGenerator(),
    native_size=short_side(224, longest=448, multiple=32),
    prepare=scaled_luminance,
    finish=chroma_from_scaled,
    ensemble=Mirrored,
)
