"""The daemon's sockets: bound in a folder of the user's own, or encrypted on loopback TCP."""

from __future__ import annotations

import hmac
import os
import sys
from pathlib import Path
from types import TracebackType

import zmq
from zmq.auth.thread import ThreadAuthenticator

from selcolor_protocol import limits
from selcolor_protocol.connection import Keys
from selcolor_protocol.errors import DaemonError

HANDSHAKE_MILLISECONDS = 5000
LOOPBACK = "tcp://127.0.0.1"


class OnlyOurClients:
    """Lets in exactly the key that stands in the connection file (a ZAP credentials provider)."""

    def __init__(self, client_public: str) -> None:
        self.client_public = client_public.encode()

    def callback(self, _domain: str, key: bytes) -> bool:
        """Whether a client with this public key (Z85) may connect."""
        return hmac.compare_digest(key, self.client_public)


class Lanes:
    """A context whose sockets all follow one way of protection: ipc folder, or TCP with CURVE."""

    def __init__(self, folder: Path, transport: str) -> None:
        """Prepare to bind.

        Args:
            folder: the private runtime folder.
            transport: `ipc`, `tcp`, or `auto` for ipc where the platform has it.
        """
        self.folder = folder
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.uses_tcp = transport == "tcp" or (transport == "auto" and not self._ipc_fits())
        self.keys: Keys | None = None
        self._paths: list[Path] = []
        if self.uses_tcp:
            self._make_keys()

    def __enter__(self) -> Lanes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.uses_tcp:
            self._authenticator.stop()
        self.context.destroy(linger=500)
        for path in self._paths:
            path.unlink(missing_ok=True)

    def bind(self, kind: int, name: str, max_frame_bytes: int) -> tuple[zmq.Socket[bytes], str]:
        """Open a socket that others connect to.

        Args:
            kind: `zmq.ROUTER` or `zmq.PAIR`.
            name: the socket file's name; unused over TCP.
            max_frame_bytes: larger frames end the connection that sent them.

        Returns:
            The socket and its address.

        Raises:
            DaemonError: it cannot be bound.
        """
        socket = self.context.socket(kind)
        socket.linger = 0
        socket.maxmsgsize = max_frame_bytes
        socket.handshake_ivl = HANDSHAKE_MILLISECONDS
        if kind == zmq.ROUTER:
            socket.router_mandatory = True
        try:
            return socket, self._bind_tcp(socket) if self.uses_tcp else self._bind_ipc(socket, name)
        except zmq.ZMQError as error:
            raise DaemonError(
                f"The daemon cannot listen in {self.folder} ({error.strerror}).",
                "Set SELCOLOR_RUNTIME_DIR to a short path of your own, or use --endpoint tcp.",
            ) from error

    def _ipc_fits(self) -> bool:
        longest = len(os.fsencode(self.folder / "worker-network-999999"))
        return sys.platform != "win32" and longest <= limits.IPC_PATH_BYTES - 4

    def _bind_ipc(self, socket: zmq.Socket[bytes], name: str) -> str:
        path = self.folder / name
        path.unlink(missing_ok=True)
        self._paths.append(path)
        socket.bind(f"ipc://{path}")
        path.chmod(0o600)
        return f"ipc://{path}"

    def _bind_tcp(self, socket: zmq.Socket[bytes]) -> str:
        socket.curve_server = True
        socket.curve_secretkey = self._server_secret
        return f"{LOOPBACK}:{socket.bind_to_random_port(LOOPBACK)}"

    def _make_keys(self) -> None:
        server_public, self._server_secret = zmq.curve_keypair()
        client_public, client_secret = zmq.curve_keypair()
        self.keys = Keys(server_public.decode(), client_public.decode(), client_secret.decode())
        self._authenticator = ThreadAuthenticator(self.context)
        self._authenticator.start()
        self._authenticator.allow("127.0.0.1")
        self._authenticator.configure_curve_callback("*", OnlyOurClients(self.keys.client_public))
