"""Krita as the workflow sees it."""

from __future__ import annotations

from collections.abc import Sequence

from krita import Document, Krita, Node

from selcolor_plugin.daemon_sentences import in_users_words
from selcolor_plugin.editor import (
    Addition,
    Facts,
    Identities,
    NewGroup,
    Rectangle,
    Renewal,
    Steps,
)
from selcolor_plugin.errors import CannotRead, layer_gone, no_image
from selcolor_plugin.layers import Role
from selcolor_plugin.pace import Patience
from selcolor_plugin.record import GroupRecord
from selcolor_plugin.source import when_idle
from selcolor_protocol.raster import ChannelOrder, Raster

from . import messages, records
from .converting import convert_to_rgb, is_gray
from .errors import unsupported_image
from .inserting import add_group, build_group
from .joining import JoinedSteps, state_of
from .marking import mark_document
from .previewing import thumbnail
from .qt import QApplication, Qt
from .reading import (
    channel_order,
    children,
    find_node,
    identity,
    is_open,
    read_layer,
    read_mask,
    rectangle_of,
)
from .renewing import replace_layers, stage_renewal
from .staging import make_pixel_layer, new_image, staging

BRUSH = "KritaShape/KisToolBrush"
ACTIVATION_SECONDS = 0.5
"""How long Krita may take to make a new layer the active one, as it does of its own accord."""


class KritaEditor:
    """One Krita; the methods are described by `selcolor_plugin.editor.Editor`."""

    can_ask = True

    def is_open(self, image: Document) -> bool:
        return is_open(image)

    def obstacle(self, image: Document) -> CannotRead | None:
        return None if is_open(image) else no_image()

    def facts(self, image: Document) -> Facts:
        color = (image.colorModel(), image.colorDepth(), image.colorProfile())
        return Facts((image.width(), image.height()), color)

    def is_busy(self, image: Document) -> bool:
        """Krita's own threads are asked without waiting for them, which would end a stroke."""
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            return True
        if not image.tryBarrierLock():
            return True
        image.unlock()
        return False

    def has(self, image: Document, layer: str) -> bool:
        return find_node(image.rootNode(), layer) is not None

    def name(self, image: Document, layer: str) -> str:
        return str(self._node(image, layer).name())

    def children(self, image: Document, group: str) -> list[str]:
        return [identity(node) for node in reversed(children(self._node(image, group)))]

    def rectangle(self, image: Document, layer: str) -> Rectangle:
        return rectangle_of(image, self._node(image, layer))

    def color(self, image: Document, layer: str) -> str:
        return str(self._node(image, layer).colorProfile())

    def channel_order(self, photo: Raster) -> ChannelOrder:
        return channel_order(photo)

    def read(
        self, image: Document, layer: str, rectangle: Rectangle, with_mask: bool = True
    ) -> Steps[Raster]:
        if image.colorModel() not in ("RGBA", "GRAYA"):
            raise unsupported_image(image.colorModel())
        return (yield from read_layer(self._node(image, layer), rectangle, with_mask))

    def thumbnail(
        self, image: Document, layer: str, rectangle: Rectangle, size: tuple[int, int]
    ) -> Steps[Raster]:
        yield None
        return thumbnail(self._node(image, layer), rectangle, size)

    def read_mask(self, image: Document, mask: str, rectangle: Rectangle) -> Steps[Raster]:
        return (yield from read_mask(self._node(image, mask).pixelData, rectangle))

    def selection(self, image: Document, rectangle: Rectangle) -> Steps[Raster | None]:
        selection = image.selection()
        if selection is None:
            return None
        return (yield from read_mask(selection.pixelData, rectangle))

    def records(self, image: Document) -> list[GroupRecord]:
        return records.records_of(image)

    def note(self, image: Document, record: GroupRecord) -> None:
        records.store(image, record)
        mark_document(image)

    def part(self, image: Document, record: GroupRecord, role: Role) -> str | None:
        node = records.part(image.rootNode(), record, role)
        return identity(node) if node is not None else None

    def result_meant(self, image: Document, layers: Sequence[str]) -> GroupRecord:
        active = find_node(image.rootNode(), layers[0]) if layers else None
        return records.record_for(image, active)

    def active(self, image: Document) -> str | None:
        node = image.activeNode()
        return identity(node) if node is not None else None

    def apply(self, image: Document, additions: Sequence[Addition]) -> Steps[list[Identities]]:
        done = []
        for addition in additions:
            if isinstance(addition, NewGroup):
                done.append((yield from self._add(image, addition)))
            else:
                done.append((yield from self._renew(image, addition)))
        return done

    def activate(self, image: Document, layer: str, with_brush: bool) -> Steps[None]:
        """Krita activates a new layer by itself, soon; to set another one sooner crashes it."""
        first, patience = self.active(image), Patience(ACTIVATION_SECONDS)
        while is_open(image) and self.active(image) == first and not patience.is_over():
            yield None
        if is_open(image):
            self.paint_on(image, layer, with_brush)

    def paint_on(self, image: Document, layer: str, with_brush: bool) -> None:
        """Make a layer the active one, once Krita has settled."""
        if (node := find_node(image.rootNode(), layer)) is not None:
            image.setActiveNode(node)
            if with_brush and Krita.instance().activeDocument() == image:
                Krita.instance().action(BRUSH).trigger()

    def open(self, group: NewGroup, photo: Raster, name: str) -> Steps[tuple[Document, Identities]]:
        size = photo.format
        made = yield from build_group(group, (size.width, size.height))
        colorized = group.plan.raster(Role.COLORIZED)
        image = new_image(colorized, str(group.color), size.width, size.height)
        root = image.rootNode()
        backgrounds = children(root)
        with staging(photo, str(group.color)) as stage:
            layer = yield from make_pixel_layer(stage, name, photo, 0, 0)
            root.addChildNode(layer.clone(), None)
        for background in backgrounds:
            background.remove()
        (below,) = children(root)
        layers = {**add_group(image, made, below), Role.SOURCE: identity(below)}
        Krita.instance().activeWindow().addView(image)
        return image, layers

    def tell(self, sentences: Sequence[str], in_passing: str = "") -> None:
        told = [*map(in_users_words, sentences), *([in_passing] if in_passing else [])]
        messages.show_in_passing(told)

    def _node(self, image: Document, layer: str) -> Node:
        node = find_node(image.rootNode(), layer)
        if node is None:
            raise layer_gone()
        return node

    def _add(self, image: Document, group: NewGroup) -> Steps[Identities]:
        made = yield from build_group(group, (image.width(), image.height()))
        yield from when_idle(self, image)
        steps = [state_of(image, ())]
        if is_gray(image):
            convert_to_rgb(image)
            steps.append(state_of(image, ()))
        found = (find_node(image.rootNode(), wanted) for wanted in group.below)
        below = next((node for node in found if node is not None), None)
        layers = add_group(image, made, below)
        if len(steps) > 1:
            JoinedSteps(image, [*steps, state_of(image, [layers[Role.GROUP]])])
        return layers

    def _renew(self, image: Document, renewal: Renewal) -> Steps[Identities]:
        made = yield from stage_renewal(image, renewal)
        yield from when_idle(self, image)
        return replace_layers(image, renewal, made)
