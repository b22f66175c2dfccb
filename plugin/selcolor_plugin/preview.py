"""A small before and after for the dialog: the same job, on a photo of a few hundred pixels.

The daemon remembers what networks have said of a picture. So once the first preview is there,
another strength, feather or subject takes hundredths of a second; only another brightness or
another network has to be computed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from selcolor_plugin.coloring import Wish, request_for
from selcolor_plugin.daemon_sentences import in_users_words
from selcolor_plugin.editor import Editor, Image, Rectangle, Steps
from selcolor_plugin.link import Link, LinkState
from selcolor_plugin.record import GroupRecord, digest
from selcolor_plugin.source import (
    Earlier,
    Source,
    hints_layers,
    read_earlier,
    snapshot_of,
    when_idle,
)
from selcolor_plugin.translation import sentences
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.messages import Cancelled, Colorize, Done, Failed, Refused, Reply
from selcolor_protocol.options import ColorizeOptions
from selcolor_protocol.raster import ChannelOrder, Raster, RasterFormat

SIDE = 384
"""Pixels along a preview's longer side: enough for what is shown at twice the usual scale."""

PATIENCE_SECONDS = 0.3
"""A preview that takes longer is given up for one with newer options."""

PAINTED = "painted"
"""In the place of a mask's digest: no small mask has it, so that the mask counts as painted."""


@dataclass(frozen=True)
class Small:
    """What a preview is made of.

    Attributes:
        source: the photo and all that belongs to it, reduced.
        scale: pixels of the preview for one of the photo.
    """

    source: Source
    scale: float


class Preview:
    """Pictures that follow the options; nothing of it blocks or raises.

    Attributes:
        photo: what is colored; None while it is read.
        done: the newest answer; None while there is none.
        trouble: why there is no answer; empty while one may still come.
    """

    def __init__(self, editor: Editor, steps: Steps[Small]) -> None:
        """Begin.

        Args:
            editor: of the photo.
            steps: `read_small`; a turn is taken with each poll.
        """
        self.done: Done | None = None
        self.trouble = ""
        self._editor = editor
        self._steps: Steps[Small] | None = steps
        self._small: Small | None = None
        self._asked: Wish | None = None
        self._job: int | None = None
        self._asked_at = 0.0

    @property
    def photo(self) -> Raster | None:
        """What is colored; None while it is read."""
        return self._small.source.photo if self._small is not None else None

    @property
    def pictures(self) -> tuple[Raster | None, Raster | None, Raster | None]:
        """The photo, its mask, and the photo with its colors; None for what is not there yet."""
        done = self.done
        return self.photo, done.mask if done else None, done.blended if done else None

    @property
    def is_current(self) -> bool:
        """Whether the newest answer is to the newest question."""
        return self._job is None and self._asked is not None

    def poll(self, wish: Wish, link: Link, arrived: Sequence[Reply]) -> bool:
        """Take the next step.

        Args:
            wish: what is chosen in the dialog now.
            link: the dialog's.
            arrived: what has just come by it.

        Returns:
            Whether there is something new to be shown.
        """
        before = (self._small, self.done, self.trouble)
        try:
            self._read()
            for message in arrived:
                self._hear(message)
            self._proceed(wish, link)
        except SelectiveColorizeError as error:
            self.trouble, self._steps, self._asked = error.sentence, None, wish
        return (self._small, self.done, self.trouble) != before

    def end(self, link: Link) -> None:
        """Let the link be used for something else."""
        if self._job is not None and link.state is LinkState.OPEN:
            link.client.cancel(self._job)
        self._job = self._small = self._steps = None

    def _read(self) -> None:
        if self._steps is not None:
            try:
                next(self._steps)
            except StopIteration as end:
                self._small, self._steps = end.value, None

    def _hear(self, message: Reply) -> None:
        if isinstance(message, Refused) or getattr(message, "job", None) == self._job is not None:
            if isinstance(message, (Refused, Failed)):
                self._job, self.done, self.trouble = None, None, message.sentence
            elif isinstance(message, Done):
                self._job, self.done = None, message
                self.trouble = sentences(*(in_users_words(note.sentence) for note in message.notes))
            elif isinstance(message, Cancelled):
                self._job = None

    def _proceed(self, wish: Wish, link: Link) -> None:
        if self._small is None or link.state is not LinkState.OPEN or wish == self._asked:
            return
        if self._job is not None:
            if time.monotonic() - self._asked_at < PATIENCE_SECONDS:
                return
            link.client.cancel(self._job)
        self._asked, self._asked_at = wish, time.monotonic()
        self._job = link.client.colorize(small_request(self._editor, self._small, wish))


def small_request(editor: Editor, small: Small, wish: Wish) -> Colorize:
    """What the daemon is asked for a preview."""
    source = replace(small.source, earlier=None) if wish.beside else small.source
    wanted = replace(wish, options=reduced_options(wish.options, small.scale))
    request, _mask_is_kept = request_for(editor, source, wanted)
    return replace(request, channel_order=ChannelOrder.RGB)


def reduced_options(options: ColorizeOptions, scale: float) -> ColorizeOptions:
    """Options of which lengths are those of a preview."""
    return replace(options, mask=replace(options.mask, feather=options.mask.feather * scale))


def read_small(
    editor: Editor, image: Image, layer: str, record: GroupRecord | None
) -> Steps[Small]:
    """Read what a preview needs.

    Args:
        editor: of the image.
        image: the photo's.
        layer: the photo's.
        record: of the result that is to be updated, which has a mask.

    Raises:
        CannotRead: the image or the layer is of a kind that is refused, or gone.
    """
    yield from when_idle(editor, image)
    if (obstacle := editor.obstacle(image)) is not None:
        raise obstacle
    rectangle = editor.rectangle(image, layer)
    scale = min(1.0, SIDE / max(rectangle[2:]))
    width, height = (max(1, round(side * scale)) for side in rectangle[2:])
    photo = yield from editor.thumbnail(image, layer, rectangle, (width, height))
    selection = yield from editor.selection(image, rectangle)
    earlier = None
    if record is not None:
        earlier = yield from small_earlier(editor, image, record, rectangle, (width, height))
    source = Source(
        image=image,
        layer=layer,
        color=editor.color(image, layer),
        photo=photo,
        selection=reduced(selection, width, height) if selection is not None else None,
        snapshot=snapshot_of(editor, image, layer, rectangle, b""),
        earlier=earlier,
    )
    return Small(source, scale)


def small_earlier(
    editor: Editor, image: Image, record: GroupRecord, rectangle: Rectangle, size: tuple[int, int]
) -> Steps[Earlier]:
    """An earlier result as a preview needs it: what was painted on the mask and the hints."""
    whole = yield from read_earlier(editor, image, record, rectangle)
    mask, hints = reduced(whole.mask, *size), None
    if whole.hints is not None:
        layers = hints_layers(editor, image, record)
        for layer in layers:
            hints = yield from editor.thumbnail(image, layer, rectangle, size)
            if digest(hints):
                break
    known = PAINTED if whole.is_painted else Earlier(record, mask, None).digest
    return Earlier(replace(record, mask=known), mask, hints)


def reduced(mask: Raster, width: int, height: int) -> Raster:
    """A mask of fewer pixels, each of which is one of the mask's."""
    size, pixels = mask.format, memoryview(mask.pixels).cast("B")
    columns = middles(size.width, width)
    rows = [pixels[row * size.width :][: size.width] for row in middles(size.height, height)]
    few = bytes(row[column] for row in rows for column in columns)
    return Raster(RasterFormat(width, height, size.channels, size.sample_type), few)


def middles(length: int, count: int) -> list[int]:
    """The places in the middle of as many parts of a length."""
    return [(2 * place + 1) * length // (2 * count) for place in range(count)]
