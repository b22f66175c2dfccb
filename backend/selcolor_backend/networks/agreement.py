"""Cells of a picture that look alike agree on what their colors are likely to be.

A coat is of one color. Cell by cell the likeliest color of its doubtful parts changes at random,
which shows as patches as soon as decided colors are wanted; what is likely all over it is not at
random (docs/decisions/095).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from selcolor_backend.networks.efficientnet_lite import upsample_to

TOKEN_SPREAD, LUMINANCE_SPREAD, PLACE_SPREAD = 0.24, 0.12, 0.35
"""How far alike cells are apart at a likeness of 1: directions of tokens, L / 100, longer sides."""


class NonlocalMean(nn.Module):
    """A mean over cells that look alike, wherever they are (Buades, Coll and Morel 2005).

    A module, so that whoever waits is heard before it.
    """

    def forward(self, planes: Tensor, keys: Tensor) -> Tensor:
        """Average planes over the whole picture.

        Args:
            planes: `[N, C, h, w]`.
            keys: what cells look like; a distance of 1 is one standard deviation, `[N, D, h, w]`.
        """
        looks, values = (each.flatten(2).transpose(1, 2) for each in (keys, planes))
        # exp(−|q − k|² / 2) is exp(q · k − |k|² / 2), save for a factor of each row: attention.
        bias = looks.square().sum(dim=2).div(-2)[:, None].expand(-1, looks.shape[1], -1)
        mean = functional.scaled_dot_product_attention(
            looks, looks, values, attn_mask=bias, scale=1.0
        )
        return mean.transpose(1, 2).reshape(planes.shape)


def agree(
    logits: Tensor, tokens: Tensor, luminance: Tensor, likeness: float, mean: NonlocalMean
) -> Tensor:
    """Let cells that the network takes for alike agree, also those on the other side of a face.

    What is common to them is found on cells of twice the side, of which there are few enough to
    compare each with each. What distinguishes a cell within its own four is kept.

    Args:
        logits: over the K bins, `[N, K, h, w]`, h and w even.
        tokens: what the network sees, `[N, C, H / 16, W / 16]`.
        luminance: L / 50 − 1, `[N, 1, H, W]`.
        likeness: how different cells may be, above 0; 0.7 leaves trees green beside a gray house.
        mean: averages over the cells.
    """
    coarse = functional.avg_pool2d(logits, 2)
    size = coarse.shape[-2:]
    directions = functional.normalize(upsample_to(tokens, coarse), dim=1) / TOKEN_SPREAD
    levels = functional.interpolate(luminance, size, mode="area") / 2 / LUMINANCE_SPREAD
    places = _places(*size).to(logits).expand(len(logits), -1, -1, -1) / PLACE_SPREAD
    keys = torch.cat([directions, levels, places], dim=1) / likeness
    return logits + upsample_to(mean(coarse, keys) - coarse, logits)


def _places(height: int, width: int) -> Tensor:
    """Where cells lie, `[1, 2, height, width]`, from 0 on; the longer side has a length of 1."""
    down, across = torch.arange(height), torch.arange(width)
    return torch.stack(torch.meshgrid(down, across, indexing="ij"))[None] / max(height, width)
