"""The user's whole way, short enough for every version of Krita that people have."""

from __future__ import annotations

from pathlib import Path

from helpers import (
    act,
    area_of,
    blended_id,
    close_all,
    colorize,
    contents,
    describe,
    dump,
    dump_group,
    fill,
    groups,
    krita,
    open_photo,
    parts,
    pixel_hash,
    recomposite,
    soon,
)
from PyQt5.QtCore import QRect
from refining import paint_hint


def whole(photo, folder):
    """Open, color, paint mask and hint, Update, undo, redo, save, reopen, Update."""
    folder = Path(folder)
    close_all()
    document = yield from open_photo(photo)
    source = document.activeNode()
    facts = {"version": krita().version(), "photo": pixel_hash(document, source)}
    dump(source, area_of(document), folder / "source.raw")
    yield from colorize(document)
    paint_mask_and_hint(document)
    facts |= yield from update_and_undo(document)
    dump_all(document, folder, "updated")
    facts |= {"photo_then": pixel_hash(document, source), "saved": layers_of(document)}
    document = yield from reopened(document, folder / "photo.kra")
    facts["reopened"] = layers_of(document)
    dump_all(document, folder, "reopened")
    fill(parts(document)[1], QRect(0, 0, document.width(), 40), 0)
    yield from recomposite(document)
    dump_group(document, folder, "again")
    return facts


def layers_of(document):
    """All layers; what holds them has another identity each time an image is opened."""
    return [describe(node) for node in document.rootNode().childNodes()]


def paint_mask_and_hint(document):
    """White in the middle of the mask, black at its left; a stroke of green on the hints."""
    mask = parts(document)[1]
    fill(mask, QRect(60, 20, 100, 120), 255)
    fill(mask, QRect(0, 0, 30, document.height()), 0)
    paint_hint(groups(document)[0].childNodes()[2], QRect(90, 60, 40, 20))
    document.refreshProjection()
    document.waitForDone()


def update_and_undo(document):
    """Update; whether one undo takes it back, and one redo repeats it."""
    painted, old = contents(document), blended_id(document)
    yield from recomposite(document)
    updated = contents(document)
    act("edit_undo")
    undone = yield from soon(lambda: contents(document) == painted)
    act("edit_redo")
    redone = yield from soon(lambda: contents(document) == updated)
    return {"undone": undone, "redone": redone, "changed": blended_id(document) != old}


def reopened(document, path):
    """Save and open again; the image then."""
    document.setBatchmode(True)
    assert document.saveAs(str(path)), f"Krita did not save {path}"
    close_all()
    return (yield from open_photo(path))


def dump_all(document, folder, name):
    """Write the pixels of a result's layers, those of the hints included."""
    dump_group(document, folder, name)
    dump(groups(document)[0].childNodes()[2], area_of(document), folder / f"{name}-hints.raw")
