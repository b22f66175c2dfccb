"""What a photo is when it is colorized: its pixels, and all that a result for it depends on."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from selcolor_plugin import texts
from selcolor_plugin.editor import Editor, Image, Rectangle, Show, Steps
from selcolor_plugin.errors import layer_gone, no_image
from selcolor_plugin.layers import Role
from selcolor_plugin.pace import Patience
from selcolor_plugin.record import GroupRecord, digest
from selcolor_plugin.staleness import Change, Snapshot, change_between
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.hints_names import HINTS_NAMES
from selcolor_protocol.raster import Buffer, Raster

NOWHERE: Rectangle = (0, 0, 0, 0)


@dataclass(frozen=True)
class Earlier:
    """A result that is to be updated.

    Attributes:
        record: what is known of it.
        mask: as it is now.
        hints: what was painted on Color Hints; None for nothing.
    """

    record: GroupRecord
    mask: Raster
    hints: Raster | None

    @property
    def is_painted(self) -> bool:
        """Whether the mask is not as it was made."""
        return self.digest != self.record.mask

    @property
    def digest(self) -> str:
        """What tells the mask from others."""
        return digest(self.mask)


@dataclass(frozen=True)
class Source:
    """A layer to be colorized.

    Attributes:
        image: the layer's.
        layer: its identity.
        color: how the editor calls its color space.
        photo: its pixels.
        selection: the image's selection over the layer; None when there is none.
        snapshot: what the result will depend on.
        earlier: the result that is to be updated; None for a new one.
    """

    image: Image
    layer: str
    color: Hashable
    photo: Raster
    selection: Raster | None
    snapshot: Snapshot
    earlier: Earlier | None = None


def when_idle(editor: Editor, image: Image) -> Steps[None]:
    """Wait until nothing is under way in an image: asking for pixels would cut a stroke off.

    Raises:
        CannotRead: the image was closed.
    """
    patience = Patience()
    while editor.is_open(image) and editor.is_busy(image):
        yield Show(texts.waiting_for_stroke()) if patience.is_over() else None
    if not editor.is_open(image):
        raise no_image()


def read_source(
    editor: Editor, image: Image, layer: str, record: GroupRecord | None = None
) -> Steps[Source]:
    """Read what Selective Colorize needs.

    Args:
        editor: of the image.
        image: the photo's.
        layer: the photo's.
        record: of the result that is to be updated, which has a mask.

    Raises:
        CannotRead: the image or the layer is of a kind that is refused, or gone.
        ProtocolError: the layer is too large.
    """
    yield from when_idle(editor, image)
    if (obstacle := editor.obstacle(image)) is not None:
        raise obstacle
    if not editor.has(image, layer):
        raise layer_gone()
    rectangle = editor.rectangle(image, layer)
    photo = yield from editor.read(image, layer, rectangle)
    earlier = None
    if record is not None:
        earlier = yield from read_earlier(editor, image, record, rectangle)
    return Source(
        image=image,
        layer=layer,
        color=editor.color(image, layer),
        photo=photo,
        selection=(yield from editor.selection(image, rectangle)),
        snapshot=snapshot_of(editor, image, layer, rectangle, photo.pixels),
        earlier=earlier,
    )


def read_earlier(
    editor: Editor, image: Image, record: GroupRecord, rectangle: Rectangle
) -> Steps[Earlier]:
    """Read what was painted on a result that has a mask."""
    mask = editor.part(image, record, Role.MASK)
    assert mask is not None, "the caller has looked for it"
    pixels = yield from editor.read_mask(image, mask, rectangle)
    hints = yield from read_hints(editor, image, record, rectangle)
    return Earlier(record, pixels, hints)


def read_hints(
    editor: Editor, image: Image, record: GroupRecord, rectangle: Rectangle
) -> Steps[Raster | None]:
    """Read what was painted on Color Hints; None for nothing."""
    for layer in hints_layers(editor, image, record):
        hints = yield from editor.read(image, layer, rectangle)
        if digest(hints):
            return hints
    return None


def hints_layers(editor: Editor, image: Image, record: GroupRecord) -> list[str]:
    """The layers of a result on which hints may have been painted, the topmost first.

    Copies that the user has brought into the group count, such as those of another photo's hints.
    """
    own, group = (editor.part(image, record, role) for role in (Role.HINTS, Role.GROUP))
    within = editor.children(image, group) if group is not None else ()
    found = [layer for layer in within if layer == own or is_named_hints(editor, image, layer)]
    if own is not None and own not in found:
        found.append(own)
    return [layer for layer in found if has_pixels(editor, image, layer)]


def is_named_hints(editor: Editor, image: Image, layer: str) -> bool:
    """Whether a layer is called Color Hints, in whatever language that was."""
    return any(name in editor.name(image, layer) for name in HINTS_NAMES)


def has_pixels(editor: Editor, image: Image, layer: str) -> bool:
    """Whether something was ever painted on a layer."""
    try:
        editor.rectangle(image, layer)
    except SelectiveColorizeError:
        return False
    return True


def snapshot_of(
    editor: Editor, image: Image, layer: str, rectangle: Rectangle, pixels: Buffer
) -> Snapshot:
    """What a result made from these pixels depends on."""
    facts = editor.facts(image)
    return Snapshot(facts.size, facts.color_space, layer, rectangle, pixels)


def change_since(editor: Editor, source: Source) -> Steps[Change | None]:
    """What has happened to the image of a source since it was read; None for nothing."""
    image, layer = source.image, source.layer
    try:
        yield from when_idle(editor, image)
    except SelectiveColorizeError:
        return Change.CLOSED
    if not editor.has(image, layer):
        now = snapshot_of(editor, image, "", NOWHERE, b"")
        return change_between(source.snapshot, now)
    try:
        rectangle = editor.rectangle(image, layer)
        photo = yield from editor.read(image, layer, rectangle)
        now = snapshot_of(editor, image, layer, rectangle, photo.pixels)
    except SelectiveColorizeError:
        # Emptied, or of a kind that cannot be read: not what it was, and no reason to lose the
        # result.
        now = snapshot_of(editor, image, layer, NOWHERE, b"")
    change = change_between(source.snapshot, now)
    if change is None and source.earlier is not None:
        change = yield from change_of_result(editor, source, source.earlier)
    return change


def change_of_result(editor: Editor, source: Source, earlier: Earlier) -> Steps[Change | None]:
    """What has happened to the result that is to be updated."""
    if editor.part(source.image, earlier.record, Role.MASK) is None:
        return Change.RESULT_GONE
    record, rectangle = earlier.record, source.snapshot.rectangle
    now = yield from read_earlier(editor, source.image, record, rectangle)
    return None if (now.mask, now.hints) == (earlier.mask, earlier.hints) else Change.RESULT_EDITED
