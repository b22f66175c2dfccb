"""The boxes that a JP2 file consists of."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_FOLDERS = (b"jp2h", b"res ")


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of every box of a JP2 file, those within others included."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        begin = at + 8
        if size == 1 and at + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, at + 8)
            begin = at + 16
        end = len(data) if size == 0 else at + size
        if end < begin:
            return
        yield kind, data[begin:end]
        if kind in _FOLDERS:
            yield from boxes(data[begin:end])
        at = end
