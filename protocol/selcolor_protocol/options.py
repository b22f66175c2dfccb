"""What a user can choose, with ranges and defaults: one place for the CLI and both editors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from selcolor_protocol.errors import InvalidOptions

MAIN_SUBJECT = "main"
"""The class that stands for whatever the picture's subject is."""


class Background(str, Enum):
    """What lies behind the colored subject."""

    KEEP = "keep"
    GRAY = "gray"


@dataclass(frozen=True)
class Range:
    """A closed range with its default."""

    lowest: float
    highest: float
    default: float


GAIN = Range(0.25, 4.0, 1.0)
"""Multiplies the luminance that the network sees (paper, "Final colorization results")."""

SATURATION = Range(0.0, 3.0, 1.0)
"""Multiplies chroma."""

FEATHER = Range(0.0, 500.0, 0.0)
"""Width of the soft edge in the photo's pixels: twice the Gaussian's standard deviation."""

DEFAULT_COLORIZER = "vit-lsgan-lite"
DEFAULT_SEGMENTER = "foreground-lite"


def check_range(name: str, value: float, allowed: Range) -> None:
    """Refuse a number outside its range.

    Raises:
        InvalidOptions: it is outside, or not a number.
    """
    if not (math.isfinite(value) and allowed.lowest <= value <= allowed.highest):
        raise InvalidOptions(
            f"{name} {value:g} is not between {allowed.lowest:g} and {allowed.highest:g}.",
            f"Choose a value in that range; {allowed.default:g} is the default.",
        )


@dataclass(frozen=True)
class MaskOptions:
    """How a mask becomes edges.

    Attributes:
        refine: follow the edges of the luminance.
        feather: width of the soft edge in pixels.

    Raises:
        InvalidOptions: a value is out of range.
    """

    refine: bool = True
    feather: float = FEATHER.default

    def __post_init__(self) -> None:
        check_range("Feather", self.feather, FEATHER)


@dataclass(frozen=True)
class ColorizeOptions:
    """Everything that a colorize job can be told.

    Attributes:
        gain: factor on the luminance that the network sees.
        saturation: factor on chroma.
        classes: what to color: `main`, or names that the segmenter knows.
        invert: color everything but these.
        mask: edge refinement and feather.
        background: kept as it is, or made gray.
        colorizer: a colorizer's name in the registry.
        segmenter: a segmenter's name in the registry.

    Raises:
        InvalidOptions: a value is out of range.
    """

    gain: float = GAIN.default
    saturation: float = SATURATION.default
    classes: tuple[str, ...] = (MAIN_SUBJECT,)
    invert: bool = False
    mask: MaskOptions = MaskOptions()
    background: Background = Background.KEEP
    colorizer: str = DEFAULT_COLORIZER
    segmenter: str = DEFAULT_SEGMENTER

    def __post_init__(self) -> None:
        check_range("Gain", self.gain, GAIN)
        check_range("Saturation", self.saturation, SATURATION)
        if not self.classes:
            raise InvalidOptions(
                "No class to color was chosen.", "Choose `main` for the main subject."
            )
