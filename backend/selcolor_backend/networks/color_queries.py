"""The color decoder of DDColor: learned queries look at a picture and become colors.

Modules bear the names that published files give their tensors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

QUERY_WIDTH = 256
QUERIES = 100
ROUNDS = 9
HEADS = 8
FEEDFORWARD_WIDTH = 2048
WAVELENGTHS = 10_000.0
"""Longest wavelength of the positions over the shortest (Vaswani et al. 2017)."""


class CrossAttention(nn.Module):
    """Queries look at the tokens of a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.multihead_attn = nn.MultiheadAttention(QUERY_WIDTH, HEADS, batch_first=True)
        self.norm = nn.LayerNorm(QUERY_WIDTH)

    def forward(self, queries: Tensor, places: Tensor, tokens: Tensor, positions: Tensor) -> Tensor:
        """Map `[N, Q, width]` to the same shape, seeing `tokens`, `[N, T, width]`."""
        asked, keys = queries + places, tokens + positions
        seen = self.multihead_attn(asked, keys, tokens, need_weights=False)[0]
        normalized: Tensor = self.norm(queries + seen)
        return normalized


class SelfAttention(nn.Module):
    """Queries look at each other."""

    def __init__(self) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(QUERY_WIDTH, HEADS, batch_first=True)
        self.norm = nn.LayerNorm(QUERY_WIDTH)

    def forward(self, queries: Tensor, places: Tensor) -> Tensor:
        """Map `[N, Q, width]` to the same shape."""
        asked = queries + places
        seen = self.self_attn(asked, asked, queries, need_weights=False)[0]
        normalized: Tensor = self.norm(queries + seen)
        return normalized


class Feedforward(nn.Module):
    """Each query on its own."""

    def __init__(self) -> None:
        super().__init__()
        self.linear1 = nn.Linear(QUERY_WIDTH, FEEDFORWARD_WIDTH)
        self.linear2 = nn.Linear(FEEDFORWARD_WIDTH, QUERY_WIDTH)
        self.norm = nn.LayerNorm(QUERY_WIDTH)

    def forward(self, queries: Tensor) -> Tensor:
        """Map `[N, Q, width]` to the same shape."""
        changed = self.linear2(functional.relu(self.linear1(queries)))
        normalized: Tensor = self.norm(queries + changed)
        return normalized


class Perceptron(nn.Module):
    """Three layers from a query to its weights over the channels of a pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(QUERY_WIDTH, QUERY_WIDTH) for _ in range(3))

    def forward(self, queries: Tensor) -> Tensor:
        """Map `[N, Q, width]` to the same shape."""
        *hidden, last = self.layers
        for layer in hidden:
            queries = functional.relu(layer(queries))
        weights: Tensor = last(queries)
        return weights


class ColorDecoder(nn.Module):
    """Features of several sizes to the queries' weights over the channels of a pixel.

    Args:
        levels: the channels of each size, in the order in which they are looked at.
    """

    def __init__(self, levels: Sequence[int]) -> None:
        super().__init__()
        self.query_feat = nn.Embedding(QUERIES, QUERY_WIDTH)
        self.query_embed = nn.Embedding(QUERIES, QUERY_WIDTH)
        self.level_embed = nn.Embedding(len(levels), QUERY_WIDTH)
        self.input_proj = nn.ModuleList(nn.Conv2d(width, QUERY_WIDTH, 1) for width in levels)
        self.transformer_cross_attention_layers = repeated(CrossAttention)
        self.transformer_self_attention_layers = repeated(SelfAttention)
        self.transformer_ffn_layers = repeated(Feedforward)
        self.decoder_norm = nn.LayerNorm(QUERY_WIDTH)
        self.color_embed = Perceptron()

    def forward(self, levels: list[Tensor]) -> Tensor:
        """Map `[N, width, h, w]` of each size to `[N, QUERIES, QUERY_WIDTH]`."""
        tokens = [
            project(level).flatten(2).mT + self.level_embed.weight[number]
            for number, (project, level) in enumerate(zip(self.input_proj, levels, strict=True))
        ]
        positions = [sine_positions(level) for level in levels]
        queries = self.query_feat.weight.expand(len(levels[0]), -1, -1)
        places = self.query_embed.weight
        for number in range(ROUNDS):
            level = number % len(levels)
            look = self.transformer_cross_attention_layers[number]
            queries = look(queries, places, tokens[level], positions[level])
            queries = self.transformer_self_attention_layers[number](queries, places)
            queries = self.transformer_ffn_layers[number](queries)
        weights: Tensor = self.color_embed(self.decoder_norm(queries))
        return weights


def repeated(layer: type[nn.Module]) -> nn.ModuleList:
    """One layer for each round."""
    return nn.ModuleList(layer() for _ in range(ROUNDS))


def sine_positions(like: Tensor) -> Tensor:
    """Where each token of features `[N, C, h, w]` is, as waves (Carion et al. 2020).

    Returns:
        `[h · w, QUERY_WIDTH]`.
    """
    height, width = like.shape[2:]
    half = QUERY_WIDTH // 2
    powers = torch.arange(half, device=like.device) // 2 * 2 / half
    down, right = (
        torch.arange(1, count + 1, device=like.device)[:, None] * (2 * math.pi / (count + 1e-6))
        / WAVELENGTHS**powers
        for count in (height, width)
    )  # fmt: skip
    rows, columns = (
        torch.stack([phase[:, 0::2].sin(), phase[:, 1::2].cos()], dim=2).flatten(1)
        for phase in (down, right)
    )
    grid = (rows[:, None].expand(-1, width, -1), columns[None].expand(height, -1, -1))
    return torch.cat(grid, dim=2).flatten(0, 1).to(like.dtype)
