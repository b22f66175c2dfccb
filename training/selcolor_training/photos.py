"""All photos of a split as one array: decoded once, cached on disk, memory-mapped.

Pixels of all photos lie one after another, with masks and maps of classes in arrays of the same
length beside them, so that a place in one is the same place in the others. The files are in the
cache's folder under the digest of the data, so that the second start takes a second; on a GPU the
whole array is moved there.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import psutil
import torch
from torch import Tensor
from tqdm import tqdm

from selcolor_training.data import EncodedFile, Row, data_digest, encoded_files, split_rows
from selcolor_training.decoding import Layout, Pixels, try_to_decode
from selcolor_training.errors import DatasetError
from selcolor_training.screening import why_unusable

VERSION = 1
"""Of the files in the cache: another number makes all of them anew."""

THREADS = min(os.cpu_count() or 1, 4)
"""Pillow lets other threads run while it decodes."""

AT_ONCE = 64
"""Photos that wait, read but not decoded: bounds the memory that an archive takes."""

UNKNOWN_CLASS = 255
"""In a map of classes: nobody has said what this is."""


@dataclass(frozen=True)
class Decoded:
    """One photo.

    Attributes:
        planes: its arrays by `rgb`, `mask` and `classes`, all of one height and width.
        unusable: why its color is not to be learned, or an empty string.
    """

    planes: dict[str, Pixels]
    unusable: str


@dataclass(frozen=True)
class Photos:
    """The photos of one split.

    Attributes:
        rows: what the manifest says of each.
        unusable: why its color is not to be learned, or an empty string.
        starts: the place of its first pixel, int64 `[N]`.
        heights: int64 `[N]`.
        widths: int64 `[N]`.
        rgb: encoded sRGB of all pixels, uint8 `[P, 3]`.
        masks: 255 where the subject is, uint8 `[P]`; None unless the layout asks for masks.
        classes: Pascal VOC classes, 0 for the background, 255 for unknown, uint8 `[P]`; likewise.
    """

    rows: tuple[Row, ...]
    unusable: tuple[str, ...]
    starts: Tensor
    heights: Tensor
    widths: Tensor
    rgb: Tensor
    masks: Tensor | None = None
    classes: Tensor | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def place(self, number: int) -> tuple[slice, int, int]:
        """The pixels of a photo in the arrays, its height and its width."""
        start, height, width = (
            int(values[number]) for values in (self.starts, self.heights, self.widths)
        )
        return slice(start, start + height * width), height, width

    def picture(self, number: int) -> Tensor:
        """One photo, uint8 `[3, H, W]`."""
        pixels, height, width = self.place(number)
        return self.rgb[pixels].view(height, width, 3).permute(2, 0, 1)

    def mask(self, number: int) -> Tensor:
        """The mask of one photo, uint8 `[H, W]`."""
        assert self.masks is not None, "the layout left masks out"
        pixels, height, width = self.place(number)
        return self.masks[pixels].view(height, width)

    def class_map(self, number: int) -> Tensor:
        """The map of classes of one photo, uint8 `[H, W]`."""
        assert self.classes is not None, "the layout left masks out"
        pixels, height, width = self.place(number)
        return self.classes[pixels].view(height, width)

    def only(self, numbers: Sequence[int]) -> Photos:
        """Some of the photos; the pixels stay where they are."""
        index = torch.tensor(numbers, dtype=torch.int64)
        return replace(
            self,
            rows=tuple(self.rows[number] for number in numbers),
            unusable=tuple(self.unusable[number] for number in numbers),
            starts=self.starts[index],
            heights=self.heights[index],
            widths=self.widths[index],
        )

    def every(self, stride: int) -> Photos:
        """Every so many-th of the photos."""
        return self.only(range(0, len(self), stride))

    def colorful(self) -> Photos:
        """Only the photos whose color can be learned.

        Raises:
            DatasetError: there is none.
        """
        kept = [number for number, reason in enumerate(self.unusable) if not reason]
        if not kept:
            raise DatasetError(
                "There is no color to learn: all photos are gray, toned, letterboxed or noisy.",
                "Name a folder or a tar file of color photos.",
            )
        return self.only(kept)

    def to(self, device: torch.device) -> Photos:
        """With all pixels on a device; on the CPU they stay in the file."""
        if device.type == "cpu":
            return self
        masks, classes = (
            None if plane is None else plane.to(device) for plane in (self.masks, self.classes)
        )
        return replace(self, rgb=self.rgb.to(device), masks=masks, classes=classes)


def open_photos(
    path: Path, split: str, layout: Layout, cache: Path, names: frozenset[str] | None = None
) -> Photos:
    """The photos of a split, from the cache; what is not there yet is decoded first.

    Args:
        path: the data; see `data`.
        split: `train` or `val`, or another that the manifest names.
        layout: how photos are kept.
        cache: folder of the cache; made if it is not there.
        names: keep only these; None for all.

    Raises:
        DatasetError: the data is missing, empty or damaged, has no such split or no masks, has not
            one readable photo, or does not fit on the disk.
    """
    some = "" if names is None else "-" + sha256("\n".join(sorted(names)).encode()).hexdigest()[:8]
    folder = cache / f"{data_digest(path)}-{split}-{layout}{some}-v{VERSION}"
    if not (folder / "index.json").exists():
        rows = [row for row in split_rows(path, split) if names is None or row.image in names]
        build(folder, path, with_masks(path, rows) if layout.masks else rows, layout)
    return mapped(folder)


def with_masks(path: Path, rows: Sequence[Row]) -> list[Row]:
    """Only the rows that have a mask.

    Raises:
        DatasetError: none has.
    """
    masked = [row for row in rows if row.mask]
    if not masked:
        raise DatasetError(
            f"The photos of {path} have no masks, and a segmenter cannot learn without.",
            "Name a folder whose manifest.csv has masks.",
        )
    return masked


def mapped(folder: Path) -> Photos:
    """Open what `build` wrote, without reading the pixels."""
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    heights, widths = torch.tensor(index["shapes"], dtype=torch.int64).T
    sizes = heights * widths
    total = int(sizes.sum())
    planes = {
        name: torch.from_file(str(file), shared=False, size=total * depth, dtype=torch.uint8)
        for name, depth in (("rgb", 3), ("mask", 1), ("classes", 1))
        if (file := folder / f"{name}.u8").exists()
    }
    return Photos(
        rows=tuple(Row(**row) for row in index["rows"]),
        unusable=tuple(index["unusable"]),
        starts=sizes.cumsum(0) - sizes,
        heights=heights,
        widths=widths,
        rgb=planes["rgb"].view(-1, 3),
        masks=planes.get("mask"),
        classes=planes.get("classes"),
    )


def build(folder: Path, path: Path, rows: Sequence[Row], layout: Layout) -> None:
    """Decode photos into the files of a cache; a folder without all of them is never left.

    Raises:
        DatasetError: not one can be read, or the disk is full.
    """
    for left in folder.parent.glob(f"{folder.name}.*.partial"):
        if not psutil.pid_exists(int(left.suffixes[-2][1:])):
            shutil.rmtree(left)
    partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
    try:
        partial.mkdir(parents=True)
        index = write_planes(partial, path, rows, layout)
        (partial / "index.json").write_text(json.dumps(index), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    except OSError as error:
        raise DatasetError(
            f"The decoded photos cannot be kept in {folder.parent} ({error.strerror or error}); "
            "nothing is left there.",
            "Make room, or name a folder on another disk with --cache.",
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_planes(
    folder: Path, path: Path, rows: Sequence[Row], layout: Layout
) -> dict[str, object]:
    """Write the pixels of all readable photos; returns what is known of each.

    Raises:
        DatasetError: not one can be read.
    """
    names = ["rgb", "mask", "classes"] if layout.masks else ["rgb"]
    files: dict[str, BinaryIO] = {name: (folder / f"{name}.u8").open("wb") for name in names}
    kept, shapes, unusable = [], [], []
    try:
        for row, photo in decoded(path, rows, layout):
            for name, file in files.items():
                file.write(np.ascontiguousarray(photo.planes[name]).data)
            kept.append(asdict(row))
            shapes.append(photo.planes["rgb"].shape[:2])
            unusable.append(photo.unusable)
    finally:
        for file in files.values():
            file.close()
    if not kept:
        raise DatasetError(
            f"Not one of the {len(rows)} photos of {path} ({rows[0].split}) can be read.",
            "Look whether the files are pictures and whether all of them were copied.",
        )
    return {"rows": kept, "shapes": shapes, "unusable": unusable}


def decoded(path: Path, rows: Sequence[Row], layout: Layout) -> Iterator[tuple[Row, Decoded]]:
    """Decode photos on a few threads; those that are missing are counted in one line."""
    whole = complete(path, rows, layout)
    lost = {row.image for row in rows}
    title = f"decode {rows[0].split}"
    with ThreadPoolExecutor(THREADS) as pool, tqdm(desc=title, total=len(rows)) as bar:
        while some := list(islice(whole, AT_ONCE)):
            for (row, _), photo in zip(
                some,
                pool.map(lambda each: decode_photo(each[0], each[1], layout), some),
                strict=True,
            ):
                if photo is not None:
                    lost.discard(row.image)
                    yield row, photo
            bar.update(len(some))
    if lost:
        tqdm.write(
            f"{len(lost)} of {len(rows)} photos are missing or cannot be read and were left out; "
            f"one of them is {min(lost)}.",
            file=sys.stderr,
        )


def complete(
    path: Path, rows: Sequence[Row], layout: Layout
) -> Iterator[tuple[Row, dict[str, EncodedFile]]]:
    """Each row with its files, as soon as all of them have been read from the archive."""
    owners: dict[str, tuple[Row, str]] = {row.image: (row, "rgb") for row in rows}
    if layout.masks:
        owners |= {row.mask: (row, "mask") for row in rows}
        owners |= {row.classes: (row, "classes") for row in rows if row.classes}
    waiting: dict[str, dict[str, EncodedFile]] = {}
    for name, file in encoded_files(path, rows[0].split, owners):
        row, plane = owners[name]
        files = waiting.setdefault(row.image, {})
        files[plane] = (name, file)
        if len(files) == 1 + layout.masks * (1 + bool(row.classes)):
            yield row, waiting.pop(row.image)


def decode_photo(row: Row, files: dict[str, EncodedFile], layout: Layout) -> Decoded | None:
    """Decode and screen one photo; None when a file of it cannot be read."""
    modes = {"rgb": "RGB", "mask": "L", "classes": "P"}
    planes: dict[str, Pixels] = {}
    for name, (_, file) in files.items():
        pixels = try_to_decode(file, modes[name], layout)
        if pixels is None:
            return None
        planes[name] = pixels
    shape = planes["rgb"].shape[:2]
    planes.setdefault("classes", np.full(shape, UNKNOWN_CLASS, np.uint8))
    fits = all(pixels.shape[:2] == shape for pixels in planes.values())
    return Decoded(planes, why_unusable(row.source, planes["rgb"])) if fits else None
