"""The data lane: a job's whole life, in order, with its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from selcolor_protocol import limits
from selcolor_protocol.errors import InvalidOptions, ProtocolError, SelectiveColorizeError
from selcolor_protocol.messages.base import JobState, Lane, Reply, Request
from selcolor_protocol.notes import Note
from selcolor_protocol.options import Background, ColorizeOptions, MaskOptions, Subject, SubjectKind
from selcolor_protocol.raster import Buffer, ChannelOrder, Channels, Raster, SampleType

# Client → daemon


@dataclass(frozen=True)
class Colorize(Request):
    """Asks for colorized, mask and blended layers of a photo.

    Attributes:
        session: the token from Welcome.
        job: a number that the client chooses, new for each job of the session.
        options: what the user chose.
        photo: the layer.
        mask: decides in place of the subject, and no segmenter is asked: white gets its color;
            gray, 8 bit, the photo's size.
        selection: only what is white in it can be found; gray, 8 bit, the photo's size. A subject
            that is `selection` is exactly this.
        hints: what was painted to say which color something has: where alpha is, the chroma there
            is wanted, and below a chroma of 4 none; the lightness says nothing. RGBA or BGRA, the
            photo's size, any number format and profile.
        channel_order: of the colorized and the blended layer.

    Raises:
        ProtocolError: mask, selection or hints do not fit the photo.
        InvalidOptions: the subject names a selection that did not come, or a point outside.
    """

    kind: ClassVar[str] = "colorize"
    lane: ClassVar[Lane] = Lane.DATA
    session: str
    job: int
    options: ColorizeOptions
    photo: Raster
    mask: Raster | None = None
    selection: Raster | None = None
    hints: Raster | None = None
    channel_order: ChannelOrder = ChannelOrder.RGB

    def __post_init__(self) -> None:
        check_subject(self.options.subject, self.photo, self.selection)
        for name, raster in (("mask", self.mask), ("selection", self.selection)):
            if raster is not None:
                check_mask(name, raster, self.photo)
        if self.hints is not None:
            check_hints(self.hints, self.photo)


@dataclass(frozen=True)
class Blend(Request):
    """Asks for the blended layer anew after hand edits; runs no network.

    Attributes:
        session: the token from Welcome.
        job: a number that the client chooses, new for each job of the session.
        mask_options: refinement and feather of the edited mask.
        background: kept as it is, or made gray.
        original: the untouched layer.
        colorized: the colorized layer, same size.
        mask: the edited mask, gray, 8 bit, same size.
        channel_order: of the blended layer.

    Raises:
        ProtocolError: the rasters do not fit each other.
    """

    kind: ClassVar[str] = "blend"
    lane: ClassVar[Lane] = Lane.DATA
    session: str
    job: int
    mask_options: MaskOptions
    background: Background
    original: Raster
    colorized: Raster
    mask: Raster
    channel_order: ChannelOrder = ChannelOrder.RGB

    def __post_init__(self) -> None:
        check_mask("mask", self.mask, self.original)
        check_same_size("colorized layer", self.colorized, self.original)


# Both ways


@dataclass(frozen=True)
class Piece(Request, Reply):
    """A piece of a picture: the next of those that a request or a result has announced.

    Attributes:
        job: whose picture it is.
        data: at most PIECE_BYTES, as the message's second frame; the last piece of a part has what
            is left.
        session: the token from Welcome; empty from the daemon.
    """

    kind: ClassVar[str] = "piece"
    lane: ClassVar[Lane] = Lane.DATA
    job: int
    data: Buffer
    session: str = ""


# Daemon → client


@dataclass(frozen=True)
class Progress(Reply):
    """How far a job is.

    Attributes:
        job: its number.
        state: queued or running.
        stage: what is being done: `read`, `segment`, `colorize` or `paint`; of a network that is
            fetched `download` or `prepare`; empty while queued.
        fraction: of the whole job, in [0, 1); 1 is said by its end alone.
    """

    kind: ClassVar[str] = "progress"
    lane: ClassVar[Lane] = Lane.DATA
    job: int
    state: JobState
    stage: str = ""
    fraction: float = 0.0


@dataclass(frozen=True)
class Done(Reply):
    """A job's result.

    Attributes:
        job: its number.
        colorizer: the model used, empty after Blend.
        segmenter: the model used, empty when none was asked.
        device: where it ran.
        notes: what the user should know of the result.
        blended: the finished composite.
        colorized: the whole photo in color; None after Blend.
        mask: gray, 8 bit; None after Blend.
        networks: those that were used, each as `NAME sha256:DIGEST`, for the result's record.
    """

    kind: ClassVar[str] = "done"
    lane: ClassVar[Lane] = Lane.DATA
    job: int
    colorizer: str
    segmenter: str
    device: str
    notes: tuple[Note, ...]
    blended: Raster
    colorized: Raster | None = None
    mask: Raster | None = None
    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cancelled(Reply):
    """A job ended because its client asked for it, or left.

    Attributes:
        job: its number.
    """

    kind: ClassVar[str] = "cancelled"
    lane: ClassVar[Lane] = Lane.DATA
    job: int


@dataclass(frozen=True)
class Failed(Reply):
    """A job ended without a result, or a request could not be taken.

    Attributes:
        job: its number; None where the request was such that its number could not be read.
        code: which error it is, for programs; `errors` lists them.
        sentence: what happened, and what was kept.
        hint: what to do next.
    """

    kind: ClassVar[str] = "failed"
    lane: ClassVar[Lane] = Lane.DATA
    job: int | None
    code: str
    sentence: str
    hint: str

    @classmethod
    def because(cls, job: int | None, error: SelectiveColorizeError) -> Failed:
        """The end of a job that an error made, cut to what a header may hold."""
        sentence, hint = error.sentence[: limits.MAX_TEXT], error.hint[: limits.MAX_TEXT]
        return cls(job, error.code, sentence, hint)


def check_subject(subject: Subject, photo: Raster, selection: Raster | None) -> None:
    """Refuse a subject that this photo cannot have.

    Raises:
        InvalidOptions: its point lies outside the photo, or the selection that it is did not come.
    """
    if subject.kind is SubjectKind.SELECTION and selection is None:
        raise InvalidOptions(
            "The selection is to be colored, but there is none.",
            "Select something, or color the main subject.",
        )
    size, at = photo.format, subject.at
    if at is not None and (at.x >= size.width or at.y >= size.height):
        raise InvalidOptions(
            f"The point {at.x},{at.y} lies outside the photo of "
            f"{size.width} × {size.height} pixels.",
            "Count pixels from the upper left corner, beginning with 0.",
        )


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


def check_hints(hints: Raster, photo: Raster) -> None:
    """Refuse hints that are not of the photo's size, or have no alpha that says where they are.

    Raises:
        ProtocolError: they are not, or have none.
    """
    check_same_size("layer of hints", hints, photo)
    if hints.format.channels not in (Channels.RGBA, Channels.BGRA):
        raise ProtocolError(
            "The hints have no color or no alpha, so that nothing says where they are.",
            "Send RGBA or BGRA, transparent where nothing was painted.",
        )
