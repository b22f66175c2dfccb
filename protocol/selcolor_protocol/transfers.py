"""A client's pictures under way: photos that leave, results that arrive, all in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from selcolor_protocol import codec, limits, pieces
from selcolor_protocol.messages import (
    REPLIES,
    Cancelled,
    Failed,
    Grant,
    Lane,
    Message,
    Piece,
    Reply,
    Request,
)
from selcolor_protocol.raster import Buffer

Send = Callable[[Lane, Sequence[Buffer]], None]


class Arrival:
    """A result that arrives."""

    def __init__(self, header: Buffer, parts: Sequence[int]) -> None:
        self.gathering = pieces.Gathering(header, parts)
        self.credit = pieces.Credit(pieces.count(parts))


class Transfers:
    """The pictures of one session that are under way."""

    def __init__(self, send: Send) -> None:
        """Nothing is under way.

        Args:
            send: sends a message of few bytes; never blocks.
        """
        self._send = send
        self._session = ""
        self._leaving: dict[int, Iterator[memoryview]] = {}
        self._arriving: dict[int, Arrival] = {}

    def announce(self, request: Request) -> None:
        """Send a request; pixels follow as the daemon grants."""
        header, *parts = codec.encode(request)
        self._send(request.lane, [header])
        if parts:
            job: Any = request
            self._session = job.session
            self._leaving[job.job] = pieces.cut(parts)

    def withhold(self, job: int) -> None:
        """Send no more of a job that is cancelled."""
        self._leaving.pop(job, None)

    def take(self, lane: Lane, frames: Sequence[Buffer]) -> Reply | None:
        """Take what came: a reply once it is whole, None for what only concerns transfers.

        Raises:
            ProtocolError: the daemon sent what it may not.
            MemoryError: there is no room for the result.
        """
        message: Message = codec.decode(frames, REPLIES[lane])
        if isinstance(message, Grant):
            self._send_pieces(message)
            return None
        if isinstance(message, Piece):
            return self._add(message)
        assert isinstance(message, Reply)
        if len(frames) == 1 and (parts := codec.parts_of(frames[0])):
            self._begin(message, bytes(frames[0]), parts)
            return None
        if isinstance(message, (Cancelled, Failed)) and message.job is not None:
            self._leaving.pop(message.job, None)
            self._arriving.pop(message.job, None)
        return message

    def _send_pieces(self, grant: Grant) -> None:
        leaving = self._leaving.get(grant.job, iter(()))
        for _ in range(min(grant.pieces, limits.WINDOW_PIECES)):
            if (data := next(leaving, None)) is None:
                self._leaving.pop(grant.job, None)
                return
            self._send(Lane.DATA, codec.encode(Piece(grant.job, data, self._session)))

    def _begin(self, message: Any, header: bytes, parts: Sequence[int]) -> None:
        self._arriving[message.job] = arrival = Arrival(header, parts)
        self._grant(message.job, arrival)

    def _add(self, piece: Piece) -> Reply | None:
        arrival = self._arriving.get(piece.job)
        if arrival is None:
            return None  # of a job that has ended since
        arrival.credit.came()
        arrival.gathering.add(piece.data)
        if not arrival.gathering.is_complete:
            self._grant(piece.job, arrival)
            return None
        del self._arriving[piece.job]
        return codec.decode(arrival.gathering.frames, REPLIES[Lane.DATA])

    def _grant(self, job: int, arrival: Arrival) -> None:
        if granted := arrival.credit.due():
            self._send(Lane.CONTROL, codec.encode(Grant(job, granted, self._session)))
