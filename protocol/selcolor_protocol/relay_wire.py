"""Both lanes through a relay: for an editor whose Python has no pyzmq.

The relay (`relay`) is a process of the daemon's own Python; the connection file names what starts
it. It gets the frames through its standard input and answers through its standard output, as
`packets` says. It ends with this process, and this side notices when it ends first.
"""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Sequence
from io import FileIO
from typing import Any, cast

from selcolor_protocol.connection import ConnectionInfo
from selcolor_protocol.environment import in_flatpak, outside_environment
from selcolor_protocol.errors import RelayFailed, SelectiveColorizeError
from selcolor_protocol.messages import Lane
from selcolor_protocol.packets import PacketWriter, read_messages
from selcolor_protocol.raster import Buffer
from selcolor_protocol.runtime import RUNTIME_DIR_VARIABLE, private_runtime_folder

HINT = "Try again; if it happens again, `selcolor doctor` tells more."


class RelayWire:
    """A `Wire` through the standard input and output of a relay."""

    patience = 8.0
    """A Python has to start, on a busy machine from a cold disk."""

    def __init__(self, info: ConnectionInfo) -> None:
        """Start the relay, which connects by itself.

        Raises:
            RelayFailed: it cannot be started.
        """
        self._process = start_relay(info.relay)
        self._writer = PacketWriter(cast("FileIO", self._process.stdin))
        self._arrived: queue.SimpleQueue[tuple[Lane, Sequence[Any]] | SelectiveColorizeError]
        self._arrived = queue.SimpleQueue()
        self._writer.start()
        threading.Thread(target=self._listen, name="selcolor-relay", daemon=True).start()

    def send(self, lane: Lane, frames: Sequence[Buffer]) -> None:
        """Send a message; its frames are not copied on this side."""
        self._writer.put(lane, frames)

    def receive(self, seconds: float) -> tuple[Lane, Sequence[Any]] | None:
        """A message if one comes within `seconds`.

        Raises:
            RelayFailed: the relay has ended.
        """
        try:
            arrival = self._arrived.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            return None
        if isinstance(arrival, SelectiveColorizeError):
            self._arrived.put(arrival)
            raise arrival
        return arrival

    def close(self, linger: int) -> None:
        """End the relay; `linger` milliseconds for what is not handed over to it yet."""
        self._writer.finish()
        self._writer.join(linger / 1000)
        if self._writer.is_alive() or not linger:
            self._process.kill()

    def _listen(self) -> None:
        """Take what the relay says until it ends."""
        end: SelectiveColorizeError = RelayFailed(
            "The helper process between this editor and the daemon ended; your photo is untouched.",
            HINT,
        )
        output = cast("FileIO", self._process.stdout)
        try:
            for arrival in read_messages(output):
                self._arrived.put(arrival)
        except SelectiveColorizeError as error:
            end = error
        self._arrived.put(end)
        output.close()
        self._writer.finish()
        self._process.wait()


def start_relay(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a relay with unbuffered pipes.

    Like the daemon it runs in the runtime folder and without the editor's own environment.

    Args:
        command: from the connection file.

    Raises:
        RelayFailed: the daemon names none, or it cannot be run, as in a Flatpak.
        ConnectionFileError: the runtime folder cannot be trusted.
    """
    if in_flatpak():
        raise RelayFailed(
            "This editor comes as a Flatpak, and the plugin in it lacks a part that only the "
            "installer of Selective Colorize puts there; your photo is untouched.",
            "Run the installer again: it finds this editor. Then restart the editor.",
        )
    if not command:
        raise RelayFailed(
            "The daemon that runs is too old for this editor, whose Python has no pyzmq.",
            "Run `selcolor stop`, then try again: the new one is started.",
        )
    folder = private_runtime_folder()
    try:
        return subprocess.Popen(  # noqa: S603 - what the user's own connection file names
            list(command),
            bufsize=0,
            cwd=folder,
            env={**outside_environment(), RUNTIME_DIR_VARIABLE: str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise RelayFailed(
            f"The helper process {command[0]} that this editor needs cannot be run "
            f"({error.strerror}).",
            "Install Selective Colorize again, or run `selcolor doctor`.",
        ) from error
