"""`selcolor colorize`: photos in, separate layers out."""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from selcolor_backend.cli.options import PAGE, add_color_options, add_mask_options, options_from
from selcolor_backend.cli.outputs import LAYERS, Outputs, refuse_clashes
from selcolor_backend.cli.progress import progress_bar
from selcolor_backend.cli.session import RenewableSession
from selcolor_backend.pictures.masks import read_mask
from selcolor_backend.pictures.reading import read_photo
from selcolor_backend.pictures.writing import PictureFormat
from selcolor_protocol.client import Client
from selcolor_protocol.errors import (
    DaemonError,
    FileError,
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
(all layers in one file, for Krita and GIMP). The photos themselves are never changed.
"""


@dataclass(frozen=True)
class Outcome:
    """What became of one photo: its files, or the error that stopped it."""

    photo: Path
    files: tuple[Path, ...] = ()
    model: str = ""
    device: str = ""
    notes: tuple[Note, ...] = ()
    error: SelectiveColorizeError | None = None


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("colorize", help="color photos", description=DESCRIPTION)
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="a picture file")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="DIR", help="for results")
    parser.add_argument("--page", type=int, metavar="N", help=PAGE)
    add_color_options(parser)
    add_mask_options(parser)
    parser.add_argument("--colorizer", default=DEFAULT_COLORIZER, help="default: %(default)s")
    parser.add_argument("--segmenter", default=DEFAULT_SEGMENTER, help="default: %(default)s")
    parser.add_argument(
        "--format",
        choices=[choice.value for choice in PictureFormat],
        default="png",
        help="of the layers (default: png)",
    )
    parser.add_argument(
        "--depth", type=int, choices=(8, 16), help="bits of the layers (default: the photo's)"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace results of an earlier run"
    )
    parser.add_argument("--json", action="store_true", help="print the outcome for scripts")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Color every photo; one that fails does not stop the others."""
    options = options_from(chosen)
    photos = {os.path.realpath(photo): photo for photo in chosen.photos}.values()
    tasks = {photo: outputs_for(photo, chosen, options) for photo in photos}
    refuse_clashes(tasks, [path for path in (chosen.mask, chosen.selection) if path is not None])
    was_there = chosen.out.exists()
    outcomes: list[Outcome] = []
    with RenewableSession() as session:
        for photo, outputs in tasks.items():
            outcomes.append(attempt(session, photo, outputs, chosen, options))
            if not chosen.json:
                print(describe(outcomes[-1]), flush=True, file=stream_for(outcomes[-1]))
    if not was_there:
        with suppress(OSError):
            chosen.out.rmdir()
    summarize(outcomes, chosen.json)
    return 1 if any(outcome.error for outcome in outcomes) else 0


def attempt(
    session: RenewableSession,
    photo: Path,
    outputs: Outputs,
    chosen: argparse.Namespace,
    options: ColorizeOptions,
) -> Outcome:
    """Color one photo; an error becomes its outcome, so that the others are still colored."""
    try:
        return color(session, photo, outputs, chosen, options)
    except MemoryError:
        return Outcome(photo, error=OutOfMemory())
    except OSError as error:
        return Outcome(photo, error=refused_by_system(photo, error))
    except SelectiveColorizeError as error:
        if isinstance(error, (DaemonError, ProtocolError)):
            session.renew()
        return Outcome(photo, error=error)


def refused_by_system(photo: Path, error: OSError) -> FileError:
    """The error of a photo that something in the system stopped."""
    return FileError(
        f"{photo} was not colored, because the system refused what was needed "
        f"({error.strerror or error}); it is untouched.",
        "Try again; if it happens again, `selcolor doctor` may tell more.",
    )


def outputs_for(photo: Path, chosen: argparse.Namespace, options: ColorizeOptions) -> Outputs:
    """Where a photo's results go."""
    picture_format = PictureFormat(chosen.format)
    return Outputs(chosen.out, photo.stem, picture_format, chosen.depth, options.background)


def prepare(
    photo: Path, chosen: argparse.Namespace, options: ColorizeOptions
) -> tuple[Colorize, tuple[Note, ...]]:
    """Read what is needed.

    Returns:
        The request, and what is to be said of what was read.

    Raises:
        FileError: the photo, the mask or the selection cannot be read.
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
    )
    return request, (Note.MASK_ALPHA_WAS_USED,) * is_cutout + picture.notes


def color(
    session: RenewableSession,
    photo: Path,
    outputs: Outputs,
    chosen: argparse.Namespace,
    options: ColorizeOptions,
) -> Outcome:
    """Have one photo colorized and write its layers.

    Raises:
        SelectiveColorizeError: something failed; nothing of this photo was written.
    """
    outputs.check(chosen.overwrite)
    request, notes = prepare(photo, chosen, options)
    notes += outputs.notes(request.photo.format)
    with outputs.begun(request.photo) as writing:
        client = session.current()
        job = client.colorize(request)
        del request  # the photo is let go as soon as it is on its way and written
        done = wait(client, job, photo.name)
        layers = {name: layer for name in LAYERS if (layer := getattr(done, name)) is not None}
        model, device, notes = used_models(done), done.device, (*done.notes, *notes)
        del done  # so is each layer
        files = writing.finish(layers, chosen.overwrite)
    return Outcome(photo, tuple(files), model, device, notes)


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


def stream_for(outcome: Outcome) -> TextIO:
    """Where an outcome is printed: errors go to standard error."""
    return sys.stderr if outcome.error is not None else sys.stdout


def describe(outcome: Outcome) -> str:
    """What was written and how, or what went wrong and what to do."""
    error = outcome.error
    if error is None:
        written = ", ".join(str(path) for path in outcome.files)
        first = f"{outcome.photo}: {written} ({outcome.model} on {outcome.device})"
        return "\n".join([first, *(f"  note: {note.sentence}" for note in outcome.notes)])
    place = "" if outcome.photo.name in error.sentence else f"{outcome.photo}: "
    return f"selcolor: {place}{error.sentence}\n          {error.hint}"


def summarize(outcomes: list[Outcome], as_json: bool) -> None:
    """After the last photo: how many failed, or all as JSON."""
    if as_json:
        print(json.dumps([as_record(outcome) for outcome in outcomes]))
        return
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    if failed and len(outcomes) > 1:
        names = ", ".join(str(outcome.photo) for outcome in failed)
        print(
            f"selcolor: {len(failed)} of {len(outcomes)} photos failed: {names}.", file=sys.stderr
        )


def as_record(outcome: Outcome) -> dict[str, object]:
    """An outcome for `--json`."""
    record: dict[str, object] = {"photo": str(outcome.photo)}
    if outcome.error is not None:
        error = outcome.error
        return record | {
            "error": {"code": error.code, "sentence": error.sentence, "hint": error.hint}
        }
    return record | {
        "files": [str(path) for path in outcome.files],
        "model": outcome.model,
        "device": outcome.device,
        "notes": [{"code": note.value, "sentence": note.sentence} for note in outcome.notes],
    }
