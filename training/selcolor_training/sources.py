"""Any folder or tar file of photos: which photos it holds, how they are split, and their bytes.

Nothing but pictures is asked for. A photo is named by its source (the folder or the tar file) and
its path inside, as in `holidays/2019/beach.jpg`.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TypeVar

import numpy as np

from selcolor_training.errors import DatasetError

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"})

SPLIT_SEED = 123
"""Of the tutorial that the paper follows."""

VALIDATION_SHARE = 0.2
"""Of the photos, as in the paper: 2 000 of 10 000."""

Item = TypeVar("Item", str, Path)


def is_photo(name: str) -> bool:
    """Whether a path names a photo; hidden files and what macOS adds to archives are none."""
    path = PurePosixPath(name)
    return path.suffix.lower() in PHOTO_SUFFIXES and not any(
        part.startswith((".", "__MACOSX")) for part in path.parts
    )


def source_name(path: Path) -> str:
    """The folder's name, or the tar file's up to its first dot."""
    path = path.resolve()
    return path.name if path.is_dir() else path.name.split(".")[0]


@contextmanager
def reading_tar(path: Path) -> Iterator[tarfile.TarFile]:
    """Open a tar file, compressed or not.

    Raises:
        DatasetError: it is none, or it turns out damaged while it is read.
    """
    try:
        with tarfile.open(path) as archive:
            yield archive
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise DatasetError(
            f"{path} cannot be read as a tar file ({error}): it is none, or it is damaged.",
            "Name a folder or a tar file of photos, or copy this one again.",
        ) from error


def list_photos(path: Path) -> list[tuple[str, int]]:
    """Names (relative to `path`) and sizes in bytes of all photos, sorted by name.

    Raises:
        DatasetError: nothing is there, or it is a damaged tar file.
    """
    if path.is_dir():
        files = (file for file in path.rglob("*") if file.is_file())
        found = [(file.relative_to(path).as_posix(), file.stat().st_size) for file in files]
    elif path.is_file():
        with reading_tar(path) as archive:
            found = [(member.name, member.size) for member in archive if member.isfile()]
    else:
        raise DatasetError(
            f"There is no folder or file {path}.", "Correct the path of the photos (--data)."
        )
    return sorted(entry for entry in found if is_photo(entry[0]))


def open_photos(path: Path, names: Collection[str]) -> Iterator[tuple[str, Path | io.BytesIO]]:
    """The named photos of a folder (as paths) or a tar file (as bytes), in its own order.

    Raises:
        DatasetError: the tar file is damaged.
    """
    if path.is_dir():
        for name in names:
            yield name, path / name
        return
    with reading_tar(path) as archive:
        for member in archive:
            if member.name in names and (file := archive.extractfile(member)) is not None:
                yield member.name, io.BytesIO(file.read())


def random_split(
    items: Sequence[Item], at_most: int | None = None
) -> tuple[list[Item], list[Item]]:
    """Deal items at random into train (80 %) and val (20 %, at least one of two).

    The same items are always dealt in the same way.

    Args:
        items: what to split; their order does not matter.
        at_most: draw this many and leave the others out.
    """
    ordered = sorted(items)
    # The legacy generator: the one whose draws NumPy has promised never to change.
    chance = np.random.RandomState(SPLIT_SEED)
    drawn = chance.choice(len(ordered), min(len(ordered), at_most or len(ordered)), replace=False)
    dealt = [ordered[place] for place in drawn[chance.permutation(len(drawn))]]
    val = max(round(VALIDATION_SHARE * len(dealt)), min(1, len(dealt) - 1))
    train = len(dealt) - val
    return dealt[:train], dealt[train:]


def digest_of_listing(photos: Sequence[tuple[str, int]]) -> str:
    """SHA-256 over names and sizes: quick, and it notices all but an edit that keeps the size."""
    lines = "".join(f"{size} {name}\n" for name, size in photos)
    return hashlib.sha256(lines.encode()).hexdigest()
