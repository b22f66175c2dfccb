"""The control lane: short messages that must overtake a large picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from selcolor_protocol import limits
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.message import JobState, Message


class ModelState(str, Enum):
    """Whether a model can be used at once."""

    EMBEDDED = "embedded"
    INSTALLED = "installed"
    AVAILABLE = "available"
    LOCAL_ONLY = "local-only"
    MISSING = "missing"


@dataclass(frozen=True)
class ModelSummary:
    """A model as an editor lists it.

    Attributes:
        name: its name in the registry.
        role: `colorizer` or `segmenter`.
        state: usable at once, to be downloaded, or to be imported from a file.
        classes: what a segmenter knows by name; empty for a colorizer.
    """

    name: str
    role: str
    state: ModelState
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class JobSummary:
    """A job as `status` shows it: never its pixels, never its session's token.

    Attributes:
        client: the name that its client gave in Hello.
        job: its number within that session.
        work: `colorize` or `blend`.
        state: queued or running.
        seconds: since it was submitted.
    """

    client: str
    job: int
    work: str
    state: JobState
    seconds: float


# Client → daemon


@dataclass(frozen=True)
class Hello(Message):
    """Opens a session; the only message without a session token.

    Attributes:
        client: a name for logs, such as `krita`.
        client_version: the client's own version.
        oldest: the oldest protocol version that it speaks.
        newest: the newest one.
    """

    kind: ClassVar[str] = "hello"
    client: str
    client_version: str
    oldest: int = limits.OLDEST_PROTOCOL_VERSION
    newest: int = limits.PROTOCOL_VERSION


@dataclass(frozen=True)
class Ping(Message):
    """Asks whether the daemon lives, and says that the client does."""

    kind: ClassVar[str] = "ping"
    session: str
    number: int


@dataclass(frozen=True)
class Cancel(Message):
    """Ends one job of the sender's own session; unknown jobs are ignored."""

    kind: ClassVar[str] = "cancel"
    session: str
    job: int


@dataclass(frozen=True)
class StatusRequest(Message):
    """Asks for a Status."""

    kind: ClassVar[str] = "status_request"
    session: str


@dataclass(frozen=True)
class Stop(Message):
    """Asks the daemon to shut down; jobs of all sessions are cancelled."""

    kind: ClassVar[str] = "stop"
    session: str


@dataclass(frozen=True)
class Goodbye(Message):
    """Closes the session and cancels what it still has."""

    kind: ClassVar[str] = "goodbye"
    session: str


# Daemon → client


@dataclass(frozen=True)
class Welcome(Message):
    """Answers Hello.

    Attributes:
        session: the token that every later message carries.
        daemon_version: the daemon's own version.
        chosen_protocol: the newest version that both speak.
        device: where networks run, such as `cpu`; None until the worker has looked.
        models: all that the registry knows.
        max_pixels: the largest raster that is taken.
        max_queued_jobs: how many jobs this session may have at a time.
    """

    kind: ClassVar[str] = "welcome"
    session: str
    daemon_version: str
    chosen_protocol: int
    device: str | None
    models: tuple[ModelSummary, ...]
    max_pixels: int = limits.MAX_PIXELS
    max_queued_jobs: int = limits.MAX_QUEUED_JOBS


@dataclass(frozen=True)
class Pong(Message):
    """Answers Ping with its number."""

    kind: ClassVar[str] = "pong"
    number: int


@dataclass(frozen=True)
class Status(Message):
    """Answers StatusRequest.

    Attributes:
        daemon_version: the daemon's own version.
        pid: its process.
        uptime: seconds since it started.
        device: where networks run; None until the worker has looked.
        workers: process numbers of the living workers.
        sessions: names of the connected clients.
        jobs: all jobs that have not ended.
    """

    kind: ClassVar[str] = "status"
    daemon_version: str
    pid: int
    uptime: float
    device: str | None
    workers: tuple[int, ...]
    sessions: tuple[str, ...]
    jobs: tuple[JobSummary, ...]


@dataclass(frozen=True)
class Stopping(Message):
    """The daemon is about to end, asked to or idle for long."""

    kind: ClassVar[str] = "stopping"


@dataclass(frozen=True)
class Refused(Message):
    """A message that could not be taken; `code`, `sentence` and `hint` as in `errors`."""

    kind: ClassVar[str] = "refused"
    code: str
    sentence: str
    hint: str

    @classmethod
    def because(cls, error: SelectiveColorizeError) -> Refused:
        """The refusal that says what an error does, cut to what a header may hold."""
        return cls(error.code, error.sentence[: limits.MAX_TEXT], error.hint[: limits.MAX_TEXT])
