"""What each training minimizes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from selcolor_backend.networks.hybrid_vit_bins import HybridViTColorizer
from selcolor_backend.pixels.color import AB_SCALE
from selcolor_training.bins import balancing, soft_targets

HINTED = 3.0
"""How much more places count where a hint says which color they have."""

MEAN_SCALE = 0.05
"""Below this distance, in ab / 110, the loss of the mean color is squared."""

COLOR_LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "l1": functional.l1_loss,
    "squared": functional.mse_loss,
}
"""Losses of networks that predict one color for each place."""

DISTRIBUTION = "distribution"
"""The loss of a network that predicts how likely every color is: `distribution_losses`."""


def distribution_losses(
    network: HybridViTColorizer,
    logits: Tensor,
    chroma: Tensor,
    power: float,
    hinted: Tensor | None = None,
) -> dict[str, Tensor]:
    """How far a predicted distribution of colors is from the truth.

    Args:
        network: whose bins these are.
        logits: `[N, K, h, w]`.
        chroma: the truth, ab / 110, `[N, 2, h, w]`.
        power: how far rare colors count more, in [0, 1].
        hinted: 1 where a hint was given, `[N, 1, h, w]`.

    Returns:
        `entropy`, the cross-entropy with soft targets, rare colors counting more; and `mean`, the
        smooth L1 distance of the mean color.
    """
    bins, likely = soft_targets(chroma, network.centers)
    logs = logits.log_softmax(dim=1).permute(0, 2, 3, 1)
    entropy = -(logs.gather(3, bins) * likely).sum(dim=3)
    weights = balancing(network.prior, power)[bins[..., 0]]
    if hinted is not None:
        weights = weights * (1.0 + HINTED * hinted[:, 0])
    mean = torch.einsum("nhwk,kc->nchw", logs.exp(), network.centers) / AB_SCALE
    return {
        "entropy": (weights * entropy).mean(),
        "mean": functional.smooth_l1_loss(mean, chroma, beta=MEAN_SCALE),
    }


def least_squares(scores: Tensor, real: bool) -> Tensor:
    """The LSGAN loss (Mao et al. 2016): mean squared distance to 1 for real, to 0 for fake."""
    return (scores - float(real)).square().mean()


def cross_entropy(scores: Tensor, real: bool) -> Tensor:
    """The original GAN loss (Goodfellow et al. 2014) on logits, as in pix2pix."""
    return functional.binary_cross_entropy_with_logits(scores, torch.full_like(scores, float(real)))


CRITERIA: dict[str, Callable[[Tensor, bool], Tensor]] = {
    "least-squares": least_squares,
    "cross-entropy": cross_entropy,
}
