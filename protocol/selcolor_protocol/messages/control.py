"""The control lane: who talks to whom, is the other side alive, and what shall be stopped."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from selcolor_protocol import limits
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.messages.base import JobState, Lane, Reply, Request


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
        bytes: of what is downloaded; 0 where nothing is published.
        license: of the weights.
        description: what it is good at.
    """

    name: str
    role: str
    state: ModelState
    classes: tuple[str, ...] = ()
    bytes: int = 0
    license: str = ""
    description: str = ""


@dataclass(frozen=True)
class JobSummary:
    """A job as `status` shows it: never its pixels, never its session's token.

    Attributes:
        client: the name that its client gave in Hello.
        job: its number within that session.
        work: `colorize`, `blend` or `fetch`.
        state: queued or running.
        seconds: since it was submitted.
        stage: what is being done while it runs, as in Progress.
        fraction: of the whole job that is done, in [0, 1).
        megapixels: of its photo; 0 where it has none.
    """

    client: str
    job: int
    work: str
    state: JobState
    seconds: float
    stage: str = ""
    fraction: float = 0.0
    megapixels: float = 0.0


# Client → daemon


@dataclass(frozen=True)
class Hello(Request):
    """Opens a session; the only message without a session token.

    Attributes:
        client: a name for logs, such as `krita`.
        client_version: the client's own version.
        protocol: the protocol version that it speaks; the header's own entry, which every message
            has and which only this message shows.
    """

    kind: ClassVar[str] = "hello"
    lane: ClassVar[Lane] = Lane.CONTROL
    client: str
    client_version: str
    protocol: int = limits.PROTOCOL_VERSION


@dataclass(frozen=True)
class Ping(Request):
    """Asks whether the daemon lives, and says that the client does.

    Attributes:
        session: the token from Welcome.
    """

    kind: ClassVar[str] = "ping"
    lane: ClassVar[Lane] = Lane.CONTROL
    session: str


@dataclass(frozen=True)
class Cancel(Request):
    """Ends one job of the sender's own session; unknown jobs are ignored.

    Attributes:
        session: the token from Welcome.
        job: its number.
    """

    kind: ClassVar[str] = "cancel"
    lane: ClassVar[Lane] = Lane.CONTROL
    session: str
    job: int


@dataclass(frozen=True)
class StatusRequest(Request):
    """Asks for a Status.

    Attributes:
        session: the token from Welcome.
    """

    kind: ClassVar[str] = "status_request"
    lane: ClassVar[Lane] = Lane.CONTROL
    session: str


@dataclass(frozen=True)
class Stop(Request):
    """Asks the daemon to shut down; jobs of all sessions are cancelled.

    Attributes:
        session: the token from Welcome.
    """

    kind: ClassVar[str] = "stop"
    lane: ClassVar[Lane] = Lane.CONTROL
    session: str


@dataclass(frozen=True)
class Goodbye(Request):
    """Closes the session and cancels what it still has.

    Attributes:
        session: the token from Welcome.
    """

    kind: ClassVar[str] = "goodbye"
    lane: ClassVar[Lane] = Lane.CONTROL
    session: str


# Both ways


@dataclass(frozen=True)
class Grant(Request, Reply):
    """Allows pieces of a picture: of a photo where the daemon says so, of a result where a client.

    Attributes:
        job: whose picture it is.
        pieces: how many may be sent beside those that were allowed before.
        session: the token from Welcome; empty from the daemon.
    """

    kind: ClassVar[str] = "grant"
    lane: ClassVar[Lane] = Lane.CONTROL
    job: int
    pieces: int
    session: str = ""


# Daemon → client


@dataclass(frozen=True)
class Welcome(Reply):
    """Answers Hello.

    Attributes:
        session: the token that every later message carries.
        daemon_version: the daemon's own version.
        device: where networks run, such as `cpu`; None until the worker has looked.
        models: all that the registry knows.
    """

    kind: ClassVar[str] = "welcome"
    lane: ClassVar[Lane] = Lane.CONTROL
    session: str
    daemon_version: str
    device: str | None
    models: tuple[ModelSummary, ...]


@dataclass(frozen=True)
class Pong(Reply):
    """Answers Ping; it also comes unasked, to learn whether the connection still stands."""

    kind: ClassVar[str] = "pong"
    lane: ClassVar[Lane] = Lane.CONTROL


@dataclass(frozen=True)
class Status(Reply):
    """Answers StatusRequest.

    Attributes:
        daemon_version: the daemon's own version.
        pid: its process.
        uptime: seconds since it started.
        device: where networks run; None until the worker has looked.
        workers: process numbers of the living workers.
        sessions: names of the connected clients.
        jobs: all jobs that have not ended.
        memory_bytes: resident memory of daemon and workers.
        held_bytes: of it, pictures that wait and results that nobody has taken yet.
        budget_bytes: what these may have.
        jobs_done: how many have had a result.
        megapixels_done: of their photos.
    """

    kind: ClassVar[str] = "status"
    lane: ClassVar[Lane] = Lane.CONTROL
    daemon_version: str
    pid: int
    uptime: float
    device: str | None
    workers: tuple[int, ...]
    sessions: tuple[str, ...]
    jobs: tuple[JobSummary, ...]
    memory_bytes: int = 0
    held_bytes: int = 0
    budget_bytes: int = 0
    jobs_done: int = 0
    megapixels_done: float = 0.0


@dataclass(frozen=True)
class Stopping(Reply):
    """The daemon is about to end, asked to or idle for long."""

    kind: ClassVar[str] = "stopping"
    lane: ClassVar[Lane] = Lane.CONTROL


@dataclass(frozen=True)
class Refused(Reply):
    """A message of the control lane could not be taken.

    Attributes:
        code: which error it is, for programs; `errors` lists them.
        sentence: what happened, and what was kept.
        hint: what to do next.
    """

    kind: ClassVar[str] = "refused"
    lane: ClassVar[Lane] = Lane.CONTROL
    code: str
    sentence: str
    hint: str

    @classmethod
    def because(cls, error: SelectiveColorizeError) -> Refused:
        """The refusal that says what an error does, cut to what a header may hold."""
        return cls(error.code, error.sentence[: limits.MAX_TEXT], error.hint[: limits.MAX_TEXT])
