"""An editor in memory, and a daemon that answers at once: the workflow without a single window."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from scripted import ScriptedClient, ScriptedOpening

from selcolor_plugin.editor import (
    Addition,
    Facts,
    Identities,
    NewGroup,
    Question,
    Rectangle,
    Renewal,
    Show,
    Steps,
)
from selcolor_plugin.errors import CannotInsert, CannotRead, cancelled, layer_gone, no_image
from selcolor_plugin.layers import Role
from selcolor_plugin.link import Link
from selcolor_plugin.record import GroupRecord, find_record
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.messages import Blend, Colorize, Done, Reply
from selcolor_protocol.raster import ChannelOrder, Channels, Raster, RasterFormat, SampleType

WIDTH, HEIGHT = 4, 3


def rgb(value: int) -> Raster:
    size = RasterFormat(WIDTH, HEIGHT, Channels.RGB, SampleType.U8)
    return Raster(size, bytes([value]) * size.byte_count)


def rgba(value: int) -> Raster:
    size = RasterFormat(WIDTH, HEIGHT, Channels.RGBA, SampleType.U8)
    return Raster(size, bytes([value]) * size.byte_count)


def gray(value: int) -> Raster:
    size = RasterFormat(WIDTH, HEIGHT, Channels.GRAY, SampleType.U8)
    return Raster(size, bytes([value]) * size.byte_count)


@dataclass
class FakeImage:
    """Layers by identity; None for an empty one."""

    layers: dict[str, Raster | None] = field(default_factory=lambda: {"photo": rgb(100)})
    parents: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    records: dict[str, GroupRecord] = field(default_factory=dict)
    size: tuple[int, int] = (WIDTH, HEIGHT)
    is_open: bool = True
    is_in_front: bool = True
    selection: Raster | None = None
    busy_turns: int = 0
    active: str | None = "photo"
    undo_steps: int = 0


class FakeEditor:
    can_ask = True

    def __init__(self) -> None:
        self.numbers = itertools.count(1)
        self.opened: list[FakeImage] = []
        self.told: list[str] = []
        self.refusals = 0
        self.brushes = 0
        self.read_while_busy = False

    def is_open(self, image: FakeImage) -> bool:
        return image.is_open

    def obstacle(self, image: FakeImage) -> CannotRead | None:
        return None if image.is_open else no_image()

    def facts(self, image: FakeImage) -> Facts:
        return Facts(image.size, "RGB")

    def is_busy(self, image: FakeImage) -> bool:
        image.busy_turns -= 1
        return image.busy_turns >= 0

    def has(self, image: FakeImage, layer: str) -> bool:
        return layer in image.layers

    def name(self, image: FakeImage, layer: str) -> str:
        return image.names.get(layer, f"name of {layer}")

    def children(self, image: FakeImage, group: str) -> Sequence[str]:
        return [layer for layer, parent in image.parents.items() if parent == group]

    def rectangle(self, image: FakeImage, layer: str) -> Rectangle:
        if image.layers[layer] is None:
            raise layer_gone()
        return (0, 0, WIDTH, HEIGHT)

    def color(self, image: FakeImage, layer: str) -> str:
        return "RGB"

    def channel_order(self, photo: Raster) -> ChannelOrder:
        return ChannelOrder.RGB

    def read(
        self, image: FakeImage, layer: str, rectangle: Rectangle, with_mask: bool = True
    ) -> Steps[Raster]:
        yield None
        self.read_while_busy |= image.busy_turns > 0
        raster = image.layers[layer]
        assert raster is not None, "an empty layer has no rectangle"
        return raster

    read_mask = read

    def thumbnail(
        self, image: FakeImage, layer: str, rectangle: Rectangle, size: tuple[int, int]
    ) -> Steps[Raster]:
        yield None
        raster = image.layers[layer]
        assert raster is not None, "an empty layer has no rectangle"
        small = RasterFormat(*size, Channels.RGBA, SampleType.U8)
        return Raster(small, raster.pixels[:1] * small.byte_count)

    def selection(self, image: FakeImage, rectangle: Rectangle) -> Steps[Raster | None]:
        yield None
        return image.selection

    def records(self, image: FakeImage) -> list[GroupRecord]:
        found = image.records.values()
        return [each for each in found if self.part(image, each, Role.GROUP)]

    def note(self, image: FakeImage, record: GroupRecord) -> None:
        image.records[record.layers[Role.GROUP][-1]] = record

    def part(self, image: FakeImage, record: GroupRecord, role: Role) -> str | None:
        return next((each for each in record.layers.get(role, ()) if each in image.layers), None)

    def result_meant(self, image: FakeImage, layers: Sequence[str]) -> GroupRecord:
        return find_record(self.records(image), layers)

    def active(self, image: FakeImage) -> str | None:
        return image.active

    def apply(self, image: FakeImage, additions: Sequence[Addition]) -> Steps[list[Identities]]:
        yield Show("inserting", is_waiting=False)
        if self.refusals:
            self.refusals -= 1
            raise CannotInsert("The editor did not take it.", "Unlock it.")
        if not image.is_open:
            raise no_image()
        image.undo_steps += 1
        return [
            self._add(image, each) if isinstance(each, NewGroup) else self._renew(image, each)
            for each in additions
        ]

    def activate(self, image: FakeImage, layer: str, with_brush: bool) -> Steps[None]:
        yield None
        image.active = layer
        self.brushes += with_brush

    def open(self, group: NewGroup, photo: Raster, name: str) -> Steps[tuple[Any, Identities]]:
        yield None
        image = FakeImage({"new photo": photo})
        self.opened.append(image)
        return image, {**self._add(image, group), Role.SOURCE: "new photo"}

    def tell(self, sentences: Sequence[str], in_passing: str = "") -> None:
        self.told += [*sentences, in_passing]

    def _add(self, image: FakeImage, group: NewGroup) -> Identities:
        number = next(self.numbers)
        found = {Role.GROUP: f"group {number}"}
        image.layers[found[Role.GROUP]] = None
        for layer in group.plan.layers:
            found[layer.role] = f"{layer.role.value} {number}"
            image.layers[found[layer.role]] = layer.raster
        # As editors do: what was added last is active.
        image.active = found[Role.GROUP]
        return found

    def _renew(self, image: FakeImage, renewal: Renewal) -> Identities:
        number, found = next(self.numbers), {}
        for role, raster in renewal.pixels.items():
            old = self.part(image, renewal.record, role)
            found[role] = f"{role.value} {number}"
            image.layers[found[role]] = raster
            if old is not None:
                del image.layers[old]
        image.active = found[Role.BLENDED]
        return found


class Daemon:
    """Answers each request; hooks let a test meddle before the answer."""

    def __init__(self) -> None:
        self.requests: list[Colorize | Blend] = []
        self.failures: list[SelectiveColorizeError] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.mask = gray(255)
        self.sessions = 0

    def new_link(self) -> Link:
        self.sessions += 1
        opening = ScriptedOpening()
        opening.client = AnsweringClient(self)
        return Link(lambda: opening)  # type: ignore[return-value, arg-type]


class AnsweringClient(ScriptedClient):
    def __init__(self, daemon: Daemon) -> None:
        super().__init__()
        self._daemon = daemon

    def colorize(self, request: Colorize | Blend) -> int:  # type: ignore[override]
        self._daemon.requests.append(request)
        if self._daemon.failures:
            self.arriving.append(self._daemon.failures.pop())
        else:
            self.arriving.append(answer_to(request, self._daemon.mask))
        self._daemon.meanwhile()
        return 1

    blend = colorize  # type: ignore[assignment]


def answer_to(request: Colorize | Blend, mask: Raster) -> Reply:
    """Colors depend on hints and strength, the composite on the mask as well."""
    if isinstance(request, Blend):
        return Done(1, "", "", "cpu", (), rgb(request.mask.pixels[0] // 2))
    hints = request.hints.pixels[0] if request.hints is not None else 0
    color = rgb(int(50 * request.options.saturation) + hints)
    mask = request.mask or mask
    return Done(1, "vit", "fg", "cpu", (), rgb(mask.pixels[0] // 3), color, mask)


@dataclass
class Driven:
    """What came of driving a workflow.

    Attributes:
        value: what it returned.
        stages: what was shown.
        questions: what was asked.
    """

    value: Any
    stages: list[str]
    questions: list[Question]


def drive(steps: Steps[Any], answers: Sequence[bool] = (), cancel_at: str = "") -> Driven:
    """Take a workflow to its end, giving answers in turn; cancel when a stage is shown."""
    stages: list[str] = []
    questions: list[Question] = []
    given: Iterator[bool] = iter(answers)
    answer: bool | None = None
    while True:
        try:
            turn = steps.send(answer)
            answer = None
            if isinstance(turn, Question):
                questions.append(turn)
                answer = next(given)
            elif turn is not None:
                stages.append(turn.stage)
                if cancel_at and cancel_at in turn.stage:
                    cancel_at = ""
                    steps.throw(cancelled())
        except StopIteration as end:
            return Driven(end.value, stages, questions)
