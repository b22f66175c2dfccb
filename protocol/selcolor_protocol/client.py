"""A client of the daemon: one session, its jobs, and the proof that the daemon still lives.

Made to be polled: `poll` never blocks longer than it is told to, so that an editor can call it
from its event loop. `wait` is for programs that have nothing else to do, and `greet` opens a
session without waiting. Finding or starting the daemon is `launch`'s concern.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import TypeVar

import zmq

from selcolor_protocol import codec, limits
from selcolor_protocol.connection import ConnectionInfo, Keys
from selcolor_protocol.errors import DaemonGone, JobCancelled, error_from_code
from selcolor_protocol.messages import (
    CONTROL_REPLIES,
    DATA_REPLIES,
    Blend,
    Cancel,
    Cancelled,
    Colorize,
    Done,
    Failed,
    Goodbye,
    Hello,
    Message,
    Ping,
    Pong,
    Progress,
    Refused,
    Status,
    StatusRequest,
    Stop,
    Stopping,
    Welcome,
)
from selcolor_protocol.versions import negotiate

AnyReply = TypeVar("AnyReply", bound=Message)
AnyRequest = TypeVar("AnyRequest", Colorize, Blend)

HELLO_SECONDS = 5.0

LINGER = 200
"""Milliseconds that a goodbye may take."""

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


class Client:
    """One session with the daemon.

    Attributes:
        info: where the daemon is.
    """

    _welcome: Welcome | None

    def __init__(
        self, info: ConnectionInfo, name: str, version: str, timeout: float = HELLO_SECONDS
    ):
        """Connect and shake hands.

        Args:
            info: from the connection file.
            name: of this client, for the daemon's logs.
            version: of this client.
            timeout: seconds to wait for the daemon's welcome.

        Raises:
            DaemonGone: nobody answered in time.
            VersionMismatch: the daemon speaks no protocol version that this client does.
        """
        self._say_hello(info, name, version)
        try:
            self._welcome = self._expect(Welcome, timeout)
        except BaseException:
            self._context.destroy(linger=0)
            raise

    @classmethod
    def greet(cls, info: ConnectionInfo, name: str, version: str) -> Client:
        """Say hello without waiting for the answer; nothing but `is_welcome` may be used before it.

        Raises:
            VersionMismatch: the daemon speaks no protocol version that this client does.
        """
        client = cls.__new__(cls)
        client._say_hello(info, name, version)
        return client

    def is_welcome(self) -> bool:
        """Whether the daemon has answered the hello of `greet`; never blocks.

        Raises:
            SelectiveColorizeError: it refused the session; the class tells why.
        """
        while self._welcome is None and self._control.poll(0):
            self._welcome = self._take(Welcome)
        return self._welcome is not None

    @property
    def welcome(self) -> Welcome:
        """What the daemon said of itself."""
        assert self._welcome is not None, "the daemon has not answered yet"
        return self._welcome

    def _say_hello(self, info: ConnectionInfo, name: str, version: str) -> None:
        hello = Hello(name, version)
        negotiate(hello, info.oldest, info.newest, info.version)
        self.info = info
        self._welcome = None
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context(IO_THREADS)
        self._control = connect_socket(
            self._context, zmq.DEALER, info.control, info.keys, CONTROL_THREAD
        )
        self._data = connect_socket(self._context, zmq.DEALER, info.data, info.keys)
        self._inbox: deque[Message] = deque()
        self._unanswered = 0
        self._last_ping = time.monotonic()
        self._next_job = 1
        self._send(self._control, hello)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self, linger: int = LINGER) -> None:
        """End the session; the daemon cancels its jobs.

        Args:
            linger: milliseconds that what is not sent yet may take; 0 when the daemon is gone.
        """
        if not self._context.closed:
            if self._welcome is not None:
                self._send(self._control, Goodbye(self._welcome.session))
            self._context.destroy(linger=linger)

    def colorize(self, request: Colorize) -> int:
        """Send a photo and return its job number; `session` and `job` are filled in here."""
        return self._submit(request)

    def blend(self, request: Blend) -> int:
        """Send layers to be blended anew and return the job number, as `colorize` does."""
        return self._submit(request)

    def cancel(self, job: int) -> None:
        """Ask for a job's end; Cancelled follows, unless it had ended."""
        self._send(self._control, Cancel(self.welcome.session, job))

    def status(self, timeout: float = HELLO_SECONDS) -> Status:
        """Ask how the daemon is.

        Raises:
            DaemonGone: no answer in time.
        """
        self.ask_status()
        return self._expect(Status, timeout)

    def ask_status(self) -> None:
        """Ask how the daemon is, without waiting: the Status comes with `poll`."""
        self._send(self._control, StatusRequest(self.welcome.session))

    def stop_daemon(self, timeout: float = HELLO_SECONDS) -> None:
        """Ask the daemon to shut down, and wait until it says that it does.

        Raises:
            DaemonGone: no answer in time.
        """
        self._send(self._control, Stop(self.welcome.session))
        self._expect(Stopping, timeout)

    def poll(self, seconds: float = 0.0) -> list[Message]:
        """What came for this session's jobs; at most `seconds` are waited for it.

        Sends the pings and counts their answers; call it at least once a second.

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
            self._keep_alive()
            left = deadline - time.monotonic()
            if self._inbox or left <= 0:
                break
            poller.poll(int(1000 * min(left, limits.PING_SECONDS)) + 1)
        arrived = list(self._inbox)
        self._inbox.clear()
        return arrived

    def wait(self, job: int, progress: Callable[[Progress], None] = lambda _: None) -> Done:
        """Wait for a job's end.

        Raises:
            JobCancelled: it was cancelled.
            SelectiveColorizeError: it failed; the class tells how.
            DaemonGone: the daemon stopped answering.
        """
        while True:
            for message in self.poll(limits.PING_SECONDS):
                if isinstance(message, Refused) or (
                    isinstance(message, Failed) and message.job == job
                ):
                    raise error_from_code(message.code, message.sentence, message.hint)
                if isinstance(message, Stopping):
                    raise DaemonGone("The daemon was stopped.", "Try again; it is started anew.")
                if isinstance(message, Cancelled) and message.job == job:
                    raise JobCancelled("The job was cancelled.", "Nothing was changed.")
                if isinstance(message, Progress) and message.job == job:
                    progress(message)
                if isinstance(message, Done) and message.job == job:
                    return message

    def _expect(self, wanted: type[AnyReply], timeout: float) -> AnyReply:
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            if self._control.poll(int(1000 * left) + 1) and (reply := self._take(wanted)):
                return reply
        raise DaemonGone(
            f"The daemon did not answer within {timeout:g} s.",
            "Try again; if it stays silent, run `selcolor stop --force`.",
        )

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

    def _submit(self, request: AnyRequest) -> int:
        numbered = replace(request, session=self.welcome.session, job=self._next_job)
        self._next_job += 1
        self._send(self._data, numbered)
        return numbered.job

    def _send(self, socket: zmq.Socket[bytes], message: Message) -> None:
        socket.send_multipart(codec.encode(message), copy=False)

    def _receive_all(self) -> None:
        for socket, known in ((self._control, CONTROL_REPLIES), (self._data, DATA_REPLIES)):
            while socket.poll(0):
                frames = socket.recv_multipart(copy=False)
                self._unanswered = 0
                self._keep(codec.decode([frame.buffer for frame in frames], known))

    def _keep(self, message: Message) -> None:
        if not isinstance(message, Pong):
            self._inbox.append(message)

    def _keep_alive(self) -> None:
        now = time.monotonic()
        if now - self._last_ping < limits.PING_SECONDS:
            return
        if self._unanswered >= limits.MISSED_PINGS:
            raise DaemonGone(
                "The daemon stopped answering; your photo is untouched.",
                "Try again; the daemon is started anew.",
            )
        self._send(self._control, Ping(self.welcome.session, self._unanswered))
        self._unanswered += 1
        self._last_ping = now
