"""How the command line reaches the daemon."""

from __future__ import annotations

import sys
from types import TracebackType

from selcolor_backend.version import VERSION
from selcolor_protocol import launch
from selcolor_protocol.client import Client
from selcolor_protocol.errors import DaemonNotFound

NAME = "selcolor"


def daemon_command(endpoint: str = "auto", stay: bool = False) -> list[str]:
    """What starts a daemon with this installation's Python."""
    command = [sys.executable, "-m", "selcolor_backend", "daemon", "--foreground"]
    command += ["--endpoint", endpoint]
    return [*command, "--stay"] if stay else command


def open_session() -> Client:
    """A session with the daemon, which is started when none runs.

    Raises:
        DaemonError: it cannot be started or trusted.
        VersionMismatch: it speaks another protocol version.
    """
    return launch.connect_or_start(NAME, VERSION, daemon_command())


def running_session() -> Client:
    """A session with the daemon that runs already.

    Raises:
        DaemonNotFound: none does.
    """
    client = launch.connect(NAME, VERSION)
    if client is None:
        raise DaemonNotFound("No daemon runs.", "It starts by itself when there is work to do.")
    return client


class RenewableSession:
    """The session of a command that works for long: opened when first needed, renewed at need."""

    def __init__(self) -> None:
        self._client: Client | None = None

    def __enter__(self) -> RenewableSession:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.renew()

    def current(self) -> Client:
        """The session; raises as `open_session`."""
        if self._client is None:
            self._client = open_session()
        return self._client

    def renew(self) -> None:
        """Close the session; the next one may be with another daemon."""
        if self._client is not None:
            self._client.close()
            self._client = None
