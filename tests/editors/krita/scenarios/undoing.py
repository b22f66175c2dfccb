"""Undo and redo, by every layer's pixels; in gray images they take the conversion with them."""

from __future__ import annotations

from helpers import (
    act,
    activate,
    close_all,
    colorize,
    colorized,
    contents,
    fill,
    groups,
    message,
    no_error,
    open_photo,
    parts,
    pixel_image,
    press,
    quiet,
    recomposite,
    settled,
    soon,
)
from PyQt5.QtCore import QRect


def both_ways(**image):
    """Colorize, paint and recomposite raw pixels (see `pixel_image`); undo and redo each."""
    document, _photo = yield from pixel_image(**image)
    before = contents(document)
    yield from colorize(document)
    facts = yield from undo_and_redo(document, before)
    _colorized, mask, _blended = parts(document)
    fill(mask, QRect(0, 0, document.width() // 2, document.height()), 0)
    painted = contents(document)
    yield from recomposite(document)
    again = yield from undo_and_redo(document, painted)
    return facts | {f"recomposite {name}": fact for name, fact in again.items()}


def undo_and_redo(document, before):
    """Undo once, redo once; whether the contents are those from before, and from now."""
    now, facts = contents(document), {}
    act("edit_undo")
    facts["undone"] = yield from soon(lambda: contents(document) == before)
    act("edit_redo")
    facts["redone"] = yield from soon(lambda: contents(document) == now)
    return facts


def other_steps(photo):
    """In an image that was gray, undo steps that have nothing to do with it, one by one."""
    document = yield from colorized(photo)
    groups(document)[0].remove()
    facts = {"removed": (yield from undo_of_another_layer(document))}
    document.setColorSpace("RGBA", "U16", "")
    document.waitForDone()
    facts["converted"] = yield from undo_of_another_layer(document)
    act("edit_undo")
    facts["conversion"] = yield from soon(lambda: document.colorDepth() == "U8")
    act("edit_undo")
    facts["group"] = yield from soon(lambda: len(groups(document)) == 1)
    yield from quiet(0.3)
    facts["model"] = document.colorModel()
    return facts


def undo_of_another_layer(document):
    """Add a layer and undo that; whether everything else is as it was."""
    document.waitForDone()
    yield from quiet(0.1)
    before = contents(document)
    document.rootNode().addChildNode(document.createNode("other", "paintlayer"), None)
    document.waitForDone()
    yield from activate(document, document.nodeByName("other"))
    act("edit_undo")
    yield lambda: document.nodeByName("other") is None
    yield from quiet(0.3)
    return contents(document) == before


def refused_group(photo):
    """Krita takes no group (a stand-in refuses it); then try again by the message's button."""
    from selective_colorize import adapter
    from selective_colorize.errors import not_added

    def refuse(*_arguments):
        raise not_added()

    taken, adapter.add_group = adapter.add_group, refuse
    try:
        close_all()
        document = yield from open_photo(photo)
        act("selective_colorize_again")
        yield lambda: message() is not None
    finally:
        adapter.add_group = taken
    box = message()
    facts = {"text": f"{box.text()} {box.informativeText()}"}
    facts["groups"] = len(groups(document))
    yield from press(box, "Try Again")
    yield no_error(lambda: settled(document))
    facts["later"] = len(groups(document))
    return facts
