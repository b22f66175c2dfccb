"""Recomposite: `Blended` anew from the edited mask, in one undo group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from selcolor_plugin.layers import Role, blended_name
from selcolor_plugin.record import GroupRecord, missing
from selcolor_protocol.messages import Blend
from selcolor_protocol.options import MaskOptions
from selcolor_protocol.raster import Raster

from . import records
from .errors import layers_edited
from .inserting import compose_as_encoded, insert, new_layer, position_of, undo_group
from .pixels import Rectangle, read_gray, read_layer, rectangle_of, write_layer
from .records import identity, part, record_for

NEEDED = (Role.GROUP, Role.COLORIZED, Role.MASK, Role.SOURCE)
"""Without `Blended` Recomposite can do: it makes a new one."""


@dataclass(frozen=True)
class Result:
    """A result that is to be recomposited.

    Attributes:
        image: the layers'.
        record: what is known of it.
        rectangle: of the colorized layer now.
        original: the photo's pixels there.
        colorized: the pixels of the colorized layer, with its filters and without its mask.
        mask: as it was edited.
    """

    image: Any
    record: GroupRecord
    rectangle: Rectangle
    original: Raster
    colorized: Raster
    mask: Raster


def read_result(image: Any, layers: Sequence[Any]) -> Result:
    """Find the result that the selected layers belong to, and read it.

    Raises:
        LayersMissing: there is none, or parts of it are gone.
        CannotRead: a layer cannot be read.
    """
    return read_parts(image, record_for(image, layers))


def read_parts(image: Any, record: GroupRecord) -> Result:
    """Read the layers of a record; raises as `read_result`."""
    found = {role: part(image, record, role) for role in NEEDED}
    if absent := [role for role, layer in found.items() if layer is None]:
        raise missing(absent)
    colorized = found[Role.COLORIZED]
    rectangle = rectangle_of(colorized)
    return Result(
        image,
        record,
        rectangle,
        original=read_layer(found[Role.SOURCE], rectangle),
        colorized=read_layer(colorized, with_mask=False),
        mask=read_gray(found[Role.MASK], (0, 0, *rectangle[2:])),
    )


def request_for(result: Result, refine_again: bool) -> Blend:
    """What the daemon is asked.

    Args:
        result: what to blend.
        refine_again: refine and feather the mask as when it was made; otherwise it is taken
            exactly as it was painted.
    """
    record = result.record
    as_painted = MaskOptions(refine=False, feather=0.0)
    return Blend(
        session="",
        job=0,
        mask_options=record.mask_options if refine_again else as_painted,
        background=record.background,
        original=result.original,
        colorized=result.colorized,
        mask=result.mask,
    )


def replace_blended(result: Result, blended: Raster) -> None:
    """Put new pixels in the place of `Blended`, unless the layers changed meanwhile.

    Raises:
        LayersMissing: parts of the result are gone.
        CannotInsert: the layers were edited, or GIMP did not take the pixels.
    """
    image = result.image
    if not image.is_valid() or read_parts(image, result.record) != result:
        raise layers_edited()
    old = part(image, result.record, Role.BLENDED)
    selected = image.get_selected_layers()
    fresh = make_new(result, blended) if old is None else refilled(result, old, blended)
    with undo_group(image):
        if old is None:
            colorized = part(image, result.record, Role.COLORIZED)
            insert(image, fresh, *position_of(image, colorized))
        else:
            swap(image, old, fresh)
        # The image's precision may have changed since they were made.
        for role in (Role.GROUP, Role.COLORIZED):
            compose_as_encoded(part(image, result.record, role))
        records.store(image, result.record.replaced(Role.BLENDED, identity(fresh)))
        kept = [fresh if layer == old else layer for layer in selected]
        image.set_selected_layers(kept)


def make_new(result: Result, blended: Raster) -> Any:
    """A hidden layer for a result without `Blended`, not in the image yet."""
    fresh = new_blended(result, blended_name(), blended)
    fresh.set_visible(False)
    return fresh


def swap(image: Any, old: Any, fresh: Any) -> None:
    """Put a layer in another one's place, with its name and its locks."""
    name = old.get_name()
    content_is_locked, position_is_locked = old.get_lock_content(), old.get_lock_position()
    insert(image, fresh, *position_of(image, old))
    image.remove_layer(old)
    fresh.set_name(name)
    fresh.set_lock_content(content_is_locked)
    fresh.set_lock_position(position_is_locked)


def refilled(result: Result, old: Any, blended: Raster) -> Any:
    """A layer like the old one with other pixels, not locked and not in the image yet."""
    size = (old.get_width(), old.get_height(), old.has_alpha())
    if size != (*result.rectangle[2:], blended.format.channels.has_alpha):
        fresh = new_blended(result, old.get_name(), blended)
        fresh.set_visible(old.get_visible())
        fresh.set_opacity(old.get_opacity())
        return fresh
    fresh = old.copy()
    fresh.set_lock_content(False)
    fresh.set_lock_position(False)
    fresh.set_offsets(*result.rectangle[:2])
    compose_as_encoded(fresh)
    write_layer(fresh, blended)
    return fresh


def new_blended(result: Result, name: str, blended: Raster) -> Any:
    """A layer with these pixels where the result is, not in the image yet."""
    fresh = new_layer(result.image, name, blended)
    records.mark(fresh, Role.BLENDED, result.record.made)
    fresh.set_offsets(*result.rectangle[:2])
    return fresh
