"""Starts the daemon: as a process of its own, or by asking the system, for who cannot."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Protocol

from selcolor_protocol.errors import DaemonNotFound
from selcolor_protocol.listening import knock
from selcolor_protocol.runtime import RUNTIME_DIR_VARIABLE, bell_path, private_runtime_folder


class Starting(Protocol):
    """A daemon that is being started.

    Attributes:
        pid: its process; 0 for one that cannot be seen from here.
    """

    pid: int

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""


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


class Rung:
    """A daemon that the system was asked to start; it is seen when it answers, and never before."""

    pid = 0

    def poll(self) -> None:
        """Nothing is known of it."""


def ring() -> Rung:
    """Ask the system to start the daemon.

    Raises:
        OSError: nobody listens.
    """
    knock(bell_path())
    return Rung()
