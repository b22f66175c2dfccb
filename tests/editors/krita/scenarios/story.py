"""A user's whole way, step by step: colorize, undo, redo, paint on the mask, recomposite."""

from __future__ import annotations

from pathlib import Path

from helpers import (
    act,
    area_of,
    blended_id,
    close_all,
    colorize,
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
)
from PyQt5.QtCore import QRect


def ready():
    """The plugin's actions are there."""
    names = ("selective_colorize", "selective_colorize_again", "selective_colorize_update")
    yield lambda: all(krita().action(name) is not None for name in names)
    yield lambda: krita().activeWindow() is not None
    return {
        "version": krita().version(),
        "shortcuts": [krita().action(name).shortcut().toString() for name in names],
        "texts": [krita().action(name).text().replace("&", "") for name in names],
    }


def whole(photo, folder):
    """Colorize by the menu's action, undo, redo, paint, recomposite, undo, redo, recomposite."""
    folder = Path(folder)
    close_all()
    document = yield from open_photo(photo)
    facts = yield from colorize_and_undo(document, folder)
    paint(document, folder)
    facts |= yield from recomposite_and_undo(document, folder)
    yield from recomposite(document)
    facts["again"] = describe(document.rootNode())
    return facts


def colorize_and_undo(document, folder):
    """Colorize; one undo, one redo."""
    source = document.activeNode()
    facts = {"source": describe(source), "before": pixel_hash(document, source)}
    yield from colorize(document)
    facts["tree"] = describe(document.rootNode())
    facts["after"] = pixel_hash(document, source)
    facts["modified"] = document.modified()
    dump(source, area_of(document), folder / "source.raw")
    dump_group(document, folder, "first")

    act("edit_undo")
    yield lambda: not groups(document)
    facts["undone"] = describe(document.rootNode())
    act("edit_redo")
    yield lambda: groups(document)
    facts["redone"] = describe(document.rootNode())
    dump_group(document, folder, "redone")
    return facts


def paint(document, folder):
    """Make the left half of the mask black."""
    _colorized, mask, _blended = parts(document)
    fill(mask, QRect(0, 0, document.width() // 2, document.height()), 0)
    document.refreshProjection()
    document.waitForDone()
    dump(document, area_of(document), folder / "painted-projection.raw")
    dump_group(document, folder, "painted")


def recomposite_and_undo(document, folder):
    """Recomposite; one undo, one redo."""
    old, facts = blended_id(document), {}
    yield from recomposite(document)
    facts["recomposited"] = describe(document.rootNode())
    dump_group(document, folder, "recomposited")

    act("edit_undo")
    yield lambda: blended_id(document) == old
    facts["recomposite_undone"] = describe(document.rootNode())
    dump_group(document, folder, "recomposite-undone")
    act("edit_redo")
    yield lambda: blended_id(document) != old
    facts["recomposite_redone"] = describe(document.rootNode())
    dump_group(document, folder, "recomposite-redone")
    return facts
