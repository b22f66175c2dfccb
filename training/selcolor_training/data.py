"""Photographs and masks for training: decoded once, kept in memory.

They come from a folder with `manifest.csv` and tar shards (`../shared/data`), from the paper's COCO
sample (`coco`), or from any folder or tar file of photos (`sources`). What a photo goes through
before the network (crops, flips, noise) is in `augment`.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from selcolor_training.coco import coco_split, is_coco_sample
from selcolor_training.decoding import PictureFile, decode_all
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


@dataclass(frozen=True)
class Row:
    """One photo as the manifest lists it.

    Attributes:
        split: such as `train` or `val`.
        image: the photo's name; its first part is the data set's.
        mask: the name of its mask, or an empty string.
        kind: such as `portrait` or `scene`; `photo` when nothing is known.
    """

    split: str
    image: str
    mask: str
    kind: str

    @property
    def source(self) -> str:
        """The data set's folder, such as `ccp`."""
        return self.image.split("/")[0]


@dataclass(frozen=True)
class Photo:
    """A decoded photo: `rgb` is uint8 `[3, H, W]`, `mask` uint8 `[1, H, W]` (0 or 255) or None."""

    row: Row
    rgb: Tensor
    mask: Tensor | None


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
            return [
                Row(line["split"], line["image"], line["mask"], line["kind"])
                for line in csv.DictReader(lines)
            ]
    except (KeyError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(
            f"{manifest} is not a list of photos ({error!r}).",
            "It needs the columns split, image, mask and kind; without it, the folder's photos "
            "are split at random.",
        ) from error


def read_manifest(folder: Path, split: str) -> list[Row]:
    """The rows of one split, in file order.

    Raises:
        DatasetError: there is no manifest, it is not one, or it names no photo of this split.
    """
    rows = [row for row in manifest_rows(folder) if row.split == split]
    if not rows:
        raise DatasetError(
            f"{folder / MANIFEST} names no photo of the split {split!r}.",
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


def shard_files(folder: Path, split: str, wanted: dict[str, str]) -> Iterator[PictureFile]:
    """The wanted files in the split's tar shards; `wanted` gives Pillow's mode by name."""
    for shard in sorted(folder.glob(f"{split}-*.tar")):
        with reading_tar(shard) as archive:
            for member in archive:
                if member.name in wanted and (file := archive.extractfile(member)) is not None:
                    data = io.BytesIO(file.read())
                    yield PictureFile(member.name, data, wanted[member.name], reduce=False)


def loose_files(path: Path, rows: list[Row]) -> Iterator[PictureFile]:
    """The files of `loose_rows`."""
    prefix = source_name(path) + "/"
    names = {row.image.removeprefix(prefix): row.image for row in rows}
    for name, file in open_photos(path, names):
        yield PictureFile(names[name], file)


def with_masks(path: Path, rows: list[Row]) -> list[Row]:
    """Only the rows that have a mask.

    Raises:
        DatasetError: none has.
    """
    masked = [row for row in rows if row.mask]
    if not masked:
        raise DatasetError(
            f"The photos of {path} have no masks, and a segmenter cannot learn without.",
            f"Name a folder whose {MANIFEST} has masks.",
        )
    return masked


def load_photos(
    path: Path, split: str, masked: bool, names: Collection[str] | None = None
) -> list[Photo]:
    """Decode a split into memory (about 200 kB a photo).

    Args:
        path: where `manifest.csv` and the shards lie; or the COCO sample; or any folder or tar
            file of photos, which are split at random and reduced to a short side of 256 px.
        split: `train` or `val`, or another that the manifest names.
        masked: keep only photos that have a mask, and load it; otherwise leave masks out.
        names: keep only these; None for all.

    Raises:
        DatasetError: it is missing, empty, damaged, has no such split or no masks, has not one
            readable photo, or does not fit into memory.
    """
    listed = (path / MANIFEST).is_file()
    rows = read_manifest(path, split) if listed else loose_rows(path, split)
    if names is not None:
        rows = [row for row in rows if row.image in names]
    if masked:
        rows = with_masks(path, rows)
    wanted = {row.image: "RGB" for row in rows}
    if masked:
        wanted |= {row.mask: "L" for row in rows}
    files = shard_files(path, split, wanted) if listed else loose_files(path, rows)
    decoded = decode_all(files, len(wanted), f"decode {split}")
    photos = [
        Photo(row, decoded[row.image], decoded[row.mask] if masked else None)
        for row in rows
        if row.image in decoded and (not masked or row.mask in decoded)
    ]
    if not photos:
        raise DatasetError(
            f"Not one of the {len(rows)} photos of {path} ({split}) can be read.",
            "Look whether the files are pictures and whether all of them were copied.",
        )
    return photos


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
