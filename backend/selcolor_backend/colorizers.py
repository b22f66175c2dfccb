"""Colorizers: what stands between a photo's luminance and a generator; files are `models`' concern.

An adapter resizes to the generator's native size, scales L and ab as the paper does (L / 50 − 1,
ab / 110) and undoes it. Bringing ab back to the photo's size is left to `guided`.
"""

from __future__ import annotations

from torch import Tensor

from selcolor_backend.models.devices import PlacedNetwork
from selcolor_backend.models.sizes import SizeRule, exactly, resize, short_side
from selcolor_backend.pixels.color import AB_SCALE

TRAINED_SIDE = 224
LONGEST_SIDE = 448
STRIDE = 32

NATIVE_SIZES: dict[str, SizeRule] = {
    "hybrid-vit": short_side(TRAINED_SIDE, LONGEST_SIDE, STRIDE),
    "unet-resnet18": short_side(TRAINED_SIDE, LONGEST_SIDE, STRIDE),
    # Its position embeddings exist for this one size.
    "vit-generator": exactly(TRAINED_SIDE),
}
"""The size rule of each colorizing architecture."""


class NetworkColorizer:
    """A generator as a `Colorizer`."""

    def __init__(self, network: PlacedNetwork, native_size: SizeRule) -> None:
        self._network = network
        self._native_size = native_size

    @property
    def name(self) -> str:
        """The model's name in the registry."""
        return self._network.name

    @property
    def device(self) -> str:
        """Where the last prediction was made."""
        return self._network.device

    def predict(self, luminance: Tensor) -> Tensor:
        """Predict the colors of a photo.

        Args:
            luminance: L in [0, 100], float32, `[1, 1, H, W]`, any size.

        Returns:
            ab in Lab's own units, float32, `[2, h, w]` at the network's output size, on `device`.

        Raises:
            OutOfMemory: not even the CPU has room.
        """
        size = self._native_size(*luminance.shape[-2:])
        scaled = resize(luminance, size) / 50 - 1
        return self._network(scaled)[0] * AB_SCALE
