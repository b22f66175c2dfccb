"""Finds the running daemon, or starts one, and opens a session with it.

Several clients may do so at the same instant: each starts a daemon, one daemon wins the lock, the
others leave with EXIT_ALREADY_RUNNING, and every client connects to the winner.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from selcolor_protocol.client import Client
from selcolor_protocol.connection import (
    RUNTIME_DIR_VARIABLE,
    ConnectionInfo,
    connection_path,
    private_runtime_folder,
    read_connection,
)
from selcolor_protocol.errors import DaemonGone, DaemonNotFound, SelectiveColorizeError

EXIT_ALREADY_RUNNING = 3
START_SECONDS = 30.0
ANSWER_SECONDS = 2.0
LOOK_SECONDS = 0.05
RESTART_SECONDS = 0.5


def find_daemon() -> ConnectionInfo | None:
    """The daemon that the connection file names, if its process lives; it may still not answer.

    Raises:
        ConnectionFileError: the file cannot be trusted or read.
    """
    private_runtime_folder()
    info = read_connection(connection_path())
    return info if info is not None and process_lives(info.pid) else None


def process_lives(pid: int) -> bool:
    """Whether a process of this number exists; assumed on Windows, where asking is harmful."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def connect(name: str, version: str) -> Client | None:
    """Open a session with the running daemon; None when none runs or answers.

    Raises:
        ConnectionFileError: the connection file cannot be trusted or read.
        VersionMismatch: a daemon runs, but of another protocol version.
        RelayFailed: this Python needs a relay to the daemon, and it cannot be started.
    """
    info = find_daemon()
    if info is None:
        return None
    try:
        return Client.open(info, name, version, ANSWER_SECONDS)
    except DaemonGone:
        return None


def connect_or_start(name: str, version: str, command: Sequence[str]) -> Client:
    """Open a session, starting the daemon when none answers.

    Args:
        name: of this client.
        version: of this client.
        command: what starts a daemon, such as `[python, "-m", "selcolor_backend", "daemon"]`.

    Raises:
        DaemonNotFound: it could not be started.
        ConnectionFileError: the connection file cannot be trusted or read.
        VersionMismatch: a daemon runs, but of another protocol version.
        RelayFailed: this Python needs a relay to the daemon, and it cannot be started.
    """
    if (client := connect(name, version)) is not None:
        return client
    return start_daemon(name, version, command)[0]


def start_daemon(name: str, version: str, command: Sequence[str]) -> tuple[Client, bool]:
    """Start a daemon and open a session with it, or with another that was quicker.

    Returns:
        The session, and whether the daemon is the one that was started here.

    Raises:
        DaemonNotFound: none answers after START_SECONDS, or it gave up.
        ConnectionFileError: the runtime folder or the connection file cannot be trusted.
        VersionMismatch: a daemon runs, but of another protocol version.
        RelayFailed: this Python needs a relay to the daemon, and it cannot be started.
    """
    opening = Opening(name, version, lambda: start_detached(command))
    while (client := opening.poll()) is None:
        time.sleep(LOOK_SECONDS)
    return client, opening.is_ours(client)


class Opening:
    """A session that is being opened step by step, for a caller that may not block.

    The daemon that runs is greeted; when none answers, one is started and greeted in its turn.

    Attributes:
        starting: whether a daemon had to be started.
    """

    def __init__(self, name: str, version: str, start: Callable[[], subprocess.Popen[bytes]]):
        """Prepare; nothing happens before the first `poll`.

        Args:
            name: of this client.
            version: of this client.
            start: starts a daemon, as `start_detached` does; called only if none answers.
        """
        self.starting = False
        self._name = name
        self._version = version
        self._start = start
        self._process: subprocess.Popen[bytes] | None = None
        self._greeted: Client | None = None
        self._answer_by = 0.0
        self._start_from = 0.0
        self._give_up_at = time.monotonic() + START_SECONDS

    def poll(self) -> Client | None:
        """Take the next step; the session once it is open. Never blocks.

        Raises:
            DaemonNotFound: none answers after START_SECONDS, or it gave up.
            ConnectionFileError: the runtime folder or the connection file cannot be trusted.
            VersionMismatch: a daemon runs, but of another protocol version.
            RelayFailed: this Python needs a relay to the daemon, and it cannot be started.
        """
        try:
            return self._step()
        except SelectiveColorizeError:
            self.close()
            raise

    def close(self) -> None:
        """Give up; a daemon that was started stays for others."""
        if self._greeted is not None:
            self._greeted.close(linger=0)
            self._greeted = None

    def is_ours(self, client: Client) -> bool:
        """Whether a session is with the daemon that was started here, and that one lives."""
        if self._process is None or self._process.poll() is not None:
            return False
        # On Windows a virtual environment's Python is a launcher with a number of its own.
        return sys.platform == "win32" or client.info.pid == self._process.pid

    def _step(self) -> Client | None:
        now = time.monotonic()
        if self._greeted is not None:
            return self._hear(now)
        if (info := find_daemon()) is not None and now >= self._answer_by:
            self._greeted = Client(info, self._name, self._version)
            self._answer_by = now + ANSWER_SECONDS + self._greeted.patience
        else:
            self._keep_starting(now)
        return None

    def _hear(self, now: float) -> Client | None:
        assert self._greeted is not None
        if self._greeted.is_welcome():
            client, self._greeted = self._greeted, None
            return client
        if now >= self._answer_by:
            self.close()
            self._keep_starting(now)
            self._answer_by = now + RESTART_SECONDS
        return None

    def _keep_starting(self, now: float) -> None:
        if self._process is None:
            if now >= self._start_from:
                self.starting = True
                self._process = self._start()
        elif self._process.poll() in (0, EXIT_ALREADY_RUNNING):
            # Another daemon had the lock: it is about to answer, or it was just leaving.
            self._process = None
            self._start_from = now + RESTART_SECONDS
        elif self._process.poll() is not None:
            raise _not_started()
        if now >= self._give_up_at:
            raise _not_started()


def _not_started() -> DaemonNotFound:
    return DaemonNotFound(
        "The daemon of Selective Colorize could not be started.",
        "Run `selcolor daemon --foreground` in a terminal to see why, or `selcolor doctor`.",
    )


def start_detached(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a process that outlives this one and has no terminal.

    It runs in the runtime folder, not in the caller's: `python -m` would import modules from
    there, and a folder in use cannot be unmounted.

    Args:
        command: the program and its arguments.
        environment: what the process inherits instead of this one's environment.

    Raises:
        DaemonNotFound: there is no such program.
        ConnectionFileError: the runtime folder cannot be trusted.
    """
    folder = private_runtime_folder()
    flags = getattr(subprocess, "DETACHED_PROCESS", 0)
    try:
        return subprocess.Popen(  # noqa: S603 (our own command)
            list(command),
            cwd=folder,
            env={**(environment or os.environ), RUNTIME_DIR_VARIABLE: str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=flags,
            close_fds=True,
        )
    except OSError as error:
        raise DaemonNotFound(
            f"The program {command[0]} that starts the daemon cannot be run ({error.strerror}).",
            "Install Selective Colorize again, or run `selcolor doctor`.",
        ) from error
