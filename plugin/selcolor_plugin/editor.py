"""The port: what the workflow needs of an editor, and what it tells the one who drives it.

The workflow is a generator. It yields what is to be shown meanwhile, or a question, and goes on
when it is asked to: Krita does so by a timer, GIMP in a loop, tests at once. Layers are named by
the editor's own identities, which outlive saving and undo; an image is whatever the editor makes of
it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from selcolor_plugin.errors import CannotRead
from selcolor_plugin.layers import LayerPlan, Role
from selcolor_plugin.link import Link
from selcolor_plugin.record import GroupRecord
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.raster import ChannelOrder, Raster

Image = Any
"""An editor's handle of an image, such as Krita's Document."""

Rectangle = tuple[int, int, int, int]
"""Left, top, width and height in the image's pixels."""

NewLink = Callable[[], Link]
"""Begins to open a session with the daemon."""


@dataclass(frozen=True)
class Show:
    """What is to be shown until the next turn.

    Attributes:
        stage: what is being done.
        place: where the daemon runs; empty while that is not known.
        fraction: of the work, in [0, 1]; None while nobody knows.
        is_waiting: whether the next turn is of no use before some time has passed.
    """

    stage: str
    place: str = ""
    fraction: float | None = None
    is_waiting: bool = True


@dataclass(frozen=True)
class Question:
    """What the user has to decide; it is answered by sending True or False.

    Attributes:
        sentence: what happened.
        hint: what can be done.
        yes: the button that does it.
        error: the reason, where only trying again is offered.
    """

    sentence: str
    hint: str
    yes: str
    error: SelectiveColorizeError | None = None


Turn = Show | Question | None
"""What a workflow yields; None while there is nothing worth showing."""

Result = TypeVar("Result")
Steps = Generator[Turn, Any, Result]
"""Work that is done turn by turn, none of which lasts long."""


@dataclass(frozen=True)
class Facts:
    """What a result depends on beside its layers.

    Attributes:
        size: of the image, in pixels.
        color_space: of the image, in whatever terms the editor has.
    """

    size: tuple[int, int]
    color_space: Hashable


@dataclass(frozen=True)
class NewGroup:
    """A result to be added to an image.

    Attributes:
        plan: the group's layers.
        below: identities; the group goes above the first that is there, else to the top.
        color: how the editor calls the photo's color space.
        made: when, in seconds since 1970.
        networks: those that made the colors, with the digests of their weights.
    """

    plan: LayerPlan
    below: tuple[str, ...]
    color: Hashable
    made: float
    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Renewal:
    """New pixels for the layers of a result.

    Attributes:
        record: of the result.
        rectangle: where the pixels lie.
        pixels: of `BLENDED`; of `COLORIZED` only together with those of its `MASK`.
        color: how the editor calls the photo's color space.
    """

    record: GroupRecord
    rectangle: Rectangle
    pixels: Mapping[Role, Raster]
    color: Hashable


Addition = NewGroup | Renewal
Identities = Mapping[Role, str]


class Editor(Protocol):
    """An editor as the workflow sees it. Rasters are the protocol's; all calls are quick but Steps.

    Attributes:
        can_ask: whether there is somebody to answer questions.
    """

    can_ask: bool

    def is_open(self, image: Image) -> bool:
        """Whether an image was not closed."""

    def obstacle(self, image: Image) -> CannotRead | None:
        """Why an image takes no layers as it is now."""

    def facts(self, image: Image) -> Facts:
        """What a result depends on beside its layers."""

    def is_busy(self, image: Image) -> bool:
        """Whether the user is in the middle of a stroke, or the editor is still drawing."""

    def has(self, image: Image, layer: str) -> bool:
        """Whether a layer is in the image."""

    def name(self, image: Image, layer: str) -> str:
        """What a layer is called."""

    def children(self, image: Image, group: str) -> Sequence[str]:
        """The layers in a group, top to bottom."""

    def rectangle(self, image: Image, layer: str) -> Rectangle:
        """Where a layer's pixels lie; raises CannotRead where it has none."""

    def color(self, image: Image, layer: str) -> Hashable:
        """How the editor calls a layer's color space."""

    def channel_order(self, photo: Raster) -> ChannelOrder:
        """The order in which the editor keeps the colors of layers like a photo."""

    def read(
        self, image: Image, layer: str, rectangle: Rectangle, with_mask: bool = True
    ) -> Steps[Raster]:
        """A layer's pixels, as its masks let it appear if wanted; raises CannotRead."""

    def thumbnail(
        self, image: Image, layer: str, rectangle: Rectangle, size: tuple[int, int]
    ) -> Steps[Raster]:
        """A layer's own pixels in a rectangle, reduced to a size: sRGB and alpha in 8 bits."""

    def read_mask(self, image: Image, mask: str, rectangle: Rectangle) -> Steps[Raster]:
        """A mask's pixels."""

    def selection(self, image: Image, rectangle: Rectangle) -> Steps[Raster | None]:
        """What is selected; None when nothing is."""

    def records(self, image: Image) -> list[GroupRecord]:
        """All results of which a layer is left in the image."""

    def note(self, image: Image, record: GroupRecord) -> None:
        """Keep a record in the image."""

    def part(self, image: Image, record: GroupRecord, role: Role) -> str | None:
        """The layer of a role, wherever it is in the image now."""

    def result_meant(self, image: Image, layers: Sequence[str]) -> GroupRecord:
        """The result that selected layers belong to; raises LayersMissing."""

    def active(self, image: Image) -> str | None:
        """The layer or mask that the user would paint on."""

    def apply(self, image: Image, additions: Sequence[Addition]) -> Steps[list[Identities]]:
        """Do what is told, all of it or nothing, in one undo step.

        Returns:
            For each addition the identities of its new layers.

        Raises:
            CannotInsert: the editor did not take the pixels.
        """

    def activate(self, image: Image, layer: str, with_brush: bool) -> Steps[None]:
        """Make a layer or a mask the one that is painted on; also choose the brush if wanted."""

    def open(self, group: NewGroup, photo: Raster, name: str) -> Steps[tuple[Image, Identities]]:
        """A new image of a photo with a result above it.

        Returns:
            The image, and the identities of its layers, `SOURCE` included.
        """

    def tell(self, sentences: Sequence[str], in_passing: str = "") -> None:
        """Show what the user should know of results; some of it only where it is no bother."""
