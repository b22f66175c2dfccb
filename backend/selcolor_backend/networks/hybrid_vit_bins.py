"""The hybrid vision transformer that predicts how likely every color is, and takes hints.

Colorization as classification is Zhang, Isola and Efros 2016 (arXiv 1603.08511). How decided and
how vivid colors are is a matter of how the distribution is read, not of the weights
(docs/decisions/035). The body is that of `hybrid_vit`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from selcolor_backend.networks.agreement import NonlocalMean, agree
from selcolor_backend.networks.architecture import (
    Architecture,
    chroma_from_scaled,
    scaled_luminance,
)
from selcolor_backend.networks.hybrid_vit import (
    DECODER4_WIDTH,
    HybridSize,
    HybridViT,
    decoder_unit,
)
from selcolor_backend.networks.multiscale import MultiScaleColorizer
from selcolor_backend.networks.sizes import short_side
from selcolor_backend.pixels.color import AB_SCALE
from selcolor_backend.sketch import Sketch

HEAD_WIDTH = 64

PAINTED_SHARE = 0.25
"""Share of a cell of 4 × 4 pixels from which on it counts as painted: strokes are thin."""

HINT_PLANES = 3
"""The planes of a hint: a / 110 and b / 110 where one was given, and 1 there; 0 elsewhere."""

DEFAULT_BINS = 212
"""Bins of a network that has not seen any weights yet; a weight file brings its own number."""

READ_BY = {
    "temperature": 0.38,
    "prior_power": 0.0,
    "likeness": 0.0,
    "vividness": 1.0,
    "most_chroma": 0.0,
}
"""How a distribution is read: buffers of these names, and what they are unless weights say more."""

UNIFORM_SHARE = 0.5
"""Share of the uniform distribution in the mixture that makes a color rare (Zhang's lambda)."""


class Distribution(NamedTuple):
    """How likely every color is in each cell.

    Attributes:
        logits: over the K bins, `[N, K, H / 4, W / 4]`.
        tokens: what the network saw there, `[N, C, H / 16, W / 16]`.
    """

    logits: Tensor
    tokens: Tensor


class HybridViTColorizer(HybridViT):
    """L in [−1, 1], and perhaps hints, to a distribution over colors.

    The bins, how common each color is, and how the distribution is read by default are buffers, so
    that they come with the weights:

    * `centers`: ab of each bin in Lab's own units, `[K, 2]`.
    * `prior`: how common each bin is among the photos of the training, `[K]`, with the sum 1.
    * `temperature`: below 1, the likeliest colors count more (Zhang's annealed mean, 0.38).
    * `prior_power`: how far rare colors are favored; 0 not at all, 1 as if all were as common.
    * `likeness`: cells that look so alike agree, wherever they are; 0 for none.
    * `vividness`: what is read is multiplied with it; a mean is paler than what it is the mean of.
    * `most_chroma`: what is then still stronger than this, in Lab's units, is held back; 0 for no
      limit.
    """

    centers: Tensor
    prior: Tensor
    temperature: Tensor
    prior_power: Tensor
    likeness: Tensor
    vividness: Tensor
    most_chroma: Tensor

    def __init__(self, size: HybridSize | None = None, bins: int = DEFAULT_BINS) -> None:
        size = size or HybridSize()
        super().__init__(size)
        self.hint_tokens = hint_convolution(size.width)
        self.hint_quarter = hint_convolution(DECODER4_WIDTH)
        self.hint_head = hint_convolution(DECODER4_WIDTH)
        self.grow = decoder_unit(DECODER4_WIDTH, HEAD_WIDTH)
        self.logits = nn.Conv2d(HEAD_WIDTH, bins, 1)
        self.nonlocal_mean = NonlocalMean()
        self.register_buffer("centers", torch.zeros(bins, 2))
        self.register_buffer("prior", torch.full((bins,), 1.0 / bins))
        for name, value in READ_BY.items():
            self.register_buffer(name, torch.tensor(value))
        self.register_load_state_dict_pre_hook(fit_weights)  # type: ignore[no-untyped-call]

    def distribution(self, luminance: Tensor, hints: Tensor | None = None) -> Distribution:
        """How likely every color is.

        Args:
            luminance: L / 50 − 1, `[N, 1, H, W]`, H and W multiples of 32.
            hints: a / 110 and b / 110 where a color is given, and 1 there, all three 0 elsewhere,
                `[N, 3, H / 4, W / 4]`; None for no hints.
        """
        if hints is None:
            batch, _, height, width = luminance.shape
            hints = luminance.new_zeros(batch, HINT_PLANES, height // 4, width // 4)
        # The mean over 4×4 cells, times 4: a single cell shall not vanish among fifteen others.
        at_tokens = self.hint_tokens(functional.avg_pool2d(hints, 4) * 4)
        pyramid, tokens = self.encode(luminance, at_tokens)
        features = self.refined(pyramid, tokens, self.hint_quarter(hints))
        return Distribution(self.logits(self.grow(features + self.hint_head(hints))), tokens)

    def decode(
        self, logits: Tensor, temperature: float | None = None, prior_power: float | None = None
    ) -> Tensor:
        """Read one color out of a distribution.

        Args:
            logits: over the K bins, `[N, K, h, w]`.
            temperature: above 0; None for the one that came with the weights.
            prior_power: None for the one that came with the weights.

        Returns:
            ab / 110, `[N, 2, h, w]`.
        """
        heat = self.temperature if temperature is None else temperature
        power = self.prior_power if prior_power is None else prior_power
        favored = logits + power * rarity(self.prior).log().view(1, -1, 1, 1)
        likely = torch.softmax(favored / heat, dim=1)
        return torch.einsum("nkhw,kc->nchw", likely, self.centers) / AB_SCALE

    def forward(self, luminance: Tensor, hints: Tensor | None = None) -> Tensor:
        """Predict chroma: the distribution, read as its weights say.

        Args:
            luminance: as in `distribution`.
            hints: as in `distribution`.

        Returns:
            ab / 110, `[N, 2, H / 4, W / 4]`.
        """
        return self.read(self.distribution(luminance, hints), luminance)

    def read(self, distribution: Distribution, luminance: Tensor) -> Tensor:
        """Let cells agree, read one color a cell, and strengthen it, all as the weights say.

        Args:
            distribution: of this picture.
            luminance: as in `distribution`.

        Returns:
            ab / 110, `[N, 2, H / 4, W / 4]`.
        """
        logits, tokens = distribution
        if likeness := float(self.likeness):
            logits = agree(logits, tokens, luminance, likeness, self.nonlocal_mean)
        return self.strengthened(self.decode(logits))

    def strengthened(self, ab: Tensor) -> Tensor:
        """Strengthen ab / 110, `[N, 2, h, w]`: pale colors most, strong ones hardly."""
        ab = ab * self.vividness
        if limit := float(self.most_chroma) / AB_SCALE:
            ab = ab / (1.0 + ab.square().sum(dim=1, keepdim=True) / limit**2).sqrt()
        return ab


def rarity(prior: Tensor) -> Tensor:
    """Weights that make all colors count alike, or nearly (Zhang et al. 2016, equation 4).

    Args:
        prior: how common each bin is, `[K]`, with the sum 1.

    Returns:
        `[K]`: 1 on average over the photos that the prior was counted in.
    """
    weights = 1.0 / ((1.0 - UNIFORM_SHARE) * prior + UNIFORM_SHARE / len(prior))
    return weights / (prior * weights).sum()


def hint_convolution(outputs: int) -> nn.Conv2d:
    """A convolution over hints that starts at zero, so that hints begin without any effect."""
    convolution = nn.Conv2d(HINT_PLANES, outputs, 3, padding=1)
    nn.init.zeros_(convolution.weight)
    assert convolution.bias is not None
    nn.init.zeros_(convolution.bias)
    return convolution


def hint_cells(sketch: Sketch) -> Tensor:
    """The hints of a sketch of the network's size as `distribution` takes them."""
    assert sketch.hints is not None, "there are hints"
    cells = functional.avg_pool2d(sketch.hints[None], 4)
    share = cells[:, 2:]
    colors = cells[:, :2] / share.clamp(min=PAINTED_SHARE) / AB_SCALE
    painted: Tensor = share >= PAINTED_SHARE
    return torch.cat([colors, torch.ones_like(share)], dim=1) * painted


def fit_weights(network: HybridViTColorizer, weights: dict[str, Any], prefix: str, *_: Any) -> None:
    """Give the network as many bins as the weights have that it is about to load.

    What earlier weights do not say of how they are read is as of READ_BY; that near cells of like
    luminance agree, which some asked for, is no more (docs/decisions/095).
    """
    weights.pop(f"{prefix}agreement", None)
    for name, value in READ_BY.items():
        weights.setdefault(f"{prefix}{name}", torch.tensor(value))
    loaded = weights.get(f"{prefix}prior")
    if loaded is None or loaded.ndim != 1 or len(loaded) == len(network.prior):
        return
    bins, place = len(loaded), network.prior.device
    network.logits = nn.Conv2d(HEAD_WIDTH, bins, 1, device=place)
    network.centers = torch.zeros(bins, 2, device=place)
    network.prior = torch.full((bins,), 1.0 / bins, device=place)


ARCHITECTURE = Architecture(
    build=lambda _classes: HybridViTColorizer(),
    native_size=short_side(224, longest=448, multiple=32),
    prepare=scaled_luminance,
    finish=chroma_from_scaled,
    prepare_hints=hint_cells,
    ensemble=MultiScaleColorizer,
)
