"""A data folder that the tests draw: colored disks on colored grounds, and the disks' masks."""

from __future__ import annotations

import csv
import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image


def drawn(seed: int, height: int = 80, width: int = 96) -> tuple[Image.Image, Image.Image]:
    """A colored disk on a colored ground, and the disk's mask."""
    chance = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    inside = np.hypot(rows - height / 2, columns - width / 2) < 0.3 * height
    ground, disk = chance.permutation([[200, 60, 40], [50, 90, 210], [60, 170, 70]])[:2]
    shade = 1 - 0.4 * rows[..., None] / height
    picture = (np.where(inside[..., None], disk, ground) * shade).astype(np.uint8)
    return Image.fromarray(picture), Image.fromarray(inside)


def draw_data(folder: Path, count: int = 6) -> Path:
    """Write manifest and tar shards as `../shared/data` has them; returns the folder."""
    with (folder / "manifest.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["split", "image", "mask", "kind"])
        for split in ("train", "val"):
            with tarfile.open(folder / f"{split}-00.tar", "w") as shard:
                for number in range(count):
                    name = f"disks/{split}{number}"
                    rows.writerow([split, f"{name}.webp", f"{name}.mask.png", "object"])
                    for suffix, picture in zip((".webp", ".mask.png"), drawn(number), strict=True):
                        add_file(shard, name + suffix, picture)
    return folder


def add_file(shard: tarfile.TarFile, name: str, picture: Image.Image) -> None:
    """Add a picture to a tar file."""
    data = io.BytesIO()
    picture.save(data, "webp" if name.endswith(".webp") else "png")
    member = tarfile.TarInfo(name)
    member.size = data.tell()
    data.seek(0)
    shard.addfile(member, data)
