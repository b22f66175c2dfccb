"""New pixels for the layers of a result, in place; in an undo group."""

from __future__ import annotations

from typing import Any

from gi.repository import Gimp

from selcolor_plugin.editor import Identities, Renewal
from selcolor_plugin.layers import Role, layer_names
from selcolor_plugin.record import missing
from selcolor_protocol.raster import Raster

from . import records
from .inserting import compose_as_encoded, insert, new_layer, position_of
from .marking import mark_image
from .pixels import write_gray, write_layer
from .records import identity, mask_identity, part


def renew(image: Any, renewal: Renewal) -> Identities:
    """Replace layers by others with the new pixels.

    Returns:
        The identities of the new layers.

    Raises:
        LayersMissing: the colorized layer is gone.
        CannotInsert: GIMP did not take the pixels.
    """
    record, selected = renewal.record, image.get_selected_layers()
    colorized = part(image, record, Role.COLORIZED)
    if colorized is None:
        raise missing([Role.COLORIZED])
    found: dict[Role, str] = {}
    for role in (Role.COLORIZED, Role.BLENDED):
        if role not in renewal.pixels:
            continue
        old = part(image, record, role)
        fresh = made_anew(image, renewal, role) if old is None else refilled(old, renewal, role)
        if old is None:
            insert(image, fresh, *position_of(image, colorized))
        else:
            swap(image, old, fresh)
            selected = [fresh if layer == old else layer for layer in selected]
        found[role] = identity(fresh)
        if role is Role.COLORIZED:
            colorized, found[Role.MASK] = fresh, mask_identity(fresh)
    # The image's precision may have changed since they were made.
    for layer in (part(image, record, Role.GROUP), colorized):
        compose_as_encoded(layer)
    mark_image(image, record.networks)
    image.set_selected_layers(selected)
    return found


def made_anew(image: Any, renewal: Renewal, role: Role) -> Any:
    """A hidden layer for a result that has lost it, not in the image yet."""
    fresh = placed(image, renewal, role, layer_names()[role])
    fresh.set_visible(False)
    return fresh


def refilled(old: Any, renewal: Renewal, role: Role) -> Any:
    """A layer like the old one with other pixels, not locked and not in the image yet."""
    raster = renewal.pixels[role]
    size = (old.get_width(), old.get_height(), old.has_alpha())
    if size != (*renewal.rectangle[2:], raster.format.channels.has_alpha):
        fresh = placed(old.get_image(), renewal, role, old.get_name())
        fresh.set_visible(old.get_visible())
        fresh.set_opacity(old.get_opacity())
        fresh.set_mode(old.get_mode())
    else:
        fresh = old.copy()
        fresh.set_lock_content(False)
        fresh.set_lock_position(False)
        fresh.set_offsets(*renewal.rectangle[:2])
        compose_as_encoded(fresh)
        write_layer(fresh, raster)
    if role is Role.COLORIZED:
        give_mask(fresh, old, renewal.pixels[Role.MASK])
    return fresh


def give_mask(fresh: Any, old: Any, pixels: Raster) -> None:
    """Write the mask of a layer that is not in the image yet, and edit it as the old one was."""
    if fresh.get_mask() is None:
        fresh.add_mask(fresh.create_mask(Gimp.AddMaskType.WHITE))
    write_gray(fresh.get_mask(), pixels)
    fresh.set_edit_mask(old.get_mask() is None or old.get_edit_mask())


def placed(image: Any, renewal: Renewal, role: Role, name: str) -> Any:
    """A layer with the new pixels where the result is, not in the image yet."""
    fresh = new_layer(image, name, renewal.pixels[role])
    records.mark(fresh, role, renewal.record.made)
    fresh.set_offsets(*renewal.rectangle[:2])
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
