"""Every message, as a frozen dataclass: what it says, who sends it, and on which lane.

Two lanes connect a client with the daemon. The *control lane* carries short messages that must
overtake a large picture; the *data lane* carries a job's whole life, in order. How messages become
bytes is `codec`'s concern.

    lane     client → daemon                              daemon → client
    control  Hello Ping Cancel StatusRequest Stop Goodbye Welcome Pong Status Stopping Refused
    data     Colorize Blend                               Progress Done Cancelled Failed
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from selcolor_protocol import limits
from selcolor_protocol.errors import ProtocolError
from selcolor_protocol.options import Background, ColorizeOptions, MaskOptions
from selcolor_protocol.raster import Channels, Raster, SampleType


class Message:
    """What all messages share: `kind`, their name on the wire."""

    kind: ClassVar[str]


class JobState(str, Enum):
    """Where a job that has not ended stands."""

    QUEUED = "queued"
    RUNNING = "running"


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


# Control lane, client → daemon


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


# Control lane, daemon → client


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


# Data lane, client → daemon


@dataclass(frozen=True)
class Colorize(Message):
    """Asks for colorized, mask and blended layers of a photo.

    Attributes:
        session: the token from Welcome.
        job: a number that the client chooses, new for each job of the session.
        options: what the user chose.
        photo: the layer.
        mask: replaces segmentation: white is colored; gray, 8 bit, the photo's size.
        selection: limits the mask; gray, 8 bit, the photo's size.

    Raises:
        ProtocolError: mask or selection do not fit the photo.
    """

    kind: ClassVar[str] = "colorize"
    session: str
    job: int
    options: ColorizeOptions
    photo: Raster
    mask: Raster | None = None
    selection: Raster | None = None

    def __post_init__(self) -> None:
        for name, raster in (("mask", self.mask), ("selection", self.selection)):
            if raster is not None:
                check_mask(name, raster, self.photo)


@dataclass(frozen=True)
class Blend(Message):
    """Asks for the blended layer anew after hand edits; runs no network.

    Attributes:
        session: the token from Welcome.
        job: a number that the client chooses, new for each job of the session.
        mask_options: refinement and feather of the edited mask.
        background: kept as it is, or made gray.
        original: the untouched layer.
        colorized: the colorized layer, same size.
        mask: the edited mask, gray, 8 bit, same size.

    Raises:
        ProtocolError: the rasters do not fit each other.
    """

    kind: ClassVar[str] = "blend"
    session: str
    job: int
    mask_options: MaskOptions
    background: Background
    original: Raster
    colorized: Raster
    mask: Raster

    def __post_init__(self) -> None:
        check_mask("mask", self.mask, self.original)
        check_same_size("colorized layer", self.colorized, self.original)


# Data lane, daemon → client


@dataclass(frozen=True)
class Progress(Message):
    """How far a job is.

    Attributes:
        job: its number.
        state: queued or running.
        stage: what is being done, one of the pipeline's stage names; empty while queued.
        fraction: of the whole job, in [0, 1); 1 is said by Done alone.
    """

    kind: ClassVar[str] = "progress"
    job: int
    state: JobState
    stage: str = ""
    fraction: float = 0.0


@dataclass(frozen=True)
class Done(Message):
    """A job's result.

    Attributes:
        job: its number.
        colorizer: the model used, empty after Blend.
        segmenter: the model used, empty after Blend or when a mask came along.
        device: where it ran.
        notes: sentences about what was done otherwise than asked, such as a retry on the CPU.
        seconds: of work.
        blended: the finished composite.
        colorized: the whole photo in color; None after Blend.
        mask: gray, 8 bit; None after Blend.
    """

    kind: ClassVar[str] = "done"
    job: int
    colorizer: str
    segmenter: str
    device: str
    notes: tuple[str, ...]
    seconds: float
    blended: Raster
    colorized: Raster | None = None
    mask: Raster | None = None


@dataclass(frozen=True)
class Cancelled(Message):
    """A job ended because its client asked for it, or left."""

    kind: ClassVar[str] = "cancelled"
    job: int


@dataclass(frozen=True)
class Failed(Message):
    """A job ended without a result; `code`, `sentence` and `hint` as in `errors`."""

    kind: ClassVar[str] = "failed"
    job: int
    code: str
    sentence: str
    hint: str


def check_same_size(name: str, raster: Raster, photo: Raster) -> None:
    """Refuse a raster whose size is not the photo's.

    Raises:
        ProtocolError: the sizes differ.
    """
    own, wanted = raster.format, photo.format
    if (own.width, own.height) != (wanted.width, wanted.height):
        raise ProtocolError(
            f"The {name} has {own.width} × {own.height} pixels, "
            f"the photo {wanted.width} × {wanted.height}.",
            "Use layers of the same size.",
        )


def check_mask(name: str, mask: Raster, photo: Raster) -> None:
    """Refuse a mask that is not gray, 8 bit and of the photo's size.

    Raises:
        ProtocolError: it is not.
    """
    check_same_size(name, mask, photo)
    if (mask.format.channels, mask.format.sample_type) != (Channels.GRAY, SampleType.U8):
        raise ProtocolError(f"The {name} is not gray with 8 bits.", "Send one byte for each pixel.")


def by_kind(*messages: type[Message]) -> dict[str, type[Message]]:
    """Messages by their name on the wire, as `codec.decode` wants them."""
    return {message.kind: message for message in messages}


CONTROL_REQUESTS = by_kind(Hello, Ping, Cancel, StatusRequest, Stop, Goodbye)
CONTROL_REPLIES = by_kind(Welcome, Pong, Status, Stopping, Refused)
DATA_REQUESTS = by_kind(Colorize, Blend)
DATA_REPLIES = by_kind(Progress, Done, Cancelled, Failed, Refused)
