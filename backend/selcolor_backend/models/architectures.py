"""Which network stands behind each `architecture` of the registry; weights are `loading`'s.

Networks are imported when they are built: transformers alone takes seconds, and the default models
do not need it.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from selcolor_backend.models.registry import Model
from selcolor_backend.networks.mirrored import Mirrored


def _hybrid_vit(_model: Model) -> nn.Module:
    from selcolor_backend.networks.hybrid_vit import HybridViTGenerator

    return HybridViTGenerator()


def _vit_generator(_model: Model) -> nn.Module:
    from selcolor_backend.networks.vit_generator import ViTGenerator

    return ViTGenerator()


def _unet_resnet18(_model: Model) -> nn.Module:
    from selcolor_backend.networks.unet_resnet18 import ResNet18UNet

    return ResNet18UNet()


def _foreground_deeplab(model: Model) -> nn.Module:
    from selcolor_backend.networks.foreground import ForegroundDeepLab

    return ForegroundDeepLab(len(model.classes))


def _deeplabv3(model: Model) -> nn.Module:
    from selcolor_backend.networks.deeplab import deeplabv3

    return deeplabv3(len(model.classes))


_BUILDERS: dict[str, Callable[[Model], nn.Module]] = {
    "hybrid-vit": _hybrid_vit,
    "vit-generator": _vit_generator,
    "unet-resnet18": _unet_resnet18,
    "foreground-deeplab": _foreground_deeplab,
    "deeplabv3-resnet101": _deeplabv3,
}


_MIRRORED = ("hybrid-vit", "foreground-deeplab")
"""So small that a second prediction is worth its time, see docs/decisions/034."""


def as_used(model: Model, network: nn.Module) -> nn.Module:
    """A model's trained network as it predicts: small ones see the picture's mirror image too."""
    return Mirrored(network) if model.architecture in _MIRRORED else network


def build_untrained(model: Model) -> nn.Module:
    """The network of a model's architecture with random weights, on torch's default device."""
    return _BUILDERS[model.architecture](model)
