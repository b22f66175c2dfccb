"""One photo: from its file to the files of its results, whoever paints it.

`colorize` has the daemon paint, `batch` the processes of its own.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from selcolor_backend.cli.options import options_from
from selcolor_backend.cli.outcomes import Outcome, refused_by_system
from selcolor_backend.cli.outputs import LAYERS, Outputs
from selcolor_backend.cli.records import (
    are_other_networks,
    check_unchanged,
    making,
    marked_metadata,
    record_of,
)
from selcolor_backend.cli.tasks import Task
from selcolor_backend.pictures.hints import read_hints
from selcolor_backend.pictures.masks import read_mask
from selcolor_backend.pictures.metadata import Metadata
from selcolor_backend.pictures.reading import read_photo
from selcolor_backend.pictures.signing import read_seal, sign
from selcolor_backend.pictures.xmp import Making, is_readable
from selcolor_protocol.errors import OutOfMemory, SelectiveColorizeError
from selcolor_protocol.messages import Colorize, Done
from selcolor_protocol.notes import Note
from selcolor_protocol.options import ColorizeOptions


class Painter(Protocol):
    """Who paints the layers of a photo."""

    def begin(self, request: Colorize, label: str) -> Callable[[], Done]:
        """Take a request, so that its photo can be let go elsewhere.

        Args:
            request: the photo and what the user chose.
            label: the photo's name, for who watches.

        Returns:
            What waits for the result; it raises what went wrong.
        """

    def failed(self, error: SelectiveColorizeError) -> None:
        """Hear of an error, which may be the painter's own."""


Confirm = Callable[[Sequence[Path]], None]
"""Called with the finished files before they get their names; what it raises leaves none."""


def unconfirmed(_files: Sequence[Path]) -> None:
    """Nobody has to be asked."""


def attempt(painter: Painter, task: Task, confirm: Confirm = unconfirmed) -> Outcome:
    """Color one photo; an error becomes its outcome, so that the others are still colored."""
    photo = task.photo
    try:
        if task.chosen.skip_existing:
            missing = task.outputs.missing()
            if not missing:
                return Outcome(photo, tuple(task.outputs.paths()), is_skipped=True)
            task = replace(task, outputs=only(task.outputs, missing))
        return color(painter, task, confirm)
    except MemoryError:
        return Outcome(photo, error=OutOfMemory())
    except OSError as error:
        return Outcome(photo, error=refused_by_system(photo, error))
    except SelectiveColorizeError as error:
        painter.failed(error)
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


def color(painter: Painter, task: Task, confirm: Confirm) -> Outcome:
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
        finish = painter.begin(request, photo.name)
        del request  # the photo is let go as soon as it is on its way and written
        done = finish()
        layers = {name: layer for name in LAYERS if (layer := getattr(done, name)) is not None}
        made = making(chosen, [done.colorizer, done.segmenter])
        model, device, notes = used_models(done), done.device, (*done.notes, *notes)
        del done  # so is each layer
        if not chosen.no_mark:
            notes += (Note.METADATA_LEFT_OUT,) * (not is_readable(metadata.xmp))
            metadata = marked_metadata(metadata, made)
        record = {**record_of(photo, made, outputs), **task.named}
        text = json.dumps({"made": record}, indent=2, ensure_ascii=False) + "\n"
        seal = seal_of(chosen, made)
        files = writing.finish(layers, chosen.overwrite, metadata, text, seal, confirm)
    notes += tuple(note for note in outputs.notes(form, metadata) if note not in notes)
    if task.record is not None and are_other_networks(task.record):
        notes += (Note.NETWORKS_HAVE_CHANGED,)
    return Outcome(photo, tuple(files), model, device, notes, made=record)


def seal_of(chosen: argparse.Namespace, made: Making) -> Callable[[Path], None] | None:
    """What signs a file, if that is asked for."""
    if chosen.sign is None:
        return None
    return partial(sign, seal=read_seal(*chosen.sign), making=made)


def used_models(done: Done) -> str:
    """Names of the models that a result came from."""
    return " + ".join(name for name in (done.colorizer, done.segmenter) if name)
