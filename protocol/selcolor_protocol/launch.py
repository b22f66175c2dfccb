"""Finds the running daemon, or starts one, and opens a session with it.

Several clients may do so at the same instant: each starts a daemon, one daemon wins the lock, the
others leave with EXIT_ALREADY_RUNNING, and every client connects to the winner.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from selcolor_protocol.client import Client
from selcolor_protocol.connection import (
    RUNTIME_DIR_VARIABLE,
    ConnectionInfo,
    connection_path,
    private_runtime_folder,
    read_connection,
)
from selcolor_protocol.errors import DaemonGone, DaemonNotFound

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
    """
    info = find_daemon()
    if info is None:
        return None
    try:
        return Client(info, name, version, ANSWER_SECONDS)
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
    """
    deadline = time.monotonic() + START_SECONDS
    starting = start_detached(command)
    while time.monotonic() < deadline:
        if (client := connect(name, version)) is not None:
            # On Windows a virtual environment's Python is a launcher with a number of its own.
            is_ours = sys.platform == "win32" or client.info.pid == starting.pid
            return client, is_ours and starting.poll() is None
        if starting.poll() in (0, EXIT_ALREADY_RUNNING):
            # Another daemon had the lock: it is about to answer, or it was just leaving.
            time.sleep(RESTART_SECONDS)
            starting = start_detached(command)
        elif starting.poll() is not None:
            break
        time.sleep(LOOK_SECONDS)
    raise DaemonNotFound(
        "The daemon of Selective Colorize could not be started.",
        "Run `selcolor daemon --foreground` in a terminal to see why, or `selcolor doctor`.",
    )


def start_detached(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a process that outlives this one and has no terminal.

    It runs in the runtime folder, not in the caller's: `python -m` would import modules from
    there, and a folder in use cannot be unmounted.

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
            env=os.environ | {RUNTIME_DIR_VARIABLE: str(folder)},
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
