"""The daemon's sockets: bound in a folder of the user's own, or encrypted on loopback TCP."""

from __future__ import annotations

import hmac
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import zmq
from zmq.auth.thread import ThreadAuthenticator

from selcolor_backend.capacity import max_megapixels
from selcolor_protocol import limits
from selcolor_protocol.connection import Keys
from selcolor_protocol.errors import DaemonError
from selcolor_protocol.sockets import CONTROL_THREAD, DATA_THREAD, IO_THREADS

HANDSHAKE_MILLISECONDS = 5000
LINGER_MILLISECONDS = 500
LOOPBACK = "tcp://127.0.0.1"
SOCKET_SUFFIX = ".sock"
MACOS_SHORTER = 4
"""Socket paths on macOS may be four bytes shorter than on Linux."""
ZAP_DOMAIN = b"selective-colorize"
CURVE_BYTES = 64
"""More than encryption adds to a frame."""


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SocketKind:
    """How a socket that others connect to is opened.

    Attributes:
        zmq_type: `zmq.ROUTER` or `zmq.PAIR`.
        max_frame_bytes: larger frames end the connection that sent them.
        thread: ZeroMQ's thread that serves it.
    """

    zmq_type: int
    max_frame_bytes: int
    thread: int


CONTROL = SocketKind(zmq.ROUTER, limits.MAX_HEADER_BYTES + CURVE_BYTES, CONTROL_THREAD)
DATA = SocketKind(zmq.ROUTER, limits.MAX_FRAME_BYTES + CURVE_BYTES, DATA_THREAD)
WORKER = SocketKind(zmq.PAIR, limits.MAX_FRAME_BYTES + CURVE_BYTES, DATA_THREAD)


def largest_picture() -> int:
    """Bytes of the largest picture that the user's own limit allows, as a frame.

    Raises:
        InvalidOptions: the limit that the user wrote is no number.
    """
    sample_bytes = limits.MAX_CHANNELS * limits.MAX_SAMPLE_BYTES
    return int(max_megapixels() * 1e6) * sample_bytes + CURVE_BYTES


class OnlyOurClients:
    """Lets in exactly the key that stands in the connection file (a ZAP credentials provider)."""

    def __init__(self, client_public: str) -> None:
        self.client_public = client_public.encode()

    def callback(self, _domain: str, key: bytes) -> bool:
        """Whether a client with this public key (Z85) may connect."""
        return hmac.compare_digest(key, self.client_public)


class Sockets:
    """A context whose sockets all follow one way of protection: ipc folder, or TCP with CURVE."""

    def __init__(self, folder: Path, transport: str) -> None:
        """Prepare to bind.

        Args:
            folder: the private runtime folder.
            transport: `ipc`, `tcp`, or `auto` for ipc where the platform has it.
        """
        self.folder = folder
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context(IO_THREADS)
        self.uses_tcp = transport == "tcp" or (transport == "auto" and not self._ipc_fits())
        self.keys: Keys | None = None
        if self.uses_tcp:
            self._make_keys()
        else:
            self._remove_sockets()

    def __enter__(self) -> Sockets:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.uses_tcp:
            self._authenticator.stop()
        self.context.destroy(linger=LINGER_MILLISECONDS)
        self._remove_sockets()

    def bind(self, kind: SocketKind, name: str) -> tuple[zmq.Socket[bytes], str]:
        """Open a socket that others connect to.

        Args:
            kind: how it is opened.
            name: the socket file's name, unused over TCP.

        Returns:
            The socket and its address.

        Raises:
            DaemonError: it cannot be bound.
        """
        socket = self.context.socket(kind.zmq_type)
        socket.affinity = kind.thread
        socket.linger = 0
        socket.maxmsgsize = min(kind.max_frame_bytes, largest_picture())
        socket.handshake_ivl = HANDSHAKE_MILLISECONDS
        if kind.zmq_type == zmq.ROUTER:
            socket.router_mandatory = True
        try:
            return socket, self._bind_tcp(socket) if self.uses_tcp else self._bind_ipc(socket, name)
        except (zmq.ZMQError, zmq.ZMQBindError, OSError) as error:
            socket.close()
            raise DaemonError(
                f"The daemon cannot listen in {self.folder} ({error}).",
                "Set SELCOLOR_RUNTIME_DIR to a short path of your own, or use --endpoint tcp.",
            ) from error

    def release(self, socket: zmq.Socket[bytes], address: str) -> None:
        """Close a socket and remove its file."""
        socket.close()
        if not self.uses_tcp:
            Path(address.removeprefix("ipc://")).unlink(missing_ok=True)

    def _remove_sockets(self) -> None:
        """Remove socket files, those of a killed daemon too: the lock says that no other runs."""
        for path in self.folder.glob(f"*{SOCKET_SUFFIX}"):
            path.unlink(missing_ok=True)

    def _ipc_fits(self) -> bool:
        longest = len(os.fsencode(self.folder / f"worker-network-999999{SOCKET_SUFFIX}"))
        return sys.platform != "win32" and longest <= limits.IPC_PATH_BYTES - MACOS_SHORTER

    def _bind_ipc(self, socket: zmq.Socket[bytes], name: str) -> str:
        path = self.folder / f"{name}{SOCKET_SUFFIX}"
        socket.bind(f"ipc://{path}")
        path.chmod(0o600)
        return f"ipc://{path}"

    def _bind_tcp(self, socket: zmq.Socket[bytes]) -> str:
        socket.curve_server = True
        # Without a domain libzmq lets everybody in while nobody answers for the door.
        socket.zap_domain = ZAP_DOMAIN
        socket.zap_enforce_domain = True
        socket.curve_secretkey = self._server_secret
        return f"{LOOPBACK}:{socket.bind_to_random_port(LOOPBACK)}"

    def _make_keys(self) -> None:
        server_public, self._server_secret = zmq.curve_keypair()
        client_public, client_secret = zmq.curve_keypair()
        self.keys = Keys(server_public.decode(), client_public.decode(), client_secret.decode())
        self._authenticator = ThreadAuthenticator(self.context)
        self._authenticator.start()
        self._authenticator.allow("127.0.0.1")
        self._authenticator.configure_curve_callback(
            ZAP_DOMAIN.decode(), OnlyOurClients(self.keys.client_public)
        )


def send(socket: zmq.Socket[bytes], identity: bytes, frames: Sequence[Any]) -> bool:
    """Send to one client of a ROUTER without ever waiting; whether it is still connected."""
    try:
        socket.send_multipart([identity, *frames], flags=zmq.NOBLOCK, copy=False)
    except zmq.ZMQError as error:
        log.info("not sent", extra={"reason": error.strerror})
        return error.errno != zmq.EHOSTUNREACH
    return True
