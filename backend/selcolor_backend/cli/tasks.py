"""What is to be done: for the photos of a command line, or again as a record says."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from selcolor_backend.cli.options import layers_from, options_from
from selcolor_backend.cli.outcomes import Outcome
from selcolor_backend.cli.outputs import Outputs
from selcolor_backend.cli.photos import (
    Found,
    clashes,
    find_photos,
    names_apart,
    spare_mask,
    without_earlier_results,
)
from selcolor_backend.cli.records import arguments_of, read_records
from selcolor_backend.pictures.hints import HINTS_SUFFIXES
from selcolor_backend.pictures.writing import PictureFormat
from selcolor_protocol.errors import FileError, InvalidOptions
from selcolor_protocol.options import ColorizeOptions


@dataclass(frozen=True)
class Task:
    """One photo to color.

    Attributes:
        photo: its path.
        outputs: where its results go.
        chosen: the command line that holds for it.
        record: how it was made before, if that is to be repeated.
        named: what a new record says in place of the paths of `photo` and `out`, where these are
            copies of what is elsewhere.
    """

    photo: Path
    outputs: Outputs
    chosen: argparse.Namespace
    record: Mapping[str, Any] | None = None
    named: Mapping[str, str] = field(default_factory=dict)


def with_choices(task: Task, **values: object) -> Task:
    """The same with other choices."""
    return replace(task, chosen=argparse.Namespace(**vars(task.chosen) | values))


def planned_tasks(chosen: argparse.Namespace) -> tuple[list[Task], list[Outcome]]:
    """What is to be done for the photos of a command line, and what cannot be.

    Raises:
        InvalidOptions: an option is out of range.
    """
    return tasks_for(*find_photos(chosen.photos, chosen.out), chosen)


def tasks_for(
    found: Sequence[Found], errors: Mapping[Path, FileError], chosen: argparse.Namespace
) -> tuple[list[Task], list[Outcome]]:
    """The same for photos that have been found.

    Args:
        found: the photos.
        errors: why some places give none.
        chosen: the command line.

    Raises:
        InvalidOptions: an option is out of range.
    """
    options = options_from(chosen)
    stems = names_apart(found)
    planned = {
        photo.photo: spare_mask(
            outputs_for(chosen.out / photo.below, stems[photo.photo], chosen, options), chosen.mask
        )
        for photo in found
    }
    named = [photo.photo for photo in found if photo.is_named]
    kept = {photo: planned[photo] for photo in without_earlier_results(planned, named)}
    given = [
        path for path in vars(chosen).values() if isinstance(path, Path) and os.path.isfile(path)
    ]
    clashing = clashes(kept, given)
    failed = [Outcome(photo, error=error) for photo, error in {**errors, **clashing}.items()]
    tasks = [
        Task(photo, kept[photo], with_own_hints(chosen, photo))
        for photo in kept
        if photo not in clashing
    ]
    return tasks, failed


def with_own_hints(chosen: argparse.Namespace, photo: Path) -> argparse.Namespace:
    """The command line as it holds for one photo: of a folder of hints, those of its name."""
    if chosen.hints is None or not chosen.hints.is_dir():
        return chosen
    files = (chosen.hints / f"{photo.stem}{suffix}" for suffix in HINTS_SUFFIXES)
    own = next((file for file in files if file.is_file()), None)
    return argparse.Namespace(**vars(chosen) | {"hints": own})


def repeated_tasks(chosen: argparse.Namespace, parser: argparse.ArgumentParser) -> list[Task]:
    """What is to be done again.

    Args:
        chosen: the command line.
        parser: understands what is recorded.

    Raises:
        FileError: the file does not say how anything was made.
        InvalidOptions: it tells of an option that is not known.
    """
    tasks = []
    for record in read_records(chosen.again):
        told, unknown = parser.parse_known_args(arguments_of(record))
        if unknown:
            raise InvalidOptions(
                f"{chosen.again} tells of {unknown[0]}, which this version does not know.",
                "Use the version that wrote it, or a newer one.",
            )
        told.overwrite, told.skip_existing = chosen.overwrite, chosen.skip_existing
        told.sidecar, told.sign = chosen.sidecar, chosen.sign
        (photo,) = told.photos
        folder = chosen.out or Path(str(record.get("out", photo.parent)))
        outputs = outputs_for(folder, str(record.get("stem", photo.stem)), told, options_from(told))
        tasks.append(Task(photo, outputs, told, record))
    return tasks


def outputs_for(
    folder: Path, stem: str, chosen: argparse.Namespace, options: ColorizeOptions
) -> Outputs:
    """Where a photo's results go."""
    return Outputs(
        folder,
        stem,
        PictureFormat(chosen.format),
        chosen.depth,
        options.background,
        layers_from(chosen.layers),
        chosen.quality,
        chosen.sidecar,
    )
