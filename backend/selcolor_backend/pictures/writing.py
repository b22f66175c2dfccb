"""From a raster to a PNG or TIFF file that is either whole or not there at all.

Decides depth, encodes, labels the curve (sRGB chunk or ICC profile), and replaces the target in
one step. Encoding runs without the interpreter's lock, so that callers can write several files in
threads. Layers are left to `openraster`.
"""

from __future__ import annotations

import errno
import os
import secrets
import struct
import zlib
from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import imagecodecs
import numpy as np

from selcolor_backend.pictures.arrays import to_array, to_file_array, to_raster
from selcolor_backend.pictures.icc import fits, profile_of
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.raster import Raster, SampleType, TransferCurve

_BLOCK_SAMPLES = 4_000_000
"""Samples converted at once: temporaries stay small beside a picture of 50 megapixels."""

_PNG_SPEED = {"level": 1, "strategy": 3, "filter": 16}
"""zlib's run-length strategy after the Sub filter: on photos three times as fast as Pillow's
level 1, and smaller."""

_IHDR_END = 33
"""Bytes of a PNG's signature and IHDR chunk, which color chunks have to follow."""

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EFBIG: "the file would be larger than is allowed there",
    errno.EACCES: "the folder may not be written",
    errno.EPERM: "the folder may not be written",
    errno.EROFS: "the folder is read-only",
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "what should be its folder is a file",
    errno.EISDIR: "there is a folder of that name",
    errno.ENAMETOOLONG: "the name is too long",
}


class PictureFormat(str, Enum):
    """The kinds of files that results are written to; the value is the file name's suffix."""

    PNG = "png"
    TIFF = "tiff"
    ORA = "ora"


def format_of(path: Path) -> PictureFormat:
    """Tell PNG or TIFF by the suffix of a file name.

    Raises:
        CannotWrite: it is neither.
    """
    formats = {".png": PictureFormat.PNG, ".tif": PictureFormat.TIFF, ".tiff": PictureFormat.TIFF}
    if path.suffix.lower() not in formats:
        raise CannotWrite(
            f"{path} cannot be written, because its name does not end in .png, .tif or .tiff.",
            "Choose a name with one of these endings.",
        )
    return formats[path.suffix.lower()]


def depth_for(picture_format: str, sample_type: SampleType, asked: int | None = None) -> int | None:
    """Choose the integer depth to convert to for a file; None leaves samples as they are.

    Only TIFF holds floats: elsewhere they become 16-bit integers unless a depth was asked for.

    Args:
        picture_format: a `PictureFormat` or its value.
        sample_type: the number format of the raster.
        asked: 8 or 16 if somebody chose a depth.
    """
    is_float = sample_type in (SampleType.F16, SampleType.F32)
    if asked is None and is_float and PictureFormat(picture_format) is not PictureFormat.TIFF:
        return 16
    return asked


def convert_depth(raster: Raster, bits: int) -> Raster:
    """Convert samples to 8- or 16-bit integers; curve, profile and channels stay as they are.

    8 bits become 16 exactly (× 257), and 16 become 8 by rounding, which undoes that. Floats are
    clipped to [0, 1] (not-a-number to 0) and rounded.

    Returns:
        The same raster if it has that depth already, else a little-endian one.

    Raises:
        ValueError: `bits` is neither 8 nor 16.
    """
    wanted = SampleType(f"u{bits}")
    if wanted not in (SampleType.U8, SampleType.U16):
        raise ValueError(f"{bits} bits are not a depth")
    form = raster.format
    if form.sample_type is wanted:
        return raster
    pixels = to_array(raster)
    converted = np.empty(pixels.shape, np.uint8 if bits == 8 else np.uint16)
    rows = max(1, _BLOCK_SAMPLES // (form.width * form.channels.samples))
    for top in range(0, form.height, rows):
        block = pixels[top : top + rows]
        if form.sample_type is SampleType.U8:
            converted[top : top + rows] = block.astype(np.uint16) * 257
        elif form.sample_type is SampleType.U16:
            converted[top : top + rows] = (block.astype(np.uint32) + 128) // 257
        else:
            unit = np.clip(np.nan_to_num(block.astype(np.float32), nan=0.0), 0, 1)
            converted[top : top + rows] = unit * (2**bits - 1) + 0.5
    return to_raster(converted, form.curve, raster.icc_profile, form.channels)


def write_picture(raster: Raster, path: Path) -> None:
    """Write a raster as PNG or TIFF, as the suffix says.

    Keeps depth and channels, red first; floats become 16-bit integers in a PNG, see `depth_for`.
    An earlier file of that name is replaced only by a complete new one.

    Raises:
        CannotWrite: the suffix is unknown, or the file cannot be written; nothing half-written
            is left, and an earlier file of that name is unchanged.
    """
    if format_of(path) is PictureFormat.PNG:
        write_bytes(encode_png(raster), path)
    else:
        write_atomically(path, partial(_write_tiff, raster))


def write_bytes(data: bytes, path: Path) -> None:
    """Write bytes that are encoded already, such as those of `encode_png`.

    Raises:
        CannotWrite: as `write_picture`.
    """

    def write(file: BinaryIO) -> None:
        file.write(data)

    write_atomically(path, write)


def encode_png(raster: Raster) -> bytes:
    """Encode as PNG of 8 or 16 bits, quickly, with the curve as sRGB chunk or ICC profile.

    Floats become 16-bit integers. A profile for other channels than the raster's, which PNG
    forbids, is left out.
    """
    depth = depth_for(PictureFormat.PNG, raster.format.sample_type)
    raster = raster if depth is None else convert_depth(raster, depth)
    pixels = to_file_array(raster)
    squeezed = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    png = bytes(imagecodecs.png_encode(np.ascontiguousarray(squeezed), **_PNG_SPEED))
    return png[:_IHDR_END] + _color_chunk(raster) + png[_IHDR_END:]


def _color_chunk(raster: Raster) -> bytes:
    is_8_bit = raster.format.sample_type is SampleType.U8
    if raster.format.curve is TransferCurve.SRGB and is_8_bit:
        return _chunk(b"sRGB", b"\0")  # perceptual intent
    # Krita heeds no sRGB chunk: it asks for the profile of 16 bits, and offers a linear one.
    profile = profile_for(raster)
    if profile is None:
        return b""
    return _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(profile))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def profile_for(raster: Raster) -> bytes | None:
    """Find the ICC profile that labels a raster; None if its own is for other channels."""
    gray, curve = raster.format.channels.is_gray, raster.format.curve
    profile = raster.icc_profile if curve is None else profile_of(curve, gray)
    return profile if fits(profile, gray) else None


def _write_tiff(raster: Raster, file: BinaryIO) -> None:
    """Encode as deflated TIFF: every sample type, straight alpha.

    Integers on the sRGB curve go without a profile, as everybody assumes that curve for them.
    """
    from tifffile import imwrite  # late: it takes a quarter of a second

    form = raster.format
    pixels = to_file_array(raster)
    plain = form.curve is TransferCurve.SRGB and pixels.dtype.kind == "u"
    layout: dict[str, Any] = {} if pixels.shape[2] == 1 else {"planarconfig": "contig"}
    imwrite(
        file,
        pixels[..., 0] if pixels.shape[2] == 1 else pixels,
        byteorder="<",
        photometric="minisblack" if form.channels.is_gray else "rgb",
        extrasamples=["unassalpha"] if form.channels.has_alpha else None,
        compression="zlib",
        compressionargs={"level": 1},
        predictor=True,
        iccprofile=None if plain else profile_for(raster),
        metadata=None,
        **layout,
    )


def write_atomically(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Let `write` fill a temporary file beside `path`, and put it in place once it is on disk.

    Args:
        path: the file to create or to replace; anything but a regular file is left alone.
        write: gets the open, seekable file.

    Raises:
        CannotWrite: the system refused; the temporary file is gone, an earlier file unchanged.
    """
    temporary = path.parent / f".selcolor-{secrets.token_hex(6)}.part"
    try:
        if path.exists() and not path.is_file():
            raise OSError(errno.EISDIR if path.is_dir() else errno.EPERM, "not a regular file")
        try:
            with open(temporary, "xb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, (error.strerror or str(error)).lower())
        raise CannotWrite(
            f"{path} was not written, because {reason}; an earlier file of that name is unchanged.",
            "Choose another folder or name, or make room and try again.",
        ) from error
