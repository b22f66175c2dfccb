"""Sets how strong a generator's colors are, after training.

The strength of colors follows from the loss, not from us: losses that reward accuracy make pale
colors, losses that favor chroma make strong and often warm ones. Two numbers in the last layer set
it right: one weighs a against b, the other makes mean chroma a given share of the truth's. Nothing
else about the network changes (docs/decisions/031).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional


def calibrate(
    last: nn.Module,
    generator: nn.Module,
    pairs: Iterable[tuple[Tensor, Tensor]],
    chroma_target: float,
    balance: float = 1.0,
) -> None:
    """Scale the last layer so that colors have the wanted strength.

    Args:
        last: the convolution that gives a and b, part of `generator`.
        generator: predicts ab / 110, as it will be used.
        pairs: L / 50 − 1, `[1, 1, H, W]`, and the true ab / 110, `[1, 2, H, W]`, of some photos.
        chroma_target: mean chroma √(a² + b²) in proportion to the truth's.
        balance: strength of a in proportion to b's as learned.
    """
    scale(last, torch.tensor([balance, 1.0]))
    chroma = torch.stack([mean_chroma(generator, *pair) for pair in pairs]).mean(dim=0)
    predicted, true = chroma.tolist()
    scale(last, torch.full((2,), chroma_target * true / predicted))


@torch.inference_mode()
def mean_chroma(generator: nn.Module, luminance: Tensor, truth: Tensor) -> Tensor:
    """Mean chroma of the prediction and of the truth, `[2]`."""
    predicted = functional.interpolate(
        generator(luminance).float(), size=truth.shape[-2:], mode="bilinear"
    )
    return torch.stack([ab.norm(dim=1).mean() for ab in (predicted, truth)])


def scale(last: nn.Module, strengths: Tensor) -> None:
    """Make a layer with two outputs give `strengths` times what it gave, `[2]`."""
    with torch.no_grad():
        for weights in last.parameters():
            weights.mul_(strengths.to(weights).view(2, *[1] * (weights.dim() - 1)))
