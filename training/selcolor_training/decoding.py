"""Picture files to tensors: reduced while decoding, on a few threads, with a progress bar."""

from __future__ import annotations

import io
import os
import struct
import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import psutil
import torch
from PIL import Image, ImageOps
from torch import Tensor
from tqdm import tqdm

from selcolor_training.errors import DatasetError

LONGEST_SHORT_SIDE = 256
"""Photos are reduced to this short side in pixels: 10 000 of them then take 2 to 3 GB."""

THREADS = min(os.cpu_count() or 1, 4)
"""Pillow lets other threads run while it decodes: 400 JPEGs took 9.3 s on one thread, 7.4 s on two
and 6.9 s on four, with two cores that were busy with other work besides."""

AT_ONCE = 64
"""Files that wait, read but not decoded: bounds the memory that an archive takes."""

UNSOUND = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""What Pillow raises for files that are no pictures, or damaged ones."""


@dataclass(frozen=True)
class PictureFile:
    """A picture to decode: what it is called, where its bytes are, and Pillow's mode for it."""

    name: str
    file: Path | io.BytesIO
    mode: str = "RGB"
    reduce: bool = True


def shrunk(picture: Image.Image, short_side: int) -> Image.Image:
    """The picture with at most this short side, by Lanczos."""
    scale = short_side / min(picture.size)
    if scale >= 1:
        return picture
    width, height = (max(round(side * scale), 1) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)


def decode(source: PictureFile) -> Tensor:
    """Decode one file to uint8 `[channels, H, W]`, upright.

    Raises:
        One of UNSOUND: it is no sound picture.
    """
    with Image.open(source.file) as picture:
        if source.reduce:
            # A JPEG decodes to an eighth, a quarter or a half in a fraction of the time.
            picture.draft("RGB", (2 * LONGEST_SHORT_SIDE, 2 * LONGEST_SHORT_SIDE))
        upright = ImageOps.exif_transpose(picture).convert(source.mode)
    if source.reduce:
        upright = shrunk(upright, LONGEST_SHORT_SIDE)
    pixels = torch.from_numpy(np.array(upright))
    return pixels.unsqueeze(0) if pixels.ndim == 2 else pixels.permute(2, 0, 1).contiguous()


def try_to_decode(source: PictureFile) -> Tensor | None:
    """As `decode`; None when the file is no sound picture."""
    try:
        return decode(source)
    except UNSOUND:
        return None


def check_memory(taken: int, done: int, total: int) -> None:
    """Foresee that the rest will not fit.

    Raises:
        DatasetError: so much memory is not free.
    """
    missing = taken / done * (total - done)
    free = psutil.virtual_memory().available
    if missing > free:
        raise DatasetError(
            f"{total} photos take {taken / done * total / 1e9:.1f} GB of memory when decoded, and "
            f"only {free / 1e9:.1f} GB are free.",
            "Train on a folder with fewer photos, or end other programs.",
        )


def decode_all(sources: Iterator[PictureFile], total: int, title: str) -> dict[str, Tensor]:
    """Decode files into memory; those that cannot be read are left out, and counted in one line.

    Args:
        sources: the files; they are opened as the decoding goes on.
        total: how many there are, for the progress bar.
        title: for the progress bar.

    Returns:
        uint8 `[channels, H, W]` by name.

    Raises:
        DatasetError: they will not fit into memory.
    """
    decoded: dict[str, Tensor] = {}
    unreadable: list[str] = []
    taken = 0
    with ThreadPoolExecutor(THREADS) as pool, tqdm(desc=title, total=total, unit="file") as bar:
        while some := list(islice(sources, AT_ONCE)):
            for source, pixels in zip(some, pool.map(try_to_decode, some), strict=True):
                if pixels is None:
                    unreadable.append(source.name)
                else:
                    decoded[source.name] = pixels
                    taken += pixels.nbytes
            bar.update(len(some))
            check_memory(taken, len(decoded) + len(unreadable), total)
    if unreadable:
        tqdm.write(
            f"{len(unreadable)} of {total} files are no readable pictures and were left out; "
            f"the first is {unreadable[0]}.",
            file=sys.stderr,
        )
    return decoded
