"""Results that Recomposite has to find again: damaged, renamed, undone, saved and opened."""

from __future__ import annotations

from helpers import (
    act,
    blended_id,
    close_all,
    complaint,
    describe,
    groups,
    no_error,
    open_photo,
    parts,
    settled,
)


def damaged(photo):
    """Recomposite without a result, and after its mask and its photo were removed."""
    close_all()
    document = yield from open_photo(photo)
    source = document.activeNode()
    facts = {"none": (yield from complaint("selective_colorize_recomposite"))}
    act("selective_colorize_again")
    yield no_error(lambda: settled(document))
    parts(document)[1].remove()
    document.waitForDone()
    facts["no mask"] = yield from complaint("selective_colorize_recomposite")
    source.remove()
    document.waitForDone()
    facts["no photo"] = yield from complaint("selective_colorize_recomposite")
    return facts


def renamed(photo):
    """Rename what was made and show Blended, then recomposite: the layers are still found."""
    close_all()
    document = yield from open_photo(photo)
    act("selective_colorize_again")
    yield no_error(lambda: settled(document))
    group = groups(document)[0]
    colorized, mask, blended = parts(document)
    group.setName("mine")
    colorized.setName("color")
    mask.setName("my mask")
    old = blended.uniqueId().toString()
    blended.setVisible(True)
    act("selective_colorize_recomposite")
    yield no_error(
        lambda: old not in [node.uniqueId().toString() for node in children_of(document, "mine")]
    )
    return describe(document.rootNode())


def children_of(document, name):
    """Children of the group with a name."""
    return document.nodeByName(name).childNodes()


def undone(photo):
    """Colorize, undo, colorize again, then recomposite from a layer that belongs to nothing."""
    close_all()
    document = yield from open_photo(photo)
    act("selective_colorize_again")
    yield no_error(lambda: settled(document))
    act("edit_undo")
    yield lambda: not groups(document)
    facts = {"undone": (yield from complaint("selective_colorize_recomposite"))}
    act("selective_colorize_again")
    yield no_error(lambda: settled(document))
    document.rootNode().addChildNode(document.createNode("other", "paintlayer"), None)
    other = document.nodeByName("other")
    document.setActiveNode(other)
    yield lambda: document.activeNode().name() == "other"
    old = blended_id(document)
    act("selective_colorize_recomposite")
    yield no_error(lambda: blended_id(document) != old and settled(document))
    facts["recomposited"] = describe(document.rootNode())
    return facts


def saved_and_reopened(photo, path):
    """Save with a result, close, open, recomposite; the layers before and after."""
    close_all()
    document = yield from open_photo(photo)
    act("selective_colorize_again")
    yield no_error(lambda: settled(document))
    before = describe(document.rootNode())
    document.setBatchmode(True)
    document.saveAs(path)
    close_all()
    document = yield from open_photo(path)
    reopened = describe(document.rootNode())
    old = blended_id(document)
    act("selective_colorize_recomposite")
    yield no_error(lambda: blended_id(document) != old and settled(document))
    return {
        "before": before,
        "reopened": reopened,
        "recomposited": describe(document.rootNode()),
    }
