"""The paper's generator: ViT-B/16 as encoder, three convolutions and a pixel shuffle as decoder.

The supplement ("Third approach") puts its own decoder into transformers'
`ViTForMaskedImageModeling`. Here the same encoder, `ViTModel`, is used directly: the listing's
`outputs.logits` is called `reconstruction` today, the mask token is never used, and the original
decoder would only be built to be thrown away. Tensor names stay those of the listing (`vit.*`,
`decoder.*`), as the installed transformers spells them. Nothing is fetched from a hub.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from transformers import ViTConfig, ViTModel

from selcolor_backend.networks.architecture import (
    Architecture,
    chroma_from_scaled,
    scaled_luminance,
)
from selcolor_backend.networks.sizes import exactly

PATCH = 16


@dataclass(frozen=True)
class ViTSize:
    """How large the transformer is; the defaults are google/vit-base-patch16-224-in21k.

    Attributes:
        image: side of the square input in pixels, a multiple of PATCH.
        width: length of a token.
        layers: transformer layers.
        heads: attention heads; they divide `width`.
    """

    image: int = 224
    width: int = 768
    layers: int = 12
    heads: int = 12


VIT_BASE = ViTSize()


def vit_encoder(size: ViTSize) -> ViTModel:
    """The transformer, not pretrained: pictures `[N, 3, image, image]` to tokens."""
    config = ViTConfig(
        image_size=size.image,
        patch_size=PATCH,
        hidden_size=size.width,
        intermediate_size=4 * size.width,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
    )
    return ViTModel(config, add_pooling_layer=False)


def vit_decoder(width: int) -> nn.Sequential:
    """The listing's decoder: tokens `[N, width, h, w]` to ab / 110, `[N, 2, 16 h, 16 w]`."""
    return nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(width, width, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(width, 2 * PATCH * PATCH, 3, padding=1),
        nn.PixelShuffle(PATCH),
    )


class ViTGenerator(nn.Module):
    """L in [−1, 1] to ab / 110, at the size of the input."""

    def __init__(self, size: ViTSize = VIT_BASE) -> None:
        super().__init__()
        self.vit = vit_encoder(size)
        self.decoder = vit_decoder(size.width)

    def forward(self, luminance: Tensor) -> Tensor:
        """Predict chroma.

        Args:
            luminance: L / 50 − 1, `[N, 1, image, image]`.

        Returns:
            ab / 110, `[N, 2, image, image]`; not clamped.
        """
        # The encoder expects three channels; the paper copies L into each.
        tokens = self.vit(luminance.expand(-1, 3, -1, -1)).last_hidden_state
        rows, columns = (side // PATCH for side in luminance.shape[-2:])
        # The first token is the class token; it has no place in the picture.
        grid = tokens[:, 1:].transpose(1, 2).unflatten(2, (rows, columns))
        chroma: Tensor = self.decoder(grid)
        return chroma


ARCHITECTURE = Architecture(
    build=lambda _classes: ViTGenerator(),
    # Its position embeddings exist for this one size.
    native_size=exactly(VIT_BASE.image),
    prepare=scaled_luminance,
    finish=chroma_from_scaled,
)
