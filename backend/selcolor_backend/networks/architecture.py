"""What the rest of the program needs to know of a network: one record, beside the network.

Every module of this folder that holds a network ends with its `ARCHITECTURE`. The module's name is
what `models.toml` calls `architecture`, so that a new network is one module and one table. Where a
network comes in several sizes, each has a record, and the name is that of both: `ddcolor.TINY`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from selcolor_backend.networks.sizes import SizeRule
from selcolor_backend.pixels.color import AB_SCALE, to_gray
from selcolor_backend.sketch import LONG_SIDE, Sketch

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Architecture:
    """How a network is built and used.

    Attributes:
        build: makes the network with random weights; it is given the names of the classes, which
            colorizers do not have.
        native_size: the size that the network sees, from the picture's.
        prepare: a sketch of that size as the network's input, float32 `[1, C, H, W]`.
        finish: the network's output without its batch dimension as ab in Lab's units, `[2, h, w]`,
            or as the probability of each class, `[K, h, w]`; that of the first, the background,
            is of not belonging to the main subject.
        prepare_hints: the hints of a sketch of that size as the network's second input, which is
            left out where there is no hint; None for a network that takes none.
        ensemble: makes one network of a small one that looks at a picture twice, where this is
            worth its time (`Mirrored`, `multiscale`); None for a network that looks once.
        convert: the tensors of a file as its authors published it under the names of this network;
            those that it does not need may be left among them.
        sees: pixels along the longer side of a picture up to which it finds more.
        least: shorter side down to which it may be shown less where memory is short, a multiple of
            32; None for a network that knows its own size only.
    """

    build: Callable[[tuple[str, ...]], nn.Module]
    native_size: SizeRule
    prepare: Callable[[Sketch], Tensor]
    finish: Callable[[Tensor], Tensor]
    prepare_hints: Callable[[Sketch], Tensor] | None = None
    ensemble: Callable[[Any], nn.Module] | None = None
    convert: Callable[[Mapping[str, Tensor]], dict[str, Tensor]] = dict
    sees: int = LONG_SIDE
    least: int | None = None


def find_architecture(name: str) -> Architecture:
    """A record of one module of this folder, which is imported only now.

    Some networks need packages that take seconds to import, and the default ones do not.
    """
    module, _, record = name.partition(".")
    networks = import_module(f"selcolor_backend.networks.{module}")
    found: Architecture = getattr(networks, record or "ARCHITECTURE")
    return found


def scaled_luminance(sketch: Sketch) -> Tensor:
    """L / 50 − 1, `[1, 1, H, W]`: what the paper's generators see."""
    return sketch.luminance[None, None] / 50.0 - 1.0


def chroma_from_scaled(output: Tensor) -> Tensor:
    """Ab / 110, `[2, h, w]`, in Lab's units."""
    return output * AB_SCALE


def gray_in_range(sketch: Sketch) -> Tensor:
    """The luma of a sketch in all three channels, in [−1, 1], `[1, 3, H, W]`.

    Real input is black-and-white; a color photo is made so, that both give the same mask.
    """
    return to_gray(sketch.rgb)[None] * 2.0 - 1.0


def imagenet_normalized(sketch: Sketch) -> Tensor:
    """RGB less ImageNet's mean, over its deviation, `[1, 3, H, W]`."""
    mean, deviation = (
        torch.tensor(values).view(3, 1, 1) for values in (IMAGENET_MEAN, IMAGENET_DEVIATION)
    )
    return ((sketch.rgb - mean) / deviation)[None]


def class_probabilities(output: Tensor) -> Tensor:
    """Logits `[K, h, w]` as probabilities."""
    return output.softmax(dim=0)
