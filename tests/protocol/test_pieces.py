"""Pictures in pieces: nothing is larger than a piece, and nothing comes that was not granted."""

from __future__ import annotations

import os

import pytest

from selcolor_protocol import pieces
from selcolor_protocol.errors import ProtocolError
from selcolor_protocol.limits import PIECE_BYTES, WINDOW_PIECES

PARTS = [os.urandom(size) for size in (2 * PIECE_BYTES + 7, 0, 1, PIECE_BYTES)]
SIZES = [len(part) for part in PARTS]


def test_parts_are_cut_and_put_together_again() -> None:
    gathering = pieces.Gathering(b"header", SIZES)
    for piece in pieces.cut(PARTS):
        assert len(piece) <= PIECE_BYTES
        assert not gathering.is_complete
        gathering.add(bytes(piece))

    assert gathering.is_complete
    assert [bytes(frame) for frame in gathering.frames] == [b"header", *PARTS]


def test_pieces_are_counted_and_measured_before_they_come() -> None:
    assert list(pieces.sizes(SIZES)) == [len(piece) for piece in pieces.cut(PARTS)]
    assert pieces.count(SIZES) == len(list(pieces.cut(PARTS))) == 5


@pytest.mark.parametrize("size", [0, PIECE_BYTES - 1, PIECE_BYTES + 1])
def test_a_piece_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ProtocolError, match="does not fit"):
        pieces.Gathering(b"header", SIZES).add(bytes(size))


def test_a_piece_too_many_is_refused() -> None:
    gathering = pieces.Gathering(b"header", [1])
    gathering.add(b"x")

    with pytest.raises(ProtocolError, match="does not fit"):
        gathering.add(b"x")


@pytest.mark.parametrize("count", [1, WINDOW_PIECES, 10 * WINDOW_PIECES + 3])
def test_never_more_than_a_window_is_under_way_and_all_is_granted_in_the_end(count: int) -> None:
    credit, granted = pieces.Credit(count), 0
    for came in range(count):
        granted += credit.due()
        assert came < granted <= came + WINDOW_PIECES, "it may always go on"
        credit.came()

    assert granted == count
    assert credit.due() == 0


def test_a_piece_that_was_not_granted_is_refused() -> None:
    with pytest.raises(ProtocolError, match="not asked for"):
        pieces.Credit(5).came()


def test_what_cannot_be_had_is_an_error_of_memory() -> None:
    with pytest.raises(MemoryError):
        pieces.room_for(2**62)
