"""What belongs to a photo beside its pixels: its printed size, EXIF, IPTC and XMP.

Formats keep these in places of their own; here they are one thing. Orientation and thumbnail are
not among them, as pixels come upright and anew.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

from selcolor_backend.pictures.exif import (
    IPTC,
    NOTHING,
    PHOTOSHOP,
    PREFIX,
    RESOLUTION_UNIT,
    X_RESOLUTION,
    XMP,
    Y_RESOLUTION,
    Buffer,
    Entry,
    Exif,
    rational_of,
    read_directory,
    read_exif,
)

INCH, CENTIMETER = 2, 3
PER_INCH = {INCH: 1.0, CENTIMETER: 2.54}
_RESOLUTION_BLOCK, _IPTC_BLOCK = 0x03ED, 0x0404
_LARGEST_DPI = 1e6

Dpi = tuple[float, float]
"""Pixels to an inch, across and down."""


@dataclass(frozen=True)
class Metadata:
    """What belongs to a photo.

    Attributes:
        dpi: pixels to an inch, across and down, if the file says.
        exif: what the camera or scanner told.
        iptc: IPTC-IIM records, as agencies and archives write them.
        xmp: an XMP packet.
    """

    dpi: Dpi | None = None
    exif: Exif = NOTHING
    iptc: bytes | None = None
    xmp: bytes | None = None

    def turned(self, orientation: int) -> Metadata:
        """The same for pixels that were turned upright."""
        if self.dpi is None or orientation not in (5, 6, 7, 8):
            return self
        return replace(self, dpi=self.dpi[::-1])


NO_METADATA = Metadata()


def sound_dpi(across: float | None, down: float | None) -> Dpi | None:
    """A resolution that says something: 1 × 1 is what programs write that know none."""
    if across is None or down is None:
        return None
    is_sound = all(1.0 < value <= _LARGEST_DPI for value in (across, down))
    return (across, down) if is_sound else None


def from_parts(
    exif: bytes | None = None,
    photoshop: bytes | None = None,
    xmp: bytes | None = None,
    dpi: Dpi | None = None,
    iptc: bytes | None = None,
) -> Metadata:
    """Put together what a file has.

    Args:
        exif: EXIF data, with or without `Exif` in front.
        photoshop: Photoshop's image resources, which hold IPTC and another resolution.
        xmp: an XMP packet.
        dpi: what the format itself says.
        iptc: IPTC records, where they stand alone.
    """
    blocks = read_resources(photoshop or b"")
    data = (exif or b"").removeprefix(PREFIX)
    dpi = dpi or dpi_of(read_directory(data))
    if dpi is None and len(blocks.get(_RESOLUTION_BLOCK, b"")) >= 12:
        across, down = (part / 65536 for part in struct.unpack_from(">I4xI", blocks[0x03ED]))
        dpi = sound_dpi(across, down)
    return Metadata(dpi, read_exif(data), iptc or blocks.get(_IPTC_BLOCK), xmp or None)


def dpi_of(directory: dict[int, Entry]) -> Dpi | None:
    """The resolution that a directory of a TIFF or of EXIF tells."""
    across, down = (rational_of(directory.get(code)) for code in (X_RESOLUTION, Y_RESOLUTION))
    unit = directory.get(RESOLUTION_UNIT)
    factor = PER_INCH.get(int.from_bytes(unit.data[:2], "little") if unit else INCH)
    if factor is None or across is None or down is None:
        return None
    return sound_dpi(across * factor, down * factor)


def from_tiff(data: Buffer, at: int) -> Metadata:
    """What one page of a TIFF file has.

    Args:
        data: the file.
        at: where the page's directory is.
    """
    page = read_directory(data, at)
    values = {code: page[code].data for code in (XMP, IPTC, PHOTOSHOP) if code in page}
    found = from_parts(None, values.get(PHOTOSHOP), values.get(XMP), dpi_of(page), values.get(IPTC))
    return replace(found, exif=read_exif(data, at))


def read_resources(data: bytes) -> dict[int, bytes]:
    """Photoshop's image resources by their numbers, as far as they can be read."""
    found: dict[int, bytes] = {}
    at = 0
    while data[at : at + 4] == b"8BIM" and at + 7 <= len(data):
        (number,) = struct.unpack_from(">H", data, at + 4)
        name = data[at + 6] + 1
        at += 6 + name + name % 2
        if at + 4 > len(data):
            break
        (size,) = struct.unpack_from(">I", data, at)
        found[number] = data[at + 4 : at + 4 + size]
        at += 4 + size + size % 2
    return found


def iptc_resource(iptc: bytes) -> bytes:
    """IPTC records as one of Photoshop's image resources."""
    return b"8BIM" + struct.pack(">HHI", _IPTC_BLOCK, 0, len(iptc)) + iptc + bytes(len(iptc) % 2)
