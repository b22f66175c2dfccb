"""Predicts twice: from the picture and from its mirror image."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Mirrored(nn.Module):
    """The mean of what a network predicts for a picture and, turned back, for its mirror image.

    Left and right mean nothing for colors and subjects, but networks err differently on them.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor, *hints: Tensor) -> Tensor:
        """Predict as the network does, `[N, C, H, W]` to `[N, K, h, w]`, at twice the cost."""
        inputs = [torch.cat([planes, planes.flip(-1)]) for planes in (picture, *hints)]
        upright, mirrored = self.network(*inputs).chunk(2)
        mean: Tensor = (upright + mirrored.flip(-1)) / 2
        return mean
