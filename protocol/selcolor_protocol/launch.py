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


def find_daemon() -> ConnectionInfo | None:
    """The daemon that the connection file names, if its process lives; it may still not answer.

    Raises:
        ConnectionFileError: the file cannot be trusted or read.
    """
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
    return wait_for_daemon(start_detached(command), name, version)


def wait_for_daemon(starting: subprocess.Popen[bytes], name: str, version: str) -> Client:
    """Open a session with the daemon that `starting` becomes, or with the one that beat it.

    Raises:
        DaemonNotFound: there is none after START_SECONDS, or it gave up.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if (client := connect(name, version)) is not None:
            return client
        if starting.poll() not in (None, 0, EXIT_ALREADY_RUNNING):
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
    folder = private_runtime_folder().absolute()
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
