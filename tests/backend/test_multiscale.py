"""Colors and masks are pooled from a picture and from a small mirror image of it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from selcolor_backend.networks.hybrid_vit_bins import Distribution, HybridViTColorizer
from selcolor_backend.networks.multiscale import MultiScaleColorizer, MultiScaleSegmenter


class Onlooker(HybridViTColorizer):
    """Answers with what a test sets for a width, and keeps what it was shown."""

    def __init__(self, answers: dict[int, Tensor]) -> None:
        nn.Module.__init__(self)
        self.answers = answers
        self.luminance: dict[int, Tensor] = {}
        self.hints: dict[int, Tensor | None] = {}

    def distribution(self, luminance: Tensor, hints: Tensor | None = None) -> Distribution:
        width = luminance.shape[-1]
        self.luminance[width], self.hints[width] = luminance, hints
        return Distribution(self.answers[width], tokens=luminance)

    def read(self, distribution: Distribution, luminance: Tensor) -> Tensor:
        assert distribution.tokens is luminance, "those of the large picture"
        return distribution.logits


def test_what_is_likely_at_both_sizes_is_pooled() -> None:
    large, small = torch.zeros(1, 2, 16, 32), torch.zeros(1, 2, 8, 16)
    large[:, 0] = 4.0
    small[:, 1, :, :8] = 6.0  # of the mirror image: on the right
    network = Onlooker({128: large, 64: small})

    pooled = MultiScaleColorizer(network)(torch.rand(1, 1, 64, 128))

    likelier = (pooled[0, 1] - pooled[0, 0])[8]
    assert torch.allclose(likelier[:10], torch.tensor(-2.0)), "the mean of −4 and 0"
    assert torch.allclose(likelier[-10:], torch.tensor(1.0)), "the mean of −4 and 6"


def test_sharpness_of_a_distribution_counts_and_not_the_offset_of_its_logits() -> None:
    large, small = torch.rand(1, 5, 16, 16), torch.rand(1, 5, 8, 8)
    shifted = {64: large + 30.0, 32: small - 7.0}

    pooled = MultiScaleColorizer(Onlooker({64: large, 32: small}))(torch.zeros(1, 1, 64, 64))

    again = MultiScaleColorizer(Onlooker(shifted))(torch.zeros(1, 1, 64, 64))
    assert torch.allclose(pooled, again, atol=1e-5)


def test_the_small_picture_is_the_mirror_image_with_all_hints() -> None:
    luminance = torch.linspace(-1, 1, 96).repeat(64, 1)[None, None]
    hints = torch.zeros(1, 3, 16, 24)
    hints[0, :, 5, 2] = torch.tensor([0.4, -0.2, 1.0])
    network = Onlooker({96: torch.zeros(1, 2, 16, 24), 64: torch.zeros(1, 2, 8, 16)})

    pooled = MultiScaleColorizer(network)(luminance, hints)

    assert pooled.shape == (1, 2, 16, 24)
    assert network.luminance[64].shape == (1, 1, 32, 64), "96 / 2, in multiples of 32"
    assert (network.luminance[64].diff(dim=-1) < 0).all()
    small = network.hints[64]
    assert small is not None
    assert small[0, 2].any(), "a hint of a single cell is not lost"
    colors = small[0, :2, small[0, 2] > 0]
    assert torch.allclose(colors, torch.tensor([[0.4], [-0.2]]).expand_as(colors))
    assert (small[0, 2].nonzero()[:, 1] >= 12).all(), "it is on the other side"


@torch.no_grad()
def test_a_network_that_learned_hints_follows_them() -> None:
    torch.manual_seed(0)
    network = HybridViTColorizer(bins=7).eval()
    for convolution in (network.hint_tokens, network.hint_quarter, network.hint_head):
        nn.init.normal_(convolution.weight)
    network.centers.copy_(60 * torch.randn(7, 2))
    hints = torch.zeros(1, 3, 16, 16)
    hints[..., 2:5, 3:5] = torch.tensor([0.3, -0.2, 1.0]).view(3, 1, 1)
    luminance = torch.rand(1, 1, 64, 64)

    both = MultiScaleColorizer(network)

    assert not torch.equal(both(luminance, hints), both(luminance))
    assert both(luminance).shape == (1, 2, 16, 16)


class WidthAndPlace(nn.Module):
    """Answers with the width of what it sees, and with its pixels."""

    def forward(self, picture: Tensor) -> Tensor:
        return torch.cat([torch.full_like(picture, picture.shape[-1]), picture], dim=1)


def test_a_mask_is_the_mean_of_both_sizes_each_at_its_place() -> None:
    picture = torch.linspace(0, 1, 512).repeat(384, 1)[None, None]

    found = MultiScaleSegmenter(WidthAndPlace())(picture)

    assert found.shape == (1, 2, 384, 512)
    assert torch.allclose(found[0, 0], torch.tensor((512 + 384) / 2)), "three quarters of 512"
    assert torch.allclose(found[0, 1], picture[0, 0], atol=2e-3), "the mirror image is turned back"
