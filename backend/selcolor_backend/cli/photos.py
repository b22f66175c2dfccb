"""Which photos a command line means, and where the results of each go.

Folders are taken with their structure. What cannot be entered or read is an outcome of its own, and
never stops the others.
"""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from selcolor_backend.cli.outputs import Outputs
from selcolor_protocol.errors import CannotWrite, PictureNotFound, UnreadablePicture

PICTURE_SUFFIXES = frozenset(
    (
        *(".avif", ".bmp", ".dib", ".gif", ".j2k", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpf"),
        *(".jpg", ".jpx", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"),
    )
)
"""What is taken from folders; any file can be named."""


@dataclass(frozen=True)
class Found:
    """A photo of the command line.

    Attributes:
        photo: its path.
        below: the folder of its results, seen from that of `-o`.
        is_named: whether it was named itself, and not a folder that holds it.
    """

    photo: Path
    below: Path = Path()
    is_named: bool = True


def find_photos(
    paths: Sequence[Path], out: Path
) -> tuple[list[Found], dict[Path, PictureNotFound | UnreadablePicture]]:
    """The photos that paths name, each once.

    Args:
        paths: files and folders, and patterns that no shell has expanded.
        out: where results go; it is not searched for photos.

    Returns:
        The photos, and why some folders give none.
    """
    found: dict[str, Found] = {}
    errors: dict[Path, PictureNotFound | UnreadablePicture] = {}
    folders = [path for path in paths if os.path.isdir(path)]
    for path in paths:
        if is_pattern(path):
            for match in _matches(path, out, errors):
                found.setdefault(os.path.realpath(match.photo), match)
            continue
        if path not in folders:
            found.setdefault(os.path.realpath(path), Found(path))
            continue
        below = Path(path.resolve().name) if len(folders) > 1 else Path()
        count = len(errors)
        photos = list(_photos_in(path, out, errors))
        if not photos and len(errors) == count:
            errors[path] = PictureNotFound(
                f"There is no picture in the folder {path}.", "Name another folder, or the files."
            )
        for photo in photos:
            place = below / photo.parent.relative_to(path)
            found.setdefault(os.path.realpath(photo), Found(photo, place, is_named=False))
    return list(found.values()), errors


def is_pattern(path: Path) -> bool:
    """Whether a path stands for several, such as `scans/**/*.tif`."""
    return glob.has_magic(str(path)) and not os.path.lexists(path)


def _matches(
    pattern: Path, out: Path, errors: dict[Path, PictureNotFound | UnreadablePicture]
) -> list[Found]:
    """The pictures that a pattern stands for, with their structure below its fixed part."""
    base = next(place for place in pattern.parents if not glob.has_magic(str(place)))
    results = os.path.realpath(out)
    photos = [
        Path(name)
        for name in sorted(glob.glob(str(pattern), recursive=True))
        if Path(name).suffix.lower() in PICTURE_SUFFIXES
        and os.path.isfile(name)
        and not Path(os.path.realpath(name)).is_relative_to(results)
    ]
    if not photos:
        errors[pattern] = PictureNotFound(
            f"There is no picture that {pattern} stands for.", "Check the pattern and the folder."
        )
    return [Found(photo, photo.parent.relative_to(base), is_named=False) for photo in photos]


def _photos_in(
    folder: Path, out: Path, errors: dict[Path, PictureNotFound | UnreadablePicture]
) -> Iterator[Path]:
    """The pictures below a folder in the order of their names, hidden ones excepted."""

    def tell(error: OSError) -> None:
        place = Path(error.filename)
        errors[place] = UnreadablePicture(
            f"The folder {place} cannot be entered ({error.strerror}).",
            "Change its permissions, or leave it out.",
        )

    results = os.path.realpath(out)
    for place, folders, names in os.walk(folder, onerror=tell):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and os.path.realpath(Path(place, name)) != results
        )
        for name in sorted(names):
            if Path(name).suffix.lower() in PICTURE_SUFFIXES and not name.startswith("."):
                yield Path(place, name)


def names_apart(photos: Sequence[Found]) -> dict[Path, str]:
    """A name for the results of each photo: its stem, with more where two are the same.

    Two photos of one stem add the kind of file, and if need be the folder or a number. Upper and
    lower case are no difference, as many disks know none.
    """
    names = {found.photo: found.photo.stem for found in photos}
    places = {found.photo: found.below for found in photos}
    for longer in (_with_suffix, _with_folder):
        taken = _counts(names, places)
        names = {
            photo: longer(photo, name) if taken[_key(places[photo], name)] > 1 else name
            for photo, name in names.items()
        }
    seen: Counter[str] = Counter()
    taken = _counts(names, places)
    for photo, name in names.items():
        key = _key(places[photo], name)
        seen[key] += 1
        names[photo] = name if taken[key] == 1 else f"{name}-{seen[key]}"
    return names


def _counts(names: Mapping[Path, str], places: Mapping[Path, Path]) -> Counter[str]:
    return Counter(_key(places[photo], name) for photo, name in names.items())


def _key(place: Path, name: str) -> str:
    return str(place / name).casefold()


def _with_suffix(photo: Path, name: str) -> str:
    return f"{name}-{photo.suffix[1:].lower()}" if photo.suffix else name


def _with_folder(photo: Path, name: str) -> str:
    return f"{photo.resolve().parent.name}-{name}"


def spare_mask(outputs: Outputs, mask: Path | None) -> Outputs:
    """Where a mask that was edited is itself a result, it stays, and the others are made anew."""
    if mask is None or os.path.realpath(outputs.layer("mask")) != os.path.realpath(mask):
        return outputs
    return replace(outputs, layers=tuple(name for name in outputs.layers if name != "mask"))


def without_earlier_results(tasks: Mapping[Path, Outputs], named: Iterable[Path]) -> list[Path]:
    """The photos that are no results: a folder may hold both.

    Args:
        tasks: each photo with where its results go.
        named: those that the user named, and that are therefore meant.
    """
    results = {os.path.realpath(path) for outputs in tasks.values() for path in outputs.all_paths()}
    meant = set(named)
    return [photo for photo in tasks if photo in meant or os.path.realpath(photo) not in results]


def clashes(tasks: Mapping[Path, Outputs], given: Iterable[Path]) -> dict[Path, CannotWrite]:
    """The photos whose results would replace another photo, its results or what else is read.

    Args:
        tasks: each photo with where its results go.
        given: what else is read, such as mask and selection.
    """
    taken = {os.path.realpath(path): path for path in (*tasks, *given)}
    found: dict[Path, CannotWrite] = {}
    for photo, outputs in tasks.items():
        for path in outputs.paths():
            if (other := taken.setdefault(os.path.realpath(path), photo)) is not photo:
                found[photo] = CannotWrite(
                    f"{path.name}, made from {photo}, would replace {other} or what becomes of "
                    "it; this photo was left out.",
                    "Choose another folder with -o, or color them in two runs.",
                )
    return found


def missing_folders(folder: Path) -> list[Path]:
    """The folders that have to be made for one to be there, the innermost first."""
    missing = []
    for place in (folder, *folder.parents):
        if os.path.lexists(place):
            break
        missing.append(place)
    return missing


def remove_empty(folders: Iterable[Path]) -> None:
    """Remove what a failed run made and left empty."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
