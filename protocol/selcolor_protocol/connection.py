"""Where the daemon is: the runtime folder and the connection file in it.

The connection file says how to reach the daemon and holds the keys that prove a client may. It is
readable by its owner only (0600, in a 0700 folder), so that reading it *is* the permission.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from selcolor_protocol.errors import ConnectionFileError

RUNTIME_DIR_VARIABLE = "SELCOLOR_RUNTIME_DIR"
FILE_NAME = "connection.json"


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
        started: seconds since the epoch.
        keys: for TCP; None for ipc, where the folder's permissions protect the socket.
        relay: what starts a relay to the daemon, for a client without pyzmq.
    """

    control: str
    data: str
    protocol: int
    version: str
    pid: int
    started: float
    keys: Keys | None = None
    relay: tuple[str, ...] = ()


def default_runtime_folder() -> Path:
    """The user's runtime folder on this platform; not created here.

    `SELCOLOR_RUNTIME_DIR` overrides it. Linux: `$XDG_RUNTIME_DIR` where that can be used, else a
    folder of the user's own in the temporary folder. macOS: the per-user temporary folder.
    Windows: `%LOCALAPPDATA%`.
    """
    if chosen := os.environ.get(RUNTIME_DIR_VARIABLE):
        return Path(chosen).absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", tempfile.gettempdir())) / "selective-colorize"
    if sys.platform == "linux" and (runtime := os.environ.get("XDG_RUNTIME_DIR")):
        folder = Path(runtime) / "selective-colorize"
        if _is_ours_to_use(folder):
            return folder
    return Path(tempfile.gettempdir()) / f"selective-colorize-{os.getuid()}"


def _is_ours_to_use(folder: Path) -> bool:
    """Whether a folder is, or can be made, this user's own, in another one of this user's own.

    Containers, WSL, cron and `su` leave XDG_RUNTIME_DIR at what is not there or is another user's;
    what root makes in it would shut its owner out.
    """
    try:
        above = folder.parent.stat()
        is_ours = above.st_uid == os.getuid() and os.access(folder.parent, os.W_OK | os.X_OK)
        return is_ours and (not folder.exists() or folder.lstat().st_uid == os.getuid())
    except OSError:
        return False


def private_runtime_folder() -> Path:
    """The runtime folder, created if missing, and proven to be this user's alone.

    Raises:
        ConnectionFileError: it cannot be made, is a link, or others may enter it.
    """
    folder = default_runtime_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise ConnectionFileError(
            f"The runtime folder {folder} cannot be made ({error.strerror}).",
            f"Set {RUNTIME_DIR_VARIABLE} to a folder of your own.",
        ) from error
    if _is_anothers(found):
        raise ConnectionFileError(
            f"The runtime folder {folder} belongs to another user, so it is not used.",
            f"Set {RUNTIME_DIR_VARIABLE} to a folder of your own.",
        )
    if not stat.S_ISDIR(found.st_mode) or not _is_private(found):
        raise ConnectionFileError(
            f"The runtime folder {folder} is open to other users, so it is not trusted.",
            f"Remove it or make it yours alone (chmod 700), or set {RUNTIME_DIR_VARIABLE}.",
        )
    return folder


def _is_private(found: os.stat_result) -> bool:
    if sys.platform == "win32":
        return True
    return not _is_anothers(found) and not stat.S_IMODE(found.st_mode) & 0o077


def _is_anothers(found: os.stat_result) -> bool:
    return sys.platform != "win32" and found.st_uid != os.getuid()


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
            if not _is_private(os.fstat(file.fileno())):
                raise ConnectionFileError(
                    f"The connection file {path} can be read by others, so it is not trusted.",
                    "Delete the file and try again.",
                )
            return _from_json(json.load(file))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConnectionFileError(
            f"The connection file {path} cannot be read.", "Delete the file and try again."
        ) from error


def _from_json(content: dict[str, object]) -> ConnectionInfo:
    known = {field.name: content[field.name] for field in fields(ConnectionInfo)}
    keys, relay = known.pop("keys"), known.pop("relay")
    types = {"control": str, "data": str, "version": str, "protocol": int, "pid": int}
    if not all(isinstance(known[name], wanted) for name, wanted in types.items()):
        raise TypeError
    if not isinstance(relay, list) or not all(isinstance(part, str) for part in relay):
        raise TypeError
    return ConnectionInfo(
        **known,  # type: ignore[arg-type]
        keys=Keys(**keys) if isinstance(keys, dict) else None,
        relay=tuple(relay),
    )
