"""What the training of a segmenter minimizes: errors of the main subject, and of classes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from selcolor_training.blur import box_mean
from selcolor_training.photos import UNKNOWN_CLASS
from selcolor_training.processes import share_of_total
from selcolor_training.subjects import BACKGROUND, OBJECT, OF_SUBJECT, THING

EDGE_WINDOW = 21
"""Pixels of the square that decides how near a boundary is (Wei et al. 2020, F3Net)."""

EDGE_WEIGHT = 4.0
"""How much more a pixel counts whose surroundings are all of the other kind."""

NAMED_WEIGHT = 3.0
"""How much more the pixels of a named class count: most of them are rare."""

LEAST_SHARE = 1e-9


def main_losses(logits: Tensor, mask: Tensor) -> dict[str, Tensor]:
    """How far the main subject is from the truth, at the truth's own size.

    Args:
        logits: `[N, 1, h, w]`; they are enlarged, so that nothing finer is lost in the truth.
        mask: truth in [0, 1], `[N, 1, H, W]`.

    Returns:
        `entropy`, the cross-entropy, and `overlap`, one less the IoU over the pictures that show a
        subject. In both, pixels near boundaries count more.
    """
    logits = functional.interpolate(
        logits, size=mask.shape[-2:], mode="bilinear", align_corners=False
    )
    weight = 1.0 + EDGE_WEIGHT * (box_mean(mask, EDGE_WINDOW // 2) - mask).abs()
    pixels = (1, 2, 3)
    entropy = functional.binary_cross_entropy_with_logits(logits, mask, reduction="none")
    entropy = (weight * entropy).sum(pixels) / weight.sum(pixels)
    likely = logits.sigmoid()
    common = (weight * likely * mask).sum(pixels)
    either = (weight * (likely + mask - likely * mask)).sum(pixels)
    shown = (mask.amax(pixels) > 0.5).float()
    overlap = (1.0 - (common + 1.0) / (either + 1.0)) * shown
    return {"entropy": entropy.mean(), "overlap": overlap.sum() / share_of_total(shown.sum())}


def class_loss(logits: Tensor, targets: Tensor, shares: Tensor, background: Tensor) -> Tensor:
    """Cross-entropy over classes, as far as each pixel's class is known.

    Args:
        logits: `[N, K, H, W]`.
        targets: `subjects.targets_of`, int64 `[N, H, W]`.
        shares: `subjects.subject_shares`, `[N, K]`.
        background: how much background pixels count in each picture, `[N]`.
    """
    logs = logits.log_softmax(dim=1)
    named = logs.gather(1, targets.clamp(max=OBJECT).unsqueeze(1)).squeeze(1)
    weighed = logs + shares.clamp(min=LEAST_SHARE).log()[..., None, None]
    of_subject = weighed.logsumexp(dim=1)
    thing = torch.logaddexp(logs[:, BACKGROUND], logs[:, OBJECT])
    likely = torch.where(targets == OF_SUBJECT, of_subject, named)
    likely = torch.where(targets == THING, thing, likely)
    weight = torch.where((targets > BACKGROUND) & (targets < OBJECT), NAMED_WEIGHT, 1.0)
    weight = torch.where(targets == BACKGROUND, background.view(-1, 1, 1), weight)
    weight = torch.where(targets == UNKNOWN_CLASS, 0.0, weight)
    return -(weight * likely).sum() / share_of_total(weight.sum())
