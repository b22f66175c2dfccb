"""DeepLabv3 on ResNet101 as torchvision has it: the paper's segmenter.

Its class names stand in the registry (`models.toml`).
"""

from __future__ import annotations

from torch import Tensor, nn
from torchvision.models.segmentation import deeplabv3_resnet101


def deeplabv3(classes: int) -> nn.Module:
    """The network with torchvision's own tensor names, untrained; nothing is downloaded."""
    network: nn.Module = deeplabv3_resnet101(
        weights=None, weights_backbone=None, num_classes=classes, aux_loss=True
    )
    return network


class MainOutput(nn.Module):
    """The main head's logits alone; torchvision returns a dictionary with the auxiliary head's."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        # The auxiliary head serves training only; forward skips it when it is None.
        network.register_module("aux_classifier", None)
        self.network = network

    def forward(self, picture: Tensor) -> Tensor:
        """Classify every pixel.

        Args:
            picture: RGB normalized by ImageNet's mean and deviation, `[N, 3, H, W]`.

        Returns:
            Logits, `[N, classes, H, W]`.
        """
        logits: Tensor = self.network(picture)["out"]
        return logits
