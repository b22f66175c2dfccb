"""Colors as classes: which bins of ab occur in photos, how common they are, and what to learn.

Colorization as classification is Zhang, Isola and Efros 2016 (arXiv 1603.08511), section 2.
"""

from __future__ import annotations

import torch
from torch import Tensor

from selcolor_backend.networks.hybrid_vit_bins import HybridViTColorizer, rarity
from selcolor_backend.pixels.color import AB_SCALE, srgb_to_lab
from selcolor_training.photos import Photos

STEP = 10.0
"""Side of a bin in units of ab."""

LARGEST_AB = 110.0

SELDOM = 2e-6
"""Bins with a smaller share of the pixels are left out."""

NEAREST = 5
"""A true color is spread over this many bins ..."""

DEVIATION = 5.0
"""... by a Gaussian of this deviation, in units of ab."""

COUNTED_PHOTOS = 4000
COUNTED_EVERY = 6
"""Every sixth row and column of so many photos is counted: more changes nothing."""


def count_bins(photos: Photos, weights: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Which colors occur, and how often.

    Args:
        photos: to count in.
        weights: how often each of them is seen, `[N]`.
        seed: of the choice of photos.

    Returns:
        The bins' centers, `[K, 2]`, and their shares, smoothed, `[K]` with the sum 1.
    """
    levels = torch.arange(-LARGEST_AB, LARGEST_AB + 1, STEP)
    chance = torch.Generator().manual_seed(seed)
    chosen = torch.multinomial(weights.float(), COUNTED_PHOTOS, replacement=True, generator=chance)
    counts = torch.zeros(len(levels) ** 2)
    for number in chosen.tolist():
        small = photos.picture(number)[:, ::COUNTED_EVERY, ::COUNTED_EVERY].cpu()
        ab = srgb_to_lab(small.float() / 255)[1:].flatten(1)
        places = ((ab + LARGEST_AB) / STEP).round().long().clamp(0, len(levels) - 1)
        counts += torch.bincount(places[0] * len(levels) + places[1], minlength=len(counts))
    shares = counts / counts.sum()
    kept = shares > SELDOM
    centers = torch.cartesian_prod(levels, levels)[kept]
    near = torch.softmax(-torch.cdist(centers, centers).square() / (2 * DEVIATION**2), dim=1)
    smooth = (shares[kept] / shares[kept].sum()) @ near
    return centers, smooth / smooth.sum()


def start_bins(network: HybridViTColorizer, centers: Tensor, prior: Tensor) -> None:
    """Give a network that has not been trained yet its bins and how common they are."""
    state = network.state_dict()
    if len(prior) != len(network.prior):
        fresh = HybridViTColorizer(bins=len(prior)).state_dict()
        state |= {name: fresh[name] for name in ("logits.weight", "logits.bias")}
    network.load_state_dict(state | {"centers": centers, "prior": prior})


def soft_targets(chroma: Tensor, centers: Tensor) -> tuple[Tensor, Tensor]:
    """Spread each true color over the bins nearest to it.

    Args:
        chroma: ab / 110, `[N, 2, h, w]`.
        centers: in Lab's own units, `[K, 2]`.

    Returns:
        Bins, int64, the nearest first, and their probabilities, both `[N, h, w, NEAREST]`.
    """
    colors = AB_SCALE * chroma.permute(0, 2, 3, 1)
    count, height, width, _ = colors.shape
    distances = torch.cdist(colors.reshape(1, -1, 2), centers.unsqueeze(0))[0]
    nearest, bins = distances.topk(NEAREST, dim=1, largest=False)
    likely = torch.softmax(-nearest.square() / (2 * DEVIATION**2), dim=1)
    return tuple(values.view(count, height, width, NEAREST) for values in (bins, likely))  # type: ignore[return-value]


def balancing(prior: Tensor, power: float) -> Tensor:
    """How much each bin counts in the loss: its rarity to a power, 1 on average, `[K]`."""
    weights = rarity(prior).pow(power)
    return weights / (prior * weights).sum()
