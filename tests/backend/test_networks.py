from dataclasses import replace

import pytest
import torch
from torch import nn

from selcolor_backend.models.registry import all_models, find_model
from selcolor_backend.networks.agreement import NonlocalMean, agree
from selcolor_backend.networks.architecture import find_architecture
from selcolor_backend.networks.deeplab import deeplabv3
from selcolor_backend.networks.efficientnet_lite import (
    LITE0,
    LITE1,
    LITE2,
    EfficientNetLite,
    LiteSize,
    pyramid_channels,
)
from selcolor_backend.networks.foreground import ForegroundDeepLab
from selcolor_backend.networks.hybrid_vit import HybridViTGenerator
from selcolor_backend.networks.hybrid_vit_bins import HybridViTColorizer, hint_cells
from selcolor_backend.networks.mirrored import Mirrored
from selcolor_backend.networks.multiscale import MultiScaleColorizer, MultiScaleSegmenter
from selcolor_backend.networks.sizes import exactly, long_side, short_side
from selcolor_backend.networks.unet_resnet18 import ResNet18UNet
from selcolor_backend.networks.vit_generator import ViTGenerator, ViTSize
from selcolor_backend.sketch import Sketch

TINY_VIT = ViTSize(image=64, width=32, layers=2, heads=4)


def untrained(name: str) -> nn.Module:
    model = find_model(name)
    return find_architecture(model.architecture).build(model.classes)


def parameters(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


@torch.no_grad()
def output_shape(network: nn.Module, *shape: int) -> tuple[int, ...]:
    return tuple(network.eval()(torch.rand(*shape)).shape)


def test_the_lite_colorizer_predicts_a_quarter_of_the_size() -> None:
    assert output_shape(HybridViTGenerator(), 2, 1, 64, 96) == (2, 2, 16, 24)


def test_the_lite_segmenter_answers_at_half_of_the_size() -> None:
    assert output_shape(ForegroundDeepLab(4), 2, 3, 64, 96) == (2, 5, 32, 48)


def test_the_vit_generator_predicts_at_full_size() -> None:
    assert output_shape(ViTGenerator(TINY_VIT), 2, 1, 64, 64) == (2, 2, 64, 64)


def test_the_vit_generator_is_the_paper_s() -> None:
    with torch.device("meta"):
        network = ViTGenerator()
    convolutions = [layer for layer in network.decoder if isinstance(layer, nn.Conv2d)]
    widths = [(layer.in_channels, layer.out_channels) for layer in convolutions]
    assert widths == [(768, 768), (768, 768), (768, 512)]
    # ViT-B/16 without a head and pooler, as its authors count it, 85.8 million.
    assert parameters(network.vit) == 85_798_656


def test_without_attention_the_vit_generator_paints_only_where_its_input_changed() -> None:
    network = ViTGenerator(replace(TINY_VIT, image=96)).eval()
    network.vit.layers = nn.ModuleList()
    gray = torch.zeros(1, 1, 96, 96)
    spot = gray.clone()
    spot[..., :16, 80:] = torch.rand(16, 16)
    with torch.no_grad():
        change = (network(spot) - network(gray)).abs().sum(dim=1)[0]
    assert change[:16, 80:].max() > 0
    # Three 3×3 convolutions reach three tokens of 16 pixels far.
    assert change[64:].max() == 0
    assert change[:, :32].max() == 0


@pytest.mark.parametrize("size", [(32, 32), (64, 96)])
def test_the_unet_predicts_at_full_size(size: tuple[int, int]) -> None:
    assert output_shape(ResNet18UNet(), 1, 1, *size) == (1, 2, *size)


def test_deeplabv3_has_torchvision_s_parameters() -> None:
    with torch.device("meta"):
        network = deeplabv3(21)
    assert parameters(network) == 60_996_202


def test_deeplabv3_classifies_every_pixel_into_voc_s_classes() -> None:
    with torch.device("meta"):
        network = deeplabv3(21).eval()
        logits = network(torch.empty(1, 3, 64, 96))
    assert logits.shape == (1, 21, 64, 96)


def test_the_voc_classes_stand_in_torchvision_s_order() -> None:
    from torchvision.models.segmentation import DeepLabV3_ResNet101_Weights

    ours = [name.replace(" ", "") for name in find_model("deeplabv3-resnet101").classes]
    theirs = DeepLabV3_ResNet101_Weights.COCO_WITH_VOC_LABELS_V1.meta["categories"]
    spelled = {"__background__": "background", "aeroplane": "airplane"}
    assert ours == [spelled.get(name, name) for name in theirs]


def test_a_mirrored_network_predicts_the_mirror_image_mirrored() -> None:
    torch.manual_seed(0)
    network = Mirrored(HybridViTGenerator()).eval()
    picture = torch.rand(2, 1, 64, 96) * 2 - 1
    with torch.no_grad():
        upright, mirrored = network(picture), network(picture.flip(-1))

    assert upright.shape == (2, 2, 16, 24)
    assert torch.allclose(upright, mirrored.flip(-1), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "ensemble"),
    [
        ("vit-lsgan-lite", MultiScaleColorizer),
        ("foreground-lite", MultiScaleSegmenter),
        ("deeplabv3-resnet101", None),
    ],
)
def test_small_networks_see_the_mirror_image_too(name: str, ensemble: type | None) -> None:
    assert find_architecture(find_model(name).architecture).ensemble == ensemble


@pytest.mark.parametrize("name", ["vit-lsgan-lite", "foreground-lite"])
def test_weights_survive_a_strict_round_trip_through_the_meta_device(name: str) -> None:
    source = untrained(name).eval()
    with torch.device("meta"):
        copy = untrained(name).eval()
    copy.load_state_dict(source.state_dict(), strict=True, assign=True)
    picture = torch.rand(1, 3 if name == "foreground-lite" else 1, 32, 32)
    with torch.no_grad():
        assert torch.equal(source(picture), copy(picture))


@pytest.mark.parametrize("name", ["vit-lsgan", "deeplabv3-resnet101"])
def test_a_network_built_on_the_meta_device_has_nothing_that_a_file_does_not_fill(
    name: str,
) -> None:
    with torch.device("meta"):
        network = untrained(name)
    in_file = set(network.state_dict())
    everything = {name for name, _ in network.named_buffers()} | {
        name for name, _ in network.named_parameters()
    }
    assert everything == in_file


@pytest.mark.parametrize(
    ("rule", "picture", "network"),
    [
        (exactly(224), (3000, 4000), (224, 224)),
        (short_side(224, 448, 32), (3000, 4000), (224, 288)),
        (short_side(224, 448, 32), (100, 100), (224, 224)),
        (short_side(224, 448, 32), (1000, 3000), (160, 448)),
        (short_side(224, 448, 32), (1, 20000), (32, 448)),
        (long_side(320, 32), (3000, 4000), (256, 320)),
        (long_side(320, 32), (20000, 1), (320, 32)),
        (short_side(520, 1040, 8), (600, 800), (520, 696)),
    ],
)
def test_pictures_get_the_size_that_the_network_wants(rule, picture, network) -> None:
    assert rule(*picture) == network


def test_a_sketch_is_resized_without_aliasing() -> None:
    stripes = torch.tensor([0.0, 100.0]).repeat(256).expand(512, 512)
    assert Sketch(stripes.expand(3, -1, -1) / 100, stripes).resized(64, 64).luminance.std() < 2


def test_every_model_of_the_registry_names_a_module_with_its_network() -> None:
    for model in all_models().values():
        assert find_architecture(model.architecture).native_size(300, 400)


def colorizer_of(bins: int = 7) -> HybridViTColorizer:
    """A small-headed network with bins drawn at random, as after some training."""
    torch.manual_seed(0)
    network = HybridViTColorizer(bins=bins)
    network.centers.copy_(60 * torch.randn(bins, 2))
    network.prior.copy_(torch.rand(bins) + 0.05)
    network.prior.div_(network.prior.sum())
    return network.eval()


@torch.no_grad()
def test_a_distribution_of_colors_has_a_logit_for_every_bin() -> None:
    network = colorizer_of()

    assert network.distribution(torch.rand(2, 1, 64, 96)).logits.shape == (2, 7, 16, 24)
    assert network(torch.rand(2, 1, 64, 96)).shape == (2, 2, 16, 24)


@torch.no_grad()
def test_low_temperatures_choose_a_bin_and_high_ones_the_mean() -> None:
    network = colorizer_of()
    logits = torch.randn(1, 7, 4, 4)

    cold, hot = (110 * network.decode(logits, heat, 0.0) for heat in (1e-3, 1e5))

    likeliest = network.centers[logits.argmax(dim=1)].permute(0, 3, 1, 2)
    assert torch.allclose(cold, likeliest, atol=0.1)
    assert torch.allclose(hot[0, :, 0, 0], network.centers.mean(dim=0), atol=0.1)


@torch.no_grad()
def test_the_power_of_the_prior_favors_rare_colors() -> None:
    network = colorizer_of()
    rarest = network.centers[network.prior.argmin()].view(1, 2, 1, 1)

    distances = [
        float((110 * network.decode(torch.zeros(1, 7, 1, 1), 0.3, power) - rarest).norm())
        for power in (0.0, 0.5, 1.0)
    ]

    assert distances[0] > distances[1] > distances[2]


@torch.no_grad()
def test_how_a_distribution_is_read_comes_with_the_weights() -> None:
    network, luminance = colorizer_of(), torch.rand(1, 1, 64, 64)
    network.temperature.fill_(0.9)
    network.prior_power.fill_(0.7)
    network.likeness.fill_(0.5)
    network.vividness.fill_(1.5)

    logits, tokens = network.distribution(luminance)
    agreed = agree(logits, tokens, luminance, 0.5, NonlocalMean())
    expected = 1.5 * network.decode(agreed, 0.9, 0.7)

    assert torch.equal(network(luminance), expected)


@torch.no_grad()
def test_what_is_too_strong_is_held_back_and_pale_colors_hardly_are() -> None:
    network = colorizer_of()
    network.most_chroma.fill_(50)
    ab = torch.tensor([5.0, 50.0, 500.0]).view(1, 1, 3, 1) * torch.tensor([0.6, -0.8]).view(
        1, 2, 1, 1
    )

    shown = 110 * network.strengthened(ab / 110)

    assert shown.norm(dim=1).flatten().tolist() == pytest.approx([4.975, 35.355, 49.752], abs=0.01)
    assert torch.allclose(shown[:, 0] * -0.8, shown[:, 1] * 0.6, atol=1e-4)


@torch.no_grad()
def test_the_two_sleeves_of_a_coat_agree_though_something_else_is_between() -> None:
    """Three parts of one luminance; the network sees the same in the outer two only."""
    columns = torch.arange(24)
    is_coat = (columns < 8) | (columns >= 16)
    kinds = torch.stack([is_coat.float(), (~is_coat).float()])
    tokens = kinds.view(1, 2, 1, 24).expand(-1, -1, 24, -1)
    blue = torch.where(columns < 8, 2.0, torch.where(is_coat, -1.0, 0.0)).expand(24, 24)
    logits = torch.stack([blue, -blue])[None]

    agreed = agree(logits, tokens, torch.zeros(1, 1, 96, 96), 2.0, NonlocalMean())

    left, middle, right = agreed[0, 0, :, [2, 12, 21]].mean(dim=0)
    assert -0.5 < right < left < 1.5
    assert abs(middle) < 0.1


@torch.no_grad()
def test_weights_of_before_cells_agreed_are_read_without() -> None:
    trained, luminance = colorizer_of(), torch.rand(1, 1, 64, 64)
    weights = {**trained.state_dict(), "agreement": torch.tensor(4)}
    del weights["likeness"], weights["vividness"], weights["most_chroma"]
    network = colorizer_of()
    network.likeness.fill_(0.7)
    network.vividness.fill_(1.5)

    network.load_state_dict(weights, strict=True)

    assert torch.equal(network(luminance), trained(luminance))


@torch.no_grad()
def test_hints_have_no_effect_before_they_are_learned() -> None:
    network, luminance = colorizer_of(), torch.rand(1, 1, 64, 64)

    assert torch.equal(network(luminance), network(luminance, torch.rand(1, 3, 16, 16)))


@torch.no_grad()
def test_a_hint_that_was_learned_changes_its_surroundings_most() -> None:
    network, luminance = colorizer_of(), torch.rand(1, 1, 128, 128)
    network.blocks = nn.Sequential()
    for convolution in (network.hint_tokens, network.hint_quarter, network.hint_head):
        nn.init.normal_(convolution.weight)
    hint = torch.zeros(1, 3, 32, 32)
    hint[..., 4:6, 4:6] = 1

    change = (network(luminance, hint) - network(luminance)).abs().sum(dim=1)[0]

    assert change[2:8, 2:8].mean() > 10 * change[24:, 24:].mean()


@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_a_network_has_as_many_bins_as_the_weights_that_it_loads(device: str) -> None:
    trained = colorizer_of(bins=5)
    with torch.device(device):
        network = HybridViTColorizer()

    network.load_state_dict(trained.state_dict(), strict=True, assign=device == "meta")

    luminance = torch.rand(1, 1, 64, 64)
    with torch.no_grad():
        assert torch.equal(network.eval()(luminance), trained(luminance))


@pytest.mark.parametrize(
    ("size", "stride32", "blocks"), [(LITE0, 320, 16), (LITE1, 320, 21), (LITE2, 352, 21)]
)
def test_the_lite_family_is_scaled_as_its_authors_scale_it(
    size: LiteSize, stride32: int, blocks: int
) -> None:
    with torch.device("meta"):
        network = EfficientNetLite(size)
        pyramid = network(torch.empty(1, 3, 64, 96))

    assert tuple(level.shape[1] for level in pyramid) == tuple(pyramid_channels(size))
    assert pyramid.stride32.shape == (1, stride32, 2, 3)
    assert sum(len(stage) for stage in network.stages) == blocks


def test_hints_are_averaged_over_the_cells_that_a_network_sees() -> None:
    planes = torch.zeros(3, 8, 8)
    planes[:, :4, :2] = torch.tensor([55.0, -22.0, 1.0]).view(3, 1, 1)
    planes[:, 7, 7] = torch.tensor([55.0, -22.0, 1.0])

    cells = hint_cells(Sketch(torch.zeros(3, 8, 8), torch.zeros(8, 8), planes))

    assert torch.allclose(cells[0, :, 0, 0], torch.tensor([0.5, -0.2, 1.0]))
    assert not cells[0, :, 1].any(), "a single pixel in a cell is no stroke"
