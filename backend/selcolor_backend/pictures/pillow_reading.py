"""Decoding what Pillow reads: WebP, BMP, GIF, PGM and its kin, AVIF, and the pixels of JPEG."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError, features

from selcolor_backend.pictures import checks
from selcolor_backend.pictures.arrays import Pixels, drop_colors, is_gray
from selcolor_backend.pictures.decoded import Decoded
from selcolor_backend.pictures.metadata_reading import from_pillow
from selcolor_backend.pictures.orientation import exif_orientation
from selcolor_protocol.notes import Note

# Every size is checked against our own limits between opening (the header) and decoding. Pillow's
# guard warns at a smaller size and cannot name the picture.
Image.MAX_IMAGE_PIXELS = None

FORMATS = ("WEBP", "BMP", "GIF", "PPM", *(("AVIF",) if features.check("avif") else ()))
_RIFF = b"RIFF"
_STARTS = (_RIFF, b"BM", b"GIF8", b"P1", b"P2", b"P3", b"P4", b"P5", b"P6")
_BAND_PIXELS = 1 << 18
_MODES = {"1": "L", "L": "L", "LA": "LA", "P": "RGB", "PA": "RGBA", "RGB": "RGB", "RGBA": "RGBA"}
_DEEP = ("I;16", "I")
"""Modes of one channel with 16 bits."""


def decode_by_pillow(
    name: str, file: BinaryIO, check: checks.Check, wanted: int | None
) -> Decoded | None:
    """Decode a file of one of `FORMATS`.

    Args:
        name: of the file.
        file: from its beginning.
        check: called with the header before memory is taken for pixels.
        wanted: the frame, counted from 1; None for the only one.

    Returns:
        The picture; None where the file is of another kind.

    Raises:
        UnreadablePicture: it begins as one of them, but has no header.
        UnsupportedPicture: it has several frames, or `check` refuses it.
        Exception: whatever Pillow raises for a damaged file.
    """
    start = file.read(4)
    file.seek(0)
    notes: tuple[Note, ...] = ()
    if start == _RIFF and (mended := _with_its_size(file.read())) is not None:
        file, notes = BytesIO(mended), (Note.FILE_IS_BLEMISHED,)
    file.seek(0)
    try:
        image = Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        if start.startswith(_STARTS):
            raise checks.damaged(name, "its header cannot be read") from None
        return None
    with image:
        sample_bytes = 2 if image.mode in _DEEP else 1
        check(checks.Header(*image.size, _samples(image), sample_bytes))
        count = getattr(image, "n_frames", 1)
        if wanted is not None:
            checks.check_page(name, wanted, count)
            image.seek(wanted - 1)
        elif count > 1:
            raise checks.several_pictures(name)
        profile = image.info.get("icc_profile")
        pixels = pixels_of(name, image, may_be_gray=profile is None)
        orientation = exif_orientation(image.info.get("exif"))
        return Decoded(pixels, profile, orientation, notes, from_pillow(image))


def _with_its_size(data: bytes) -> bytes | None:
    """A RIFF file with the size that it has; None where it does not claim to be larger."""
    size = len(data) - 8
    if int.from_bytes(data[4:8], "little") <= size:
        return None
    return data[:4] + max(0, size).to_bytes(4, "little") + data[8:]


def _samples(image: Image.Image) -> int:
    return len(_mode_of(image) or image.getbands())


def _mode_of(image: Image.Image) -> str | None:
    """The mode that an image is read in; None where it is not read."""
    mode = _MODES.get(image.mode)
    if "transparency" in image.info and mode in ("L", "RGB"):
        return {"L": "LA", "RGB": "RGBA"}[mode]
    return mode


def pixels_of(name: str, image: Image.Image, may_be_gray: bool) -> Pixels:
    """Decode by Pillow, `[H, W, C]`; three equal colors become one gray if they may.

    Raises:
        UnsupportedPicture: the mode is one that is refused.
        Exception: whatever Pillow raises for a damaged file.
    """
    if image.mode in _DEEP:
        image.load()
        return np.asarray(image).astype(np.uint16)[..., np.newaxis]
    if image.mode == "CMYK":
        raise checks.cmyk(name)
    wanted = _mode_of(image)
    if wanted is None:
        raise checks.unsupported(name, f"is a picture of the mode {image.mode}", checks.SAVE_AGAIN)
    image.load()
    if may_be_gray and len(wanted) >= 3:
        gray = np.empty((image.height, image.width, len(wanted) - 2), np.uint8)
        if all(_keep_gray(band, gray[rows]) for rows, band in _bands(image, wanted)):
            return gray
        del gray
    pixels = np.empty((image.height, image.width, len(wanted)), np.uint8)
    for rows, band in _bands(image, wanted):
        pixels[rows] = band
    return pixels


def _bands(image: Image.Image, mode: str) -> Iterator[tuple[slice, Pixels]]:
    """Copy samples `[rows, W, C]` out of Pillow, which would hold the whole picture three times."""
    step = max(1, _BAND_PIXELS // image.width)
    for top in range(0, image.height, step):
        band = image.crop((0, top, image.width, min(top + step, image.height)))
        pixels = np.asarray(band if band.mode == mode else band.convert(mode))
        yield slice(top, top + step), pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def _keep_gray(band: Pixels, gray: Pixels) -> bool:
    """Copy a band without its colors; whether it has none."""
    if not is_gray(band):
        return False
    gray[...] = drop_colors(band)
    return True
