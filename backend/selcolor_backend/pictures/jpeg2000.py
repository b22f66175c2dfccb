"""Decoding JPEG 2000, the format of archives' masters: 1 to 16 bits, gray or RGB, alpha or none."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from selcolor_backend.pictures import checks
from selcolor_backend.pictures.arrays import spread
from selcolor_backend.pictures.decoded import Decoded
from selcolor_backend.pictures.jpeg2000_boxes import boxes
from selcolor_backend.pictures.metadata_reading import from_jpeg_2000
from selcolor_protocol.notes import Note

_SIZE_MARKER = b"\xff\x4f\xff\x51"
_SRGB, _GRAY = 16, 17
_BY_NUMBER, _BY_PROFILE = 1, (2, 3)


@dataclass(frozen=True)
class Codestream:
    """SIZ: the size, the components, and the bits of the first one."""

    width: int
    height: int
    components: int
    bits: int
    is_signed: bool


def find_codestream(name: str, data: bytes) -> Codestream:
    """Read the header of the coded picture.

    Raises:
        UnreadablePicture: there is none.
    """
    at = data.find(_SIZE_MARKER)
    if at < 0 or at + 45 > len(data):
        raise checks.damaged(name, "its header cannot be read")
    right, bottom, left, top = struct.unpack_from(">IIII", data, at + 8)
    components, depth = struct.unpack_from(">HB", data, at + 40)
    return Codestream(right - left, bottom - top, components, (depth & 0x7F) + 1, depth > 0x7F)


def decode_jpeg_2000(name: str, data: bytes, check: checks.Check) -> Decoded:
    """Decode a JPEG 2000 file.

    Args:
        name: of the file.
        data: all of it.
        check: called with the header before memory is taken for pixels.

    Raises:
        UnreadablePicture: it is damaged.
        UnsupportedPicture: its colors or bits are of a kind that is refused.
        Exception: whatever OpenJPEG raises for a damaged file.
    """
    from imagecodecs import jpeg2k_decode  # late: they are rare

    found = find_codestream(name, data)
    check(checks.Header(found.width, found.height, min(found.components, 4), 1 + (found.bits > 8)))
    parts = dict(reversed(list(boxes(data)))) if not data.startswith(_SIZE_MARKER) else {}
    number, profile = _colors_of(parts.get(b"colr", b""))
    if number not in (None, _SRGB, _GRAY) or found.is_signed or found.bits > 16 or b"pclr" in parts:
        raise checks.unsupported(name, "is a JPEG 2000 of an unusual kind", checks.SAVE_AGAIN)
    pixels = np.asarray(jpeg2k_decode(data))
    pixels = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
    if pixels.shape != (found.height, found.width, found.components):
        raise checks.unsupported(name, "has channels of different sizes", checks.SAVE_AGAIN)
    colors = 1 if found.components <= 2 else 3
    has_alpha = found.components > colors and _says_alpha(parts.get(b"cdef", b""), colors)
    kept = colors + has_alpha
    notes = (Note.EXTRA_CHANNELS_LEFT_OUT,) if found.components > kept else ()
    spread_pixels = spread(pixels[..., :kept], (1 << found.bits) - 1)
    return Decoded(spread_pixels, profile, 1, notes, from_jpeg_2000(data))


def _colors_of(box: bytes) -> tuple[int | None, bytes | None]:
    """The number of a usual color space, or the ICC profile."""
    if len(box) >= 7 and box[0] == _BY_NUMBER:
        return int.from_bytes(box[3:7], "big"), None
    return None, box[3:] if box[:1] and box[0] in _BY_PROFILE else None


def _says_alpha(box: bytes, channel: int) -> bool:
    """Whether a channel definition calls a channel opacity."""
    entries = [struct.unpack_from(">HHH", box, at) for at in range(2, len(box) - 5, 6)]
    return any(number == channel and kind == 1 for number, kind, _ in entries)
