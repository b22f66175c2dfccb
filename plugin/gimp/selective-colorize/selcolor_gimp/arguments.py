"""The procedures' typed arguments, and how they become the core's options and back.

Texts, ranges and defaults are the core's; here they only become GIMP's parameters.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from gi.repository import Gimp, GObject

from selcolor_plugin import choices, texts
from selcolor_protocol.options import (
    FEATHER,
    GAIN,
    SATURATION,
    Background,
    ColorizeOptions,
    MaskOptions,
    Range,
    Subject,
)

FLAGS = GObject.ParamFlags.READWRITE
SEPARATOR = ","


def add_colorize_arguments(procedure: Any) -> None:
    """Declare the options of Selective Colorize."""
    default = ColorizeOptions()
    add_string(procedure, "classes", default.subject.name)
    add_flag(procedure, "invert", default.invert)
    add_string(procedure, "colorizer", default.colorizer)
    add_string(procedure, "segmenter", default.segmenter)
    add_number(procedure, "gain", GAIN)
    add_number(procedure, "saturation", SATURATION)
    add_flag(procedure, "refine", default.mask.refine)
    add_number(procedure, "feather", FEATHER)
    add_background(procedure, default.background)


def add_update_arguments(procedure: Any) -> None:
    """Declare the option of Update."""
    add_flag(procedure, "refine_again", False)


def field(name: str) -> tuple[str, str]:
    """What GIMP shows for an argument: its label, with the letter that Alt reaches, and its tip."""
    text = texts.field_texts()[name]
    others = [other.label[0] for key, other in texts.field_texts().items() if key < name]
    return underlined(text.label, others), text.tip


def underlined(label: str, others: Container[str] = ()) -> str:
    """A label with the first letter that Alt can reach and that others do not begin with."""
    letters = enumerate(label)
    reached = (i for i, letter in letters if letter.isascii() and letter.isalpha())
    place = next((i for i in reached if label[i] not in others), None)
    return label if place is None else f"{label[:place]}_{label[place:]}"


def add_string(procedure: Any, name: str, default: str) -> None:
    """A text argument."""
    procedure.add_string_argument(name, *field(name), default, FLAGS)


def add_flag(procedure: Any, name: str, default: bool) -> None:
    """A yes-or-no argument."""
    procedure.add_boolean_argument(dashed(name), *field(name), default, FLAGS)


def add_number(procedure: Any, name: str, allowed: Range) -> None:
    """A number with its range."""
    limits = (allowed.lowest, allowed.highest, allowed.default)
    procedure.add_double_argument(name, *field(name), *limits, FLAGS)


def add_background(procedure: Any, default: Background) -> None:
    """The choice of what lies behind the subject."""
    offered = Gimp.Choice.new()
    for number, choice in enumerate(choices.background_choices()):
        offered.add(choice.value, number, choice.label, choice.tip)
    procedure.add_choice_argument("background", *field("background"), offered, default.value, FLAGS)


def dashed(name: str) -> str:
    """An argument's name as GIMP wants it."""
    return name.replace("_", "-")


def options_of(config: Any) -> ColorizeOptions:
    """The options that a procedure was called with.

    Raises:
        InvalidOptions: there is no class, or a number is out of range.
    """
    return ColorizeOptions(
        gain=config.get_property("gain"),
        saturation=config.get_property("saturation"),
        subject=Subject.named(text_of(config, "classes")),
        invert=config.get_property("invert"),
        mask=MaskOptions(config.get_property("refine"), config.get_property("feather")),
        background=Background(config.get_property("background")),
        colorizer=text_of(config, "colorizer"),
        segmenter=text_of(config, "segmenter"),
    )


def text_of(config: Any, name: str) -> str:
    """A text argument; empty if a script gave none."""
    return config.get_property(name) or ""


def fill(config: Any, options: ColorizeOptions) -> None:
    """Set the arguments to options."""
    config.set_property("classes", options.subject.name)
    config.set_property("invert", options.invert)
    config.set_property("colorizer", options.colorizer)
    config.set_property("segmenter", options.segmenter)
    config.set_property("gain", options.gain)
    config.set_property("saturation", options.saturation)
    config.set_property("refine", options.mask.refine)
    config.set_property("feather", options.mask.feather)
    config.set_property("background", options.background.value)
