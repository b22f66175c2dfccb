"""Where an image keeps what Recomposite needs: parasites of the image, saved with it in .xcf.

A layer's identity is its tattoo, which outlives saving and undo. A parasite is no undo step. That
an undone result still has one does no harm: its layers are looked for by their identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gi.repository import Gimp

from selcolor_plugin.layers import Role
from selcolor_plugin.record import GroupRecord, find_record, read_record

PREFIX = "selective-colorize/"
PERSISTENT = 1
"""A parasite's flag: saved with the image."""

MADE = (Role.GROUP, Role.BLENDED, Role.COLORIZED)


def identity(item: Any) -> str:
    """What tells a layer or a mask from all others of its image, also after saving and loading."""
    return str(item.get_tattoo())


def layer_of(image: Any, wanted: str) -> Any | None:
    """The layer of an identity, at any depth."""
    return image.get_layer_by_tattoo(int(wanted)) if wanted.isdecimal() else None


def store(image: Any, record: GroupRecord) -> None:
    """Keep a record in the image, under its group's first identity."""
    name = PREFIX + record.layers[Role.GROUP][-1]
    image.attach_parasite(Gimp.Parasite.new(name, PERSISTENT, record.to_json().encode()))


def records_of(image: Any) -> list[GroupRecord]:
    """All records of which a layer is left in the image; an undone one has none."""
    found = [
        read_record(bytes(image.get_parasite(name).get_data()).decode("utf-8", "replace"))
        for name in image.get_parasite_list()
        if name.startswith(PREFIX)
    ]
    return [
        record
        for record in found
        if record is not None and any(part(image, record, role) for role in MADE)
    ]


def part(image: Any, record: GroupRecord, role: Role) -> Any | None:
    """The layer of a role, wherever it is in the image now; the mask is the one that it has now."""
    if role is Role.MASK:
        colorized = part(image, record, Role.COLORIZED)
        return colorized.get_mask() if colorized is not None else None
    for wanted in record.layers.get(role, ()):
        if (layer := layer_of(image, wanted)) is not None:
            return layer
    return None


def record_for(image: Any, layers: Sequence[Any]) -> GroupRecord:
    """The result that the selected layers belong to; raises LayersMissing as `find_record`."""
    lineage = []
    for layer in layers:
        item = layer
        while item is not None:
            lineage.append(identity(item))
            item = item.get_parent()
    return find_record(records_of(image), lineage)


def photo_of(image: Any, layer: Any) -> Any | None:
    """The photo that a layer was made from; None for a layer that is no part of a result."""
    for record in records_of(image):
        if record.has_made(identity(layer)):
            return part(image, record, Role.SOURCE)
    return None
