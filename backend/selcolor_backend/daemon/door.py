"""How many may connect: never more than there are descriptors, for libzmq ends without them.

A connection that cannot be accepted for want of a descriptor is for libzmq an error of the program
(`ipc_listener.cpp`, 4.3.5). So the file of a socket is taken away while many are connected: who is
connected stays so, and who comes then finds nobody until some have left.
"""

from __future__ import annotations

import logging
import sys
from contextlib import suppress

import zmq
from zmq.utils.monitor import parse_monitor_message

from selcolor_backend.daemon.presence import OwnFile

CLOSED_SUFFIX = ".full"
SHARE = 4
"""Each of two doors lets in a fourth of all descriptors: more come before it has closed."""
FEWEST_CONNECTIONS = 1000
"""With less room a burst of connections could come before a door closes: then TCP is used, where
libzmq bears a lack of descriptors."""
MOST_DESCRIPTORS = 65_536

log = logging.getLogger(__name__)


def raise_descriptor_limit() -> int:
    """Allow this process as many descriptors as it may have; how many it has then."""
    if sys.platform == "win32":
        return MOST_DESCRIPTORS
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, MOST_DESCRIPTORS) if hard != resource.RLIM_INFINITY else MOST_DESCRIPTORS
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class FileLatch:
    """Takes the file of a Unix socket out of its place.

    Attributes:
        file: where it lies while the door is open.
    """

    def __init__(self, file: OwnFile) -> None:
        self.file = file
        self._hidden = file.path.with_name(f".{file.path.name}{CLOSED_SUFFIX}")

    def shut(self) -> None:
        """Rename the file, if it is there."""
        if self.file.is_there():
            with suppress(OSError):
                self.file.path.rename(self._hidden)

    def open(self) -> None:
        """Put it back."""
        if OwnFile(self._hidden, self.file.identity).is_there():
            with suppress(OSError):
                self._hidden.rename(self.file.path)

    def remove(self) -> None:
        """Remove the file, wherever it is."""
        self.file.remove()
        OwnFile(self._hidden, self.file.identity).remove()


class Door:
    """Who is connected to one listening socket, and whether more may come.

    Attributes:
        monitor: becomes readable when somebody comes or goes.
        is_open: whether more may come.
    """

    def __init__(self, socket: zmq.Socket[bytes], latch: FileLatch, most: int) -> None:
        """Watch who comes and goes.

        Args:
            socket: that listens.
            latch: shuts and opens.
            most: connections beyond which the door is shut.
        """
        events = zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED
        self.monitor: zmq.Socket[bytes] = socket.get_monitor_socket(events)
        self.is_open = True
        self._latch = latch
        self._most = most
        self._connected: set[int] = set()

    def heed(self) -> None:
        """Count who has come and gone; shut the door, or open it again."""
        while self.monitor.poll(0):
            event = parse_monitor_message(self.monitor.recv_multipart())
            if event["event"] is zmq.Event.ACCEPTED:
                self._connected.add(event["value"])
            else:
                self._connected.discard(event["value"])
            if self.is_open and len(self._connected) >= self._most:
                self.is_open = False
                log.warning("too many connections")
                self._latch.shut()
        if not self.is_open and len(self._connected) < self._most * 3 // 4:
            self.is_open = True
            self._latch.open()
