"""What a user can choose, with ranges and defaults: one place for the CLI and both editors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from selcolor_protocol.errors import InvalidOptions


class SubjectKind(str, Enum):
    """How it is said what gets its color."""

    MAIN = "main"
    """Whatever the photo's subject is, of any class."""

    CLASSES = "classes"
    """Everything of the classes that are named."""

    SELECTION = "selection"
    """Exactly what is selected; no segmenter is asked."""

    EVERYTHING = "everything"
    """The whole photo; no segmenter is asked."""

    NOTHING = "nothing"
    """Nothing yet: the mask comes empty, to be painted; no segmenter is asked."""


@dataclass(frozen=True)
class Point:
    """A place in the photo, in whole pixels from its upper left corner.

    Attributes:
        x: pixels to the right.
        y: pixels down.

    Raises:
        InvalidOptions: one is negative.
    """

    x: int
    y: int

    def __post_init__(self) -> None:
        if self.x < 0 or self.y < 0:
            raise InvalidOptions(
                f"The point {self.x},{self.y} lies outside the photo.",
                "Count pixels from the upper left corner, beginning with 0.",
            )


@dataclass(frozen=True)
class Subject:
    """What gets its color.

    Attributes:
        kind: how it is said.
        classes: names that the segmenter knows; with `classes` at least one, else none.
        at: only the connected part that is found at this place; with `main` and `classes` alone.

    Raises:
        InvalidOptions: these do not go together.
    """

    kind: SubjectKind = SubjectKind.MAIN
    classes: tuple[str, ...] = ()
    at: Point | None = None

    def __post_init__(self) -> None:
        if self.kind is SubjectKind.CLASSES and not self.classes:
            raise InvalidOptions(
                "No class to color was chosen.", "Choose `main` for the main subject."
            )
        if self.kind is not SubjectKind.CLASSES and self.classes:
            raise InvalidOptions(
                f"Classes were named, but “{self.kind.value}” is to be colored.",
                "Leave one of them out.",
            )
        if self.at is not None and not self.is_found:
            raise InvalidOptions(
                f"A point was given, but with “{self.kind.value}” nothing is looked for.",
                "Leave the point out, or color the main subject or classes.",
            )

    @property
    def is_found(self) -> bool:
        """Whether a segmenter has to find it."""
        return self.kind in (SubjectKind.MAIN, SubjectKind.CLASSES)

    @classmethod
    def named(cls, text: str, at: Point | None = None) -> Subject:
        """A subject by its name as users write it; the opposite of `name`.

        Args:
            text: `main`, `selection`, `everything`, `nothing`, or classes joined by commas.
            at: as the attribute.

        Raises:
            InvalidOptions: nothing is named, or name and point do not go together.
        """
        names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
        kinds = {kind.value: kind for kind in SubjectKind if kind is not SubjectKind.CLASSES}
        if len(names) == 1 and names[0] in kinds:
            return cls(kinds[names[0]], at=at)
        return cls(SubjectKind.CLASSES, names, at)

    @property
    def name(self) -> str:
        """As users write it, without the point: `main`, or such as `person,dog`."""
        return ",".join(self.classes) or self.kind.value


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
        subject: what gets its color.
        invert: color everything but that.
        mask: edge refinement and feather.
        background: kept as it is, or made gray.
        colorizer: a colorizer's name in the registry.
        segmenter: a segmenter's name in the registry.

    Raises:
        InvalidOptions: a value is out of range.
    """

    gain: float = GAIN.default
    saturation: float = SATURATION.default
    subject: Subject = Subject()
    invert: bool = False
    mask: MaskOptions = MaskOptions()
    background: Background = Background.KEEP
    colorizer: str = DEFAULT_COLORIZER
    segmenter: str = DEFAULT_SEGMENTER

    def __post_init__(self) -> None:
        check_range("Gain", self.gain, GAIN)
        check_range("Saturation", self.saturation, SATURATION)
