"""Photographs and masks for training: read from tar shards, decoded once, kept in memory.

What a photo goes through before the network (crops, flips, noise) is in `augment`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

COLORFULNESS_FLOOR = 0.03
"""Photos whose mean |ab| / 110 is below this are gray or toned: they teach nothing about color."""

NOISY_COLOR = frozenset({"cats_pcashman"})
"""Data sets whose color is not to be learned (salt-and-pepper noise); their masks are good."""


@dataclass(frozen=True)
class Row:
    """One line of `manifest.csv`."""

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


class DatasetError(Exception):
    """The data folder cannot be trained on; the message says what is missing."""


def read_manifest(folder: Path, split: str) -> list[Row]:
    """The rows of one split, in file order.

    Raises:
        DatasetError: there is no manifest, or it names no photo of this split.
    """
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise DatasetError(
            f"{folder} holds no manifest.csv; name the folder that does with --data."
        )
    with manifest.open(newline="") as lines:
        rows = [
            Row(line["split"], line["image"], line["mask"], line["kind"])
            for line in csv.DictReader(lines)
            if line["split"] == split
        ]
    if not rows:
        raise DatasetError(f"{manifest} names no photo of the split {split!r}.")
    return rows


def shard_members(folder: Path, split: str) -> Iterator[tuple[str, bytes]]:
    """Every file in the split's tar shards, as name and bytes."""
    for shard in sorted(folder.glob(f"{split}-*.tar")):
        with tarfile.open(shard) as archive:
            for member in archive:
                if (file := archive.extractfile(member)) is not None:
                    yield member.name, file.read()


def decode(data: bytes, mode: str) -> Tensor:
    """A picture file to uint8 `[channels, H, W]` in Pillow's `mode`, `RGB` or `L`."""
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert(mode))
    tensor = torch.from_numpy(pixels.copy())
    return tensor.unsqueeze(0) if tensor.ndim == 2 else tensor.permute(2, 0, 1).contiguous()


def load_photos(folder: Path, split: str, masked: bool) -> list[Photo]:
    """Decode a split into memory (about 180 kB a photo).

    Args:
        folder: where `manifest.csv` and the shards lie.
        split: `train` or `val`.
        masked: keep only photos that have a mask, and load it; otherwise leave masks out.
    """
    rows = {row.image: row for row in read_manifest(folder, split) if row.mask or not masked}
    wanted = set(rows) | ({row.mask for row in rows.values()} if masked else set())
    decoded: dict[str, Tensor] = {}
    for name, data in tqdm(shard_members(folder, split), total=len(wanted), desc=f"decode {split}"):
        if name in wanted:
            decoded[name] = decode(data, "L" if name.endswith(".mask.png") else "RGB")
    return [
        Photo(row, decoded[name], decoded[row.mask] if masked else None)
        for name, row in rows.items()
        if name in decoded
    ]


def data_digest(folder: Path) -> str:
    """Sixteen hex digits that name the data: the sha256 of its manifest."""
    return hashlib.sha256((folder / "manifest.csv").read_bytes()).hexdigest()[:16]
