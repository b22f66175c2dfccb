"""Where an image keeps what Update needs: parasites, saved with it in .xcf.

A layer's identity is its tattoo, which outlives saving and undo, and the image's parasite names all
layers of a result by it. An image's parasite is no undo step. That an undone result still has one
does no harm: its layers are looked for by their identity.

A duplicated image has the same parasites, but its layers get other tattoos. So every layer that we
make also carries a mark, its role and its result: where mark and record disagree, the record is of
another image. A duplicated layer has its original's mark and a tattoo of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from gi.repository import Gimp

from selcolor_plugin.layers import Role
from selcolor_plugin.record import GroupRecord, find_record, read_record

from .errors import copied_result

PREFIX = "selective-colorize/"
MARK = "selective-colorize"
OF_ITS_MASK = " mask"
PERSISTENT = 1
"""A parasite's flag: saved with the image."""

MADE = (Role.GROUP, Role.BLENDED, Role.COLORIZED, Role.HINTS)


class Mark(NamedTuple):
    """What a layer of a result carries.

    Attributes:
        role: what it is for.
        made: when its result was made, in seconds since 1970, as text.
    """

    role: str
    made: str


def identity(item: Any) -> str:
    """What tells a layer from all others of its image, also after saving and loading."""
    return str(item.get_tattoo())


def mask_identity(layer: Any) -> str:
    """What tells the mask that a layer has: whichever that is, for users replace masks."""
    return identity(layer) + OF_ITS_MASK


def layer_of(image: Any, wanted: str) -> Any | None:
    """The layer of an identity, or that of a mask, at any depth."""
    number = wanted.removesuffix(OF_ITS_MASK)
    return image.get_layer_by_tattoo(int(number)) if number.isdecimal() else None


def store(image: Any, record: GroupRecord) -> None:
    """Keep a record in the image, under its group's first identity."""
    name = PREFIX + record.layers[Role.GROUP][-1]
    image.attach_parasite(Gimp.Parasite.new(name, PERSISTENT, record.to_json().encode()))


def mark(layer: Any, role: Role, made: float) -> None:
    """Tell a layer what it is for, before it is in an image."""
    content = " ".join(Mark(role.value, repr(made)))
    layer.attach_parasite(Gimp.Parasite.new(MARK, PERSISTENT, content.encode()))


def mark_of(layer: Any) -> Mark | None:
    """What a layer, or the one that it was duplicated from, was made for."""
    parasite = layer.get_parasite(MARK)
    if parasite is None:
        return None
    role, _, made = bytes(parasite.get_data()).decode("utf-8", "replace").partition(" ")
    return Mark(role, made)


def is_copy(layer: Any) -> bool:
    """Whether a layer that no result knows was duplicated from one; hints may be, they are read."""
    found = mark_of(layer)
    return found is not None and found.role != Role.HINTS.value


def records_of(image: Any) -> list[GroupRecord]:
    """All records of which a layer is left in the image; an undone one has none."""
    found = [
        read_record(bytes(image.get_parasite(name).get_data()).decode("utf-8", "replace"))
        for name in image.get_parasite_list()
        if name.startswith(PREFIX)
    ]
    return [record for record in found if record is not None and is_of(image, record)]


def is_of(image: Any, record: GroupRecord) -> bool:
    """Whether a record tells of layers of this image, not of the one that it is a duplicate of."""
    made, found = repr(record.made), {role: part(image, record, role) for role in MADE}
    expected = {role: Mark(role.value, made) for role in MADE}
    photo = part(image, record, Role.SOURCE)
    return (
        any(layer is not None for layer in found.values())
        and all(layer is None or mark_of(layer) == expected[role] for role, layer in found.items())
        and (photo is None or mark_of(photo) not in expected.values())
    )


def part(image: Any, record: GroupRecord, role: Role) -> Any | None:
    """The layer of a role, wherever it is in the image now; for the mask, the one that has it."""
    if role is Role.MASK:
        colorized = part(image, record, Role.COLORIZED)
        return colorized if colorized is not None and colorized.get_mask() is not None else None
    for wanted in record.layers.get(role, ()):
        if (layer := layer_of(image, wanted)) is not None:
            return layer
    return None


def record_for(image: Any, layers: Sequence[Any]) -> GroupRecord:
    """The result that the selected layers belong to.

    Raises:
        LayersMissing: as `find_record`, or they belong to a duplicate of a result.
    """
    records, lineage = records_of(image), []
    for layer in layers:
        item = layer
        while item is not None:
            if is_copy(item) and not any(record.knows(identity(item)) for record in records):
                raise copied_result()
            lineage.append(identity(item))
            item = item.get_parent()
    return find_record(records, lineage)
