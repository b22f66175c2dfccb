"""`selcolor hints`: an empty picture of a photo's size, to paint color hints on."""

from __future__ import annotations

import argparse
from pathlib import Path

from selcolor_backend.archive.addresses import disk_path
from selcolor_backend.cli.staging import check_folder, commit, exists_already, staging_folder
from selcolor_backend.pictures.hints import no_hints
from selcolor_backend.pictures.metadata import Metadata
from selcolor_backend.pictures.png import write_png
from selcolor_backend.pictures.reading import read_photo
from selcolor_protocol.errors import CannotWrite

DESCRIPTION = """\
Write a transparent picture of the photo's size and resolution. Open it over the photo in any
editor, paint the colors that you know on it – one stroke a thing is enough; gray says that a thing
has no color –, save it, and give it to `selcolor colorize` with --hints.
"""


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "hints", help="begin a picture to paint known colors on", description=DESCRIPTION
    )
    parser.add_argument("photo", type=disk_path, metavar="PHOTO", help="the photo to color")
    parser.add_argument("-o", "--out", type=disk_path, required=True, metavar="FILE", help=".png")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE, strokes and all")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write one empty picture.

    Raises:
        FileError: the photo cannot be read, or the file not be written; what was there was kept.
    """
    target: Path = chosen.out
    if target.suffix.lower() != ".png":
        raise CannotWrite(
            f"{target} cannot be written, because its name does not end in .png.",
            "Choose a name with this ending.",
        )
    if target.exists() and not chosen.overwrite:
        raise exists_already(target)
    if target.exists() and (not target.is_file() or target.samefile(chosen.photo)):
        raise CannotWrite(f"{target} is to be kept.", "Choose another name with -o.")
    photo = read_photo(chosen.photo)
    size, metadata = photo.raster.format, Metadata(dpi=photo.metadata.dpi)
    check_folder(target.parent, target.name)
    with staging_folder(target.parent) as staging:
        empty = staging / target.name
        with empty.open("xb") as file:
            write_png(no_hints(size.width, size.height), file, metadata)
        commit([(empty, target)], chosen.overwrite)
    print(target)
    return 0
