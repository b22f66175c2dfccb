"""What `selcolor colorize` can be told of subject, colors and mask."""

from __future__ import annotations

import argparse

from selcolor_backend.archive.addresses import disk_path
from selcolor_backend.cli.outputs import RESULTS
from selcolor_backend.pictures.writing import DEFAULT_QUALITY, PictureFormat
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

NO_MARK = (
    "leave out the mark (XMP, IPTC DigitalSourceType) that says that a machine made the colors: "
    "whoever publishes such a picture may have to say so, in the EU by the AI Act"
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
        type=disk_path,
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
        type=disk_path,
        metavar="FILE",
        help="color where this mask is white, to the pixel, or where a cut-out is not transparent; "
        "--invert and --feather still apply",
    )


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """Add what decides on the files of the results."""
    parser.add_argument(
        "--format",
        choices=[choice.value for choice in PictureFormat],
        default=PictureFormat.PNG.value,
        help="of the layers (default: png); the mask stays a PNG beside jpeg and webp",
    )
    parser.add_argument(
        "--quality",
        type=int,
        default=DEFAULT_QUALITY,
        metavar="1..100",
        help="of jpeg and webp (default: %(default)s)",
    )
    parser.add_argument(
        "--depth", type=int, choices=(8, 16), help="bits of the layers (default: the photo's)"
    )
    parser.add_argument(
        "--layers",
        type=layer_names,
        metavar="NAMES",
        help=f"what is written, joined by commas (default: {','.join(RESULTS)})",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace results of an earlier run"
    )
    parser.add_argument(
        "--skip-existing",
        action="store_true",
        help="go on after a break: leave out photos whose results are there",
    )
    parser.add_argument(
        "--sidecar",
        action="store_true",
        help="write STEM.json, which says how the results were made, for --again",
    )
    parser.add_argument("--no-mark", action="store_true", help=NO_MARK)
    parser.add_argument(
        "--sign",
        nargs=2,
        type=disk_path,
        metavar=("CERT", "KEY"),
        help="sign results as C2PA has it, with a chain of certificates and its key, both PEM; "
        "PNG, TIFF, JPEG and WebP; needs the extra `c2pa`",
    )


def layer_names(text: str) -> str:
    """Names of layers as they are written on the command line."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in RESULTS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"“{text}” is none of {', '.join(RESULTS)}")
    return ",".join(names)


def layers_from(names: str | None) -> tuple[str, ...]:
    """What is written, of `RESULTS`."""
    return RESULTS if names is None else tuple(name for name in RESULTS if name in names.split(","))


def add_hint_options(parser: argparse.ArgumentParser) -> None:
    """Add what says which color something has."""
    # A place for palettes and named colors, which nobody has asked for yet.
    parser.add_argument(
        "--hints",
        type=disk_path,
        metavar="FILE",
        help="colors that you know, painted on a transparent picture of the photo's size: a PNG, a "
        "TIFF, an .ora with a layer “Color Hints”, or a folder that has one of each photo's name; "
        "gray says that something has no color",
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
