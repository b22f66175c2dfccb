"""Results that Recomposite has to find again: damaged, renamed, undone, saved and opened."""

from __future__ import annotations

from pathlib import Path

from helpers import (
    act,
    activate,
    close_all,
    colorize,
    colorize_beside,
    colorized,
    complaint,
    contents,
    describe,
    groups,
    kill_daemon,
    message,
    no_error,
    open_photo,
    parts,
    press,
    recomposite,
)


def damaged(photo):
    """Recomposite without a result, and after its mask and its photo were removed."""
    close_all()
    document = yield from open_photo(photo)
    source = document.activeNode()
    facts = {"none": (yield from complaint("selective_colorize_update"))}
    yield from colorize(document)
    parts(document)[1].remove()
    document.waitForDone()
    facts["no mask"] = yield from complaint("selective_colorize_update")
    source.remove()
    document.waitForDone()
    facts["no photo"] = yield from complaint("selective_colorize_update")
    return facts


def renamed(photo):
    """Rename what was made and show Blended, then recomposite: the layers are still found."""
    document = yield from colorized(photo)
    group = groups(document)[0]
    layer, mask, blended = parts(document)
    group.setName("mine")
    layer.setName("color")
    mask.setName("my mask")
    old = blended.uniqueId().toString()
    blended.setVisible(True)
    act("selective_colorize_update")
    yield no_error(
        lambda: old not in [node.uniqueId().toString() for node in children_of(document, "mine")]
    )
    return describe(document.rootNode())


def children_of(document, name):
    """Children of the group with a name."""
    return document.nodeByName(name).childNodes()


def undone(photo):
    """Colorize, undo, colorize again, then recomposite from a layer that belongs to nothing."""
    document = yield from colorized(photo)
    act("edit_undo")
    yield lambda: not groups(document)
    facts = {"undone": (yield from complaint("selective_colorize_update"))}
    yield from colorize(document)
    document.rootNode().addChildNode(document.createNode("other", "paintlayer"), None)
    yield from activate(document, document.nodeByName("other"))
    yield from recomposite(document)
    facts["recomposited"] = describe(document.rootNode())
    return facts


def locked(photo):
    """Recomposite while Blended is locked, then unlocked; what was said and what changed."""
    document = yield from colorized(photo)
    parts(document)[2].setLocked(True)
    before = contents(document)
    facts = {"text": (yield from complaint("selective_colorize_update"))}
    facts["unchanged"] = contents(document) == before
    parts(document)[2].setLocked(False)
    yield from recomposite(document)
    facts["later"] = describe(document.rootNode()) != before[3]
    return facts


def locked_group(photo):
    """Recomposite while the group is locked; what was said."""
    document = yield from colorized(photo)
    groups(document)[0].setLocked(True)
    return (yield from complaint("selective_colorize_update"))


def of_another_depth(photo):
    """Recomposite after Blended was converted, and after it was deleted."""
    document = yield from colorized(photo)
    blended = parts(document)[2]
    blended.setColorSpace("RGBA", "U16", blended.colorProfile())
    document.waitForDone()
    text = yield from complaint("selective_colorize_update")
    blended.remove()
    document.waitForDone()
    act("selective_colorize_update")
    yield no_error(lambda: len(groups(document)[0].childNodes()) == 3)
    return text


def copied(photo):
    """Recomposite from within a copy of the group; what was said, and whether anything changed."""
    document = yield from colorized(photo)
    copy = groups(document)[0].duplicate()
    document.rootNode().addChildNode(copy, None)
    document.waitForDone()
    yield from activate(document, copy.childNodes()[0])
    before = contents(document)
    text = yield from complaint("selective_colorize_update")
    return {"text": text, "unchanged": contents(document) == before}


def shown_bounds(photo):
    """Where the group shows something, before and after Recomposite; Blended is hidden."""
    document = yield from colorized(photo)
    group = groups(document)[0]
    before = group.bounds().getRect()
    yield from recomposite(document)
    return [before, group.bounds().getRect()]


def tried_again(photo, record, pid_file):
    """Recomposite one of two results without a daemon, select the other's layer, try again.

    `record` is the file that says how the daemon is started; it is broken for a while.
    """
    document = yield from colorized(photo)
    yield from activate(document, document.rootNode().childNodes()[0])
    yield from colorize_beside(document)
    newer, older = groups(document)
    yield from activate(document, older.childNodes()[0])
    before = [group.childNodes()[1].uniqueId().toString() for group in (older, newer)]
    kept = Path(record).read_text()
    Path(record).write_text('{"command": ["/bin/false"]}')
    kill_daemon(pid_file)
    try:
        act("selective_colorize_update")
        yield lambda: message() is not None
    finally:
        Path(record).write_text(kept)
    facts = {"text": message().text()}
    yield from activate(document, newer.childNodes()[0])
    yield from press(message(), "Try Again")
    yield no_error(lambda: blended_of(older) not in ("", before[0]))
    document.waitForDone()
    facts["replaced"] = [blended_of(older) != before[0], blended_of(newer) != before[1]]
    return facts


def blended_of(group):
    """Identity of a result's composite; none while Krita replaces it."""
    children = group.childNodes()
    return children[1].uniqueId().toString() if len(children) == 3 else ""


def saved_and_reopened(photo, path):
    """Save with a result, close, open, recomposite; the layers before and after."""
    document = yield from colorized(photo)
    before = describe(document.rootNode())
    document.setBatchmode(True)
    document.saveAs(path)
    close_all()
    document = yield from open_photo(path)
    reopened = describe(document.rootNode())
    yield from recomposite(document)
    return {
        "before": before,
        "reopened": reopened,
        "recomposited": describe(document.rootNode()),
    }
