"""Pictures in pieces: what is large is announced by its header and follows as its receiver grants.

A header says in `parts` how many bytes of pixels and profiles follow. They are cut into pieces of
PIECE_BYTES, each a message of its own, so that nothing that comes is ever larger. The receiver
grants how many may be under way: one that takes nothing stops its sender, and nobody's memory
fills. Between two pieces everything else is heard, a cancel above all.
"""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterator, Sequence

from selcolor_protocol import limits
from selcolor_protocol.errors import ProtocolError
from selcolor_protocol.raster import Buffer

WINDOW = limits.WINDOW_PIECES


def cut(parts: Sequence[Buffer]) -> Iterator[memoryview]:
    """The pieces of some parts in their order; nothing is copied."""
    for part in parts:
        view = memoryview(part).cast("B")
        for start in range(0, view.nbytes, limits.PIECE_BYTES):
            yield view[start : start + limits.PIECE_BYTES]


def sizes(parts: Sequence[int]) -> Iterator[int]:
    """Bytes of each piece that parts of so many bytes are cut into."""
    for size in parts:
        for start in range(0, size, limits.PIECE_BYTES):
            yield min(limits.PIECE_BYTES, size - start)


def count(parts: Sequence[int]) -> int:
    """How many pieces parts of so many bytes are cut into."""
    return sum(-(-size // limits.PIECE_BYTES) for size in parts)


class Expected:
    """The pieces that an announced message still needs."""

    def __init__(self, parts: Sequence[int]) -> None:
        """Expect all.

        Args:
            parts: bytes of each part.
        """
        self.left = count(parts)
        self._sizes = sizes(parts)

    def take(self, piece: Buffer) -> None:
        """Count a piece that came.

        Raises:
            ProtocolError: it is not of the size that the next one has.
        """
        if memoryview(piece).nbytes != next(self._sizes, None):
            raise ProtocolError("A piece of a picture came that does not fit into it.")
        self.left -= 1


class Credit:
    """How many pieces a sender may still send: renewed by halves, so that it need not wait."""

    def __init__(self, pieces: int) -> None:
        """Nothing is granted yet.

        Args:
            pieces: how many there are in all.
        """
        self._ungranted = pieces
        self._under_way = 0

    def due(self) -> int:
        """How many are to be granted now; 0 as long as enough are under way."""
        if self._under_way > WINDOW // 2:
            return 0
        granted = min(WINDOW - self._under_way, self._ungranted)
        self._ungranted -= granted
        self._under_way += granted
        return granted

    def came(self) -> None:
        """Count a piece that came.

        Raises:
            ProtocolError: it was not granted.
        """
        if not self._under_way:
            raise ProtocolError("A piece of a picture came that was not asked for.")
        self._under_way -= 1


class Gathering:
    """An announced message whose pieces are put where they belong as they come.

    Attributes:
        frames: the header, and each part; whole when `is_complete`.
    """

    def __init__(self, header: Buffer, parts: Sequence[int]) -> None:
        """Make room.

        Args:
            header: of the message.
            parts: bytes of each part.

        Raises:
            MemoryError: there is not so much room.
        """
        rooms = [room_for(size) for size in parts]
        self.frames: list[Buffer] = [header, *rooms]
        self._expected = Expected(parts)
        self._places = cut(rooms)

    @property
    def is_complete(self) -> bool:
        """Whether every piece has come."""
        return not self._expected.left

    def add(self, piece: Buffer) -> None:
        """Put a piece into its place.

        Raises:
            ProtocolError: it is not of the size that the next one has.
        """
        self._expected.take(piece)
        next(self._places)[:] = memoryview(piece).cast("B")


def room_for(size: int) -> memoryview:
    """Bytes to be written: memory that is taken page by page as it is, and returned at its end.

    Raises:
        MemoryError: there is not so much.
    """
    if size < limits.PIECE_BYTES:
        return memoryview(bytearray(size))
    try:
        if sys.platform == "win32":
            return memoryview(mmap.mmap(-1, size))
        private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        return memoryview(mmap.mmap(-1, size, flags=private))
    except (OSError, ValueError, OverflowError) as error:
        raise MemoryError(f"{size} bytes cannot be had") from error
