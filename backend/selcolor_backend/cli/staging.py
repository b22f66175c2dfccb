"""Files that appear whole or not at all: made in a hidden folder, then given their names.

The folder lies beside the results, so that naming a file moves no bytes. It is gone afterwards; one
of a program that was killed is cleared away by the next that writes there.
"""

from __future__ import annotations

import errno
import os
import platform
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.processes import process_lives

PREFIX = ".selcolor-"
LONG_AGO = 24 * 3600.0
"""Seconds after which no program can still be working in its folder."""

NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS))
"""What the system says when no other file could be written either."""

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EFBIG: "the file would be larger than is allowed there",
    errno.EACCES: "the folder may not be written",
    errno.EPERM: "the folder may not be written",
    errno.EROFS: "the folder is read-only",
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "what should be its folder is a file",
    errno.EISDIR: "there is a folder of that name",
    errno.ENAMETOOLONG: "the name is too long",
}


def reason(error: OSError) -> str:
    """Why the system refused, as the end of a sentence."""
    return _REASONS.get(error.errno or 0, (error.strerror or str(error)).lower())


def check_folder(folder: Path, name: str) -> None:
    """Make sure that a file can be made in a folder, before any work is done.

    Args:
        folder: where files are to be made; it has to exist.
        name: of what is to be made there, for the sentence.

    Raises:
        CannotWrite: it cannot.
    """
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CannotWrite(
            f"{name} cannot be written to {folder}, because {reason(error)}; nothing was changed.",
            "Choose another folder with -o.",
        ) from error


@contextmanager
def staging_folder(folder: Path) -> Iterator[Path]:
    """A hidden folder beside the results, gone afterwards.

    Raises:
        CannotWrite: the system refused, here or in the body; nothing half-written is left.
    """
    try:
        sweep_once(folder)
        staging = Path(tempfile.mkdtemp(prefix=_own_prefix(), dir=folder))
    except OSError as error:
        raise CannotWrite(
            f"Nothing can be written to {folder}, because {reason(error)}.",
            "Choose another folder.",
        ) from error
    try:
        yield staging
    except OSError as error:
        raise CannotWrite(
            f"Writing to {folder} failed, because {reason(error)}; nothing half-written was left.",
            "Make room, or choose another folder with -o.",
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@lru_cache(maxsize=1000)
def sweep_once(folder: Path) -> None:
    """Clear a folder the first time that this process writes there, or when it is long ago.

    To list a folder of 100 000 results for each of them would take days.

    Raises:
        OSError: the folder cannot be listed.
    """
    sweep(folder)


def sweep(folder: Path) -> None:
    """Clear away the folders of programs that were killed.

    Raises:
        OSError: the folder cannot be listed.
    """
    for left in folder.glob(f"{PREFIX}*"):
        if left.is_dir() and _is_left(left):
            shutil.rmtree(left, ignore_errors=True)


def _own_prefix() -> str:
    """Names machine and process: several machines may write to one disk."""
    return f"{PREFIX}{_machine()}-{os.getpid()}-"


def _machine() -> str:
    return f"{zlib.crc32(platform.node().encode()):08x}"


def _is_left(staging: Path) -> bool:
    """Whether the program that works in a folder has certainly ended."""
    machine, _, process = staging.name.removeprefix(PREFIX).partition("-")
    number = process.partition("-")[0]
    if machine == _machine() and number.isdecimal():
        return not process_lives(int(number))
    try:
        return time.time() - staging.stat().st_mtime > LONG_AGO
    except OSError:
        return False


def commit(moves: Sequence[tuple[Path, Path]], overwrite: bool) -> None:
    """Give finished files their names; none stays there when one cannot be had.

    With `overwrite` each file is replaced whole, but those already replaced stay so.

    Args:
        moves: files of one folder of ours, each with its name-to-be; all in one folder.
        overwrite: replace what has these names.

    Raises:
        CannotWrite: there is a file of that name, and it may not be replaced.
        OSError: the system refused.
    """
    moved: list[Path] = []
    try:
        for source, _ in moves:
            sync_file(source)
        for source, target in moves:
            if overwrite:
                os.replace(source, target)
            else:
                move_exclusively(source, target)
                moved.append(target)
        for folder in {target.parent for _, target in moves}:
            sync_folder(folder)
    except BaseException:
        for target in moved:
            target.unlink()
        raise


def move_exclusively(source: Path, target: Path) -> None:
    """Give a file its name, unless another program was quicker.

    Raises:
        CannotWrite: there is a file of that name.
        OSError: the system refused.
    """
    try:
        os.link(source, target)
    except FileExistsError as error:
        raise exists_already(target) from error
    except OSError:
        # No hard links on this file system: the next best is to look first.
        if target.exists():
            raise exists_already(target) from None
        os.replace(source, target)


def sync_file(path: Path) -> None:
    """Wait until a file is on the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system knows how."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some network disks know no such thing; the files themselves are safe.
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


IN_THE_WAY = "Choose another place with -o, or replace it with --overwrite."


def exists_already(path: Path, hint: str = IN_THE_WAY) -> CannotWrite:
    """The error of a file that is in the way."""
    return CannotWrite(f"{path} exists already; it was kept.", hint)
