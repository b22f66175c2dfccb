"""`selcolor blend`: the composite anew, after the mask was edited by hand."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace

from selcolor_backend.archive.addresses import disk_path
from selcolor_backend.cli.options import NO_MARK, PAGE
from selcolor_backend.cli.progress import progress_bar
from selcolor_backend.cli.records import making, marked_metadata
from selcolor_backend.cli.session import open_session
from selcolor_backend.cli.staging import check_folder, commit, exists_already, staging_folder
from selcolor_backend.pictures.bands import banded
from selcolor_backend.pictures.masks import read_mask
from selcolor_backend.pictures.metadata import Metadata
from selcolor_backend.pictures.reading import read_photo
from selcolor_backend.pictures.writing import depth_for, format_of, write_picture
from selcolor_backend.pictures.xmp import is_marked
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.messages import Blend
from selcolor_protocol.notes import Note
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
    parser.add_argument("original", type=disk_path, metavar="ORIGINAL", help="the untouched photo")
    parser.add_argument("colorized", type=disk_path, metavar="COLORIZED", help="STEM-colorized")
    parser.add_argument("mask", type=disk_path, metavar="MASK", help="STEM-mask, edited")
    parser.add_argument(
        "-o",
        "--out",
        type=disk_path,
        required=True,
        metavar="FILE",
        help=".png, .tiff, .jpg or .webp",
    )
    parser.add_argument("--page", type=int, metavar="N", help=PAGE)
    parser.add_argument("--refine", action="store_true", help="fit the mask to edges first")
    parser.add_argument("--feather", type=float, default=FEATHER.default, metavar="PX")
    parser.add_argument(
        "--background",
        choices=[choice.value for choice in Background],
        default=Background.KEEP.value,
        help="behind the subject: the photo as it is, or gray (default: keep)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace FILE")
    parser.add_argument("--no-mark", action="store_true", help=NO_MARK)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Blend and write one file."""
    check_target(chosen)
    request, notes, metadata = prepare(chosen)
    with open_session() as session, progress_bar(chosen.out.name) as bar:
        blended = session.wait(session.blend(request), bar).blended
    depth = depth_for(format_of(chosen.out), blended.format.sample_type)
    with staging_folder(chosen.out.parent) as staging:
        write_picture(banded(blended, depth), staging / chosen.out.name, metadata)
        commit([(staging / chosen.out.name, chosen.out)], chosen.overwrite)
    print("\n".join([str(chosen.out), *(f"  note: {note.sentence}" for note in notes)]))
    return 0


def prepare(chosen: argparse.Namespace) -> tuple[Blend, tuple[Note, ...], Metadata]:
    """Read what is to be blended.

    Returns:
        The request, what is to be said of what was read, and what belongs to the result.

    Raises:
        FileError: one of the pictures cannot be read.
    """
    picture = read_photo(chosen.original, chosen.page)
    original = picture.raster
    colorized = read_photo(chosen.colorized)
    mask = read_mask(chosen.mask, original.format.width, original.format.height)
    request = Blend(
        session="",
        job=0,
        mask_options=MaskOptions(refine=chosen.refine, feather=chosen.feather),
        background=Background(chosen.background),
        original=original,
        colorized=colorized.raster,
        mask=mask.raster,
    )
    notes = (Note.MASK_ALPHA_WAS_USED,) * mask.is_cutout + picture.notes
    return request, notes, metadata_of(picture.metadata, colorized.metadata, chosen)


def metadata_of(photo: Metadata, colorized: Metadata, chosen: argparse.Namespace) -> Metadata:
    """What belongs to the photo, with the mark of the colorized one or a new one."""
    if chosen.no_mark:
        return photo
    if is_marked(colorized.xmp):
        return replace(photo, xmp=colorized.xmp)
    return marked_metadata(photo, making(chosen, []))


def check_target(chosen: argparse.Namespace) -> None:
    """Make sure that nothing is lost.

    Raises:
        CannotWrite: the file exists and may not be replaced, is one of those to be read, or cannot
            be written where it should be.
    """
    format_of(chosen.out)
    inputs = (chosen.original, chosen.colorized, chosen.mask)
    if os.path.realpath(chosen.out) in [os.path.realpath(path) for path in inputs]:
        raise CannotWrite(
            f"{chosen.out} is one of the pictures to blend; it was kept.",
            "Choose another name with -o.",
        )
    if chosen.out.exists() and not chosen.overwrite:
        raise exists_already(chosen.out)
    if chosen.out.exists() and not chosen.out.is_file():
        raise CannotWrite(
            f"{chosen.out} is not a regular file; it was kept.", "Choose another name with -o."
        )
    check_folder(chosen.out.parent, chosen.out.name)
