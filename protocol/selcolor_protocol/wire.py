"""What carries messages between a client and the daemon: ZeroMQ sockets, or a relay in their place.

`sockets` needs pyzmq. An editor's Python for which there is no pyzmq goes through `relay_wire`,
which starts a process that has it. Which one is used is decided here, by trying.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

from selcolor_protocol.connection import ConnectionInfo
from selcolor_protocol.messages import Lane
from selcolor_protocol.raster import Buffer
from selcolor_protocol.relay_wire import RelayWire


class Wire(Protocol):
    """Both lanes to one daemon.

    Attributes:
        patience: seconds that connecting may take by itself, before the daemon can answer.
    """

    patience: float

    def send(self, lane: Lane, frames: Sequence[Buffer]) -> None:
        """Send a message; never blocks, and refers to the frames until they are gone."""

    def receive(self, seconds: float) -> tuple[Lane, Sequence[Any]] | None:
        """A message's frames if one comes within `seconds`.

        Raises:
            SelectiveColorizeError: the wire itself is broken.
        """

    def close(self, linger: int) -> None:
        """Disconnect; what is not sent yet may take `linger` milliseconds."""


def open_wire(info: ConnectionInfo) -> Wire:
    """Connect to a daemon.

    Raises:
        RelayFailed: this Python has no pyzmq, and the relay cannot be started.
    """
    if has_zmq():
        from selcolor_protocol.sockets import SocketWire

        return SocketWire(info)
    return RelayWire(info)


@cache
def has_zmq() -> bool:
    """Whether this Python can load pyzmq; tried once, for a failure costs as much as a success."""
    try:
        import zmq  # noqa: F401 - only whether it can be imported
    except ImportError:
        return False
    return True
