"""Recomposite: `Blended` anew from the edited mask, in one undo step.

Scripting has no call that replaces a layer in one step: removing is one, adding another, and
`setPixelData` is none. Krita's own *Convert to Paint Layer* is one step that replaces a layer by a
copy of what it shows. So the new pixels are lent to the old layer, it is converted, and gets its
own pixels back: undo brings it as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from krita import Document, Krita, Node
from PyQt5.QtCore import QByteArray, QRect

from selcolor_plugin.layers import LayerPlan, PlannedLayer, Role, blended_name
from selcolor_plugin.record import GroupRecord, LayersMissing, missing
from selcolor_plugin.settings import Settings
from selcolor_plugin.staleness import (
    Change,
    describe_recomposite_change,
    describe_recomposite_offer,
)
from selcolor_plugin.translation import translate as _
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.messages import Blend, Done
from selcolor_protocol.options import MaskOptions
from selcolor_protocol.raster import Raster

from .errors import CannotInsert
from .outcome import Outcome, offer
from .reading import channel_order, identity, is_open, mask_raster, read_layer
from .records import part
from .records import store as store_record
from .staging import make_pixel_layer, staging

NEEDED = (Role.GROUP, Role.COLORIZED, Role.MASK, Role.SOURCE)
"""Without `Blended` Recomposite can do: it makes a new one."""


@dataclass(frozen=True)
class Result:
    """A result that is to be recomposited.

    Attributes:
        document: the image.
        record: what is known of it.
        profile: name of the photo's color profile.
        layer: the colorized layer.
        rectangle: of the colorized layer now.
        original: the photo's pixels there.
        colorized: the pixels of the colorized layer.
        mask: as it was edited.
        names: what the layers are called.
    """

    document: Document
    record: GroupRecord
    profile: str
    layer: Node
    rectangle: QRect
    original: Raster
    colorized: Raster
    mask: Raster
    names: dict[Role, str]


def read_result(document: Document, record: GroupRecord) -> Result:
    """Read the layers of a record.

    Raises:
        LayersMissing: parts of the result are gone.
        CannotRead: a layer cannot be read.
    """
    document.waitForDone()
    root = document.rootNode()
    nodes = {role: node for role in NEEDED if (node := part(root, record, role)) is not None}
    absent = [role for role in NEEDED if role not in nodes]
    if absent:
        raise missing(absent)
    colorized, mask = nodes[Role.COLORIZED], nodes[Role.MASK]
    rectangle = colorized.bounds()
    if rectangle.isEmpty():
        raise missing([Role.COLORIZED])
    return Result(
        document,
        record,
        nodes[Role.SOURCE].colorProfile(),
        colorized,
        rectangle,
        original=read_layer(nodes[Role.SOURCE], rectangle),
        colorized=read_layer(colorized, rectangle, with_masks=False),
        mask=mask_raster(mask.pixelData(*sides(rectangle)).data(), rectangle),
        names={role: node.name() for role, node in nodes.items()},
    )


def request_for(result: Result, settings: Settings) -> Blend:
    """What the daemon is asked: the mask as it was painted, unless the settings say otherwise."""
    record = result.record
    as_painted = MaskOptions(refine=False, feather=0.0)
    return Blend(
        session="",
        job=0,
        mask_options=record.mask_options if settings.refine_again else as_painted,
        background=record.background,
        original=result.original,
        colorized=result.colorized,
        mask=result.mask,
        channel_order=channel_order(result.original),
    )


def change_since(result: Result) -> Change | None:
    """What happened to the layers since they were read; None if nothing did."""
    if not is_open(result.document):
        return Change.CLOSED
    try:
        now = read_result(result.document, result.record)
    except LayersMissing:
        return Change.LAYER_GONE
    except SelectiveColorizeError:
        return Change.CONVERTED
    if now.rectangle != result.rectangle:
        return Change.LAYER_MOVED
    were = (result.original, result.colorized, result.mask)
    return None if (now.original, now.colorized, now.mask) == were else Change.LAYER_EDITED


def replace_blended(result: Result, blended: Raster) -> None:
    """Put new pixels in the place of `Blended`.

    Raises:
        CannotInsert: Krita did not take them; the image is unchanged.
    """
    document, root = result.document, result.document.rootNode()
    old = part(root, result.record, Role.BLENDED)
    with staging(blended, result.profile) as stage:
        left, top = result.rectangle.x(), result.rectangle.y()
        name = old.name() if old is not None else blended_name()
        fresh = make_pixel_layer(stage, name, blended, left, top)
        fresh.setVisible(old is not None and old.visible())
        fresh = fresh.clone()
    if old is None:
        result.layer.parentNode().addChildNode(fresh, result.layer)
        document.waitForDone()
    elif color_space(old) != color_space(fresh):
        raise of_another_color_space(old, fresh)
    elif old.childNodes():
        raise has_masks(old)
    else:
        fresh = swap(document, old, blended, result.rectangle)
    store_record(document, result.record.replaced(Role.BLENDED, identity(fresh)))


def finish(result: Result, done: Done) -> None:
    """Replace `Blended` by the daemon's answer, or ask when the layers changed meanwhile.

    Raises:
        CannotInsert: Krita did not take the pixels.
    """
    change = change_since(result)
    if change is None:
        replace_blended(result, done.blended)
    else:
        offer(
            late_outcome(result, done.blended),
            change,
            describe_recomposite_change(change),
            describe_recomposite_offer(change),
        )


def late_outcome(result: Result, blended: Raster) -> Outcome:
    """A group of its own for a result whose layers are not what they were."""
    record, names = result.record, result.names
    layers = (
        PlannedLayer(Role.BLENDED, blended_name(), blended, visible=False),
        PlannedLayer(Role.COLORIZED, names[Role.COLORIZED], result.colorized),
        PlannedLayer(Role.MASK, names[Role.MASK], result.mask, mask_of=Role.COLORIZED),
    )
    left, top = result.rectangle.x(), result.rectangle.y()
    source = record.layers[Role.SOURCE][0]
    return Outcome(
        document=result.document,
        plan=LayerPlan(names[Role.GROUP], layers, left, top),
        photo=result.original,
        profile=result.profile,
        source=source,
        below=(*record.layers[Role.GROUP], source),
        mask_options=record.mask_options,
        background=record.background,
    )


def swap(document: Document, old: Node, pixels: Raster, rectangle: QRect) -> Node:
    """Replace a paint layer by one with other pixels, in one undo step; the new layer.

    Raises:
        CannotInsert: Krita refused, for example because the layer is locked; nothing changed.
    """
    active, was_visible, parent = document.activeNode(), old.visible(), old.parentNode()
    place = [identity(child) for child in parent.childNodes()].index(identity(old))
    bring_to_front(document, old)
    area = old.bounds().united(rectangle)
    kept = old.pixelData(*sides(area))
    try:
        old.setPixelData(QByteArray(bytes(kept.size())), *sides(area))
        old.setPixelData(QByteArray(bytes(pixels.pixels)), *sides(rectangle))
        Krita.instance().action("convert_to_paint_layer").trigger()
        document.waitForDone()
    finally:
        old.setPixelData(kept, *sides(area))
    fresh = parent.childNodes()[place]
    if identity(fresh) == identity(old):
        raise not_replaced(old)
    if not was_visible:
        fresh.setVisible(False)
        # Hiding by script alone leaves the layer in what the image shows.
        document.refreshProjection()
        document.waitForDone()
    was_active = active is None or identity(active) == identity(old)
    document.setActiveNode(fresh if was_active else active)
    return fresh


def bring_to_front(document: Document, node: Node) -> None:
    """Make an image the one in front and a layer its active one: Krita's actions work on these.

    Raises:
        CannotInsert: Krita did not; the image is unchanged.
    """
    krita = Krita.instance()
    if krita.activeDocument() != document:
        krita.setActiveDocument(document)
    document.setActiveNode(node)
    document.waitForDone()
    active = document.activeNode()
    if krita.activeDocument() != document or active is None or identity(active) != identity(node):
        raise not_replaced(node)


def not_replaced(node: Node) -> CannotInsert:
    """What to say when Krita keeps the old layer: it or a group that it is in may be locked."""
    locked = node
    while locked is not None and not locked.locked():
        locked = locked.parentNode()
    return CannotInsert(
        _("The layer “{name}” could not be replaced; nothing was changed.").format(
            name=node.name()
        ),
        _("Unlock “{name}”, then recomposite again.").format(name=locked.name())
        if locked is not None
        else _("Delete that layer, then recomposite again: a new one is made."),
    )


def has_masks(node: Node) -> CannotInsert:
    """What to say when there is more on the old layer than pixels."""
    return CannotInsert(
        _("The layer “{name}” has masks of its own; nothing was changed.").format(name=node.name()),
        _("Flatten or delete that layer, then recomposite again."),
    )


def of_another_color_space(node: Node, wanted: Node) -> CannotInsert:
    """What to say when the image or a layer was converted since the old layer was made."""
    return CannotInsert(
        _("The layer “{name}” is {old}, but the photo is {new}; nothing was changed.").format(
            name=node.name(), old=" ".join(color_space(node)), new=" ".join(color_space(wanted))
        ),
        _("Delete that layer, then recomposite again: a new one is made."),
    )


def color_space(node: Node) -> tuple[str, str, str]:
    """What the bytes of a layer mean."""
    return node.colorModel(), node.colorDepth(), node.colorProfile()


def sides(area: QRect) -> tuple[int, int, int, int]:
    """Left, top, width and height, as Krita's pixel calls want them."""
    return area.x(), area.y(), area.width(), area.height()
