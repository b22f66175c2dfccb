"""The paper's networks by the names that recipes use.

| name | what it is |
|---|---|
| `resnet18-unet` | the first generator: a U-Net whose encoder is a ResNet18 |
| `vit-base` | the paper's generator: ViT-B/16 with its checkpoint (see `pretrained.VIT_IN21K`) |
| `hybrid-vit` | the laptop's: transformer blocks over a pretrained convolutional stem |
| `patch` | the patch discriminator: 3 down-samplings, 64 filters |
| `vit-base`, `vit-small` | a ViT as discriminator, ViT-B/16 or 6 layers of 192 |
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from selcolor_backend.networks.hybrid_vit import HybridViTGenerator
from selcolor_backend.networks.mirrored import Mirrored
from selcolor_backend.networks.unet_resnet18 import ResNet18UNet
from selcolor_backend.networks.vit_generator import VIT_BASE, ViTGenerator, ViTSize
from selcolor_training.discriminators import PatchDiscriminator, ViTDiscriminator
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


def as_used(network: nn.Module, mirrored: bool) -> nn.Module:
    """A trained network as it predicts in the product, by a recipe's `mirrored`."""
    return Mirrored(network) if mirrored else network


def start_stem(network: nn.Module, _source: str) -> None:
    """Start a Lite backbone; its weights always come from the installed package."""
    start_efficientnet_lite(network.get_submodule("backbone"))


def start_unet(network: nn.Module, source: str) -> None:
    """Start the U-Net's encoder."""
    start_resnet18(network, "torchvision" if source == DEFAULT else source)


def start_vit_generator(network: nn.Module, source: str) -> None:
    """Start the ViT generator's encoder."""
    start_vit(network.get_submodule("vit"), VIT_IN21K if source == DEFAULT else source)


GENERATORS: dict[str, Callable[[], nn.Module]] = {
    "resnet18-unet": ResNet18UNet,
    "vit-base": ViTGenerator,
    "hybrid-vit": HybridViTGenerator,
}

STARTS: dict[str, Callable[[nn.Module, str], None]] = {
    "resnet18-unet": start_unet,
    "vit-base": start_vit_generator,
    "hybrid-vit": start_stem,
}

DISCRIMINATORS: dict[str, Callable[[int], nn.Module]] = {
    "patch": lambda _size: PatchDiscriminator(),
    "vit-base": lambda size: ViTDiscriminator(
        ViTSize(size, VIT_BASE.width, VIT_BASE.layers, VIT_BASE.heads)
    ),
    "vit-small": lambda size: ViTDiscriminator(ViTSize(size, width=192, layers=6, heads=3)),
}
