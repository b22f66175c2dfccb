"""What each training minimizes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from selcolor_training.samples import ANY_CLASS

Loss = Callable[[Tensor, Tensor], Tensor]


def chroma_weighted(predicted: Tensor, truth: Tensor) -> Tensor:
    """Smooth L1, weighted by the truth's chroma: unweighted it rewards gray-brown averages."""
    weight: Tensor = 0.3 + 3.0 * truth.norm(dim=1, keepdim=True)
    distance = functional.smooth_l1_loss(predicted, truth, beta=0.05, reduction="none")
    return (weight * distance).mean()


COLOR_LOSSES: dict[str, Loss] = {
    "l1": functional.l1_loss,
    "squared": functional.mse_loss,
    "chroma-weighted": chroma_weighted,
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


def foreground_probability(logits: Tensor) -> Tensor:
    """How likely each pixel is not background, `[N, 1, H, W]` in [0, 1]."""
    return 1.0 - logits.softmax(dim=1)[:, :1]


def mask_loss(logits: Tensor, mask: Tensor, classes: Tensor) -> Tensor:
    """Cross-entropy on foreground and class, plus Dice on the foreground.

    Args:
        logits: `[N, 4, H, W]`.
        mask: truth in [0, 1], `[N, 1, H, W]`.
        classes: the subject's class of each picture or ANY_CLASS, `[N]`.
    """
    logs = logits.log_softmax(dim=1)
    subject = torch.logsumexp(logs[:, 1:], dim=1, keepdim=True)
    named = torch.gather(logs, 1, classes.clamp(min=0).view(-1, 1, 1, 1).expand_as(subject))
    subject = torch.where((classes != ANY_CLASS).view(-1, 1, 1, 1), named, subject)
    entropy = -(mask * subject + (1 - mask) * logs[:, :1]).mean()
    likely = 1.0 - logs[:, :1].exp()
    overlap = (likely * mask).sum(dim=(1, 2, 3))
    total = (likely + mask).sum(dim=(1, 2, 3))
    dice = 1.0 - ((2.0 * overlap + 1.0) / (total + 1.0)).mean()
    return entropy + dice
