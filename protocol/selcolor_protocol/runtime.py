"""The runtime folder: one for all programs of a user, and proven to be this user's alone."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from selcolor_protocol.errors import ConnectionFileError

RUNTIME_DIR_VARIABLE = "SELCOLOR_RUNTIME_DIR"
APPLICATION = "selective-colorize"
LOCK_NAME, HOLDER_NAME = "daemon.lock", "daemon.pid"
"""What a daemon leaves in there at its end."""
MOUNTS = Path("/proc/self/mounts")
FOREIGN_FILE_SYSTEMS = frozenset(
    {"9p", "afs", "cifs", "exfat", "fuseblk", "msdos", "nfs", "nfs4", "ntfs", "ntfs3"}
    | {"smb3", "smbfs", "vfat", "virtiofs"}
)
"""Shared with other machines, or without Unix sockets and permissions."""


def default_runtime_folder() -> Path:
    """The user's runtime folder on this platform; not created here.

    `SELCOLOR_RUNTIME_DIR` overrides it. Linux: `shared_folder` where there is one, else in
    `$XDG_RUNTIME_DIR` where that can be used, else in `/run/user/UID`, where sessions have theirs,
    so that cron and ssh find the same daemon; else a folder of the user's own in the temporary
    folder. macOS: the per-user temporary folder. Windows: `%LOCALAPPDATA%`.
    """
    if chosen := os.environ.get(RUNTIME_DIR_VARIABLE):
        return Path(chosen).absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", tempfile.gettempdir())) / APPLICATION
    if sys.platform == "linux":
        shared = [shared_folder()] if shared_folder().exists() else []
        for folder in (*shared, *_session_folders()):
            if _is_ours_to_use(folder):
                return folder
    return _temporary_folder() / f"{APPLICATION}-{os.getuid()}"


def shared_folder() -> Path:
    """Where a Flatpak sees the daemon, too: of all folders it shares the home folder alone.

    The installer makes it for a user who has an editor in a Flatpak (decision 123). It is the same
    inside and outside, where XDG's variables are not.
    """
    return Path(os.path.expanduser("~"), ".local/state", APPLICATION, "run")


def bell_path() -> Path:
    """The socket that the system listens at, to start the daemon for who cannot."""
    return shared_folder() / "start"


def _session_folders() -> Iterator[Path]:
    """Where a login session has its runtime files: as it says, and as it usually is."""
    if named := os.environ.get("XDG_RUNTIME_DIR"):
        yield Path(named) / APPLICATION
    yield Path(f"/run/user/{os.getuid()}") / APPLICATION


def _temporary_folder() -> Path:
    """On Linux the same for all programs, although some have a TMPDIR of their own."""
    shared = Path("/tmp")  # noqa: S108 - the folder within is proven to be private
    if sys.platform == "linux" and os.access(shared, os.W_OK | os.X_OK):
        return shared
    return Path(tempfile.gettempdir())


def _is_ours_to_use(folder: Path) -> bool:
    """Whether a folder is, or can be made, this user's own, in another one of this user's own.

    Containers, WSL, cron and `su` leave XDG_RUNTIME_DIR at what is not there or is another user's;
    what root makes in it would shut its owner out. The XDG specification has it absolute, and on a
    local file system that has sockets.
    """
    if not folder.is_absolute():
        return False
    try:
        above = folder.parent.stat()
        is_ours = above.st_uid == os.getuid() and os.access(folder.parent, os.W_OK | os.X_OK)
        free = not folder.is_symlink() and not folder.exists()
        return (
            is_ours
            and (free or folder.lstat().st_uid == os.getuid())
            and file_system_of(folder.parent) not in FOREIGN_FILE_SYSTEMS
        )
    except (OSError, ValueError):
        return False


def file_system_of(folder: Path) -> str:
    """The kind of file system that a folder is on, such as `tmpfs`; empty where nobody tells."""
    try:
        mounts = [line.split() for line in MOUNTS.read_text(errors="replace").splitlines()]
    except OSError:
        return ""
    real, kinds = folder.resolve(), {Path(words[1]): words[2] for words in mounts}
    return next((kinds[place] for place in (real, *real.parents) if place in kinds), "")


def private_runtime_folder() -> Path:
    """The runtime folder, created if missing, and proven to be this user's alone.

    Raises:
        ConnectionFileError: it cannot be made, is a link, or others may enter it.
    """
    folder = default_runtime_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except (OSError, ValueError) as error:
        told = error.strerror if isinstance(error, OSError) else error
        raise ConnectionFileError(
            f"The runtime folder {folder} cannot be made ({told}).",
            f"Set {RUNTIME_DIR_VARIABLE} to a folder of your own.",
        ) from error
    if is_anothers(found):
        raise ConnectionFileError(
            f"The runtime folder {folder} belongs to another user, so it is not used.",
            f"Set {RUNTIME_DIR_VARIABLE} to a folder of your own.",
        )
    if not stat.S_ISDIR(found.st_mode):
        kind = "a link" if stat.S_ISLNK(found.st_mode) else "no folder"
        raise ConnectionFileError(
            f"The runtime folder {folder} is {kind}, so it is not trusted.",
            f"Remove it, or set {RUNTIME_DIR_VARIABLE} to a folder of your own.",
        )
    if not is_private(found):
        raise ConnectionFileError(
            f"The runtime folder {folder} is open to other users, so it is not trusted.",
            f"Make it yours alone (chmod 700), or set {RUNTIME_DIR_VARIABLE}.",
        )
    return folder


def is_private(found: os.stat_result) -> bool:
    """Whether a file or folder is this user's, and closed to all others."""
    if sys.platform == "win32":
        return True
    return not is_anothers(found) and not stat.S_IMODE(found.st_mode) & 0o077


def is_anothers(found: os.stat_result) -> bool:
    """Whether a file or folder belongs to another user."""
    return sys.platform != "win32" and found.st_uid != os.getuid()
