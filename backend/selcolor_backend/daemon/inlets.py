"""Takes messages from a socket frame by frame: one of a million frames must hold up nobody."""

from __future__ import annotations

from dataclasses import dataclass

import zmq

from selcolor_protocol import limits

FRAMES_PER_TURN = 20_000
"""Of a message that is too long, dropped before the other lane has its turn: some milliseconds."""


@dataclass(frozen=True)
class Taken:
    """A message that came.

    Attributes:
        sender: the address of the connection that it came from.
        frames: the message; empty where it was too long and has been dropped.
        is_too_long: whether it had more than MAX_FRAMES.
    """

    sender: bytes
    frames: list[zmq.Frame]
    is_too_long: bool = False


class Inlet:
    """One lane's messages."""

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        """Take from a ROUTER."""
        self._socket = socket
        self._dropping: bytes | None = None

    def take(self) -> Taken | None:
        """The next message; None when none is there, or while one that is too long is dropped."""
        if self._dropping is not None:
            return self._drop()
        try:
            frame = self._socket.recv(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return None
        sender = bytes(frame.buffer)
        frames: list[zmq.Frame] = []
        while frame.more and len(frames) < limits.MAX_FRAMES:
            frame = self._socket.recv(copy=False)
            frames.append(frame)
        if not frame.more:
            return Taken(sender, frames)
        self._dropping = sender
        return self._drop()

    def _drop(self) -> Taken | None:
        assert self._dropping is not None
        for _ in range(FRAMES_PER_TURN):
            if not self._socket.recv(copy=False).more:
                sender, self._dropping = self._dropping, None
                return Taken(sender, [], is_too_long=True)
        return None
