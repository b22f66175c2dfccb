"""Update: a result anew from what was painted on its mask and its hints, in place.

mask painted      → the daemon blends → `Blended` is replaced
hints painted     → the daemon colors → `Colorized` and `Blended` are replaced, the mask stays
another strength  → the same
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

from selcolor_plugin import texts
from selcolor_plugin.coloring import AS_PAINTED, Wish, color_all
from selcolor_plugin.editor import (
    Editor,
    Image,
    NewGroup,
    NewLink,
    Rectangle,
    Renewal,
    Steps,
)
from selcolor_plugin.errors import no_image
from selcolor_plugin.layers import LayerPlan, Role, layer_names, planned
from selcolor_plugin.outcome import add_late, applied, ask, deliver
from selcolor_plugin.record import GroupRecord, LayersMissing, digest, missing
from selcolor_plugin.source import read_hints, when_idle
from selcolor_plugin.staleness import Change, describe_update_change, describe_update_offer
from selcolor_plugin.working import repeated, work
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.messages import Blend
from selcolor_protocol.raster import Raster

NEEDED = (Role.GROUP, Role.COLORIZED, Role.MASK, Role.SOURCE)
"""Without `Blended` and `Color Hints` Update can do: it makes a new composite."""


@dataclass(frozen=True)
class Parts:
    """A result that is to be updated, as it is now.

    Attributes:
        record: what is known of it.
        color: how the editor calls the photo's color space.
        rectangle: of the colorized layer.
        original: the photo's pixels there.
        colorized: the pixels of the colorized layer.
        mask: as it was painted.
        hints: what was painted on Color Hints; None for nothing.
        names: what the layers are called.
    """

    record: GroupRecord
    color: Hashable
    rectangle: Rectangle
    original: Raster
    colorized: Raster
    mask: Raster
    hints: Raster | None
    names: Mapping[Role, str]

    @property
    def has_other_hints(self) -> bool:
        """Whether the colors were made with other hints than are painted now."""
        return digest(self.hints) != self.record.hints


def update(
    editor: Editor,
    image: Image,
    record: GroupRecord,
    refine_again: bool,
    new_link: NewLink,
    saturation: float | None = None,
) -> Steps[None]:
    """Update a result.

    Args:
        editor: of the image.
        image: the result's.
        record: of the result.
        refine_again: refine and feather the mask as when it was made; otherwise it is taken
            exactly as it was painted.
        new_link: to the daemon.
        saturation: strength of color; None for the one that it was made with.

    Raises:
        LayersMissing: parts of the result are gone.
        SelectiveColorizeError: something failed; the image is unchanged.
    """

    def render() -> Steps[None]:
        parts = yield from read_parts(editor, image, newest(editor, image, record))
        made = parts.record.options
        options = made if saturation is None else replace(made, saturation=saturation)
        if parts.has_other_hints or options != made:
            wish = Wish(options, refine_again, keep_mask=True)
            yield from recolor(editor, image, parts.record, wish, new_link)
        else:
            yield from blend(editor, image, parts, refine_again, new_link)

    yield from repeated(render)


def newest(editor: Editor, image: Image, record: GroupRecord) -> GroupRecord:
    """A record as the image keeps it now: Update changes it."""
    if not editor.is_open(image):
        raise no_image()
    group = record.layers[Role.GROUP][-1]
    known = (each for each in editor.records(image) if group in each.layers.get(Role.GROUP, ()))
    return next(known, record)


def read_parts(editor: Editor, image: Image, record: GroupRecord) -> Steps[Parts]:
    """Read the layers of a record.

    Raises:
        LayersMissing: parts of the result are gone.
        CannotRead: a layer cannot be read.
    """
    yield from when_idle(editor, image)
    found = {role: layer for role in NEEDED if (layer := editor.part(image, record, role))}
    if absent := [role for role in NEEDED if role not in found]:
        raise missing(absent)
    colorized, source = found[Role.COLORIZED], found[Role.SOURCE]
    try:
        rectangle = editor.rectangle(image, colorized)
    except SelectiveColorizeError as error:
        raise missing([Role.COLORIZED]) from error
    return Parts(
        record=record,
        color=editor.color(image, source),
        rectangle=rectangle,
        original=(yield from editor.read(image, source, rectangle)),
        colorized=(yield from editor.read(image, colorized, rectangle, with_mask=False)),
        mask=(yield from editor.read_mask(image, found[Role.MASK], rectangle)),
        hints=(yield from read_hints(editor, image, record, rectangle)),
        names=layer_names() | {role: editor.name(image, layer) for role, layer in found.items()},
    )


def recolor(
    editor: Editor, image: Image, record: GroupRecord, wish: Wish, new_link: NewLink
) -> Steps[None]:
    """Color the photo anew with the hints as they are now."""
    photo = editor.part(image, record, Role.SOURCE)
    assert photo is not None, "its pixels have been read"
    outcomes = yield from color_all(editor, image, [photo], wish, new_link, record)
    yield from deliver(editor, image, outcomes)


def blend(
    editor: Editor, image: Image, parts: Parts, refine_again: bool, new_link: NewLink
) -> Steps[None]:
    """Render `Blended` anew, or ask when the layers changed meanwhile."""
    done = yield from work(request_for(editor, parts, refine_again), new_link)
    change = yield from change_since(editor, image, parts)
    if change is not None:
        words = describe_update_change(change), describe_update_offer(change)
        yield from ask(editor, change, *words)
        group = late_group(parts, done.blended)
        yield from add_late(editor, image, group, parts.original, parts.record)
        return
    active = editor.active(image)
    pixels = {Role.BLENDED: done.blended}
    renewal = Renewal(parts.record, parts.rectangle, pixels, parts.color)
    (fresh,) = yield from applied(editor, image, [renewal])
    record = parts.record.replaced(Role.BLENDED, fresh[Role.BLENDED])
    record = replace(record, rendered=digest(parts.mask))
    try:
        yield from keep_active(editor, image, record, active)
    finally:
        editor.note(image, record)
    editor.tell([], texts.updated())


def keep_active(
    editor: Editor, image: Image, record: GroupRecord, active: str | None
) -> Steps[None]:
    """Have the user paint on the layer that was active, or on the one in its place."""
    role = next((role for role, layers in record.layers.items() if active in layers), None)
    wanted = active if role is None else editor.part(image, record, role)
    if wanted is not None and editor.has(image, wanted):
        yield from editor.activate(image, wanted, with_brush=False)


def request_for(editor: Editor, parts: Parts, refine_again: bool) -> Blend:
    """What the daemon is asked: the mask as it was painted, unless it is to be refined again."""
    options = parts.record.options
    return Blend(
        session="",
        job=0,
        mask_options=options.mask if refine_again else AS_PAINTED,
        background=options.background,
        original=parts.original,
        colorized=parts.colorized,
        mask=parts.mask,
        channel_order=editor.channel_order(parts.original),
    )


def change_since(editor: Editor, image: Image, parts: Parts) -> Steps[Change | None]:
    """What happened to the layers since they were read; None for nothing."""
    try:
        now = yield from read_parts(editor, image, parts.record)
    except LayersMissing:
        return Change.RESULT_GONE
    except SelectiveColorizeError:
        return Change.CONVERTED if editor.is_open(image) else Change.CLOSED
    if now.rectangle != parts.rectangle:
        return Change.LAYER_MOVED
    were = (parts.original, parts.colorized, parts.mask)
    return None if (now.original, now.colorized, now.mask) == were else Change.RESULT_EDITED


def late_group(parts: Parts, blended: Raster) -> NewGroup:
    """A group of its own for a result whose layers are not what they were."""
    pixels = {
        Role.HINTS: parts.hints if is_like(parts.hints, parts.colorized) else None,
        Role.BLENDED: blended,
        Role.COLORIZED: parts.colorized,
        Role.MASK: parts.mask,
    }
    layers, record = planned(pixels, parts.names), parts.record
    plan = LayerPlan(parts.names[Role.GROUP], layers, *parts.rectangle[:2])
    below = (*record.layers[Role.GROUP], *record.layers[Role.SOURCE])
    return NewGroup(plan, below, parts.color, time.time(), record.networks)


def is_like(raster: Raster | None, other: Raster) -> bool:
    """Whether a raster's numbers mean the same as another's."""
    if raster is None:
        return False
    meanings = [
        (each.format.sample_type, each.format.curve, each.icc_profile) for each in (raster, other)
    ]
    return meanings[0] == meanings[1]
