"""Whether anybody listens at a socket, asked of the socket: with a process, its listening ends.

Where a process has another number than here, in a sandbox, nothing else tells.
"""

from __future__ import annotations

import socket
from pathlib import Path

KNOCK_SECONDS = 1.0


def is_listening(address: str) -> bool:
    """Whether anybody does at an address of the connection file."""
    kind, _, place = address.partition("://")
    try:
        if kind == "ipc":
            knock(Path(place))
        else:
            host, _, port = place.partition(":")
            socket.create_connection((host, int(port)), KNOCK_SECONDS).close()
    except BlockingIOError:
        return True  # more knock than it has taken yet
    except OSError:
        return False
    return True


def knock(path: Path) -> None:
    """Connect to a socket, and go; raises OSError where nobody listens."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(KNOCK_SECONDS)
        caller.connect(str(path))
