"""Which photographs there are: rows of a manifest, or any folder or tar file of photos.

They come from a folder with `manifest.csv` and tar shards, from the paper's COCO sample (`coco`),
or from any folder or tar file (`sources`). How they are decoded and kept is `photos`' concern.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from selcolor_training.coco import coco_split, is_coco_sample
from selcolor_training.errors import DatasetError
from selcolor_training.sources import (
    digest_of_listing,
    list_photos,
    open_photos,
    random_split,
    reading_tar,
    source_name,
)

MANIFEST = "manifest.csv"

NOISY_COLOR = frozenset({"cats_pcashman"})
"""Data sets whose color is not to be learned (salt-and-pepper noise); their masks are good."""

EncodedFile = tuple[str, Path | io.BytesIO]
"""A file's name and where its bytes are."""


@dataclass(frozen=True)
class Row:
    """One photo as the manifest lists it.

    Attributes:
        split: such as `train` or `val`.
        image: the photo's name; its first part is the data set's.
        mask: the name of its mask, or an empty string.
        kind: such as `portrait` or `scene`; `photo` when nothing is known.
        classes: the name of its map of Pascal VOC classes, or an empty string.
        subject: the class of the whole mask, or an empty string.
    """

    split: str
    image: str
    mask: str
    kind: str
    classes: str = ""
    subject: str = ""

    @property
    def source(self) -> str:
        """The data set's folder, such as `ccp`."""
        return self.image.split("/")[0]


def manifest_rows(folder: Path) -> list[Row]:
    """Every row of the manifest, in file order.

    Raises:
        DatasetError: there is no manifest, or it is not one.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise DatasetError(
            f"{folder} holds no {MANIFEST}.", "Name the folder that does with --data."
        )
    try:
        with manifest.open(newline="", encoding="utf-8") as lines:
            return [row_of(line) for line in csv.DictReader(lines)]
    except (KeyError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(
            f"{manifest} is not a list of photos ({error!r}).",
            "It needs the columns split, image, mask and kind (classes and subject may be there, "
            "too); without it, the folder's photos are split at random.",
        ) from error


def row_of(line: dict[str, str]) -> Row:
    """One line of the manifest."""
    return Row(
        line["split"],
        line["image"],
        line["mask"],
        line["kind"],
        line.get("classes", ""),
        line.get("subject", ""),
    )


def split_rows(path: Path, split: str) -> list[Row]:
    """The rows of one split, in file order, whether a manifest or chance makes the splits.

    Raises:
        DatasetError: the data is missing or damaged, or has no photo of this split.
    """
    if not (path / MANIFEST).is_file():
        return loose_rows(path, split)
    rows = [row for row in manifest_rows(path) if row.split == split]
    if not rows:
        raise DatasetError(
            f"{path / MANIFEST} names no photo of the split {split!r}.",
            "Correct the column `split`: train and val are needed.",
        )
    return rows


def loose_rows(path: Path, split: str) -> list[Row]:
    """The photos of one split where no manifest says which they are.

    Raises:
        DatasetError: there are no photos, too few, or no such split.
    """
    names = [name for name, _size in list_photos(path)]
    train, val = coco_split(names) if is_coco_sample(path) else random_split(names)
    if not val:
        raise DatasetError(
            f"There is only one photo in {path}." if names else f"There are no photos in {path}.",
            "Name a folder or a tar file with jpg, png, webp, tif or bmp files; "
            f"a folder of tar shards needs a {MANIFEST}.",
        )
    chosen = {"train": train, "val": val}.get(split)
    if chosen is None:
        raise DatasetError(
            f"{path} has no split {split!r}: without a {MANIFEST}, photos are split at random into "
            "train and val.",
            f"Name a folder with a {MANIFEST} that has it.",
        )
    return [Row(split, f"{source_name(path)}/{name}", "", "photo") for name in chosen]


def encoded_files(path: Path, split: str, wanted: Collection[str]) -> Iterator[EncodedFile]:
    """The wanted files of a split, in the order in which they lie on the disk.

    Raises:
        DatasetError: an archive is damaged.
    """
    if (path / MANIFEST).is_file():
        for shard in sorted(path.glob(f"{split}-*.tar")):
            with reading_tar(shard) as archive:
                for member in archive:
                    if member.name in wanted and (file := archive.extractfile(member)) is not None:
                        yield member.name, io.BytesIO(file.read())
        return
    prefix = source_name(path) + "/"
    names = [name.removeprefix(prefix) for name in wanted]
    yield from ((prefix + name, file) for name, file in open_photos(path, names))


def data_digest(path: Path) -> str:
    """Sixteen hex digits that name the data.

    The SHA-256 of the manifest; without one, of the names and sizes of all photos.

    Raises:
        DatasetError: nothing is there, or it is a damaged tar file.
    """
    manifest = path / MANIFEST
    if manifest.is_file():
        return hashlib.sha256(manifest.read_bytes()).hexdigest()[:16]
    return digest_of_listing(list_photos(path))[:16]
