"""Segmenters: what stands between a photo and a segmentation network; files are `models`' concern.

An adapter resizes, normalizes as the network was trained, and turns logits into probabilities.
Bringing them back to the photo's size and choosing classes is left to `mask`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from selcolor_backend.models.devices import PlacedNetwork
from selcolor_backend.models.sizes import SizeRule, long_side, resize, short_side
from selcolor_backend.pixels.color import to_gray

FOREGROUND_LONG_SIDE = 448
FOREGROUND_STRIDE = 32

DEEPLAB_SHORT_SIDE = 520
DEEPLAB_LONGEST_SIDE = 1040
DEEPLAB_STRIDE = 8

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


def _per_channel(values: tuple[float, ...], like: Tensor) -> Tensor:
    return torch.tensor(values, device=like.device, dtype=like.dtype).view(-1, 1, 1)


def gray_to_range(rgb: Tensor) -> Tensor:
    """RGB in [0, 1] to its luma in all three channels, in [−1, 1].

    Real input is black-and-white; a color photo is made so, that both give the same mask.
    """
    return to_gray(rgb) * 2 - 1


def imagenet_normalize(rgb: Tensor) -> Tensor:
    """RGB in [0, 1] less ImageNet's mean, over its deviation."""
    return (rgb - _per_channel(IMAGENET_MEAN, rgb)) / _per_channel(IMAGENET_DEVIATION, rgb)


@dataclass(frozen=True)
class SegmenterRecipe:
    """How a segmenting architecture wants its input.

    Attributes:
        native_size: the size that the network sees.
        normalize: RGB in [0, 1], `[1, 3, H, W]`, to the network's input.
    """

    native_size: SizeRule
    normalize: Callable[[Tensor], Tensor]


FOREGROUND = SegmenterRecipe(long_side(FOREGROUND_LONG_SIDE, FOREGROUND_STRIDE), gray_to_range)
DEEPLAB = SegmenterRecipe(
    short_side(DEEPLAB_SHORT_SIDE, DEEPLAB_LONGEST_SIDE, DEEPLAB_STRIDE), imagenet_normalize
)


class NetworkSegmenter:
    """A segmentation network as a `Segmenter`."""

    def __init__(
        self, network: PlacedNetwork, recipe: SegmenterRecipe, classes: tuple[str, ...]
    ) -> None:
        self._network = network
        self._recipe = recipe
        self._classes = classes

    @property
    def name(self) -> str:
        """The model's name in the registry."""
        return self._network.name

    @property
    def device(self) -> str:
        """Where the last prediction was made."""
        return self._network.device

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of `predict`'s result; the first is "background"."""
        return self._classes

    def predict(self, rgb: Tensor) -> Tensor:
        """Classify every pixel of a photo.

        Args:
            rgb: encoded sRGB in [0, 1], float32, `[1, 3, H, W]`, any size.

        Returns:
            Probabilities, float32, `[K, h, w]` at the network's output size, on `device`; they
            sum to 1 over the K classes.

        Raises:
            OutOfMemory: not even the CPU has room.
        """
        small = resize(rgb, self._recipe.native_size(*rgb.shape[-2:]))
        return self._network(self._recipe.normalize(small))[0].softmax(dim=0)
