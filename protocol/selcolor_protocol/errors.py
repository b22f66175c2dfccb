"""Every error a person can meet, as one tree.

Each carries a machine-readable `code`, a sentence that says what happened and what was kept, and a
hint that says what to do next. On the wire an error is these three strings.

    SelectiveColorizeError
    ├── ProtocolError               a message is malformed or breaks a limit
    │   ├── VersionMismatch         client and daemon speak different protocol versions
    │   └── UnknownSession          the daemon does not know this session any more
    ├── DaemonError
    │   ├── DaemonNotFound          no daemon runs and none could be started
    │   ├── DaemonGone              the daemon stopped answering
    │   ├── DaemonAlreadyRunning    another daemon of this user holds the lock
    │   ├── ConnectionFileError     the connection file is stale, unreadable or not ours
    │   └── RelayFailed             the helper process between editor and daemon ended
    ├── JobError
    │   ├── Busy                    this session has too many jobs waiting
    │   ├── JobCancelled            the user cancelled it
    │   ├── WorkerCrashed           the process that runs the networks died
    │   ├── OutOfMemory             not even the smallest size fits
    │   ├── InvalidOptions          an option is out of its range
    │   └── UnsupportedRaster       pixels that the pipeline cannot take
    ├── ModelError
    │   ├── UnknownModel            no such name in the registry
    │   ├── ModelNotInstalled       known, but its file is not here
    │   ├── CorruptWeights          the file's digest is not the registry's
    │   └── DownloadFailed          the download broke off or was refused
    └── FileError
        ├── PictureNotFound         no such file
        ├── UnreadablePicture       not a picture, or a damaged one
        ├── UnsupportedPicture      a picture of a kind that is refused
        └── CannotWrite             the output cannot be written
"""

from __future__ import annotations

from typing import ClassVar


class SelectiveColorizeError(Exception):
    """The root: `code` for programs, `sentence` and `hint` for people."""

    code: ClassVar[str] = "error"

    def __init__(self, sentence: str, hint: str) -> None:
        super().__init__(f"{sentence} {hint}")
        self.sentence = sentence
        self.hint = hint


class ProtocolError(SelectiveColorizeError):
    """A message is malformed, of an unknown type, or breaks a limit."""

    code = "protocol_error"

    def __init__(
        self,
        sentence: str,
        hint: str = "Update the plugin and the daemon to the same version of Selective Colorize.",
    ) -> None:
        super().__init__(sentence, hint)


class VersionMismatch(ProtocolError):
    """Client and daemon speak different protocol versions; the sentence names both."""

    code = "version_mismatch"


class UnknownSession(ProtocolError):
    """The session's token is not, or no longer, known to the daemon."""

    code = "unknown_session"


class DaemonError(SelectiveColorizeError):
    """The daemon cannot be reached, started or trusted."""

    code = "daemon_error"


class DaemonNotFound(DaemonError):
    """No daemon runs and none could be started."""

    code = "daemon_not_found"


class DaemonGone(DaemonError):
    """The daemon stopped answering in the middle of a conversation."""

    code = "daemon_gone"


class DaemonAlreadyRunning(DaemonError):
    """Another daemon of this user holds the lock."""

    code = "daemon_already_running"

    def __init__(
        self,
        sentence: str = "A daemon of Selective Colorize already runs.",
        hint: str = "Use it as it is; `selcolor status` tells about it, `selcolor stop` ends it.",
    ) -> None:
        super().__init__(sentence, hint)


class ConnectionFileError(DaemonError):
    """The connection file is stale, unreadable, or not this user's own."""

    code = "connection_file_error"


class RelayFailed(DaemonError):
    """The helper process between an editor without pyzmq and the daemon ended, or cannot start."""

    code = "relay_failed"


class JobError(SelectiveColorizeError):
    """A job ended without a result."""

    code = "job_failed"


class Busy(JobError):
    """This session has as many jobs waiting as it may."""

    code = "busy"


class JobCancelled(JobError):
    """The job was cancelled by its owner."""

    code = "cancelled"


class WorkerCrashed(JobError):
    """The process that runs the networks died or was ended."""

    code = "worker_crashed"

    def __init__(
        self,
        sentence: str = "The process that colorizes ended unexpectedly; your photo is untouched.",
        hint: str = "Try again; if it happens again, `selcolor doctor` tells more.",
    ) -> None:
        super().__init__(sentence, hint)


class OutOfMemory(JobError):
    """Not even the smallest size on the CPU fits into memory."""

    code = "out_of_memory"

    def __init__(
        self,
        sentence: str = "There is not enough memory for a picture of this size; it is untouched.",
        hint: str = "Close other programs, or scale the picture down.",
    ) -> None:
        super().__init__(sentence, hint)


class InvalidOptions(JobError):
    """An option is unknown or out of its range."""

    code = "invalid_options"


class UnsupportedRaster(JobError):
    """Pixels that the pipeline cannot take, such as 3000 × 8 of them."""

    code = "unsupported_raster"


class ModelError(SelectiveColorizeError):
    """A model cannot be used."""

    code = "model_error"


class UnknownModel(ModelError):
    """The registry has no model of this name."""

    code = "unknown_model"


class ModelNotInstalled(ModelError):
    """The model is known, but its file is not on this machine."""

    code = "model_not_installed"


class CorruptWeights(ModelError):
    """A weight file's size or digest is not the one in the registry."""

    code = "corrupt_weights"


class DownloadFailed(ModelError):
    """A download broke off, was refused, or brought the wrong bytes."""

    code = "download_failed"


class FileError(SelectiveColorizeError):
    """A file cannot be read or written."""

    code = "file_error"


class PictureNotFound(FileError):
    """There is no such file."""

    code = "picture_not_found"


class UnreadablePicture(FileError):
    """The file is not a picture, or a damaged one."""

    code = "unreadable_picture"


class UnsupportedPicture(FileError):
    """A sound picture of a kind that is refused, such as CMYK."""

    code = "unsupported_picture"


class CannotWrite(FileError):
    """The output cannot be written; nothing half-written is left."""

    code = "cannot_write"


def _tree(root: type[SelectiveColorizeError]) -> dict[str, type[SelectiveColorizeError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found |= _tree(child)
    return found


def error_from_code(code: str, sentence: str, hint: str) -> SelectiveColorizeError:
    """Rebuild an error that came over the wire; an unknown code gives the tree's root."""
    return _tree(SelectiveColorizeError).get(code, SelectiveColorizeError)(sentence, hint)
