"""Blind sheets: the same photos colored by two weight files, left and right at random.

Whoever judges sees the sheets only; the key lies in a file beside their folder. The photos are not
ours: the sheets belong in a build folder and are never committed.
"""

from __future__ import annotations

import csv
import io
import random
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from selcolor_backend.networks.hybrid_vit import ARCHITECTURE
from selcolor_backend.pixels.color import srgb_to_lab
from selcolor_training.color_figures import shown
from selcolor_training.colorizer import enlarged
from selcolor_training.errors import DatasetError
from selcolor_training.measure import open_candidates
from selcolor_training.report.grids import paste_rows, save
from selcolor_training.systems import device_of

SPLITS = {"historic": 1000, "eval": 60}
"""Which splits are shown, and at most how many photos of each."""

LONGEST_SIDE = 512
ROWS = 4


def write_pairs(first: Path, second: Path, data: Path, out: Path, seed: int = 0) -> list[Path]:
    """Color photos with two weight files and write them side by side.

    Args:
        first: a file that `selcolor-train` exported.
        second: another.
        data: where `historic-*.tar` and `eval-*.tar` lie.
        out: folder of the sheets; the key is written beside it, as `<out>-key.csv`.
        seed: of the sides.

    Returns:
        The sheets, then the key.

    Raises:
        DatasetError: there are no photos.
        RecipeError: a file is not a colorizer's.
    """
    networks = {file: open_candidates([file], [])[1].network for file in (first, second)}
    chance = random.Random(seed)
    rows: list[tuple[str, list[Image.Image]]] = []
    key: list[tuple[str, str, str, str]] = []
    for name, photo in tqdm(list(photos_of(data)), desc="color pairs"):
        sides = [first, second]
        chance.shuffle(sides)
        colored = [color(network, photo) for side in sides if (network := networks[side])]
        rows.append((f"{len(rows) + 1:03}", colored))
        key.append((f"{len(key) + 1:03}", name, str(sides[0]), str(sides[1])))
    if not rows:
        raise DatasetError(
            f"{data} holds no photo of {' or '.join(SPLITS)}.",
            "Name a folder with historic-00.tar or eval-00.tar with --data.",
        )
    return [*write_sheets(rows, out), write_key(key, out.with_name(f"{out.name}-key.csv"))]


def photos_of(data: Path) -> Iterator[tuple[str, Image.Image]]:
    """The photos of all SPLITS, evenly drawn, no side longer than LONGEST_SIDE."""
    for split, most in SPLITS.items():
        for shard in sorted(data.glob(f"{split}-*.tar")):
            with tarfile.open(shard) as archive:
                members = [member for member in archive if member.isfile()]
                for member in members[:: max(len(members) // most, 1)][:most]:
                    if (file := archive.extractfile(member)) is not None:
                        photo = Image.open(io.BytesIO(file.read())).convert("RGB")
                        photo.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                        yield member.name, photo


@torch.inference_mode()
def color(network: nn.Module, photo: Image.Image) -> Image.Image:
    """Color a photo by its luminance."""
    rgb = torch.from_numpy(np.array(photo)).permute(2, 0, 1).unsqueeze(0).float() / 255
    level: Tensor = srgb_to_lab(rgb.to(device_of(network)))[:, :1]
    size = ARCHITECTURE.native_size(photo.height, photo.width)
    small = functional.interpolate(level / 50 - 1, size=size, mode="bilinear", antialias=True)
    picture = shown(level, enlarged(network(small), level))[0]
    return Image.fromarray(picture.mul(255).round().byte().permute(1, 2, 0).cpu().numpy())


def write_sheets(rows: list[tuple[str, list[Image.Image]]], folder: Path) -> list[Path]:
    """Write numbered rows, ROWS on a sheet."""
    sheets = []
    for first in range(0, len(rows), ROWS):
        labels, pictures = zip(*rows[first : first + ROWS], strict=True)
        sheet = paste_rows(pictures, labels, LONGEST_SIDE)
        sheets.append(save(sheet, folder / f"pairs-{first // ROWS + 1:02}.jpg"))
    return sheets


def write_key(rows: list[tuple[str, str, str, str]], file: Path) -> Path:
    """Write which side shows which file."""
    with file.open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows([("pair", "photo", "left", "right"), *rows])
    return file
