"""Sets how strong a generator's colors are, after training.

The strength of colors follows from the loss, not from us: losses that reward accuracy make pale
colors, losses that favor chroma make strong and often warm ones. One number in the last layer sets
it right, so that mean chroma is a given share of the truth's. Nothing else about the network
changes (docs/decisions/031).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional


def calibrate(
    generator: nn.Module, pairs: Iterable[tuple[Tensor, Tensor]], chroma_target: float
) -> None:
    """Scale the last layer, `to_chroma`, so that colors have the wanted strength.

    Args:
        generator: predicts ab / 110; its last layer is a convolution named `to_chroma`.
        pairs: L / 50 − 1, `[1, 1, H, W]`, and the true ab / 110, `[1, 2, H, W]`, of some photos.
        chroma_target: mean chroma √(a² + b²) in proportion to the truth's.
    """
    chroma = torch.stack([mean_chroma(generator, *pair) for pair in pairs]).mean(dim=0)
    predicted, true = chroma.tolist()
    scale_last_layer(generator, chroma_target * true / predicted)


@torch.inference_mode()
def mean_chroma(generator: nn.Module, luminance: Tensor, truth: Tensor) -> Tensor:
    """Mean chroma of the prediction and of the truth, `[2]`."""
    predicted = functional.interpolate(
        generator(luminance).float(), size=truth.shape[-2:], mode="bilinear"
    )
    return torch.stack([ab.norm(dim=1).mean() for ab in (predicted, truth)])


def scale_last_layer(generator: nn.Module, strength: float) -> None:
    """Make the network give `strength` · ab where it gave ab."""
    last = generator.get_submodule("to_chroma")
    with torch.no_grad():
        for weights in last.parameters():
            weights.mul_(strength)
