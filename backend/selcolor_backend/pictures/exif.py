"""EXIF, and the directories of a TIFF that hold the same: read, thinned out, written elsewhere.

Values are kept as bytes and never understood, so that nothing is lost that a library does not
know. What tells of the file that it was in (layout, orientation, thumbnail) is left behind.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from mmap import mmap

import numpy as np

HEADER = b"II*\0\x08\0\0\0"
PREFIX = b"Exif\0\0"
EXIF, GPS = 34665, 34853
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 282, 283, 296
XMP, IPTC, PHOTOSHOP = 700, 33723, 34377

_INTEROPERABILITY = 40965
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Bytes of a value by its kind; a rational is two numbers of four."""

_UNITS = {5: 4, 10: 4}
_KEPT = {269, 270, 271, 272, 285, 305, 306, 315, 316, 18246, 18249, 33432}
"""DocumentName, ImageDescription, Make, Model, PageName, Software, DateTime, Artist, HostComputer,
Rating, RatingPercent, Copyright."""

_EXIFS_OWN = range(36864, 42241)
"""Tags that belong into the EXIF directory, but stand in the first one in many files."""

_WINDOWS = range(40091, 40096)
_NOT_KEPT = {_INTEROPERABILITY, 40961, 40962, 40963}
"""Of the EXIF directory: what tells of thumbnails, of the color space and of the size."""

_MOST_ENTRIES = 1000
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Entry:
    """One value: its kind as TIFF numbers them, and its bytes, little-endian."""

    kind: int
    data: bytes

    @property
    def count(self) -> int:
        """How many numbers or letters it has."""
        return len(self.data) // _SIZES[self.kind]


Directory = Mapping[int, Entry]
Buffer = bytes | mmap


@dataclass(frozen=True)
class Exif:
    """What a photo tells of itself.

    Attributes:
        main: the first directory.
        exif: exposure and dates.
        gps: the place.
    """

    main: Directory
    exif: Directory
    gps: Directory

    def __bool__(self) -> bool:
        return bool(self.main or self.exif or self.gps)


NOTHING = Exif({}, {}, {})


def read_exif(data: Buffer, at: int | None = None) -> Exif:
    """Read EXIF data, or what a TIFF file has of it.

    Args:
        data: with a TIFF header in front.
        at: where the directory is; where the header says it if left out.

    Returns:
        All that could be read of what is kept; broken parts are left out.
    """
    main = read_directory(data, at)
    below = {
        code: read_directory(data, int.from_bytes(main[code].data, "little"))
        for code in (EXIF, GPS)
        if code in main
    }
    exif = {code: entry for code, entry in below.get(EXIF, {}).items() if code not in _NOT_KEPT}
    return Exif(
        {code: entry for code, entry in main.items() if _is_kept(code)}, exif, below.get(GPS, {})
    )


def _is_kept(code: int) -> bool:
    is_misplaced = code in _EXIFS_OWN and code not in _NOT_KEPT
    return code in _KEPT or code in _WINDOWS or is_misplaced


def read_directory(data: Buffer, at: int | None = None) -> dict[int, Entry]:
    """Read one directory of a TIFF or of EXIF, of the usual or of the large kind.

    Args:
        data: with a TIFF header in front.
        at: where the directory is; the first one if left out.
    """
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return {}
    is_big = data[2:4] in (b"+\0", b"\0+")
    try:
        if at is None:
            (at,) = struct.unpack_from(order + ("Q" if is_big else "I"), data, 8 if is_big else 4)
        return dict(_entries(data, at, order, is_big))
    except struct.error:
        return {}


def _entries(data: Buffer, at: int, order: str, is_big: bool) -> Iterator[tuple[int, Entry]]:
    (count,) = struct.unpack_from(order + ("Q" if is_big else "H"), data, at)
    at += 8 if is_big else 2
    step, room = (20, 8) if is_big else (12, 4)
    for place in range(at, at + step * min(count, _MOST_ENTRIES), step):
        if place + step > len(data):
            return
        code, kind, number = struct.unpack_from(order + ("HHQ" if is_big else "HHI"), data, place)
        size = number * _SIZES.get(kind, 0)
        begin = place + step - room
        if size > room:
            (begin,) = struct.unpack_from(order + ("Q" if is_big else "I"), data, begin)
        if 0 < size <= _MOST_BYTES and begin + size <= len(data):
            yield code, Entry(kind, _little(data[begin : begin + size], kind, order))


def _little(value: bytes, kind: int, order: str) -> bytes:
    unit = _UNITS.get(kind, _SIZES[kind])
    if order == "<" or unit == 1:
        return value
    return np.frombuffer(value, f">u{unit}").astype(f"<u{unit}").tobytes()


def exif_bytes(exif: Exif) -> bytes:
    """EXIF data, little-endian, with a TIFF header and without a prefix."""
    at = len(HEADER)
    pointers = {}
    size = len(pack_directory(_with_pointers(exif.main, _pointers(exif)), at))
    below = b""
    for code, directory in ((EXIF, exif.exif), (GPS, exif.gps)):
        if directory:
            pointers[code] = at + size + len(below)
            below += pack_directory(directory, pointers[code])
    return HEADER + pack_directory(_with_pointers(exif.main, pointers), at) + below


def _pointers(exif: Exif) -> dict[int, int]:
    directories = ((EXIF, exif.exif), (GPS, exif.gps))
    return {code: 0 for code, directory in directories if directory}


def _with_pointers(main: Directory, pointers: Mapping[int, int]) -> Directory:
    return {**main, **{code: Entry(4, struct.pack("<I", at)) for code, at in pointers.items()}}


def pack_directory(directory: Directory, at: int) -> bytes:
    """Write a directory with its values behind it, little-endian, of an even number of bytes.

    Args:
        directory: values by their tags.
        at: how far behind the TIFF header's beginning it will stand.
    """
    place = at + 2 + 12 * len(directory) + 4
    entries, values = struct.pack("<H", len(directory)), b""
    for code, entry in sorted(directory.items()):
        entries += struct.pack("<HHI", code, entry.kind, entry.count)
        if len(entry.data) <= 4:
            entries += entry.data.ljust(4, b"\0")
        else:
            entries += struct.pack("<I", place + len(values))
            values += entry.data + bytes(len(entry.data) % 2)
    return entries + bytes(4) + values


def rational_of(entry: Entry | None) -> float | None:
    """The first number of a rational value; None where there is none."""
    if entry is None or entry.kind not in (5, 10) or len(entry.data) < 8:
        return None
    above, below = struct.unpack_from("<II", entry.data)
    return above / below if below else None


def text_of(entry: Entry | None) -> str:
    """A text value; empty where there is none."""
    if entry is None or entry.kind != 2:
        return ""
    return entry.data.split(b"\0")[0].decode("utf-8", "replace").strip()
