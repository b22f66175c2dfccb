"""What belongs to a photo in the shape that each format wants."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from selcolor_backend.pictures.exif import (
    EXIF,
    GPS,
    IPTC,
    PREFIX,
    RESOLUTION_UNIT,
    X_RESOLUTION,
    XMP,
    Y_RESOLUTION,
    Directory,
    Entry,
    exif_bytes,
    pack_directory,
    text_of,
)
from selcolor_backend.pictures.metadata import Metadata, iptc_resource
from selcolor_backend.pictures.metadata_reading import INCH_IN_METERS

JPEG_SEGMENT = 65533
"""The most that a marker segment of JPEG holds."""

_XMP_PREFIX = b"http://ns.adobe.com/xap/1.0/\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_BYTE, _SHORT, _LONG, _RATIONAL, _UNDEFINED = 1, 3, 4, 5, 7
_DATES = (36867, 36868, 306)
"""DateTimeOriginal, DateTimeDigitized, DateTime."""


def png_pieces(metadata: Metadata) -> Iterator[tuple[bytes, bytes]]:
    """Chunks of PNG by kind and content."""
    if metadata.dpi is not None:
        across, down = (round(value / INCH_IN_METERS) for value in metadata.dpi)
        yield b"pHYs", struct.pack(">IIB", across, down, 1)
    if metadata.exif:
        yield b"eXIf", exif_bytes(metadata.exif)
    if metadata.iptc:
        yield b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(_in_digits(metadata.iptc))
    if metadata.xmp:
        yield b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp


def _in_digits(iptc: bytes) -> bytes:
    """As ImageMagick writes it, for want of a chunk of its own."""
    data = iptc_resource(iptc)
    digits = data.hex()
    lines = [digits[at : at + 72] for at in range(0, len(digits), 72)]
    return "\n".join(["", "iptc", f"{len(data):8}", *lines, ""]).encode()


def tiff_tags(metadata: Metadata) -> list[tuple[int, int, int, bytes, bool]]:
    """Tags for tifffile; `fill_directories` has to follow where there are directories of EXIF."""
    tags = [
        (code, entry.kind, entry.count, entry.data, True)
        for code, entry in metadata.exif.main.items()
    ]
    for code, data, kind in ((XMP, metadata.xmp, _BYTE), (IPTC, metadata.iptc, _UNDEFINED)):
        if data:
            tags.append((code, kind, len(data), data, True))
    below = ((EXIF, metadata.exif.exif), (GPS, metadata.exif.gps))
    # tifffile drops what it takes for its own: the tags before stand in for them.
    return tags + [(code - 1, _LONG, 1, bytes(4), True) for code, directory in below if directory]


def fill_directories(file: BinaryIO, metadata: Metadata) -> None:
    """Write the directories of EXIF behind a little-endian TIFF, and say in it where they are.

    Args:
        file: of less than 4 GiB, open for reading, too; it has the tags of `tiff_tags`.
        metadata: the same as there.
    """
    for code, directory in ((EXIF, metadata.exif.exif), (GPS, metadata.exif.gps)):
        if directory:
            _append(file, code, directory)


def _append(file: BinaryIO, code: int, directory: Directory) -> None:
    at = file.seek(0, 2)
    at += at % 2
    file.seek(at)
    file.write(pack_directory(directory, at))
    file.seek(4)
    (first,) = struct.unpack("<I", file.read(4))
    file.seek(first)
    (count,) = struct.unpack("<H", file.read(2))
    for place in range(first + 2, first + 2 + 12 * count, 12):
        file.seek(place)
        if struct.unpack("<H", file.read(2)) == (code - 1,):
            file.seek(place)
            file.write(struct.pack("<HHII", code, _LONG, 1, at))


def exif_with_size(metadata: Metadata) -> bytes:
    """EXIF data that also tells the printed size, for a format that has no place for it."""
    if metadata.dpi is None:
        return exif_bytes(metadata.exif) if metadata.exif else b""
    across, down = (
        Entry(_RATIONAL, struct.pack("<II", round(value * 100), 100)) for value in metadata.dpi
    )
    size = {X_RESOLUTION: across, Y_RESOLUTION: down, RESOLUTION_UNIT: Entry(_SHORT, b"\2\0")}
    return exif_bytes(replace(metadata.exif, main={**metadata.exif.main, **size}))


def jpeg_options(metadata: Metadata) -> tuple[dict[str, object], bool]:
    """What Pillow is told when it writes JPEG, and whether something had to be left out."""
    options: dict[str, object] = {}
    parts = {
        "exif": PREFIX + exif_bytes(metadata.exif) if metadata.exif else b"",
        "xmp": metadata.xmp or b"",
        "extra": _PHOTOSHOP + iptc_resource(metadata.iptc) if metadata.iptc else b"",
    }
    room = JPEG_SEGMENT - len(_XMP_PREFIX)
    fitting = {name: data for name, data in parts.items() if 0 < len(data) <= room}
    if (resource := fitting.pop("extra", None)) is not None:
        options["extra"] = b"\xff\xed" + struct.pack(">H", len(resource) + 2) + resource
    if metadata.dpi is not None:
        options["dpi"] = metadata.dpi
    return options | fitting, any(len(data) > room for data in parts.values())


def loses(picture_format: str, metadata: Metadata) -> bool:
    """Whether a format cannot hold all of it."""
    if picture_format == "jpeg":
        return jpeg_options(metadata)[1]
    return picture_format == "webp" and bool(metadata.iptc)


def facts_for_xmp(metadata: Metadata) -> dict[str, str]:
    """Maker and date as XMP names them, for a file that has no EXIF."""
    everything = {**metadata.exif.main, **metadata.exif.exif}
    date = next((text for code in _DATES if (text := text_of(everything.get(code)))), "")
    date = date.replace(":", "-", 2).replace(" ", "T", 1)
    return {
        "tiff:Make": text_of(everything.get(271)),
        "tiff:Model": text_of(everything.get(272)),
        "exif:DateTimeOriginal": date,
        "photoshop:DateCreated": date,
    }
