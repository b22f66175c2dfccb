"""Strips and tiles of a TIFF: whether all of them are there, and their sizes where those are wrong.

Old scanning programs write a count of 0, or one that reaches beyond the file's end. tifffile would
fill what it cannot read with zeros.
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from typing import Any

from selcolor_backend.pictures import checks

_NONE, _LZW, _JPEG, _DEFLATE, _OLD_DEFLATE, _PACKBITS = 1, 5, 7, 8, 32946, 32773
_TILE_STEP = 16
"""Sides of tiles are multiples of this."""
_USUAL_TILE_PIXELS = 1024 * 1024
"""Tiles up to this size are common also around smaller pictures."""


def check_tiles(name: str, page: Any) -> None:
    """Refuse tiles that take far more memory than the picture: whole ones are decoded."""
    size, tile = (page.imagelength, page.imagewidth), (page.tilelength, page.tilewidth)
    if not page.is_tiled or tile[0] * tile[1] <= _USUAL_TILE_PIXELS:
        return
    if any(part > whole + _TILE_STEP - 1 for part, whole in zip(tile, size, strict=True)):
        raise checks.damaged(name, f"its tiles of {tile[1]} × {tile[0]} pixels exceed the picture")


def mend_segments(path: Path, page: Any) -> bool:
    """Give strips and tiles the sizes that they have.

    Returns:
        Whether the file had them wrong.

    Raises:
        UnreadablePicture: some are not in the file, or not whole.
    """
    size = path.stat().st_size
    offsets, counts = list(page.dataoffsets), list(page.databytecounts)
    counts += [0] * (len(offsets) - len(counts))
    if len(offsets) < math.prod(page.chunked):
        raise _missing(path)
    starts = sorted({*(offset for offset in offsets if offset < size), size})
    mended = list(counts[: len(offsets)])
    for index, (offset, count) in enumerate(zip(offsets, counts, strict=False)):
        if page.compression == _NONE:
            mended[index] = _plain_bytes(page, index)
            if offset + mended[index] > size:
                raise _missing(path)
        elif count <= 0 or offset + count > size:
            mended[index] = next((start for start in starts if start > offset), offset) - offset
            if not 0 < offset < size or not _is_whole(path, page, index, offset, mended[index]):
                raise _missing(path)
    told = zip(offsets, counts, mended, strict=False)
    wrong = any(new > old or offset + old > size for offset, old, new in told)
    page.dataoffsets, page.databytecounts = tuple(offsets), tuple(mended)
    return wrong


def _missing(path: Path) -> Exception:
    return checks.damaged(path.name, "strips of pixels are missing")


def _plain_bytes(page: Any, index: int) -> int:
    """How long a strip or tile is once it is decompressed."""
    samples = page.samplesperpixel if int(page.planarconfig) == 1 else 1
    if page.is_tiled:
        rows, width = page.tilelength, page.tilewidth
    else:
        step = min(page.rowsperstrip, page.imagelength) or page.imagelength
        in_plane = index % math.ceil(page.imagelength / step)
        rows, width = min(step, page.imagelength - in_plane * step), page.imagewidth
    return int(rows * math.ceil(width * samples * page.bitspersample / 8))


def _is_whole(path: Path, page: Any, index: int, offset: int, count: int) -> bool:
    """Whether bytes whose count was wrong hold all of a strip or tile."""
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(count)
    if page.compression == _JPEG:
        return b"\xff\xd9" in data
    wanted = _plain_bytes(page, index)
    if page.compression in (_DEFLATE, _OLD_DEFLATE):
        return len(zlib.decompressobj().decompress(data, wanted)) == wanted
    if page.compression in (_LZW, _PACKBITS):
        from imagecodecs import lzw_decode, packbits_decode

        decode = lzw_decode if page.compression == _LZW else packbits_decode
        return len(decode(data)) >= wanted
    return False
