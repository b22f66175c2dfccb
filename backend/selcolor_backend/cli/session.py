"""How the command line reaches the daemon."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import TracebackType

from selcolor_backend.cli.progress import progress_bar
from selcolor_backend.version import VERSION
from selcolor_protocol import launch
from selcolor_protocol.client import Client
from selcolor_protocol.errors import (
    DaemonError,
    DaemonGone,
    DaemonNotFound,
    ProtocolError,
    SelectiveColorizeError,
)
from selcolor_protocol.messages import Colorize, Done

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
        DaemonGone: one does, but does not answer.
    """
    client = launch.connect(NAME, VERSION)
    if client is None and (pid := launch.holder()) is not None:
        raise DaemonGone(
            f"The daemon runs (process {pid}), but its connection file is gone.",
            "It is written again within seconds: try again. If it is not, the daemon hangs: "
            "`selcolor stop --force` ends it.",
        )
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

    def begin(self, request: Colorize, label: str) -> Callable[[], Done]:
        """Send a photo to the daemon; raises as `open_session`."""
        client = self.current()
        return partial(wait, client, client.colorize(request), label)

    def failed(self, error: SelectiveColorizeError) -> None:
        """The next photo gets another session where this one is lost."""
        if isinstance(error, (DaemonError, ProtocolError)):
            self.renew()

    def renew(self) -> None:
        """Close the session; the next one may be with another daemon."""
        if self._client is not None:
            self._client.close()
            self._client = None


def wait(client: Client, job: int, label: str) -> Done:
    """Wait for a job under a bar; leaving early cancels it."""
    with progress_bar(label) as bar:
        try:
            return client.wait(job, bar)
        except KeyboardInterrupt:
            client.cancel(job)
            raise
