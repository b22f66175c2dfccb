"""`selcolor blend`: the composite anew, after the mask was edited by hand."""

from __future__ import annotations

import argparse
from pathlib import Path

from selcolor_backend.cli.colorize import progress_bar
from selcolor_backend.cli.outputs import exists_already
from selcolor_backend.cli.session import open_session
from selcolor_backend.pictures.reading import read_mask, read_picture
from selcolor_backend.pictures.writing import format_of, write_picture
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.messages import Blend
from selcolor_protocol.options import FEATHER, Background, MaskOptions

DESCRIPTION = """\
Put the colorized photo over the original where the mask is white. The mask is used exactly as it
is, unless --refine or --feather say otherwise. Runs no network.
"""


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "blend", help="blend again after hand edits", description=DESCRIPTION
    )
    parser.add_argument("original", type=Path, metavar="ORIGINAL", help="the untouched photo")
    parser.add_argument("colorized", type=Path, metavar="COLORIZED", help="STEM-colorized")
    parser.add_argument("mask", type=Path, metavar="MASK", help="STEM-mask, edited")
    parser.add_argument(
        "-o", "--out", type=Path, required=True, metavar="FILE", help=".png or .tiff"
    )
    parser.add_argument("--refine", action="store_true", help="fit the mask to edges first")
    parser.add_argument("--feather", type=float, default=FEATHER.default, metavar="PX")
    parser.add_argument(
        "--background",
        choices=[choice.value for choice in Background],
        default=Background.KEEP.value,
        help="behind the subject: the photo as it is, or gray (default: keep)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace FILE")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Blend and write one file."""
    check_target(chosen)
    options = MaskOptions(refine=chosen.refine, feather=chosen.feather)
    original = read_picture(chosen.original)
    size = original.format
    request = Blend(
        session="",
        job=0,
        mask_options=options,
        background=Background(chosen.background),
        original=original,
        colorized=read_picture(chosen.colorized),
        mask=read_mask(chosen.mask, size.width, size.height),
    )
    with open_session() as session, progress_bar(chosen.out.name) as bar:
        done = session.wait(session.blend(request), bar)
    write_picture(done.blended, chosen.out)
    print(chosen.out)
    return 0


def check_target(chosen: argparse.Namespace) -> None:
    """Make sure that nothing is lost.

    Raises:
        CannotWrite: the file exists and may not be replaced, or is one of those to be read.
    """
    format_of(chosen.out)
    inputs = (chosen.original, chosen.colorized, chosen.mask)
    if chosen.out.resolve() in [path.resolve() for path in inputs]:
        raise CannotWrite(
            f"{chosen.out} is one of the pictures to blend; it was kept.",
            "Choose another name with -o.",
        )
    if chosen.out.exists() and not chosen.overwrite:
        raise exists_already(chosen.out)
