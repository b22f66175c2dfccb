"""Decoding JPEG: the usual 8 bits by Pillow, 12 bits and lossless ones by libjpeg-turbo.

A file without its end marker is whole as long as every pixel is in it. libjpeg would fill what is
missing with gray, and says so to nobody who asks through Pillow.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image

from selcolor_backend.pictures import checks
from selcolor_backend.pictures.arrays import spread
from selcolor_backend.pictures.decoded import Decoded
from selcolor_backend.pictures.metadata import NO_METADATA
from selcolor_backend.pictures.metadata_reading import from_pillow
from selcolor_backend.pictures.orientation import exif_orientation
from selcolor_backend.pictures.pillow_reading import pixels_of
from selcolor_protocol.notes import Note

_END = b"\xff\xd9"
_PADDINGS = (b"", b"\x55\xaa\x33\xc7" * 64)
"""What is read in place of what is missing: pixels that differ by it are not in the file."""

_STANDALONE = (0x01, *range(0xD0, 0xD9))
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC} | {0xF7}
_LOSSLESS = (0xC3, 0xC7, 0xCB, 0xCF)
_JPEG_LS = 0xF7


@dataclass(frozen=True)
class Frame:
    """SOF: how the picture is coded, the bits of a sample, its size and its components."""

    kind: int
    bits: int
    width: int
    height: int
    components: int

    @property
    def is_usual(self) -> bool:
        """Whether Pillow reads it."""
        return self.bits == 8 and self.kind not in (*_LOSSLESS, _JPEG_LS)


def find_frame(data: bytes) -> Frame | None:
    """Find the frame header of a JPEG file; None where there is none."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            at += 1
            continue
        kind = data[at + 1]
        if kind in _STANDALONE or kind == 0xFF:
            at += 1 if kind == 0xFF else 2
            continue
        if kind in _FRAMES and at + 10 <= len(data):
            return Frame(kind, *_frame_parts(data, at + 4))
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _frame_parts(data: bytes, at: int) -> tuple[int, int, int, int]:
    bits, height, width, components = struct.unpack_from(">BHHB", data, at)
    return bits, width, height, components


def decode_jpeg(name: str, data: bytes, check: checks.Check) -> Decoded:
    """Decode a JPEG file.

    Args:
        name: of the file.
        data: all of it.
        check: called with the header before memory is taken for pixels.

    Raises:
        UnreadablePicture: pixels are missing.
        UnsupportedPicture: it is CMYK, or `check` refuses it.
        Exception: whatever the decoders raise for a damaged file.
    """
    frame = find_frame(data)
    if frame is None:
        raise checks.damaged(name, "its header cannot be read")
    sample_bytes = 1 if frame.bits <= 8 else 2
    check(checks.Header(frame.width, frame.height, min(frame.components, 3), sample_bytes))
    if frame.components == 4:
        raise checks.cmyk(name)
    if not frame.is_usual:
        return _decode_unusual(name, data, frame)
    try:
        return _by_pillow(name, data, ())
    except OSError as error:
        whole = _with_its_end(name, data)
        if whole is None:
            raise checks.damaged(name, error) from error
        return whole


def _by_pillow(name: str, data: bytes, notes: tuple[Note, ...]) -> Decoded:
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        profile = image.info.get("icc_profile")
        lost = profile is None and b"ICC_PROFILE\0" in data[: _scan_start(data)]
        pixels = pixels_of(name, image, may_be_gray=profile is None)
        told = (*notes, Note.PROFILE_WAS_IGNORED) if lost else notes
        orientation = exif_orientation(image.info.get("exif"))
        return Decoded(pixels, profile, orientation, told, from_pillow(image))


def _scan_start(data: bytes) -> int:
    return max(0, data.find(b"\xff\xda"))


def _with_its_end(name: str, data: bytes) -> Decoded | None:
    """Decode a file whose end marker is missing; None where pixels are missing, too."""
    results = []
    data = data.removesuffix(_END[:1])
    for padding in _PADDINGS:
        try:
            results.append(_by_pillow(name, data + padding + _END, (Note.FILE_IS_BLEMISHED,)))
        except OSError:
            return None
    first, second = (result.pixels for result in results)
    return results[0] if np.array_equal(first, second) else None


def _decode_unusual(name: str, data: bytes, frame: Frame) -> Decoded:
    """Decode more than 8 bits, or what is lossless."""
    from imagecodecs import jpeg8_decode, jpegls_decode  # late: they are rare

    decode = jpegls_decode if frame.kind == _JPEG_LS else jpeg8_decode
    pixels = np.asarray(decode(data))
    pixels = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
    if pixels.shape != (frame.height, frame.width, frame.components):
        raise checks.damaged(name, "its header tells of another size")
    try:
        with Image.open(io.BytesIO(_as_if_usual(data)), formats=("JPEG",)) as image:
            profile, exif = image.info.get("icc_profile"), image.info.get("exif")
            metadata = from_pillow(image)
    except Exception:
        profile, exif, metadata = None, None, NO_METADATA
    spread_pixels = spread(pixels, (1 << frame.bits) - 1)
    return Decoded(spread_pixels, profile, exif_orientation(exif), (), metadata)


def _as_if_usual(data: bytes) -> bytes:
    """The same header with 8 bits, for Pillow to read profile and EXIF from."""
    frame = find_frame(data)
    assert frame is not None
    size = struct.pack(">BHH", frame.bits, frame.height, frame.width)
    at = data.index(size, 2)
    head = bytearray(data[: _scan_start(data)])
    head[at], head[at - 3] = 8, 0xC0
    return bytes(head) + data[_scan_start(data) :]
