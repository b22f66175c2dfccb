"""The generator of `vit-lsgan-lite`: a hybrid vision transformer that predicts ab from L.

A convolutional stem makes the tokens (Dosovitskiy et al. 2020, section 3.1, "hybrid
architecture"), transformer blocks let every token see the whole picture, and a light decoder
brings them to a quarter of the input's resolution. Chroma needs no more: full-resolution edges
come back from the luminance (`selcolor_backend.pixels.guided`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from selcolor_backend.networks.architecture import (
    Architecture,
    chroma_from_scaled,
    scaled_luminance,
)
from selcolor_backend.networks.efficientnet_lite import (
    PYRAMID_CHANNELS,
    EfficientNetLite0,
    gray_to_backbone,
    upsample_to,
)
from selcolor_backend.networks.sizes import short_side

TOKEN_WIDTH = 192
HEADS = 6
BLOCKS = 3
DECODER16_WIDTH = 96
DECODER8_WIDTH = 64
DECODER4_WIDTH = 40


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


class HybridViTGenerator(nn.Module):
    """L in [−1, 1] to ab / 110, at a quarter of the input's height and width."""

    def __init__(self) -> None:
        super().__init__()
        channels = PYRAMID_CHANNELS
        self.backbone = EfficientNetLite0()
        self.embed16 = nn.Conv2d(channels.stride16, TOKEN_WIDTH, 1)
        self.embed32 = nn.Conv2d(channels.stride32, TOKEN_WIDTH, 1)
        self.blocks = nn.Sequential(*(TransformerBlock(TOKEN_WIDTH, HEADS) for _ in range(BLOCKS)))
        self.narrow = nn.Conv2d(TOKEN_WIDTH, DECODER16_WIDTH, 1)
        self.decode8 = decoder_unit(DECODER16_WIDTH + channels.stride8, DECODER8_WIDTH)
        self.decode4 = decoder_unit(DECODER8_WIDTH + channels.stride4, DECODER4_WIDTH)
        self.refine = decoder_unit(DECODER4_WIDTH, DECODER4_WIDTH)
        self.to_chroma = nn.Conv2d(DECODER4_WIDTH, 2, 1)

    def forward(self, luminance: Tensor) -> Tensor:
        """Predict chroma.

        Args:
            luminance: L / 50 − 1, `[N, 1, H, W]`, H and W multiples of 32.

        Returns:
            ab / 110, `[N, 2, H / 4, W / 4]`; not clamped.
        """
        pyramid = self.backbone(gray_to_backbone(luminance))
        tokens = self.embed16(pyramid.stride16)
        tokens = tokens + upsample_to(self.embed32(pyramid.stride32), tokens)
        tokens = self.narrow(self.blocks(tokens))
        eighth = torch.cat([upsample_to(tokens, pyramid.stride8), pyramid.stride8], dim=1)
        eighth = self.decode8(eighth)
        quarter = torch.cat([upsample_to(eighth, pyramid.stride4), pyramid.stride4], dim=1)
        chroma: Tensor = self.to_chroma(self.refine(self.decode4(quarter)))
        return chroma


ARCHITECTURE = Architecture(
    build=lambda _classes: HybridViTGenerator(),
    native_size=short_side(224, longest=448, multiple=32),
    prepare=scaled_luminance,
    finish=chroma_from_scaled,
    mirrored=True,
)
