"""Decoding PNG: its chunks are read here, also where one is broken, and its pixels by libpng.

libpng gets a clean copy without what is not needed for pixels, so that a comment with a wrong
checksum is no reason to refuse a photo.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from selcolor_backend.pictures import checks
from selcolor_backend.pictures.arrays import Pixels
from selcolor_backend.pictures.decoded import Decoded
from selcolor_backend.pictures.icc import gamma_profile
from selcolor_backend.pictures.metadata_reading import from_png
from selcolor_backend.pictures.orientation import exif_orientation
from selcolor_backend.pictures.png import SIGNATURE, chunk
from selcolor_protocol import limits
from selcolor_protocol.notes import Note

_COLOR_TYPES = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
"""Samples of a pixel by the header's color type; a palette's are those of its colors."""

_PALETTE = 3
_FOR_PIXELS = (b"IHDR", b"PLTE", b"tRNS")
_SRGB_GAMMA = 2.2
_CICP_SRGB = b"\x01\x0d"
"""Primaries and curve of sRGB by the numbers of H.273; others are rare, and ignored with a note."""

_NEAR_SRGB = 0.05
"""How far a gamma may be from sRGB's to be meant as such, as libpng has it."""

_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
_ADAM7_LAST = (0, 1, 1, 2)


@dataclass(frozen=True)
class Chunk:
    """A piece of a PNG file: `is_sound` says whether its checksum is right and its end is there."""

    kind: bytes
    data: bytes
    is_sound: bool


@dataclass(frozen=True)
class PngHeader:
    """IHDR: size, bits of a sample, color type, and whether rows are interlaced."""

    width: int
    height: int
    bits: int
    color_type: int
    is_interlaced: bool

    @property
    def decompressed_bytes(self) -> int:
        """Bytes of all rows with their filters."""
        bits = self.bits * (1 if self.color_type == _PALETTE else _COLOR_TYPES[self.color_type])
        total = 0
        for left, top, columns, rows in self._passes():
            width = -(-(self.width - left) // columns)
            height = -(-(self.height - top) // rows)
            if width > 0 and height > 0:
                total += height * (1 + -(-width * bits // 8))
        return total

    def _passes(self) -> tuple[tuple[int, int, int, int], ...]:
        return (*_ADAM7, _ADAM7_LAST) if self.is_interlaced else ((0, 0, 1, 1),)


def decode_png(name: str, data: bytes, check: checks.Check) -> Decoded:
    """Decode a PNG file.

    Args:
        name: of the file.
        data: all of it.
        check: called with the header before memory is taken for pixels.

    Raises:
        UnreadablePicture: pixels are missing or broken.
        UnsupportedPicture: it is animated, or `check` refuses it.
    """
    chunks = list(read_chunks(data))
    first = {piece.kind: piece.data for piece in reversed(chunks) if piece.is_sound}
    header = _header_of(name, first)
    samples = _COLOR_TYPES[header.color_type] + (b"tRNS" in first)
    check(checks.Header(header.width, header.height, samples, 2 if header.bits == 16 else 1))
    if b"acTL" in first and first[b"acTL"][:4] > b"\0\0\0\x01":
        raise checks.several_pictures(name)
    is_blemished = not _is_sound(chunks)
    pixels = _pixels(_mended(name, header, chunks) if is_blemished else chunks)
    profile, is_ignored = _profile_of(first, gray=pixels.shape[2] <= 2)
    is_lost = any(piece.kind == b"iCCP" and not piece.is_sound for piece in chunks)
    notes = {
        Note.FILE_IS_BLEMISHED: is_blemished,
        Note.PROFILE_WAS_IGNORED: is_ignored or is_lost,
    }
    told = tuple(note for note, holds in notes.items() if holds)
    metadata = from_png([(piece.kind, piece.data) for piece in chunks if piece.is_sound])
    return Decoded(pixels, profile, exif_orientation(first.get(b"eXIf")), told, metadata)


def read_chunks(data: bytes) -> Iterator[Chunk]:
    """Take a PNG file apart, up to its end or where it breaks off."""
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        content = data[at + 8 : at + 8 + size]
        checksum = data[at + 8 + size : at + 12 + size]
        is_sound = checksum == struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))
        yield Chunk(kind, content, is_sound)
        if kind == b"IEND":
            return
        at += 12 + size


def _header_of(name: str, first: dict[bytes, bytes]) -> PngHeader:
    data = first.get(b"IHDR", b"")
    if len(data) != 13:
        raise checks.damaged(name, "its header cannot be read")
    width, height, bits, color_type, _, _, interlaced = struct.unpack(">IIBBBBB", data)
    if color_type not in _COLOR_TYPES or bits not in (1, 2, 4, 8, 16) or not width or not height:
        raise checks.damaged(name, "its header cannot be read")
    return PngHeader(width, height, bits, color_type, bool(interlaced))


def _is_sound(chunks: list[Chunk]) -> bool:
    return chunks[-1].kind == b"IEND" and all(piece.is_sound for piece in chunks)


def _mended(name: str, header: PngHeader, chunks: list[Chunk]) -> list[Chunk]:
    """The chunks that pixels need, packed anew, where none of them is missing or changed.

    Rows have a checksum of their own, by zlib, besides those of their chunks.

    Raises:
        UnreadablePicture: some pixels are not as they were written.
    """
    needed = [piece for piece in chunks if piece.kind in _FOR_PIXELS]
    packed = [piece for piece in chunks if piece.kind == b"IDAT"]
    stream, wanted = zlib.decompressobj(), header.decompressed_bytes
    try:
        rows = stream.decompress(b"".join(piece.data for piece in packed), wanted)
        stream.decompress(stream.unconsumed_tail, 1)  # the checksum
    except zlib.error as error:
        raise checks.damaged(name, error) from error
    is_checked = stream.eof or all(piece.is_sound for piece in packed[:-1])
    if len(rows) < wanted or not is_checked or not all(piece.is_sound for piece in needed):
        raise checks.damaged(name, "pixels are missing or broken")
    return [*needed, Chunk(b"IDAT", zlib.compress(rows, 1), is_sound=True)]


def _pixels(chunks: list[Chunk]) -> Pixels:
    """Have libpng decode `[H, W, C]` from what pixels need."""
    from imagecodecs import png_decode  # late: most photos are JPEGs

    needed = {piece.kind: piece.data for piece in chunks if piece.kind in _FOR_PIXELS}
    before = b"".join(chunk(kind, needed[kind]) for kind in _FOR_PIXELS if kind in needed)
    body = b"".join(chunk(b"IDAT", piece.data) for piece in chunks if piece.kind == b"IDAT")
    pixels = png_decode(SIGNATURE + before + body + chunk(b"IEND", b""))
    with_channels: Pixels = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
    return with_channels


def _profile_of(first: dict[bytes, bytes], gray: bool) -> tuple[bytes | None, bool]:
    """The profile that the chunks name or describe, and whether one was ignored."""
    if b"cICP" in first and first[b"cICP"][:2] != _CICP_SRGB:
        return None, True
    if b"iCCP" in first:
        profile = _inflated(first[b"iCCP"])
        return profile, profile is None
    if b"cICP" in first or b"sRGB" in first or len(first.get(b"gAMA", b"")) != 4:
        return None, False
    (stored,) = struct.unpack(">I", first[b"gAMA"])
    if not 1000 <= stored <= 1_000_000:
        return None, False
    gamma = 100_000 / stored
    primaries = first.get(b"cHRM", b"")
    described = struct.unpack(">8I", primaries) if len(primaries) == 32 and not gray else None
    chromaticities = None if described is None else tuple(part / 100_000 for part in described)
    if chromaticities is None and abs(_SRGB_GAMMA / gamma - 1) <= _NEAR_SRGB:
        return None, False
    profile = gamma_profile(gamma, gray, chromaticities)
    return profile, profile is None


def _inflated(data: bytes) -> bytes | None:
    """The profile of an iCCP chunk; None where it is broken or too large."""
    _, _, packed = data.partition(b"\0")
    try:
        profile = zlib.decompressobj().decompress(packed[1:], limits.MAX_PROFILE_BYTES + 1)
    except zlib.error:
        return None
    return profile if len(profile) <= limits.MAX_PROFILE_BYTES else None
