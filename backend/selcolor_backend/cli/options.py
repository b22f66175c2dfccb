"""What `selcolor colorize` can be told of subject, colors and mask."""

from __future__ import annotations

import argparse
from pathlib import Path

from selcolor_protocol.errors import InvalidOptions
from selcolor_protocol.options import (
    FEATHER,
    GAIN,
    SATURATION,
    Background,
    ColorizeOptions,
    MaskOptions,
    Point,
    Subject,
    SubjectKind,
)

PAGE = "of a file with several pages, take this one, counted from 1 (default: the largest)"


def add_color_options(parser: argparse.ArgumentParser) -> None:
    """Add what decides on colors and on the subject."""
    parser.add_argument(
        "--gain",
        type=float,
        default=GAIN.default,
        help=f"brighten what the network sees, {GAIN.lowest:g} to {GAIN.highest:g}; "
        "below 1 helps a burnt-out sky (default: 1)",
    )
    parser.add_argument(
        "--saturation",
        type=float,
        default=SATURATION.default,
        help=f"strength of color, {SATURATION.lowest:g} to {SATURATION.highest:g} (default: 1)",
    )
    parser.add_argument(
        "--color",
        default=SubjectKind.MAIN.value,
        metavar="WHAT",
        help="what to color: main (the default), everything, nothing (an empty mask, to paint on), "
        "selection (exactly that of --selection), or classes that the segmenter knows, joined by "
        "commas: person, cat, dog, horse, sheep, object",
    )
    parser.add_argument(
        "--at",
        type=point,
        metavar="X,Y",
        help="of what is found, only what is connected with this pixel, counted from the upper "
        "left corner",
    )
    parser.add_argument(
        "--selection",
        type=Path,
        metavar="FILE",
        help="color only within what is white in this picture of the photo's size",
    )
    parser.add_argument("--invert", action="store_true", help="color all but that")


def add_mask_options(parser: argparse.ArgumentParser) -> None:
    """Add what decides on the mask and the background."""
    parser.add_argument(
        "--feather",
        type=float,
        default=FEATHER.default,
        metavar="PX",
        help="width of the mask's soft edge (default: 0)",
    )
    parser.add_argument("--no-refine", action="store_true", help="do not fit the mask to edges")
    parser.add_argument(
        "--background",
        choices=[choice.value for choice in Background],
        default=Background.KEEP.value,
        help="behind the subject: the photo as it is, or gray (default: keep)",
    )
    parser.add_argument(
        "--mask",
        type=Path,
        metavar="FILE",
        help="color where this mask is white, to the pixel, or where a cut-out is not transparent; "
        "--invert and --feather still apply",
    )


def point(text: str) -> Point:
    """A point as it is written on the command line."""
    x, _, y = text.partition(",")
    try:
        return Point(int(x), int(y))
    except (ValueError, InvalidOptions):
        raise argparse.ArgumentTypeError(f"“{text}” is no point such as 300,200") from None


def options_from(chosen: argparse.Namespace) -> ColorizeOptions:
    """The options as the protocol knows them.

    Raises:
        InvalidOptions: one is out of range, or some do not go together.
    """
    subject = Subject.named(chosen.color, chosen.at)
    if chosen.mask is not None and subject != Subject():
        other = "--color" if chosen.at is None else "--at"
        raise InvalidOptions(
            f"--mask and {other} exclude each other: the mask says what is colored.",
            "Leave one of them out.",
        )
    if subject.kind is SubjectKind.SELECTION and chosen.selection is None:
        raise InvalidOptions(
            "The selection is to be colored, but none is given.",
            "Give it with --selection FILE, or leave --color out.",
        )
    is_given = chosen.mask is not None or subject.kind is SubjectKind.SELECTION
    return ColorizeOptions(
        gain=chosen.gain,
        saturation=chosen.saturation,
        subject=subject,
        invert=chosen.invert,
        mask=MaskOptions(refine=not (chosen.no_refine or is_given), feather=chosen.feather),
        background=Background(chosen.background),
        colorizer=chosen.colorizer,
        segmenter=chosen.segmenter,
    )
