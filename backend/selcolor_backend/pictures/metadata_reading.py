"""Where each kind of file keeps what belongs to the photo."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Sequence

from PIL import Image

from selcolor_backend.pictures.jpeg2000_boxes import boxes
from selcolor_backend.pictures.metadata import Dpi, Metadata, from_parts, sound_dpi

INCH_IN_METERS = 0.0254
_MOST_TEXT = 1 << 24
_PHOTOSHOP = b"Photoshop 3.0\0"
_XMP_KEYWORD = b"XML:com.adobe.xmp"
_RAW_PROFILE = re.compile(rb"Raw profile type (\w+)")
_JFIF_UNITS = {1: 1.0, 2: 2.54}
_UUIDS = {
    bytes.fromhex("be7acfcb97a942e89c71999491e3afac"): "xmp",
    bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38"): "iptc",
    b"JpgTiffExif->JP2": "exif",
}


def from_png(chunks: Sequence[tuple[bytes, bytes]]) -> Metadata:
    """Metadata of PNG, of whose chunks the sound ones are given by kind and content."""
    parts = dict(_png_texts(chunks))
    exif = next((data for kind, data in chunks if kind == b"eXIf"), None)
    size = next((data for kind, data in chunks if kind == b"pHYs"), b"")
    return from_parts(
        exif or parts.get(b"exif") or parts.get(b"APP1"),
        parts.get(b"iptc") or parts.get(b"8bim"),
        parts.get(b"xmp"),
        _dpi_of_phys(size),
    )


def _dpi_of_phys(data: bytes) -> Dpi | None:
    if len(data) != 9 or data[8] != 1:
        return None
    across, down = struct.unpack(">II", data[:8])
    return sound_dpi(round(across * INCH_IN_METERS, 2), round(down * INCH_IN_METERS, 2))


def _png_texts(chunks: Sequence[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """XMP, and what ImageMagick and GIMP write in hexadecimal digits."""
    for kind, data in chunks:
        keyword, _, rest = data.partition(b"\0")
        if kind == b"iTXt" and keyword == _XMP_KEYWORD:
            is_packed, rest = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
            yield b"xmp", _inflated(rest) if is_packed else rest
        elif kind in (b"zTXt", b"tEXt") and (found := _RAW_PROFILE.fullmatch(keyword)):
            text = _inflated(rest[1:]) if kind == b"zTXt" else rest
            digits = b"".join(text.split()[2:])
            if re.fullmatch(rb"([0-9a-fA-F]{2})+", digits):
                yield found[1], bytes.fromhex(digits.decode())


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, _MOST_TEXT)
    except zlib.error:
        return b""


def from_pillow(image: Image.Image) -> Metadata:
    """Metadata of what Pillow has opened."""
    info = image.info
    segments = [data for kind, data in getattr(image, "applist", ()) if kind == "APP13"]
    photoshop = b"".join(
        data.removeprefix(_PHOTOSHOP) for data in segments if data.startswith(_PHOTOSHOP)
    )
    xmp = info.get("xmp")
    return from_parts(
        info.get("exif"), photoshop, xmp if isinstance(xmp, bytes) else None, _dpi_of_info(image)
    )


def _dpi_of_info(image: Image.Image) -> Dpi | None:
    """What the format itself says; Pillow's own answer is a guess where a JPEG says nothing."""
    info = image.info
    if "jfif_unit" in info:
        factor = _JFIF_UNITS.get(info["jfif_unit"])
        across, down = info.get("jfif_density", (0, 0))
        return None if factor is None else sound_dpi(across * factor, down * factor)
    if image.format == "BMP" and "dpi" in info:
        across, down = info["dpi"]
        return sound_dpi(round(across, 1), round(down, 1))
    return None


def from_jpeg_2000(data: bytes) -> Metadata:
    """Metadata of a JP2 file."""
    found: dict[str, bytes] = {}
    dpi = None
    for kind, content in boxes(data):
        if kind == b"uuid" and content[:16] in _UUIDS:
            found[_UUIDS[content[:16]]] = content[16:]
        elif kind in (b"resc", b"resd") and len(content) >= 10:
            dpi = _dpi_of_box(content) or dpi
    return from_parts(found.get("exif"), None, found.get("xmp"), dpi, found.get("iptc"))


def _dpi_of_box(content: bytes) -> Dpi | None:
    down, down_below, across, across_below, down_ten, across_ten = struct.unpack_from(
        ">HHHHbb", content
    )
    if not down_below or not across_below or max(abs(down_ten), abs(across_ten)) > 9:
        return None
    values = (across / across_below * 10.0**across_ten, down / down_below * 10.0**down_ten)
    return sound_dpi(*(round(value * INCH_IN_METERS, 2) for value in values))
