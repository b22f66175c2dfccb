"""Losses, discriminators, calibration, shared normalization and where networks start from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from selcolor_training.calibration import calibrate, mean_chroma
from selcolor_training.samples import ANY_CLASS
from selcolor_training.shared_norm import SharedBatchNorm2d, share_norms
from small_recipes import SmallGenerator
from torch import nn
from torchvision.models import resnet18
from transformers import ViTConfig, ViTModel

from selcolor_backend.networks.efficientnet_lite import EfficientNetLite0
from selcolor_backend.networks.mirrored import Mirrored
from selcolor_backend.networks.unet_resnet18 import ResNet18UNet
from selcolor_backend.networks.vit_generator import ViTSize
from selcolor_training.descent import cosine, parameter_groups
from selcolor_training.discriminators import PatchDiscriminator, ViTDiscriminator
from selcolor_training.errors import PretrainedMissing
from selcolor_training.losses import (
    chroma_weighted,
    cross_entropy,
    least_squares,
    mask_loss,
)
from selcolor_training.pretrained import start_efficientnet_lite, start_resnet18, start_vit


def test_the_learning_rate_warms_up_and_goes_to_zero() -> None:
    assert cosine(0.0) < 0.01
    assert cosine(0.02) > 0.99
    assert cosine(1.0) < 0.01


def test_a_pretrained_backbone_learns_at_its_own_rate() -> None:
    network = nn.ModuleDict({"backbone": nn.Linear(2, 2), "head": nn.Linear(2, 2)})

    slow, fast = parameter_groups(network, rate=1e-3, backbone_rate=1e-4)

    assert (slow["base_rate"], len(slow["params"])) == (1e-4, 2)
    assert (fast["base_rate"], len(fast["params"])) == (1e-3, 2)


def test_color_loss_weighs_colorful_pixels_more() -> None:
    gray = torch.zeros(1, 2, 4, 4)

    pale = chroma_weighted(gray, torch.full((1, 2, 4, 4), 0.1))
    vivid = chroma_weighted(gray, torch.full((1, 2, 4, 4), 0.2))

    assert vivid > 2.5 * pale


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


def test_a_subject_of_any_class_satisfies_an_unnamed_mask() -> None:
    logits = torch.zeros(1, 4, 8, 8)
    logits[:, 2] = 12.0
    subject = torch.ones(1, 1, 8, 8)

    unnamed = mask_loss(logits, subject, torch.tensor([ANY_CLASS]))
    person = mask_loss(logits, subject, torch.tensor([1]))

    assert unnamed < 0.01
    assert person > 1


def test_the_patch_discriminator_scores_patches_and_the_vit_whole_pictures() -> None:
    picture = torch.randn(2, 3, 224, 224)

    patches = PatchDiscriminator()(picture)
    whole = ViTDiscriminator(ViTSize(224, width=24, layers=1, heads=2))(picture)

    assert patches.shape == (2, 1, 26, 26)
    assert whole.shape == (2, 1)


def test_calibration_sets_the_strength_and_keeps_the_hue() -> None:
    torch.manual_seed(0)
    generator = SmallGenerator().eval()
    pairs = [(torch.randn(1, 1, 64, 64), 0.2 * torch.randn(1, 2, 64, 64)) for _ in range(4)]
    luminance, _ = pairs[0]
    with torch.no_grad():
        before = generator(luminance)

    calibrate(generator.to_chroma, generator, pairs, chroma_target=0.9)

    predicted, true = torch.stack([mean_chroma(generator, *pair) for pair in pairs]).mean(dim=0)
    assert (predicted / true).item() == pytest.approx(0.9, abs=1e-3)
    with torch.no_grad():
        strength = generator(luminance) / before
    assert torch.allclose(strength, strength.mean(), rtol=1e-3)


def test_calibration_weighs_a_against_b_at_the_same_strength() -> None:
    torch.manual_seed(0)
    generator = SmallGenerator().eval()
    used = Mirrored(generator)
    pairs = [(torch.randn(1, 1, 64, 64), 0.2 * torch.randn(1, 2, 64, 64)) for _ in range(4)]
    with torch.no_grad():
        before = generator(pairs[0][0])

    calibrate(generator.to_chroma, used, pairs, chroma_target=0.9, balance=0.5)

    predicted, true = torch.stack([mean_chroma(used, *pair) for pair in pairs]).mean(dim=0)
    assert (predicted / true).item() == pytest.approx(0.9, abs=1e-3)
    with torch.no_grad():
        a, b = (generator(pairs[0][0]) / before).mean(dim=(0, 2, 3)).tolist()
    assert a / b == pytest.approx(0.5, rel=1e-3)


def test_a_shared_normalization_alone_is_a_common_one() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
    inputs = torch.randn(2, 3, 8, 8)
    expected = network(inputs)

    share_norms(network)

    assert isinstance(network[1], SharedBatchNorm2d)
    assert torch.allclose(network(inputs), expected)


def test_the_lite_backbone_fits_tensor_by_tensor() -> None:
    backbone = EfficientNetLite0()
    before = backbone.stem[0].weight.clone()

    start_efficientnet_lite(backbone)

    assert not torch.equal(backbone.stem[0].weight, before)
    assert torch.isfinite(backbone(torch.zeros(1, 3, 64, 64)).stride32).all()


def test_a_unet_starts_from_a_file_of_torchvision_weights(tmp_path: Path) -> None:
    encoder, unet = resnet18(), ResNet18UNet()
    torch.save(encoder.state_dict(), tmp_path / "resnet18.pth")

    start_resnet18(unet, str(tmp_path / "resnet18.pth"))

    assert torch.equal(unet.stride32[0].conv1.weight, encoder.layer4[0].conv1.weight)
    assert torch.allclose(unet.stem[0].weight, encoder.conv1.weight.mean(dim=1, keepdim=True))


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
