"""`selcolor colorize`: photos in, separate layers out."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

from selcolor_backend.cli.batch import (
    missing_folders,
    remove_empty,
)
from selcolor_backend.cli.options import (
    PAGE,
    add_color_options,
    add_file_options,
    add_hint_options,
    add_mask_options,
    layers_from,
    options_from,
)
from selcolor_backend.cli.outcomes import (
    Outcome,
    describe,
    refused_by_system,
    stream_for,
    summarize,
)
from selcolor_backend.cli.outputs import LAYERS, ORA, Outputs
from selcolor_backend.cli.progress import progress_bar
from selcolor_backend.cli.records import (
    are_other_networks,
    check_unchanged,
    making,
    marked_metadata,
    record_of,
)
from selcolor_backend.cli.session import RenewableSession
from selcolor_backend.cli.tasks import Task, planned_tasks, repeated_tasks
from selcolor_backend.pictures.hints import read_hints
from selcolor_backend.pictures.masks import read_mask
from selcolor_backend.pictures.metadata import Metadata
from selcolor_backend.pictures.reading import read_photo
from selcolor_backend.pictures.signing import read_seal, sign
from selcolor_backend.pictures.writing import DEFAULT_QUALITY, PictureFormat
from selcolor_backend.pictures.xmp import Making, is_readable
from selcolor_protocol.client import Client
from selcolor_protocol.errors import (
    DaemonError,
    InvalidOptions,
    OutOfMemory,
    ProtocolError,
    SelectiveColorizeError,
)
from selcolor_protocol.messages import Colorize, Done
from selcolor_protocol.notes import Note
from selcolor_protocol.options import (
    DEFAULT_COLORIZER,
    DEFAULT_SEGMENTER,
    ColorizeOptions,
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
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="for results")
    add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the outcome for scripts")
    parser.add_argument(
        "--again", type=Path, metavar="FILE", help="color as a sidecar or output of --json says"
    )
    parser.set_defaults(run=run)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the photos and what can be said of how they are colored."""
    parser.add_argument(
        "photos", nargs="*", type=Path, metavar="PHOTO", help="a picture file, or a folder of them"
    )
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


def attempt(session: RenewableSession, task: Task) -> Outcome:
    """Color one photo; an error becomes its outcome, so that the others are still colored."""
    photo = task.photo
    try:
        if task.chosen.skip_existing:
            missing = task.outputs.missing()
            if not missing:
                return Outcome(photo, tuple(task.outputs.paths()), is_skipped=True)
            task = replace(task, outputs=only(task.outputs, missing))
        return color(session, task)
    except MemoryError:
        return Outcome(photo, error=OutOfMemory())
    except OSError as error:
        return Outcome(photo, error=refused_by_system(photo, error))
    except SelectiveColorizeError as error:
        if isinstance(error, (DaemonError, ProtocolError)):
            session.renew()
        return Outcome(photo, error=error)


def only(outputs: Outputs, layers: tuple[str, ...]) -> Outputs:
    """Where a part of the results goes; a sidecar that is there stays."""
    has_sidecar = outputs.has_sidecar and not outputs.sidecar.exists()
    return replace(outputs, layers=layers, has_sidecar=has_sidecar)


def prepare(
    photo: Path, chosen: argparse.Namespace, options: ColorizeOptions
) -> tuple[Colorize, tuple[Note, ...], Metadata]:
    """Read what is needed.

    Returns:
        The request, what is to be said of what was read, and what else belongs to the photo.

    Raises:
        FileError: the photo, the mask, the selection or the hints cannot be read.
        OutOfMemory: the photo is too large for this machine.
    """
    picture = read_photo(photo, chosen.page)
    size = picture.raster.format
    mask, selection = (
        None if path is None else read_mask(path, size.width, size.height)
        for path in (chosen.mask, chosen.selection)
    )
    is_cutout = any(given.is_cutout for given in (mask, selection) if given is not None)
    request = Colorize(
        session="",
        job=0,
        options=options,
        photo=picture.raster,
        mask=None if mask is None else mask.raster,
        selection=None if selection is None else selection.raster,
        hints=None if chosen.hints is None else read_hints(chosen.hints, size.width, size.height),
    )
    notes = (Note.MASK_ALPHA_WAS_USED,) * is_cutout + picture.notes
    return request, notes, picture.metadata


def color(session: RenewableSession, task: Task) -> Outcome:
    """Have one photo colorized and write its layers.

    Raises:
        SelectiveColorizeError: something failed; nothing of this photo was written.
    """
    photo, outputs, chosen = task.photo, task.outputs, task.chosen
    outputs.check(chosen.overwrite)
    if task.record is not None:
        check_unchanged(photo, task.record)
    request, notes, metadata = prepare(photo, chosen, options_from(chosen))
    form = request.photo.format
    with outputs.begun(request.photo, request.hints) as writing:
        client = session.current()
        job = client.colorize(request)
        del request  # the photo is let go as soon as it is on its way and written
        done = wait(client, job, photo.name)
        layers = {name: layer for name in LAYERS if (layer := getattr(done, name)) is not None}
        made = making(chosen, [done.colorizer, done.segmenter])
        model, device, notes = used_models(done), done.device, (*done.notes, *notes)
        del done  # so is each layer
        if not chosen.no_mark:
            notes += (Note.METADATA_LEFT_OUT,) * (not is_readable(metadata.xmp))
            metadata = marked_metadata(metadata, made)
        record = record_of(photo, made, outputs)
        text = json.dumps({"made": record}, indent=2, ensure_ascii=False) + "\n"
        files = writing.finish(layers, chosen.overwrite, metadata, text, seal_of(chosen, made))
    notes += tuple(note for note in outputs.notes(form, metadata) if note not in notes)
    if task.record is not None and are_other_networks(task.record):
        notes += (Note.NETWORKS_HAVE_CHANGED,)
    return Outcome(photo, tuple(files), model, device, notes, made=record)


def seal_of(chosen: argparse.Namespace, made: Making) -> Callable[[Path], None] | None:
    """What signs a file, if that is asked for."""
    if chosen.sign is None:
        return None
    return partial(sign, seal=read_seal(*chosen.sign), making=made)


def wait(client: Client, job: int, label: str) -> Done:
    """Wait for a job under a bar; leaving early cancels it."""
    with progress_bar(label) as bar:
        try:
            return client.wait(job, bar)
        except KeyboardInterrupt:
            client.cancel(job)
            raise


def used_models(done: Done) -> str:
    """Names of the models that a result came from."""
    return " + ".join(name for name in (done.colorizer, done.segmenter) if name)
