"""The hybrid vision transformer that predicts color from luminance, with two kinds of heads.

A convolutional stem makes the tokens (Dosovitskiy et al. 2020, section 3.1, "hybrid
architecture"), transformer blocks let every token see the whole picture, and a light decoder
brings them to a quarter of the input's resolution. Chroma needs no more: full-resolution edges
come back from the luminance (`selcolor_backend.upsample`).

`HybridViTGenerator` predicts one color for each place, as the paper's generator does.
`HybridViTColorizer` predicts how likely every color is (Zhang, Isola, Efros 2016) and takes hints;
how decided its colors are is a matter of how the distribution is read, not of the weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from selcolor_backend.color import AB_SCALE
from selcolor_backend.networks.efficientnet_lite import (
    LITE0,
    EfficientNetLite,
    LiteSize,
    gray_to_backbone,
    pyramid_channels,
    upsample_to,
)

DECODER16_WIDTH = 96
DECODER8_WIDTH = 64
DECODER4_WIDTH = 40
HEAD_WIDTH = 64

HINT_PLANES = 3
"""The planes of a hint: a / 110 and b / 110 where one was given, and 1 there; 0 elsewhere."""

DEFAULT_BINS = 212
"""Bins of a network that has not seen any weights yet; a weight file brings its own number."""

UNIFORM_SHARE = 0.5
"""Share of the uniform distribution in the mixture that makes a color rare (Zhang's lambda)."""


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

    def features(
        self, luminance: Tensor, at_tokens: Tensor | None = None, at_quarter: Tensor | None = None
    ) -> Tensor:
        """What a head makes colors from.

        Args:
            luminance: L / 50 − 1, `[N, 1, H, W]`, H and W multiples of 32.
            at_tokens: added to the tokens, `[N, width, H / 16, W / 16]`.
            at_quarter: added before the last unit, `[N, DECODER4_WIDTH, H / 4, W / 4]`.

        Returns:
            `[N, DECODER4_WIDTH, H / 4, W / 4]`.
        """
        pyramid = self.backbone(gray_to_backbone(luminance))
        tokens = self.embed16(pyramid.stride16)
        tokens = tokens + upsample_to(self.embed32(pyramid.stride32), tokens)
        tokens = tokens if at_tokens is None else tokens + at_tokens
        tokens = self.narrow(self.blocks(tokens))
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
        chroma: Tensor = self.to_chroma(self.features(luminance))
        return chroma


class HybridViTColorizer(HybridViT):
    """L in [−1, 1], and perhaps hints, to a distribution over colors.

    The bins, how common each color is, and how the distribution is read by default are buffers, so
    that they come with the weights:

    * `centers`: ab of each bin in Lab's own units, `[K, 2]`.
    * `prior`: how common each bin is among the photos of the training, `[K]`, with the sum 1.
    * `temperature`: below 1, the likeliest colors count more (Zhang's annealed mean, 0.38).
    * `prior_power`: how far rare colors are favored; 0 not at all, 1 as if all were as common.
    """

    centers: Tensor
    prior: Tensor
    temperature: Tensor
    prior_power: Tensor

    def __init__(self, size: HybridSize | None = None, bins: int = DEFAULT_BINS) -> None:
        size = size or HybridSize()
        super().__init__(size)
        self.hint_tokens = hint_convolution(size.width)
        self.hint_quarter = hint_convolution(DECODER4_WIDTH)
        self.hint_head = hint_convolution(DECODER4_WIDTH)
        self.grow = decoder_unit(DECODER4_WIDTH, HEAD_WIDTH)
        self.logits = nn.Conv2d(HEAD_WIDTH, bins, 1)
        self.register_buffer("centers", torch.zeros(bins, 2))
        self.register_buffer("prior", torch.full((bins,), 1.0 / bins))
        self.register_buffer("temperature", torch.tensor(0.38))
        self.register_buffer("prior_power", torch.tensor(0.0))
        self.register_load_state_dict_pre_hook(fit_bins)  # type: ignore[no-untyped-call]

    def distribution(self, luminance: Tensor, hints: Tensor | None = None) -> Tensor:
        """How likely every color is.

        Args:
            luminance: L / 50 − 1, `[N, 1, H, W]`, H and W multiples of 32.
            hints: a / 110 and b / 110 where a color is given, and 1 there, all three 0 elsewhere,
                `[N, 3, H / 4, W / 4]`; None for no hints.

        Returns:
            Logits over the K bins, `[N, K, H / 4, W / 4]`.
        """
        if hints is None:
            batch, _, height, width = luminance.shape
            hints = luminance.new_zeros(batch, HINT_PLANES, height // 4, width // 4)
        # The mean over 4×4 cells, times 4: a single cell shall not vanish among fifteen others.
        at_tokens = self.hint_tokens(functional.avg_pool2d(hints, 4) * 4)
        features = self.features(luminance, at_tokens, self.hint_quarter(hints))
        logits: Tensor = self.logits(self.grow(features + self.hint_head(hints)))
        return logits

    def decode(
        self, logits: Tensor, temperature: float | None = None, prior_power: float | None = None
    ) -> Tensor:
        """Read one color out of a distribution.

        Args:
            logits: over the K bins, `[N, K, h, w]`.
            temperature: above 0; None for the one that came with the weights.
            prior_power: None for the one that came with the weights.

        Returns:
            ab / 110, `[N, 2, h, w]`.
        """
        heat = self.temperature if temperature is None else temperature
        power = self.prior_power if prior_power is None else prior_power
        favored = logits + power * rarity(self.prior).log().view(1, -1, 1, 1)
        likely = torch.softmax(favored / heat, dim=1)
        return torch.einsum("nkhw,kc->nchw", likely, self.centers) / AB_SCALE

    def forward(self, luminance: Tensor, hints: Tensor | None = None) -> Tensor:
        """Predict chroma: the distribution, read as its weights say.

        Args:
            luminance: as in `distribution`.
            hints: as in `distribution`.

        Returns:
            ab / 110, `[N, 2, H / 4, W / 4]`, within the hull of the bins.
        """
        return self.decode(self.distribution(luminance, hints))


def rarity(prior: Tensor) -> Tensor:
    """Weights that make all colors count alike, or nearly (Zhang et al. 2016, equation 4).

    Args:
        prior: how common each bin is, `[K]`, with the sum 1.

    Returns:
        `[K]`: 1 on average over the photos that the prior was counted in.
    """
    weights = 1.0 / ((1.0 - UNIFORM_SHARE) * prior + UNIFORM_SHARE / len(prior))
    return weights / (prior * weights).sum()


def hint_convolution(outputs: int) -> nn.Conv2d:
    """A convolution over hints that starts at zero, so that hints begin without any effect."""
    convolution = nn.Conv2d(HINT_PLANES, outputs, 3, padding=1)
    nn.init.zeros_(convolution.weight)
    assert convolution.bias is not None
    nn.init.zeros_(convolution.bias)
    return convolution


def fit_bins(network: HybridViTColorizer, weights: dict[str, Any], prefix: str, *_: Any) -> None:
    """Give the network as many bins as the weights have that it is about to load."""
    loaded = weights.get(f"{prefix}prior")
    if loaded is None or loaded.ndim != 1 or len(loaded) == len(network.prior):
        return
    bins, place = len(loaded), network.prior.device
    network.logits = nn.Conv2d(HEAD_WIDTH, bins, 1, device=place)
    network.centers = torch.zeros(bins, 2, device=place)
    network.prior = torch.full((bins,), 1.0 / bins, device=place)
