"""The client's end of the wire: two lanes, what arrived on them, and proof that the daemon lives.

Requests without pixels use the control lane, so that a cancel or a ping overtakes a large upload.
What a session is and which jobs it has is `client`'s concern.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TypeVar

import zmq

from selcolor_protocol import codec, limits
from selcolor_protocol.connection import ConnectionInfo, Keys
from selcolor_protocol.errors import DaemonGone, error_from_code
from selcolor_protocol.messages import (
    CONTROL_REPLIES,
    DATA_REPLIES,
    Blend,
    Colorize,
    Message,
    Ping,
    Pong,
    Refused,
)

AnyReply = TypeVar("AnyReply", bound=Message)

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


class Lanes:
    """Two sockets and the messages that came through them."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], info: ConnectionInfo) -> None:
        """Connect; nothing is sent yet.

        Args:
            context: owns the sockets; destroying it closes them.
            info: where the daemon is.
        """
        self._control = connect_socket(context, zmq.DEALER, info.control, info.keys, CONTROL_THREAD)
        self._data = connect_socket(context, zmq.DEALER, info.data, info.keys)
        self._inbox: deque[Message] = deque()
        self._unanswered = 0
        self._last_ping = time.monotonic()

    def send(self, message: Message) -> None:
        """Send a message on its lane; never blocks."""
        socket = self._data if isinstance(message, (Colorize, Blend)) else self._control
        socket.send_multipart(codec.encode(message), copy=False)

    def poll(self, session: str, seconds: float) -> list[Message]:
        """What came on both lanes, pongs excepted; at most `seconds` are waited for it.

        Args:
            session: for the pings.
            seconds: 0 to look without waiting.

        Raises:
            DaemonGone: MISSED_PINGS pings in a row had no answer.
            ProtocolError: the daemon sent what it may not.
        """
        poller = zmq.Poller()
        poller.register(self._control, zmq.POLLIN)
        poller.register(self._data, zmq.POLLIN)
        deadline = time.monotonic() + seconds
        while True:
            self._receive_all()
            self._keep_alive(session)
            left = deadline - time.monotonic()
            if self._inbox or left <= 0:
                break
            poller.poll(int(1000 * min(left, limits.PING_SECONDS)) + 1)
        arrived = list(self._inbox)
        self._inbox.clear()
        return arrived

    def expect(self, wanted: type[AnyReply], timeout: float) -> AnyReply:
        """Wait for a message of the control lane; what else comes is kept for `poll`.

        Raises:
            DaemonGone: it did not come within `timeout` seconds.
            SelectiveColorizeError: the daemon refused; the class tells why.
        """
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            if self._control.poll(int(1000 * left) + 1) and (reply := self._take(wanted)):
                return reply
        raise DaemonGone(
            f"The daemon did not answer within {timeout:g} s.",
            "Try again; if it stays silent, run `selcolor stop --force`.",
        )

    def look_for(self, wanted: type[AnyReply]) -> AnyReply | None:
        """A message of the control lane if it is there; never blocks; raises as `expect`."""
        while self._control.poll(0):
            if (reply := self._take(wanted)) is not None:
                return reply
        return None

    def _take(self, wanted: type[AnyReply]) -> AnyReply | None:
        """Receive what waits on the control lane: return it if wanted, else keep it."""
        reply = codec.decode(self._control.recv_multipart(), CONTROL_REPLIES)
        self._unanswered = 0
        if isinstance(reply, wanted):
            return reply
        if isinstance(reply, Refused):
            raise error_from_code(reply.code, reply.sentence, reply.hint)
        self._keep(reply)
        return None

    def _receive_all(self) -> None:
        for socket, known in ((self._control, CONTROL_REPLIES), (self._data, DATA_REPLIES)):
            while socket.poll(0):
                frames = socket.recv_multipart(copy=False)
                self._unanswered = 0
                self._keep(codec.decode([frame.buffer for frame in frames], known))

    def _keep(self, message: Message) -> None:
        if not isinstance(message, Pong):
            self._inbox.append(message)

    def _keep_alive(self, session: str) -> None:
        now = time.monotonic()
        if now - self._last_ping < limits.PING_SECONDS:
            return
        if self._unanswered >= limits.MISSED_PINGS:
            raise DaemonGone(
                "The daemon stopped answering; your photo is untouched.",
                "Try again; the daemon is started anew.",
            )
        self.send(Ping(session, self._unanswered))
        self._unanswered += 1
        self._last_ping = now
