"""Losses, learning rates, discriminators and where networks start from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision.models import resnet18
from transformers import ViTConfig, ViTModel

from selcolor_backend.networks.efficientnet_lite import (
    LITE0,
    LITE1,
    LITE2,
    EfficientNetLite,
    LiteSize,
)
from selcolor_backend.networks.hybrid_vit_bins import HybridViTColorizer
from selcolor_backend.networks.unet_resnet18 import ResNet18UNet
from selcolor_backend.networks.vit_generator import ViTSize
from selcolor_training.descent import Descent, cosine, parameter_groups, rate_of
from selcolor_training.discriminators import (
    FeatureDiscriminator,
    PatchDiscriminator,
    ViTDiscriminator,
)
from selcolor_training.errors import PretrainedMissing
from selcolor_training.losses import (
    cross_entropy,
    distribution_losses,
    least_squares,
)
from selcolor_training.pretrained import start_efficientnet_lite, start_resnet18, start_vit
from selcolor_training.recipe import Optimizer


def test_the_learning_rate_is_held_and_then_goes_to_nearly_zero() -> None:
    assert cosine(0.0, hold=0.6) == cosine(0.6, hold=0.6) == 1
    assert cosine(0.8, hold=0.6) == pytest.approx(0.5)
    assert 0 < cosine(1.0, hold=0.6) < 0.05


def test_the_first_steps_are_small() -> None:
    network = nn.Linear(1, 1)
    descent = Descent(network, Optimizer(rate=1e-2, backbone_rate=0.0))

    descent.step(network(torch.ones(1, 1)).sum(), progress=0.0)

    assert descent.optimizer.param_groups[0]["lr"] < 1e-3


def test_a_pretrained_backbone_learns_at_its_own_rate() -> None:
    network = nn.ModuleDict({"backbone": nn.Linear(2, 2), "head": nn.Linear(2, 2)})

    groups = parameter_groups(network, Optimizer(rate=1e-3, backbone_rate=1e-4))

    assert {group["base_rate"]: len(group["params"]) for group in groups} == {1e-4: 2, 1e-3: 2}


def test_heads_and_hints_have_rates_of_their_own() -> None:
    settings = Optimizer(rate=1.0, backbone_rate=2.0, head_rate=3.0, hint_rate=4.0)
    network = HybridViTColorizer()

    rates = {name: rate_of(name, settings) for name, _ in network.named_parameters()}

    assert rates["logits.weight"] == rates["grow.0.weight"] == 3
    assert rates["hint_tokens.weight"] == rates["hint_head.bias"] == 4
    assert rates["backbone.stem.0.weight"] == 2
    assert rates["narrow.weight"] == 1
    assert rate_of("logits.weight", Optimizer(rate=1.0, backbone_rate=2.0)) == 1


def bins_of(*centers: tuple[float, float]) -> HybridViTColorizer:
    """A network whose bins have these centers and are all as common."""
    network = HybridViTColorizer(bins=len(centers))
    network.centers.copy_(torch.tensor(centers))
    return network


FIVE = bins_of((0, 0), (40, 0), (0, 40), (-40, 0), (0, -40))


def logits_for(number: int) -> torch.Tensor:
    logits = torch.zeros(1, 5, 2, 2)
    logits[:, number] = 20.0
    return logits


def test_the_right_color_costs_nothing_and_a_wrong_one_much() -> None:
    truth = torch.tensor([40.0, 0.0]).view(1, 2, 1, 1).expand(-1, -1, 2, 2) / 110

    right, wrong = (distribution_losses(FIVE, logits_for(n), truth, 0.5) for n in (1, 3))

    assert right["entropy"] < 1e-3
    assert right["mean"] < 1e-3
    assert wrong["entropy"] > 10
    assert wrong["mean"] > 0.1


def test_places_with_a_hint_count_more() -> None:
    truth = torch.zeros(1, 2, 2, 2)
    hinted = torch.zeros(1, 1, 2, 2)
    hinted[..., 0] = 1

    plain, more = (
        distribution_losses(FIVE, logits_for(1), truth, 0.5, each)["entropy"]
        for each in (None, hinted)
    )

    assert more == pytest.approx(2.5 * float(plain), rel=1e-4)


@pytest.mark.parametrize("criterion", [least_squares, cross_entropy])
def test_a_criterion_rewards_the_right_verdict(criterion: type) -> None:
    believed, doubted = torch.ones(4), torch.zeros(4)

    assert criterion(believed, True) < criterion(doubted, True)
    assert criterion(doubted, False) < criterion(believed, False)


def test_least_squares_still_has_a_slope_where_cross_entropy_is_flat() -> None:
    slopes = []
    for criterion in (least_squares, cross_entropy):
        score = torch.tensor([20.0], requires_grad=True)
        criterion(score, True).backward()
        assert score.grad is not None
        slopes.append(score.grad.abs().item())

    assert slopes[0] > 1
    assert slopes[1] < 1e-6


def test_the_patch_discriminator_scores_patches_and_the_vit_whole_pictures() -> None:
    picture = torch.randn(2, 3, 224, 224)

    patches = PatchDiscriminator()(picture)
    whole = ViTDiscriminator(ViTSize(224, width=24, layers=1, heads=2))(picture)

    assert patches.shape == (2, 1, 26, 26)
    assert whole.shape == (2, 1)


def test_the_feature_discriminator_scores_four_levels_of_what_a_frozen_network_sees() -> None:
    picture = torch.rand(2, 3, 64, 96, requires_grad=True)

    scores = FeatureDiscriminator()(picture)
    scores.sum().backward()

    assert scores.shape == (2, 4, 4, 6)
    assert picture.grad is not None
    assert picture.grad[:, 1:].abs().sum() > 0


@pytest.mark.parametrize("size", [LITE0, LITE1, LITE2])
def test_the_lite_backbones_fit_tensor_by_tensor(size: LiteSize) -> None:
    backbone = EfficientNetLite(size)
    before = backbone.stem[0].weight.clone()

    start_efficientnet_lite(backbone, size)

    assert not torch.equal(backbone.stem[0].weight, before)
    assert torch.isfinite(backbone(torch.zeros(1, 3, 64, 64)).stride32).all()


def test_a_unet_starts_from_a_file_of_torchvision_weights(tmp_path: Path) -> None:
    encoder, unet = resnet18(), ResNet18UNet()
    torch.save(encoder.state_dict(), tmp_path / "resnet18.pth")

    start_resnet18(unet, str(tmp_path / "resnet18.pth"))

    assert torch.equal(unet.stride32[0].conv1.weight, encoder.layer4[0].conv1.weight)
    assert torch.allclose(unet.stem[0].weight, encoder.conv1.weight.sum(dim=1, keepdim=True))


def test_a_vit_starts_from_a_local_folder(tmp_path: Path) -> None:
    config = ViTConfig(hidden_size=24, num_hidden_layers=1, num_attention_heads=2, image_size=32)
    published, ours = (ViTModel(config, add_pooling_layer=False) for _ in range(2))
    published.save_pretrained(tmp_path / "vit")

    start_vit(ours, str(tmp_path / "vit"))

    for name, tensor in published.state_dict().items():
        assert torch.equal(ours.state_dict()[name], tensor)


def test_missing_pretrained_weights_say_where_they_come_from(tmp_path: Path) -> None:
    with pytest.raises(PretrainedMissing, match="--pretrained"):
        start_resnet18(ResNet18UNet(), str(tmp_path / "none.pth"))
    with pytest.raises(PretrainedMissing, match="--pretrained"):
        start_vit(nn.Identity(), str(tmp_path / "none"))
