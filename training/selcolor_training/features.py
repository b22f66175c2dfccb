"""How far pictures are from photos as a network sees them that the product does not use.

Features are those of EfficientNet-Lite2, trained on ImageNet, before its classifier. The kernel
distance is Binkowski et al. 2018 (arXiv 1801.01401), the Fréchet distance Heusel et al. 2017
(arXiv 1706.08500), here on the main axes of the true photos, because its matrices want more
pictures than features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from selcolor_backend.networks.efficientnet_lite import (
    LITE2,
    ConvUnit,
    EfficientNetLite,
    pyramid_channels,
)
from selcolor_training.pretrained import lite_weights

FEATURES = 1280
NATIVE_SIDE = 260
AXES = 48
"""Main axes of the true photos that the Fréchet distance is taken on."""


class LiteFeatures(nn.Module):
    """Pictures to features; its weights come from a package and are never changed."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = EfficientNetLite(LITE2)
        self.head = ConvUnit(pyramid_channels(LITE2).stride32, FEATURES, 1)
        weights = lite_weights(LITE2)
        names = [*self.backbone.state_dict(), *(f"head.{name}" for name in self.head.state_dict())]
        taken = dict(zip(names, weights, strict=False))
        self.head.load_state_dict(
            {name[5:]: weight for name, weight in taken.items() if name.startswith("head.")}
        )
        self.backbone.load_state_dict(
            {name: weight for name, weight in taken.items() if not name.startswith("head.")}
        )
        self.eval().requires_grad_(False)

    def forward(self, rgb: Tensor) -> Tensor:
        """Encoded sRGB in [0, 1], `[N, 3, H, W]`, to `[N, FEATURES]`."""
        size = (NATIVE_SIDE, NATIVE_SIDE)
        scaled = functional.interpolate(rgb, size=size, mode="bilinear", antialias=True)
        features: Tensor = self.head(self.backbone((255 * scaled - 127) / 128).stride32)
        return features.mean(dim=(2, 3))


def kernel_distance(ours: Tensor, real: Tensor) -> float:
    """Unbiased squared maximum mean discrepancy under the cubic kernel (x·y / d + 1)³.

    Args:
        ours: features of our pictures, `[N, d]`.
        real: features of as many photos or others, `[M, d]`.
    """
    ours, real = ours.double(), real.double()

    def kernel(first: Tensor, second: Tensor) -> Tensor:
        return (first @ second.T / first.shape[1] + 1).pow(3)

    def mean_of_others(points: Tensor) -> Tensor:
        values = kernel(points, points)
        return (values.sum() - values.diagonal().sum()) / (len(points) * (len(points) - 1))

    between = kernel(ours, real).mean()
    return float(mean_of_others(ours) + mean_of_others(real) - 2 * between)


def frechet_distance(ours: Tensor, real: Tensor, axes: int = AXES) -> float:
    """Fréchet distance of Gaussians that fit the features, on the main axes of the true ones."""
    ours, real = ours.double(), real.double()
    middle = real.mean(dim=0)
    basis = torch.linalg.svd(real - middle, full_matrices=False).Vh[:axes].T
    first, second = (ours - middle) @ basis, (real - middle) @ basis
    apart = (first.mean(dim=0) - second.mean(dim=0)).square().sum()
    spread, true_spread = first.T.cov(), second.T.cov()
    # The trace of the root of a product is the sum of the roots of its eigenvalues.
    roots = torch.linalg.eigvals(spread @ true_spread).real.clamp(min=0).sqrt().sum()
    return float(apart + spread.trace() + true_spread.trace() - 2 * roots)
