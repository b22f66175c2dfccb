"""What the pipeline asks of a network; how networks are built, loaded and run is left to others."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class Colorizer(Protocol):
    """A network that guesses chroma from luminance.

    Attributes:
        name: its name in the registry.
        device: the torch device it runs on, such as `cpu`, `cuda` or `mps`.
    """

    @property
    def name(self) -> str:
        """The name in the registry."""
        ...

    @property
    def device(self) -> str:
        """The torch device it runs on."""
        ...

    def predict(self, luminance: Tensor) -> Tensor:
        """Guess the chroma of a picture.

        Args:
            luminance: L in [0, 100], float32 `[1, 1, H, W]` of any size; the network resizes it.

        Returns:
            a and b in Lab units (about ±110), float32 `[2, h, w]` at the network's own size.
        """
        ...


class Segmenter(Protocol):
    """A network that tells which class each pixel belongs to.

    Attributes:
        name: its name in the registry.
        device: the torch device it runs on.
        classes: names of the K classes; the first is the background.
    """

    @property
    def name(self) -> str:
        """The name in the registry."""
        ...

    @property
    def device(self) -> str:
        """The torch device it runs on."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; the first is the background."""
        ...

    def predict(self, rgb: Tensor) -> Tensor:
        """Tell each pixel's class probabilities.

        Args:
            rgb: encoded sRGB in [0, 1], float32 `[1, 3, H, W]` of any size.

        Returns:
            Probabilities that sum to 1 over K, float32 `[K, h, w]` at the network's own size.
        """
        ...
