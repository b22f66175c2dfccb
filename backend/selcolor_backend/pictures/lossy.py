"""JPEG and WebP, by Pillow: small files to pass on; masks and later work want PNG or TIFF."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from selcolor_backend.pictures.arrays import Pixels
from selcolor_backend.pictures.bands import Banded
from selcolor_backend.pictures.exif import PREFIX
from selcolor_backend.pictures.metadata import Metadata
from selcolor_backend.pictures.metadata_writing import exif_with_size, jpeg_options
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.raster import TransferCurve

LONGEST_SIDE = {"jpeg": 65500, "webp": 16383}
_FINE = 90
"""From this quality on, JPEG keeps colors at the full resolution."""


def write_lossy(
    picture: Banded, file: BinaryIO, kind: str, metadata: Metadata, quality: int
) -> None:
    """Write a JPEG or WebP file.

    Args:
        picture: of 8 bits; JPEG has no transparency, so that white shows through.
        file: what is written to.
        kind: `jpeg` or `webp`.
        metadata: what else belongs to the picture.
        quality: 1 to 100.

    Raises:
        CannotWrite: a side is longer than the format allows.
    """
    if max(picture.width, picture.height) > LONGEST_SIDE[kind]:
        raise CannotWrite(
            f"{kind.upper()} holds at most {LONGEST_SIDE[kind]} pixels along one side, and the "
            f"photo has {picture.width} × {picture.height}.",
            "Choose another --format.",
        )
    label = None if picture.curve is TransferCurve.SRGB else picture.label
    options: dict[str, Any] = {} if label is None else {"icc_profile": label}
    if kind == "jpeg":
        options |= {"subsampling": 0 if quality >= _FINE else 2} | jpeg_options(metadata)[0]
    else:
        exif = exif_with_size(metadata)
        options |= {"exif": PREFIX + exif} if exif else {}
        options |= {"xmp": metadata.xmp} if metadata.xmp else {}
    with Image.fromarray(_pixels(picture, flat=kind == "jpeg")) as image:
        image.save(file, kind.upper(), quality=quality, **options)


def _pixels(picture: Banded, flat: bool) -> Pixels:
    """All samples, `[H, W]` or `[H, W, C]`; over white where they are to be flat."""
    has_alpha = picture.channels.has_alpha
    count = picture.channels.samples - (flat and has_alpha)
    if count == 2:
        count = 4  # Pillow writes no gray with alpha
    pixels = np.empty((picture.height, picture.width, count), np.uint8)
    for top, bottom in picture.spans():
        band = picture.rows(top, bottom)
        if flat and has_alpha:
            band = _over_white(band)
        elif band.shape[2] == 2:
            band = band[..., [0, 0, 0, 1]]
        pixels[top:bottom] = band
    return pixels[..., 0] if count == 1 else pixels


def _over_white(band: Pixels) -> Pixels:
    alpha = band[..., -1:].astype(np.uint32)
    over = band[..., :-1] * alpha + 255 * (255 - alpha)
    flat: Pixels = ((over + 127) // 255).astype(np.uint8)
    return flat
