"""`selcolor colorize`: photos in, separate layers out."""

from __future__ import annotations

import argparse
from itertools import chain

from selcolor_backend.archive.addresses import disk_path
from selcolor_backend.cli.coloring import attempt
from selcolor_backend.cli.options import (
    PAGE,
    add_color_options,
    add_file_options,
    add_hint_options,
    add_mask_options,
    layers_from,
)
from selcolor_backend.cli.outcomes import (
    Outcome,
    describe,
    stream_for,
    summarize,
)
from selcolor_backend.cli.outputs import ORA
from selcolor_backend.cli.photos import (
    missing_folders,
    remove_empty,
)
from selcolor_backend.cli.session import RenewableSession
from selcolor_backend.cli.tasks import Task, planned_tasks, repeated_tasks
from selcolor_backend.pictures.signing import read_seal
from selcolor_backend.pictures.writing import DEFAULT_QUALITY, PictureFormat
from selcolor_protocol.errors import (
    InvalidOptions,
)
from selcolor_protocol.options import (
    DEFAULT_COLORIZER,
    DEFAULT_SEGMENTER,
)

DESCRIPTION = """\
Colorize photos and write, for each, STEM-colorized, STEM-mask, STEM-blended and STEM.ora
(all layers in one file, for Krita and GIMP). The photos themselves are never changed, and what
belongs to them (printed size, EXIF, IPTC, XMP) stays with the results. Folders are taken with their
structure.
"""


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("colorize", help="color photos", description=DESCRIPTION)
    parser.add_argument("-o", "--out", type=disk_path, metavar="DIR", help="for results")
    add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the outcome for scripts")
    parser.add_argument(
        "--again",
        type=disk_path,
        metavar="FILE",
        help="color as a sidecar or output of --json says",
    )
    parser.set_defaults(run=run)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the photos and what can be said of how they are colored."""
    parser.add_argument(
        "photos",
        nargs="*",
        type=disk_path,
        metavar="PHOTO",
        help="a picture file, or a folder of them",
    )
    add_choices(parser)


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Add what can be said of how photos are colored."""
    parser.add_argument("--page", type=int, metavar="N", help=PAGE)
    add_color_options(parser)
    add_mask_options(parser)
    add_hint_options(parser)
    parser.add_argument("--colorizer", default=DEFAULT_COLORIZER, help="default: %(default)s")
    parser.add_argument("--segmenter", default=DEFAULT_SEGMENTER, help="default: %(default)s")
    add_file_options(parser)


def run(chosen: argparse.Namespace) -> int:
    """Color every photo; one that fails does not stop the others."""
    check_command(chosen)
    tasks, failed = find_tasks(chosen)
    made = {task.outputs.folder: missing_folders(task.outputs.folder) for task in tasks}
    outcomes: list[Outcome] = []
    with RenewableSession() as session:
        for outcome in chain(failed, (attempt(session, task) for task in tasks)):
            outcomes.append(outcome)
            if not chosen.json:
                print(describe(outcome), flush=True, file=stream_for(outcome))
    for folders in made.values():
        remove_empty(folders)
    summarize(outcomes, chosen.json)
    return 1 if any(outcome.error for outcome in outcomes) else 0


def find_tasks(chosen: argparse.Namespace) -> tuple[list[Task], list[Outcome]]:
    """What is to be done, and what cannot be.

    Raises:
        InvalidOptions: an option is out of range.
        FileError: the file of --again does not say how anything was made.
    """
    if chosen.again is None:
        return planned_tasks(chosen)
    parser = argparse.ArgumentParser(prog="selcolor colorize --again")
    add_arguments(parser)
    return repeated_tasks(chosen, parser), []


def check_command(chosen: argparse.Namespace) -> None:
    """Refuse what does not go together.

    Raises:
        InvalidOptions: photos or the folder of results are missing, or one too many is given.
        FileError: nothing can be signed.
    """
    if bool(chosen.photos) == (chosen.again is not None):
        raise InvalidOptions(
            "Photos are to be named, or with --again the file that tells of them.",
            "Give one of the two; `selcolor colorize --help` has examples.",
        )
    if chosen.out is None and chosen.again is None:
        raise InvalidOptions("It is not said where results go.", "Name a folder with -o.")
    check_files(chosen)
    if chosen.sign is not None:
        read_seal(*chosen.sign)


def check_files(chosen: argparse.Namespace) -> None:
    """Refuse files that cannot be as they are asked for.

    Raises:
        InvalidOptions: quality, depth or layers do not go with the format.
    """
    picture_format = PictureFormat(chosen.format)
    if not 1 <= chosen.quality <= 100:
        raise InvalidOptions(
            f"The quality {chosen.quality} is not between 1 and 100.",
            f"Choose one in that range; {DEFAULT_QUALITY} is the default.",
        )
    if picture_format.is_lossy and chosen.depth == 16:
        raise InvalidOptions(
            f"Files of the format {chosen.format} have 8 bits, not 16.", "Choose png or tiff."
        )
    if picture_format is PictureFormat.ORA and ORA not in layers_from(chosen.layers):
        raise InvalidOptions(
            f"--format ora writes one file with all layers, but only {chosen.layers} is wanted.",
            "Choose another --format, or leave --layers out.",
        )
