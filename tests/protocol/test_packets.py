"""Messages through a pipe: whole, in order, and short ones before the rest of a picture."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from io import FileIO

import pytest

from selcolor_protocol import limits
from selcolor_protocol.errors import ProtocolError
from selcolor_protocol.messages import Lane
from selcolor_protocol.packets import HEADER, PACKET_BYTES, PacketWriter, read_messages

Pipe = tuple[FileIO, FileIO]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """A pipe's reading and writing end."""
    source, sink = os.pipe()
    with FileIO(source, "r") as reader, FileIO(sink, "w") as writer:
        yield reader, writer


@pytest.mark.parametrize("size", [0, 1, PACKET_BYTES - 1, PACKET_BYTES, 3 * PACKET_BYTES + 7])
def test_a_message_arrives_as_it_was_sent(pipe: Pipe, size: int) -> None:
    frames = [b"header", os.urandom(size)]
    writer = PacketWriter(pipe[1])
    writer.put(Lane.DATA, frames)
    writer.finish()
    writer.start()

    assert list(read_messages(pipe[0])) == [(Lane.DATA, frames)]
    writer.join(10)
    assert pipe[1].closed


def test_messages_of_a_lane_keep_their_order(pipe: Pipe) -> None:
    writer = PacketWriter(pipe[1])
    for number in range(50):
        writer.put(Lane.CONTROL, [bytes([number])])
    writer.finish()
    writer.start()

    arrived = [frames[0] for _, frames in read_messages(pipe[0])]

    assert arrived == [bytes([number]) for number in range(50)]


def test_a_short_message_overtakes_a_picture_that_is_half_sent(pipe: Pipe) -> None:
    writer = PacketWriter(pipe[1])
    writer.put(Lane.DATA, [bytes(4 * PACKET_BYTES)])
    writer.start()
    assert select.select([pipe[0]], [], [], 10)[0], "the picture is on its way"
    writer.put(Lane.CONTROL, [b"cancel"])
    writer.finish()

    arrived = [lane for lane, _ in read_messages(pipe[0])]

    assert arrived == [Lane.CONTROL, Lane.DATA]


def test_nobody_waits_for_a_reader_that_does_not_read(pipe: Pipe) -> None:
    writer = PacketWriter(pipe[1])
    writer.start()
    for _ in range(20):
        writer.put(Lane.DATA, [bytes(PACKET_BYTES)])
    pipe[0].close()
    writer.join(10)

    assert not writer.is_alive()


def test_a_pipe_that_ends_in_mid_message_ends_the_messages(pipe: Pipe) -> None:
    pipe[1].write(HEADER.pack(Lane.CONTROL, 0, 2) + b"ok" + HEADER.pack(Lane.DATA, 0, 9) + b"half")
    pipe[1].close()

    assert list(read_messages(pipe[0])) == [(Lane.CONTROL, [b"ok"])]


@pytest.mark.parametrize(
    "packets",
    [
        HEADER.pack(2, 0, 1),
        HEADER.pack(0, limits.MAX_FRAMES, 1),
        HEADER.pack(1, 0, limits.MAX_FRAME_BYTES + 1),
        HEADER.pack(1, 0, PACKET_BYTES + 9) + bytes(PACKET_BYTES) + HEADER.pack(1, 0, 8),
    ],
)
def test_nonsense_is_refused_before_memory_is_taken(pipe: Pipe, packets: bytes) -> None:
    filler = threading.Thread(target=pipe[1].write, args=(packets,))
    filler.start()

    with pytest.raises(ProtocolError, match="between the editor and its relay"):
        list(read_messages(pipe[0]))
    pipe[0].close()
    filler.join(10)
