"""Messages of both lanes through one pipe: what an editor and its relay say to each other.

A message is cut into packets, so that a control message passes between two pieces of a picture:

    packet: lane (1 byte) | frames after this one (1) | bytes left of this frame (8) | a piece of it

A packet has PACKET_BYTES of a frame, the last one what is left; numbers are big-endian. The frames
are those of the daemon's wire, unchanged.
"""

from __future__ import annotations

import struct
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from io import FileIO

from selcolor_protocol import limits
from selcolor_protocol.errors import ProtocolError
from selcolor_protocol.messages import Lane
from selcolor_protocol.raster import Buffer

HEADER = struct.Struct("!BBQ")
PACKET_BYTES = 256 * 1024
"""Small enough that a cancel waits a millisecond, large enough to fill a pipe's buffer."""


class PacketWriter(threading.Thread):
    """Writes messages to a pipe from a thread of its own, so that nobody waits for its reader.

    It ends, and closes the pipe, after `finish` or when nobody reads any more.
    """

    def __init__(self, pipe: FileIO) -> None:
        """Prepare; `start` begins.

        Args:
            pipe: unbuffered.
        """
        super().__init__(name="selcolor-packets", daemon=True)
        self._pipe = pipe
        self._waiting: dict[Lane, deque[tuple[bytes, memoryview]]] = {
            lane: deque() for lane in Lane
        }
        self._changed = threading.Condition()
        self._finishing = False

    def put(self, lane: Lane, frames: Sequence[Buffer]) -> None:
        """Send a message; one of the control lane overtakes those of the data lane."""
        with self._changed:
            self._waiting[lane].extend(_packets(lane, frames))
            self._changed.notify()

    def finish(self) -> None:
        """Close the pipe once all is written."""
        with self._changed:
            self._finishing = True
            self._changed.notify()

    def run(self) -> None:
        """Write until finished."""
        with self._pipe:
            try:
                while (packet := self._next()) is not None:
                    for part in packet:
                        _write_all(self._pipe, part)
            except OSError:
                # Nobody reads any more: who reads the other pipe learns it there.
                self._drop_all()

    def _next(self) -> tuple[bytes, memoryview] | None:
        with self._changed:
            self._changed.wait_for(lambda: any(self._waiting.values()) or self._finishing)
            for lane in Lane:
                if self._waiting[lane]:
                    return self._waiting[lane].popleft()
        return None

    def _drop_all(self) -> None:
        with self._changed:
            for packets in self._waiting.values():
                packets.clear()


def _packets(lane: Lane, frames: Sequence[Buffer]) -> Iterator[tuple[bytes, memoryview]]:
    for index, frame in enumerate(frames):
        view = memoryview(frame).cast("B")
        more = len(frames) - index - 1
        for start in range(0, max(1, view.nbytes), PACKET_BYTES):
            left = view.nbytes - start
            yield HEADER.pack(lane, more, left), view[start : start + PACKET_BYTES]


def _write_all(pipe: FileIO, part: Buffer) -> None:
    rest = memoryview(part)
    while rest:
        rest = rest[pipe.write(rest) :]


def read_messages(pipe: FileIO) -> Iterator[tuple[Lane, list[bytearray]]]:
    """The messages that come through a pipe, until it ends.

    Args:
        pipe: unbuffered.

    Raises:
        ProtocolError: what comes are no packets.
    """
    messages: dict[Lane, list[bytearray]] = {lane: [] for lane in Lane}
    expected = dict.fromkeys(Lane, 0)
    header = bytearray(HEADER.size)
    while _read_all(pipe, memoryview(header)):
        number, more, left = HEADER.unpack(header)
        lane = _checked(number, more, left)
        frames = messages[lane]
        if not expected[lane]:
            frames.append(bytearray(left))
        elif expected[lane] != left:
            raise ProtocolError("A picture came between the editor and its relay with a gap.")
        size, done = min(left, PACKET_BYTES), len(frames[-1]) - left
        if not _read_all(pipe, memoryview(frames[-1])[done : done + size]):
            return
        expected[lane] = left - size
        if not expected[lane] and not more:
            messages[lane] = []
            yield lane, frames


def _checked(lane: int, more: int, left: int) -> Lane:
    if lane not in tuple(Lane) or more >= limits.MAX_FRAMES or left > limits.MAX_FRAME_BYTES:
        raise ProtocolError("What came between the editor and its relay is no message.")
    return Lane(lane)


def _read_all(pipe: FileIO, view: memoryview) -> bool:
    """Fill a buffer; False where the pipe ends before."""
    while view:
        count = pipe.readinto(view)
        if not count:
            return False
        view = view[count:]
    return True
