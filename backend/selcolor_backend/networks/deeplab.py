"""DeepLabv3 on ResNet101 as torchvision has it: the paper's segmenter.

Its class names stand in the registry (`models.toml`).
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.segmentation import DeepLabV3, deeplabv3_resnet101

from selcolor_backend.networks.architecture import (
    Architecture,
    class_probabilities,
    imagenet_normalized,
)
from selcolor_backend.networks.sizes import short_side


class MainOutput(DeepLabV3):  # type: ignore[misc]
    """The main head's logits alone; torchvision computes the auxiliary head's as well.

    The auxiliary head serves training only. It is kept because the weight file holds it.
    """

    def forward(self, picture: Tensor) -> Tensor:
        """Classify every pixel.

        Args:
            picture: RGB normalized by ImageNet's mean and deviation, `[N, 3, H, W]`.

        Returns:
            Logits, `[N, classes, H, W]`.
        """
        logits = self.classifier(self.backbone(picture)["out"])
        return functional.interpolate(logits, picture.shape[-2:], mode="bilinear")


def deeplabv3(classes: int) -> nn.Module:
    """The network with torchvision's own tensor names, untrained; nothing is downloaded."""
    parts = deeplabv3_resnet101(
        weights=None, weights_backbone=None, num_classes=classes, aux_loss=True
    )
    network: nn.Module = MainOutput(parts.backbone, parts.classifier, parts.aux_classifier)
    return network


ARCHITECTURE = Architecture(
    build=lambda classes: deeplabv3(len(classes)),
    native_size=short_side(520, longest=1040, multiple=8),
    prepare=imagenet_normalized,
    finish=class_probabilities,
)
