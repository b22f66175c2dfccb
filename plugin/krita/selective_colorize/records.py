"""Where an image keeps what Update needs: annotations of the document, saved with it in .kra.

An annotation is no undo step. That an undone result still has one does no harm: its layers are
looked for by their identity.
"""

from __future__ import annotations

from krita import Document, Node

from selcolor_plugin.layers import Role
from selcolor_plugin.record import GroupRecord, find_record, read_record

from .errors import not_a_result
from .qt import QByteArray
from .reading import all_nodes, find_node, identity

PREFIX = "selective-colorize/"
MADE = tuple(role for role in Role if role is not Role.SOURCE)


def store(document: Document, record: GroupRecord) -> None:
    """Keep a record in the image, under its group's identity; the image is to be saved then."""
    content = QByteArray(record.to_json().encode())
    document.setAnnotation(key_of(record), "Selective Colorize", content)
    document.setModified(True)


def all_records(document: Document) -> list[GroupRecord]:
    """All records that an image has, those of undone results, too."""
    keys = (key for key in document.annotationTypes() if key.startswith(PREFIX))
    found = (read(document, key) for key in keys)
    return [record for record in found if record is not None]


def records_of(document: Document) -> list[GroupRecord]:
    """All records of which a layer is left in the image, in any order; an undone one has none."""
    there = {identity(node) for node in all_nodes(document.rootNode())}
    return [
        record
        for record in all_records(document)
        if any(there & {*record.layers.get(role, ())} for role in MADE)
    ]


def last_photo(document: Document) -> Node | None:
    """The photo that was colorized last, if it is in the image."""
    newest = max(all_records(document), key=lambda record: record.made, default=None)
    return part(document.rootNode(), newest, Role.SOURCE) if newest is not None else None


def read(document: Document, key: str) -> GroupRecord | None:
    """The record that an annotation holds."""
    return read_record(bytes(document.annotation(key).data()).decode("utf-8", "replace"))


def key_of(record: GroupRecord) -> str:
    """The annotation's name."""
    return PREFIX + record.layers[Role.GROUP][-1]


def part(root: Node, record: GroupRecord, role: Role) -> Node | None:
    """The layer of a role, wherever it is in the image now."""
    for wanted in record.layers.get(role, ()):
        if (node := find_node(root, wanted)) is not None:
            return node
    return None


def record_for(document: Document, active: Node | None) -> GroupRecord:
    """The result that the active layer belongs to.

    Raises:
        LayersMissing: as `find_record`, or the layer is in a group that is none of our results.
    """
    found, lineage, is_in_group = records_of(document), [], False
    while active is not None and active.parentNode() is not None:
        lineage.append(identity(active))
        is_in_group = is_in_group or active.type() == "grouplayer"
        active = active.parentNode()
    is_known = any(record.knows(each) for record in found for each in lineage)
    if found and is_in_group and not is_known:
        raise not_a_result()
    return find_record(found, lineage)
