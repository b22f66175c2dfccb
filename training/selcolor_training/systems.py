"""The paper's networks by the names that recipes use.

| name | what it is |
|---|---|
| `resnet18-unet` | the first generator: a U-Net whose encoder is a ResNet18 |
| `vit-base` | the paper's generator: ViT-B/16 with its checkpoint (see `pretrained.VIT_IN21K`) |
| `unet-lite` | the laptop's U-Net: as `hybrid-vit`, without its transformer blocks |
| `hybrid-vit` | the laptop's ViT: transformer blocks over a pretrained convolutional stem |
| `hybrid-vit-bins` | the shipped one: the same body, predicting a distribution and taking hints |
| `hybrid-vit-bins-lite1`, `-lite2` | the same with a larger stem |
| `patch`, `patch-small` | the patch discriminator: 3 down-samplings, 64 or 32 filters |
| `features` | small heads on what a frozen EfficientNet-Lite0 sees |
| `vit-base`, `vit-small` | a ViT as discriminator, ViT-B/16 or 6 layers of 192 |
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from selcolor_backend.networks.efficientnet_lite import LITE0, LITE1, LITE2, LiteSize
from selcolor_backend.networks.foreground import ForegroundDeepLab
from selcolor_backend.networks.hybrid_vit import HybridSize, HybridViTGenerator
from selcolor_backend.networks.hybrid_vit_bins import HybridViTColorizer
from selcolor_backend.networks.mirrored import Mirrored
from selcolor_backend.networks.multiscale import MultiScaleColorizer, MultiScaleSegmenter
from selcolor_backend.networks.unet_resnet18 import ResNet18UNet
from selcolor_backend.networks.vit_generator import VIT_BASE, ViTGenerator, ViTSize
from selcolor_training.discriminators import (
    FeatureDiscriminator,
    PatchDiscriminator,
    ViTDiscriminator,
)
from selcolor_training.pretrained import (
    VIT_IN21K,
    start_efficientnet_lite,
    start_resnet18,
    start_vit,
)

FROM_NOTHING = "none"
DEFAULT = "default"


def make_generator(name: str, pretrained: str = DEFAULT) -> nn.Module:
    """Build a generator and start its encoder from pretrained weights.

    Args:
        name: see the module's table.
        pretrained: `none`, `default` (where the paper's, or the stem's, come from), or a folder or
            file with them.

    Raises:
        PretrainedMissing: the weights cannot be had.
    """
    network = GENERATORS[name]()
    if pretrained != FROM_NOTHING:
        STARTS[name](network, pretrained)
    return network


def best_device() -> torch.device:
    """The accelerator where there is one."""
    found = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    return found or torch.device("cpu")


def device_of(network: nn.Module) -> torch.device:
    """Where a network's weights are."""
    return next(network.parameters()).device


def as_used(network: nn.Module, mirrored: bool) -> nn.Module:
    """A trained network as it predicts in the product, by a recipe's `mirrored`."""
    if not mirrored:
        return network
    if isinstance(network, HybridViTColorizer):
        return MultiScaleColorizer(network)
    return (MultiScaleSegmenter if isinstance(network, ForegroundDeepLab) else Mirrored)(network)


def start_stem(network: nn.Module, _source: str, size: LiteSize = LITE0) -> None:
    """Start a Lite backbone; its weights always come from an installed package."""
    start_efficientnet_lite(network.get_submodule("backbone"), size)


def start_unet(network: nn.Module, source: str) -> None:
    """Start the U-Net's encoder."""
    start_resnet18(network, "torchvision" if source == DEFAULT else source)


def start_vit_generator(network: nn.Module, source: str) -> None:
    """Start the ViT generator's encoder."""
    start_vit(network.get_submodule("vit"), VIT_IN21K if source == DEFAULT else source)


GENERATORS: dict[str, Callable[[], nn.Module]] = {
    "resnet18-unet": ResNet18UNet,
    "vit-base": ViTGenerator,
    "unet-lite": lambda: HybridViTGenerator(HybridSize(blocks=0)),
    "hybrid-vit": HybridViTGenerator,
    "hybrid-vit-bins": HybridViTColorizer,
    "hybrid-vit-bins-lite1": lambda: HybridViTColorizer(HybridSize(stem=LITE1)),
    "hybrid-vit-bins-lite2": lambda: HybridViTColorizer(HybridSize(stem=LITE2)),
}

STARTS: dict[str, Callable[[nn.Module, str], None]] = {
    "resnet18-unet": start_unet,
    "vit-base": start_vit_generator,
    "unet-lite": start_stem,
    "hybrid-vit": start_stem,
    "hybrid-vit-bins": start_stem,
    "hybrid-vit-bins-lite1": lambda network, source: start_stem(network, source, LITE1),
    "hybrid-vit-bins-lite2": lambda network, source: start_stem(network, source, LITE2),
}

DISCRIMINATORS: dict[str, Callable[[int], nn.Module]] = {
    "patch": lambda _size: PatchDiscriminator(),
    "patch-small": lambda _size: PatchDiscriminator(filters=32),
    "features": lambda _size: FeatureDiscriminator(),
    "vit-base": lambda size: ViTDiscriminator(
        ViTSize(size, VIT_BASE.width, VIT_BASE.layers, VIT_BASE.heads)
    ),
    "vit-small": lambda size: ViTDiscriminator(ViTSize(size, width=192, layers=6, heads=3)),
}
