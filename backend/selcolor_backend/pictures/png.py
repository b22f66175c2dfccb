"""PNG in bands: filtered and deflated in threads, so that a file needs little memory and time.

No library writes PNG so: libpng takes rows one after the other, and all others whole pictures.
Each band is deflated by itself (by ISA-L, four times as quick on photos as zlib) and ends on a
byte, so that the bands one after the other are one stream, as the format wants it.
"""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

import numpy as np
from isal import isal_zlib

from selcolor_backend.pictures.arrays import Pixels
from selcolor_backend.pictures.bands import Banded, in_order
from selcolor_backend.pictures.metadata import NO_METADATA, Metadata
from selcolor_backend.pictures.metadata_writing import png_pieces
from selcolor_protocol.raster import Channels, TransferCurve

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOR_TYPES = {Channels.GRAY: 0, Channels.RGB: 2, Channels.GRAYA: 4, Channels.RGBA: 6}
_SUB = 1
"""The filter that stores differences to the pixel on the left: best of the quick ones on photos."""

_LEVEL = 1
_RAW = -15
_ZLIB_HEADER = b"\x78\x01"
_LAST_BLOCK = b"\x03\x00"
"""An empty block that says that no other follows."""


def write_png(picture: Banded, file: BinaryIO, metadata: Metadata = NO_METADATA) -> None:
    """Write a picture of 8- or 16-bit integers.

    Args:
        picture: its curve becomes the sRGB chunk or an ICC profile; a profile for other channels
            than the picture's, which PNG forbids, is left out.
        metadata: what else belongs to the picture.
        file: what is written to; nothing is read back and no other place is sought.
    """

    def deflated(span: tuple[int, int]) -> tuple[memoryview, bytes]:
        rows = filtered(picture.rows(*span))
        stream = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW, 9)
        return rows, stream.compress(rows) + stream.flush(isal_zlib.Z_FULL_FLUSH)

    bits = 8 * picture.dtype.itemsize
    size = struct.pack(">II", picture.width, picture.height)
    kind = struct.pack("BBBBB", bits, _COLOR_TYPES[picture.channels], 0, 0, 0)
    file.write(SIGNATURE + chunk(b"IHDR", size + kind) + _color_chunk(picture))
    file.writelines(chunk(kind, data) for kind, data in png_pieces(metadata))
    begin, checksum = _ZLIB_HEADER, 1
    for rows, data in in_order(deflated, picture.spans()):
        file.write(chunk(b"IDAT", begin + data))
        begin, checksum = b"", isal_zlib.adler32(rows, checksum)
    file.write(chunk(b"IDAT", _LAST_BLOCK + struct.pack(">I", checksum)) + chunk(b"IEND", b""))


def filtered(pixels: Pixels) -> memoryview:
    """Samples `[rows, W, C]` as PNG's filtered rows, the most significant byte first."""
    samples = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder(">"))
    step = samples.shape[2] * samples.itemsize
    plain = samples.reshape(len(samples), -1).view(np.uint8)
    rows = np.empty((len(plain), 1 + plain.shape[1]), np.uint8)
    rows[:, 0] = _SUB
    rows[:, 1 : 1 + step] = plain[:, :step]
    np.subtract(plain[:, step:], plain[:, :-step], out=rows[:, 1 + step :])
    return rows.data.cast("B")


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk: length, kind, data and checksum."""
    checksum = isal_zlib.crc32(data, isal_zlib.crc32(kind))
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def _color_chunk(picture: Banded) -> bytes:
    if picture.curve is TransferCurve.SRGB and picture.dtype.itemsize == 1:
        return chunk(b"sRGB", b"\0")  # perceptual intent
    # Krita heeds no sRGB chunk: it asks for the profile of 16 bits, and offers a linear one.
    profile = picture.label
    return b"" if profile is None else chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(profile))
