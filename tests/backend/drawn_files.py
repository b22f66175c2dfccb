"""Drawn pixels, and pieces of picture files, for the tests of reading."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ImageCms

from selcolor_backend.pictures.arrays import to_array
from selcolor_backend.pictures.reading import read_picture

HEIGHT, WIDTH = 24, 36


def drawn(channels: int, dtype: str = "u1", height: int = HEIGHT, width: int = WIDTH) -> Any:
    noise = np.random.default_rng(channels).random((height, width, channels))
    if np.dtype(dtype).kind != "f":
        noise = noise * np.iinfo(dtype).max
    pixels = noise.astype(dtype)
    return pixels[..., 0] if channels == 1 else pixels


def pixels_of(path: Path) -> Any:
    pixels = to_array(read_picture(path))
    return pixels[..., 0] if pixels.shape[2] == 1 else pixels


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def interlaced_png() -> bytes:
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4))
    passes += ((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    pixels = drawn(3)
    rows = b""
    for left, top, columns, step in passes:
        for row in pixels[top::step, left::columns]:
            rows += b"\0" + row.tobytes() if row.size else b""
    size = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 1)
    data = chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data
