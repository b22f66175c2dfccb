"""The daemon's files: the connection file, and a daemon that holds the lock but does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from filelock import FileLock, Timeout

from selcolor_backend.cli.doctor import Finding
from selcolor_backend.version import VERSION
from selcolor_installer.machine import Machine
from selcolor_installer.service import start_for_flatpaks, stop_daemon
from selcolor_plugin import daemon
from selcolor_protocol import connection, launch, runtime
from selcolor_protocol.errors import SelectiveColorizeError

fault = partial(Finding, "daemon", False)


def examine() -> Iterator[Finding]:
    """Findings about how the daemon is reached and started."""
    yield from examine_connection()
    yield from examine_lock()
    yield from examine_record()
    yield from examine_bell()


def examine_connection() -> Iterator[Finding]:
    """A connection file that is damaged, open to others, or of a daemon that is gone or old."""
    path = connection.connection_path()
    try:
        info = connection.read_connection(path)
    except SelectiveColorizeError as error:
        yield fault(error.sentence, error.hint, error.code, path.unlink)
        return
    if info is not None and not launch.is_alive(info):
        detail = f"The daemon (process {info.pid}) died and left its connection file."
        mend = partial(path.unlink, missing_ok=True)
        yield fault(detail, "The next start replaces it.", "stale_connection", mend)
    elif info is not None and info.version != VERSION:
        detail = f"The daemon that runs is of version {info.version}, the program of {VERSION}."
        help_ = "Run `selcolor stop`: the next picture starts the one of this version."
        yield fault(detail, help_, "daemon_version", stop_daemon)


def examine_lock() -> Iterator[Finding]:
    """A lock that is held by a daemon that does not answer, so that no other can start."""
    lock = runtime.default_runtime_folder() / runtime.LOCK_NAME
    if not lock.exists() or not _held(lock) or _answers():
        return
    detail = "A daemon holds the lock but does not answer, so that no other can start."
    yield fault(detail, "Run `selcolor stop --force`.", "stale_lock", stop_daemon)


def _held(lock: object) -> bool:
    try:
        with FileLock(str(lock), timeout=0):
            return False
    except Timeout:
        return True


def _answers() -> bool:
    try:
        client = launch.connect("doctor", VERSION)
    except SelectiveColorizeError:
        client = None
    if client is not None:
        client.close()
    return client is not None


def examine_record() -> Iterator[Finding]:
    """What the plugins start: it may have been removed or moved since."""
    try:
        if daemon.record_path().exists():
            daemon.daemon_command()
    except SelectiveColorizeError as error:
        yield fault(error.sentence, error.hint, "program_gone")


def examine_bell() -> Iterator[Finding]:
    """What Flatpaks knock at, for they cannot start the program themselves."""
    if runtime.shared_folder().is_dir() and not runtime.bell_path().is_socket():
        detail = "An editor that is a Flatpak could not have the program started: nothing listens."
        mend = partial(start_for_flatpaks, Machine.this())
        yield fault(detail, "Log out and in again.", "nothing_listens", mend)
