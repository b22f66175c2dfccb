"""Where the daemon is: the connection file in the runtime folder (`runtime`).

The connection file says how to reach the daemon and holds the keys that prove a client may. It is
readable by its owner only (0600, in a 0700 folder), so that reading it *is* the permission.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from selcolor_protocol.errors import ConnectionFileError
from selcolor_protocol.runtime import default_runtime_folder, is_private

FILE_NAME = "connection.json"
ADDRESS = re.compile(r"ipc:///.+|tcp://127\.0\.0\.1:[0-9]{1,5}")
KEY = re.compile(r"[!-~]{40}")
"""A CURVE key in Z85."""


@dataclass(frozen=True)
class Keys:
    """CURVE keys in Z85 for TCP: the server's public key, and the pair that clients use."""

    server_public: str
    client_public: str
    client_secret: str


@dataclass(frozen=True)
class ConnectionInfo:
    """What the connection file says.

    Attributes:
        control: address of the control lane.
        data: address of the data lane.
        protocol: the protocol version that the daemon speaks.
        version: the daemon's own version.
        pid: the daemon's process.
        started: seconds since the epoch, as the clock then showed.
        keys: for TCP; None for ipc, where the folder's permissions protect the socket.
        relay: what starts a relay to the daemon, for a client without pyzmq.
        began: when the process began, as `processes.beginning` tells it; empty where unknown.
    """

    control: str
    data: str
    protocol: int
    version: str
    pid: int
    started: float
    keys: Keys | None = None
    relay: tuple[str, ...] = ()
    began: str = ""


def connection_path() -> Path:
    """The connection file's path; it need not exist."""
    return default_runtime_folder() / FILE_NAME


def write_connection(info: ConnectionInfo, path: Path) -> None:
    """Write the connection file owner-only, so that readers see the old one or all of the new.

    Raises:
        OSError: the folder is missing or full.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(info), file, indent=2)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read_connection(path: Path) -> ConnectionInfo | None:
    """Read the connection file; None when there is none.

    Whether the daemon that it names still lives is not decided here.

    Raises:
        ConnectionFileError: it is not this user's own, or not what we wrote.
    """
    try:
        with path.open() as file:
            if not is_private(os.fstat(file.fileno())):
                raise ConnectionFileError(
                    f"The connection file {path} can be read by others, so it is not trusted.",
                    "Delete the file and try again.",
                )
            return _from_json(json.load(file))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ConnectionFileError(
            f"The connection file {path} cannot be read.", "Delete the file and try again."
        ) from error


def _from_json(content: dict[str, object]) -> ConnectionInfo:
    # A daemon of an earlier version says nothing of when it began.
    content = {"began": "", **content}
    known = {field.name: content[field.name] for field in fields(ConnectionInfo)}
    keys, relay = known.pop("keys"), known.pop("relay")
    types = {"version": str, "protocol": int, "pid": int, "began": str}
    if not all(isinstance(known[name], wanted) for name, wanted in types.items()):
        raise TypeError
    if not isinstance(known["started"], (int, float)):
        raise TypeError
    if not all(ADDRESS.fullmatch(str(known[lane])) for lane in ("control", "data")):
        raise ValueError
    if not isinstance(relay, list) or not all(isinstance(part, str) for part in relay):
        raise TypeError
    return ConnectionInfo(
        **known,  # type: ignore[arg-type]
        keys=_keys(keys) if isinstance(keys, dict) else None,
        relay=tuple(relay),
    )


def _keys(content: dict[str, object]) -> Keys:
    if not all(KEY.fullmatch(str(key)) for key in content.values()):
        raise ValueError
    return Keys(**content)  # type: ignore[arg-type]
