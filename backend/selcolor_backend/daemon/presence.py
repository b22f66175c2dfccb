"""The daemon's place in the runtime folder: its lock, and the files that say where it is.

A file is removed only by the daemon that wrote it, and written again when it is gone: people,
programs that clear temporary files and the end of a login remove files under a living daemon. One
that finds another in its place leaves.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from selcolor_protocol.connection import ConnectionInfo, connection_path, write_connection
from selcolor_protocol.errors import ConnectionFileError, DaemonAlreadyRunning, DaemonError
from selcolor_protocol.launch import holder_path, left_behind, write_holder
from selcolor_protocol.runtime import LOCK_NAME, RUNTIME_DIR_VARIABLE, private_runtime_folder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnFile:
    """A file that was written here.

    Attributes:
        path: its name, under which another may lie by now.
        identity: its device and number there.
    """

    path: Path
    identity: tuple[int, int]

    @classmethod
    def just_written(cls, path: Path) -> OwnFile:
        """The file that now lies at a path.

        Raises:
            OSError: there is none.
        """
        return cls(path, _identity(path))

    def is_there(self) -> bool:
        """Whether it, and no other, lies there."""
        try:
            return _identity(self.path) == self.identity
        except OSError:
            return False

    def remove(self) -> None:
        """Remove it; another's in its place stays."""
        if self.is_there():
            with suppress(OSError):
                self.path.unlink()


def _identity(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino


class Presence:
    """Being the daemon of this user, as long as it is entered.

    Attributes:
        predecessor: the process that was the daemon before and has left its files; 0 for none.
    """

    def __init__(self, folder: Path) -> None:
        """Prepare.

        Args:
            folder: the private runtime folder.
        """
        self._folder = folder
        self.predecessor = 0
        self._info: ConnectionInfo | None = None
        self._files: list[OwnFile] = []

    def __enter__(self) -> Presence:
        """Take the lock.

        Raises:
            DaemonAlreadyRunning: another daemon has it.
            DaemonError: the folder cannot be written.
        """
        try:
            self._take_lock()
            self.predecessor = left_behind()
            write_holder()
        except Timeout as error:
            raise DaemonAlreadyRunning from error
        except OSError as error:
            raise DaemonError(
                f"The daemon cannot write in {self._folder} ({error.strerror or error}).",
                f"Make room there, or set {RUNTIME_DIR_VARIABLE} to another folder of your own.",
            ) from error
        self._files = [OwnFile.just_written(holder_path())]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files:
            file.remove()
        self._lock.release()

    def announce(self, info: ConnectionInfo) -> None:
        """Write where the daemon is; from then on clients come.

        Raises:
            DaemonError: the folder cannot be written.
        """
        self._info = info
        try:
            self._write()
        except OSError as error:
            raise DaemonError(
                f"The daemon cannot write {connection_path()} ({error.strerror or error}).",
                f"Make room there, or set {RUNTIME_DIR_VARIABLE} to another folder of your own.",
            ) from error

    def is_kept(self) -> bool:
        """See to it that all files are there; whether this still is the user's daemon."""
        if self._mark.is_there() and all(file.is_there() for file in self._files):
            return True
        try:
            private_runtime_folder()
            if not self._mark.is_there():
                self._take_lock()
            self._write()
        except Timeout:
            log.warning("another daemon has taken this one's place")
            return False
        except (OSError, ConnectionFileError) as error:
            log.warning("files cannot be written again", extra={"reason": str(error)})
            return True
        log.warning("files were gone and have been written again")
        return True

    def _take_lock(self) -> None:
        lock = FileLock(self._folder / LOCK_NAME)
        lock.acquire(timeout=0)
        self._lock, self._mark = lock, OwnFile.just_written(self._folder / LOCK_NAME)

    def _write(self) -> None:
        write_holder()
        self._files = [OwnFile.just_written(holder_path())]
        if self._info is not None:
            write_connection(self._info, connection_path())
            self._files.append(OwnFile.just_written(connection_path()))
