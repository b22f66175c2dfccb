"""Finds the running daemon, or starts one, and opens a session with it.

Several clients may do so at the same instant: each starts a daemon, one daemon wins the lock, the
others leave with EXIT_ALREADY_RUNNING, and every client connects to the winner.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from selcolor_protocol.client import Client
from selcolor_protocol.connection import ConnectionInfo, connection_path, read_connection
from selcolor_protocol.errors import DaemonGone, DaemonNotFound, SelectiveColorizeError
from selcolor_protocol.listening import is_listening
from selcolor_protocol.processes import beginning, is_elsewhere, still_runs
from selcolor_protocol.runtime import (
    HOLDER_NAME,
    default_runtime_folder,
    private_runtime_folder,
)
from selcolor_protocol.starting import Starting, start_detached

EXIT_ALREADY_RUNNING = 3
START_SECONDS = 30.0
ANSWER_SECONDS = 2.0
LOOK_SECONDS = 0.05
RESTART_SECONDS = 0.5


def find_daemon() -> ConnectionInfo | None:
    """The daemon that the connection file names, if it lives; it may still not answer.

    Raises:
        ConnectionFileError: the file cannot be trusted or read.
    """
    private_runtime_folder()
    info = read_connection(connection_path())
    return info if info is not None and is_alive(info) else None


def is_alive(info: ConnectionInfo) -> bool:
    """Whether a daemon lives; its socket is asked where its process's number tells nothing."""
    if is_elsewhere(info.began):
        return is_listening(info.control)
    return still_runs(info.pid, info.began)


def holder_path() -> Path:
    """Where the daemon that holds the lock writes down which process it is."""
    return default_runtime_folder() / HOLDER_NAME


def write_holder() -> None:
    """Write down that this process holds the lock, for whoever must find it without more.

    Raises:
        OSError: the folder is missing or full.
    """
    pid = os.getpid()
    holder_path().write_text(json.dumps({"pid": pid, "began": beginning(pid)}))


def _read_holder() -> tuple[int, str]:
    """What the last daemon wrote down; 0 for its number where nothing can be read."""
    try:
        content = json.loads(holder_path().read_text())
        return int(content["pid"]), str(content["began"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return 0, ""


def left_behind() -> int:
    """For whoever has just taken the lock: who had it and did not clear up; 0 for nobody."""
    return _read_holder()[0]


def holder() -> int | None:
    """The process that holds the lock, as it wrote down; None when it has ended, or never did."""
    pid, began = _read_holder()
    # Where nothing but a number can be known, it may be another process's by now.
    return pid if began and still_runs(pid, began) else None


def connect(name: str, version: str) -> Client | None:
    """Open a session with the running daemon; None when none runs.

    Raises:
        DaemonGone: one runs, but does not answer.
        ConnectionFileError: the connection file cannot be trusted or read.
        VersionMismatch: a daemon runs, but of another protocol version.
        RelayFailed: this Python needs a relay to the daemon, and it cannot be started.
    """
    info = find_daemon()
    if info is None:
        return None
    try:
        return Client.open(info, name, version, ANSWER_SECONDS)
    except DaemonGone as error:
        # A number without its process's beginning may be another process's by now.
        if not info.began:
            return None
        raise hangs(info.pid, ANSWER_SECONDS) from error


def hangs(pid: int, seconds: float) -> DaemonGone:
    """What a user is told of a daemon that runs and is silent."""
    return DaemonGone(
        f"The daemon runs (process {pid}), but has not answered for {seconds:g} s: "
        "it hangs, or the machine is very busy.",
        "Wait a little and try again, or run `selcolor stop --force` to end it.",
    )


def connect_or_start(name: str, version: str, command: Sequence[str]) -> Client:
    """Open a session, starting the daemon when none answers.

    Args:
        name: of this client.
        version: of this client.
        command: what starts a daemon, such as `[python, "-m", "selcolor_backend", "daemon"]`.

    Raises:
        DaemonNotFound: it could not be started.
        DaemonGone: one runs, but does not answer.
        ConnectionFileError: the connection file cannot be trusted or read.
        VersionMismatch: a daemon runs, but of another protocol version.
        RelayFailed: this Python needs a relay to the daemon, and it cannot be started.
    """
    with suppress(
        DaemonGone
    ):  # a busy machine may need longer, and a daemon that hangs is told then
        if (client := connect(name, version)) is not None:
            return client
    return start_daemon(name, version, command)[0]


def start_daemon(name: str, version: str, command: Sequence[str]) -> tuple[Client, bool]:
    """Start a daemon and open a session with it, or with another that was quicker.

    Returns:
        The session, and whether the daemon is the one that was started here.

    Raises:
        DaemonNotFound: none answers after START_SECONDS, or it gave up.
        DaemonGone: one runs, but has not answered for so long.
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

    def __init__(self, name: str, version: str, start: Callable[[], Starting]):
        """Prepare; nothing happens before the first `poll`.

        Args:
            name: of this client.
            version: of this client.
            start: starts a daemon, as `start_detached` or `ring`; called only if none answers.
        """
        self.starting = False
        self._name = name
        self._version = version
        self._start = start
        self._process: Starting | None = None
        self._greeted: Client | None = None
        self._answer_by = 0.0
        self._start_from = 0.0
        self._give_up_at = time.monotonic() + START_SECONDS

    def poll(self) -> Client | None:
        """Take the next step; the session once it is open. Never blocks.

        Raises:
            DaemonNotFound: none answers after START_SECONDS, or it gave up.
        DaemonGone: one runs, but has not answered for so long.
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
        if now >= self._give_up_at:
            raise self._why_not()
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

    def _why_not(self) -> SelectiveColorizeError:
        running = find_daemon()
        pid = running.pid if running is not None and running.began else holder()
        return _not_started() if pid is None else hangs(pid, START_SECONDS)


def _not_started() -> DaemonNotFound:
    return DaemonNotFound(
        "The daemon of Selective Colorize could not be started.",
        "Run `selcolor daemon --foreground` in a terminal to see why, or `selcolor doctor`.",
    )
