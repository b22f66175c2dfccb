"""The daemon's sockets: bound in a folder of the user's own, or encrypted on loopback TCP."""

from __future__ import annotations

import hmac
import logging
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import zmq
from zmq.auth.thread import ThreadAuthenticator

from selcolor_backend.daemon.door import (
    CLOSED_SUFFIX,
    FEWEST_CONNECTIONS,
    SHARE,
    Door,
    FileLatch,
    raise_descriptor_limit,
)
from selcolor_backend.daemon.presence import OwnFile
from selcolor_backend.worker.link import PIECES_UNDER_WAY
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
        waiting: messages that may wait for one who does not read; 0 for any number.
        unread: messages that may have come and not been read.
    """

    zmq_type: int
    max_frame_bytes: int
    thread: int
    waiting: int = 1000
    unread: int = 1000


CONTROL = SocketKind(zmq.ROUTER, limits.MAX_HEADER_BYTES + CURVE_BYTES, CONTROL_THREAD)
DATA = SocketKind(zmq.ROUTER, limits.MAX_FRAME_BYTES + CURVE_BYTES, DATA_THREAD)
WORKER = SocketKind(
    zmq.PAIR, limits.MAX_FRAME_BYTES + CURVE_BYTES, DATA_THREAD, 0, PIECES_UNDER_WAY
)
"""What waits for a worker is one photo, which is here anyway."""


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
        self._most_connections = raise_descriptor_limit() // SHARE
        self.uses_tcp = transport == "tcp" or (transport == "auto" and not self._ipc_fits())
        self.keys: Keys | None = None
        self._bound: dict[zmq.Socket[bytes], OwnFile] = {}
        self._doors: dict[zmq.Socket[bytes], Door] = {}
        self._latches: dict[zmq.Socket[bytes], FileLatch] = {}
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
        for file in self._bound.values():
            file.remove()
        for latch in self._latches.values():
            latch.remove()

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
        socket.maxmsgsize = kind.max_frame_bytes
        socket.sndhwm = kind.waiting
        socket.rcvhwm = kind.unread
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

    def release(self, socket: zmq.Socket[bytes]) -> None:
        """Close a socket and remove its file."""
        socket.close()
        if (file := self._bound.pop(socket, None)) is not None:
            file.remove()

    def listen_again(self) -> None:
        """Bind anew where a socket's file is gone; those who are connected stay so."""
        for socket, latch in self._latches.items():
            if self._doors[socket].is_open and not latch.file.is_there():
                with suppress(zmq.ZMQError, OSError):
                    latch.file = self._bind_file(socket, latch.file.path)

    @property
    def monitors(self) -> list[zmq.Socket[bytes]]:
        """What becomes readable when `heed_doors` has something to do."""
        return [door.monitor for door in self._doors.values()]

    def heed_doors(self) -> None:
        """Count who has connected, and let nobody in where there are too many."""
        for door in self._doors.values():
            door.heed()

    def _remove_sockets(self) -> None:
        """Remove socket files, those of a killed daemon too: the lock says that no other runs."""
        for pattern in (f"*{SOCKET_SUFFIX}", f".*{CLOSED_SUFFIX}"):
            for path in self.folder.glob(pattern):
                path.unlink(missing_ok=True)

    def _ipc_fits(self) -> bool:
        """Whether all addresses are short, and text that ZeroMQ takes, and doors can close."""
        if self._most_connections < FEWEST_CONNECTIONS:
            return False
        try:
            longest = len(f"{self.folder}/worker-network-4194304-9999{SOCKET_SUFFIX}".encode())
        except UnicodeEncodeError:
            return False
        return sys.platform != "win32" and longest <= limits.IPC_PATH_BYTES - MACOS_SHORTER

    def _bind_ipc(self, socket: zmq.Socket[bytes], name: str) -> str:
        path = self.folder / f"{name}{SOCKET_SUFFIX}"
        file = self._bind_file(socket, path)
        if socket.type == zmq.ROUTER:
            self._latches[socket] = latch = FileLatch(file)
            self._doors[socket] = Door(socket, latch, self._most_connections)
        else:
            self._bound[socket] = file
        return f"ipc://{path}"

    def _bind_file(self, socket: zmq.Socket[bytes], path: Path) -> OwnFile:
        socket.bind(f"ipc://{path}")
        path.chmod(0o600)
        return OwnFile.just_written(path)

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
