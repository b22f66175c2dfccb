"""Takes the cast and the wrong strength out of a generator's colors, after training.

A loss that favors chroma makes a network that sees warm colors where it is unsure, and how strong
its colors are follows from the loss, not from us. Both are set right with three numbers in its last
layer: ab' = truth's mean + strength · (ab − own mean), the strength chosen so that mean chroma is a
given share of the truth's. Nothing else about the network changes (docs/decisions/031).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

HALVINGS = 20
STRONGEST = 4.0


def calibrate(
    generator: nn.Module, pairs: Sequence[tuple[Tensor, Tensor]], chroma_target: float
) -> None:
    """Change the last layer, `to_chroma`, so that colors have no cast and the wanted strength.

    Args:
        generator: predicts ab / 110; its last layer is a convolution named `to_chroma`.
        pairs: L / 50 − 1, `[1, 1, H, W]`, and the true ab / 110, `[1, 2, H, W]`, of some photos.
        chroma_target: mean chroma in proportion to the truth's.
    """
    predicted, truth = zip(*(predict_pair(generator, *pair) for pair in pairs), strict=True)
    ours, theirs = pixels(predicted), pixels(truth)
    cast, mean = ours.mean(dim=1, keepdim=True), theirs.mean(dim=1, keepdim=True)
    wanted = chroma_target * float(theirs.norm(dim=0).mean())
    strength = strength_for(ours - cast, mean, wanted)
    scale_last_layer(generator, strength, (mean - strength * cast).flatten())


@torch.inference_mode()
def predict_pair(generator: nn.Module, luminance: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Prediction and truth, both at the size of the prediction."""
    predicted = generator(luminance).float()
    return predicted, functional.interpolate(truth, size=predicted.shape[-2:], mode="area")


def pixels(pictures: Sequence[Tensor]) -> Tensor:
    """All pixels of all pictures as `[2, count]`."""
    return torch.cat([picture.flatten(2).squeeze(0) for picture in pictures], dim=1)


def strength_for(centered: Tensor, mean: Tensor, wanted: float) -> float:
    """The strength at which mean chroma is `wanted`, by bisection: chroma grows with strength."""
    low, high = 0.0, STRONGEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        chroma = float((mean + middle * centered).norm(dim=0).mean())
        low, high = (middle, high) if chroma < wanted else (low, middle)
    return (low + high) / 2


def scale_last_layer(generator: nn.Module, strength: float, offset: Tensor) -> None:
    """Make the network give `offset + strength · ab` where it gave ab."""
    last = generator.get_submodule("to_chroma")
    assert isinstance(last, nn.Conv2d)
    assert last.bias is not None
    with torch.no_grad():
        last.weight.mul_(strength)
        last.bias.mul_(strength).add_(offset.to(last.bias))
