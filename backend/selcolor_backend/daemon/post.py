"""Sends to clients without ever waiting; what one does not take is kept for it, in order."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import zmq

from selcolor_backend.daemon.sessions import Session
from selcolor_protocol import codec
from selcolor_protocol.messages import Lane, Message

MOST_KEPT = 10_000
"""Messages without pixels that are kept for a client that reads nothing; then it is let go."""

log = logging.getLogger(__name__)


class Sent(Enum):
    """What became of a message."""

    YES = "yes"
    FULL = "full"
    GONE = "gone"


class Post:
    """The daemon's answers on both lanes."""

    def __init__(
        self, sockets: dict[Lane, zmq.Socket[bytes]], lose: Callable[[Session], None]
    ) -> None:
        """Nothing is kept.

        Args:
            sockets: the ROUTER of each lane.
            lose: closes the session of a client that has gone, or reads nothing.
        """
        self._sockets = sockets
        self._lose = lose
        self._kept: dict[Session, deque[Sequence[Any]]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept."""
        return not self._kept

    def answer(self, lane: Lane, identity: bytes, message: Message) -> None:
        """Answer a connection that need not have a session; lost where it reads nothing."""
        self._send(lane, identity, codec.encode(message))

    def tell(self, session: Session, message: Message) -> None:
        """Send on the control lane; such messages are worth nothing later."""
        if self._send(Lane.CONTROL, session.control, codec.encode(message)) is Sent.GONE:
            self._lose(session)

    def pass_on(self, session: Session, frames: Sequence[Any]) -> None:
        """Send on the data lane, behind what is kept: none of it may be lost."""
        if not session.is_open:
            return
        kept = self._kept.setdefault(session, deque())
        kept.append(frames)
        self._flush(session, kept)

    def flush(self) -> None:
        """Try again to send what is kept."""
        for session, kept in list(self._kept.items()):
            self._flush(session, kept)

    def forget(self, session: Session) -> None:
        """Keep nothing more for a session."""
        self._kept.pop(session, None)

    def _flush(self, session: Session, kept: deque[Sequence[Any]]) -> None:
        assert session.data is not None
        while kept:
            sent = self._send(Lane.DATA, session.data, kept[0])
            if sent is Sent.GONE or len(kept) > MOST_KEPT:
                self._lose(session)
                return
            if sent is Sent.FULL:
                return
            kept.popleft()
        self._kept.pop(session, None)

    def _send(self, lane: Lane, identity: bytes, frames: Sequence[Any]) -> Sent:
        socket = self._sockets[lane]
        try:
            socket.send_multipart([identity, *frames], flags=zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return Sent.FULL
        except zmq.ZMQError as error:
            log.info("not sent", extra={"reason": error.strerror})
            return Sent.GONE if error.errno == zmq.EHOSTUNREACH else Sent.FULL
        return Sent.YES
