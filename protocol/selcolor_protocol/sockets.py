"""Both lanes over ZeroMQ's own sockets; the only part of a client that needs pyzmq."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import zmq

from selcolor_protocol.connection import ConnectionInfo, Keys
from selcolor_protocol.messages import Lane
from selcolor_protocol.raster import Buffer

IO_THREADS = 2
CONTROL_THREAD, DATA_THREAD = 1, 2
"""ZeroMQ's thread for each lane (a bit mask): encrypting a picture must not delay a ping."""


def connect_socket(
    context: zmq.Context[zmq.Socket[bytes]],
    kind: int,
    address: str,
    keys: Keys | None,
    thread: int = DATA_THREAD,
) -> zmq.Socket[bytes]:
    """A socket of `kind` connected to `address`, encrypted when there are `keys`."""
    socket = context.socket(kind)
    socket.affinity = thread
    socket.linger = 0
    if keys is not None:
        socket.curve_serverkey = keys.server_public.encode()
        socket.curve_publickey = keys.client_public.encode()
        socket.curve_secretkey = keys.client_secret.encode()
    socket.connect(address)
    return socket


def connect_lanes(
    context: zmq.Context[zmq.Socket[bytes]], info: ConnectionInfo
) -> dict[Lane, zmq.Socket[bytes]]:
    """A client's socket for each lane, the control lane first."""
    return {
        Lane.CONTROL: connect_socket(context, zmq.DEALER, info.control, info.keys, CONTROL_THREAD),
        Lane.DATA: connect_socket(context, zmq.DEALER, info.data, info.keys),
    }


class SocketWire:
    """A `Wire` of two sockets."""

    patience = 0.0

    def __init__(self, info: ConnectionInfo) -> None:
        """Connect; nothing is sent yet."""
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context(IO_THREADS)
        self._poller = zmq.Poller()
        try:
            self._sockets = connect_lanes(self._context, info)
        except BaseException:
            self._context.destroy(linger=0)
            raise
        for socket in self._sockets.values():
            self._poller.register(socket, zmq.POLLIN)

    def send(self, lane: Lane, frames: Sequence[Buffer]) -> None:
        """Send a message; its frames are not copied."""
        self._sockets[lane].send_multipart(frames, copy=False)

    def receive(self, seconds: float) -> tuple[Lane, Sequence[Any]] | None:
        """A message if one comes within `seconds`."""
        ready = dict(self._poller.poll(math.ceil(1000 * seconds)))
        for lane, socket in self._sockets.items():
            if socket in ready:
                return lane, [frame.buffer for frame in socket.recv_multipart(copy=False)]
        return None

    def close(self, linger: int) -> None:
        """Close both sockets; `linger` milliseconds for what is not sent yet."""
        self._context.destroy(linger=linger)
