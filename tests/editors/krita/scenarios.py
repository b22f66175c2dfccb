"""What is done inside Krita: generator functions that the driver runs, with Krita's own API.

Each yields conditions to wait for, and returns what a test then judges. Pixels go into raw files.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from helpers import (
    GapMeter,
    act,
    add_view,
    area_of,
    button,
    close_all,
    describe,
    dump,
    dump_group,
    fill,
    groups,
    krita,
    message,
    no_error,
    open_photo,
    parts,
    pixel_hash,
    settled,
    shoot,
    widget,
)
from PyQt5.QtCore import QByteArray, QRect, Qt
from PyQt5.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton


def ready():
    """The plugin's actions are there."""
    names = ("selective_colorize", "selective_colorize_again", "selective_colorize_recomposite")
    yield lambda: all(krita().action(name) is not None for name in names)
    yield lambda: krita().activeWindow() is not None
    return {
        "version": krita().version(),
        "shortcuts": [krita().action(name).shortcut().toString() for name in names],
        "texts": [krita().action(name).text().replace("&", "") for name in names],
    }


def whole_story(photo, folder):
    """Colorize by the menu's action, undo, redo, paint, recomposite, undo, redo."""
    folder = Path(folder)
    close_all()
    document = yield from open_photo(photo)
    source = document.activeNode()
    facts = {"source": describe(source), "before": pixel_hash(document, source)}
    act("selective_colorize_again")
    yield no_error(lambda: settled(document))
    document.waitForDone()
    facts["tree"] = describe(document.rootNode())
    facts["after"] = pixel_hash(document, source)
    facts["modified"] = document.modified()
    dump_group(document, folder, "first")

    act("edit_undo")
    yield lambda: not groups(document)
    facts["undone"] = describe(document.rootNode())
    act("edit_redo")
    yield lambda: groups(document)
    dump_group(document, folder, "redone")
    facts["redone"] = describe(document.rootNode())

    mask = parts(document)[1]
    painted = QRect(0, 0, document.width() // 2, document.height())
    fill(mask, painted, 0)
    document.refreshProjection()
    document.waitForDone()
    dump(document, area_of(document), folder / "painted-projection.raw")
    dump(source, area_of(document), folder / "source.raw")
    dump_group(document, folder, "painted")

    old = blended_id(document)
    act("selective_colorize_recomposite")
    yield no_error(lambda: blended_id(document) != old and settled(document))
    document.waitForDone()
    facts["recomposited"] = describe(document.rootNode())
    dump_group(document, folder, "recomposited")
    act("edit_undo")
    yield lambda: blended_id(document) == old
    facts["recomposite_undone"] = describe(document.rootNode())
    dump_group(document, folder, "recomposite-undone")
    act("edit_redo")
    yield lambda: blended_id(document) != old
    dump_group(document, folder, "recomposite-redone")
    facts["recomposite_redone"] = describe(document.rootNode())

    act("selective_colorize_recomposite")
    newer = blended_id(document)
    yield no_error(lambda: blended_id(document) != newer and settled(document))
    facts["again"] = describe(document.rootNode())
    return facts


def blended_id(document):
    """Identity of the newest result's composite; Krita is asked only while it has both layers."""
    children = groups(document)[-1].childNodes()
    return children[-1].uniqueId().toString() if len(children) == 2 else ""


def colorize_pixels(folder, size, color, pixels, layer=None):
    """Colorize an image made from raw pixels; the layer may lie elsewhere than the image.

    `size` is width and height of the image, `color` its model, depth and profile, `layer` left,
    top, width and height of the layer.
    """
    folder, (width, height) = Path(folder), size
    close_all()
    document = krita().createDocument(width, height, "pixels", *color, 72.0)
    yield from add_view(document)
    left, top, columns, rows = layer or (0, 0, width, height)
    source, background = document.createNode("photo", "paintlayer"), document.activeNode()
    document.rootNode().addChildNode(source, None)
    background.remove()
    document.waitForDone()
    source = document.nodeByName("photo")
    yield lambda: document.activeNode() is not None and document.activeNode().name() == "photo"
    source.setPixelData(QByteArray(Path(pixels).read_bytes()), left, top, columns, rows)
    document.refreshProjection()
    document.waitForDone()
    dump(source, QRect(left, top, columns, rows), folder / "source.raw")
    act("selective_colorize_again")
    yield no_error(lambda: settled(document))
    document.waitForDone()
    dump_group(document, folder, "result")
    colorized, mask, blended = parts(document)
    return {
        "tree": describe(document.rootNode()),
        "image": [document.colorModel(), document.colorDepth(), document.colorProfile()],
        "colorized": [colorized.colorModel(), colorized.colorDepth(), colorized.colorProfile()],
        "bounds": [area_of(node).getRect() for node in (source, colorized, mask, blended)],
        "source": describe(source),
    }


def layer_kinds(photo):
    """Colorize group, clone, vector, file, hidden and locked layers; bounds of each result."""
    close_all()
    document = yield from open_photo(photo)
    root, base = document.rootNode(), document.activeNode()
    group = document.createGroupLayer("group")
    inner = base.clone()
    group.addChildNode(inner, None)
    clone = document.createCloneLayer("clone", base)
    file_layer = document.createFileLayer("file", photo, "None")
    hidden, locked = base.clone(), base.clone()
    vector = document.createVectorLayer("vector")
    for node in (group, clone, file_layer, hidden, locked, vector):
        root.addChildNode(node, None)
    hidden = root.childNodes()[-3]
    locked = root.childNodes()[-2]
    hidden.setName("hidden")
    hidden.setVisible(False)
    locked.setName("locked")
    locked.setLocked(True)
    vector.addShapesFromSvg(SVG)
    document.refreshProjection()
    document.waitForDone()
    yield lambda: root.childNodes()[-1].bounds().width() > 0
    yield lambda: root.childNodes()[3].bounds().width() > 0
    facts = {}
    for name in ("group", "clone", "file", "hidden", "locked", "vector"):
        node = document.nodeByName(name)
        document.setActiveNode(node)
        yield lambda node=node: document.activeNode().name() == node.name()
        known = len(groups(document))
        facts[name] = {"type": node.type(), "before": pixel_hash(document, node)}
        act("selective_colorize_again")
        yield lambda known=known: settled(document, known + 1) or message() is not None
        box = message()
        if box is not None:
            facts[name]["message"] = box.text() + " " + box.informativeText()
            box.close()
            yield lambda: message() is None
            continue
        document.waitForDone()
        names = [child.name() for child in root.childNodes()]
        made = groups(document)
        above = root.childNodes()[names.index(name) + 1]
        facts[name]["above"] = above.name()
        facts[name]["bounds"] = [node.bounds().getRect(), above.childNodes()[0].bounds().getRect()]
        facts[name]["after"] = pixel_hash(document, node)
        facts[name]["groups"] = len(made)
    return facts


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="120">'
    '<rect width="160" height="120" fill="#777"/>'
    '<circle cx="80" cy="60" r="40" fill="#333"/></svg>'
)


def refused(model, depth):
    """An image of another color model: the message, and what the image looks like then."""
    close_all()
    document = krita().createDocument(64, 48, "other", model, depth, "", 72.0)
    yield from add_view(document)
    before = describe(document.rootNode())
    act("selective_colorize_again")
    yield lambda: message() is not None
    box = message()
    facts = {"text": box.text(), "hint": box.informativeText()}
    box.close()
    yield lambda: message() is None
    facts["unchanged"] = describe(document.rootNode()) == before
    return facts


def within_selection(photo, folder):
    """Select the left half, then colorize."""
    close_all()
    document = yield from open_photo(photo)
    act("select_all")
    yield lambda: document.selection() is not None
    from krita import Selection

    selection = Selection()
    selection.select(0, 0, document.width() // 2, document.height(), 255)
    document.setSelection(selection)
    document.waitForDone()
    act("selective_colorize_again")
    yield no_error(lambda: settled(document))
    dump_group(document, Path(folder), "selected")
    return describe(document.rootNode())


def meddle(photo, how, answer):
    """Change the image while its job runs; answer the offer; what the image is then."""
    close_all()
    document = yield from open_photo(photo)
    source = document.activeNode()
    act("selective_colorize_again")
    yield lambda: widget("selcolor_progress") is not None
    if how == "close":
        document.setModified(False)
        document.close()
    elif how == "resize":
        document.resizeImage(0, 0, document.width() + 10, document.height())
    elif how == "edit":
        fill_color(source, QRect(0, 0, 5, 5))
    elif how == "remove":
        twin = source.duplicate()
        document.rootNode().addChildNode(twin, None)
        source.remove()
    yield lambda: message() is not None
    box = message()
    facts = {"text": box.text(), "hint": box.informativeText(), "images": len(krita().documents())}
    if how != "close":
        facts["untouched"] = not groups(document)
    button(box, answer).click()
    yield lambda: message() is None
    if answer == "Discard":
        facts["images_after"] = len(krita().documents())
        facts["inserted"] = how != "close" and bool(groups(document))
    else:
        yield no_error(lambda: krita().documents() and groups(krita().documents()[-1]))
        facts["inserted"] = True
        facts["tree"] = describe(krita().documents()[-1].rootNode())
    return facts


def fill_color(node, area):
    """Make a rectangle of a U8 RGBA layer red."""
    pixels = bytes([0, 0, 255, 255]) * (area.width() * area.height())
    node.setPixelData(QByteArray(pixels), *area.getRect())


def damaged_result(photo):
    """Recomposite without a result, and after its mask and its photo were removed."""
    close_all()
    document = yield from open_photo(photo)
    facts = {}

    def complaint():
        act("selective_colorize_recomposite")
        yield lambda: message() is not None
        text = message().text() + " " + message().informativeText()
        message().close()
        yield lambda: message() is None
        return text

    facts["none"] = yield from complaint()
    act("selective_colorize_again")
    yield no_error(lambda: settled(document))
    parts(document)[1].remove()
    document.waitForDone()
    facts["no mask"] = yield from complaint()
    return facts


def moved_group(photo):
    """Reorder and rename what was made, then recomposite: the layers are still found."""
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
        lambda: old not in [node.uniqueId().toString() for node in group_named(document, "mine")]
    )
    return describe(document.rootNode())


def group_named(document, name):
    """Children of a group."""
    return document.nodeByName(name).childNodes()


def long_job(photo, gaps_of):
    """Measure the longest stall of the event loop while a long job runs."""
    close_all()
    document = yield from open_photo(photo)
    yield from calm(1.0)
    act("selective_colorize_again")
    yield lambda: widget("selcolor_progress") is not None
    window = widget("selcolor_progress")
    meter = GapMeter("selcolor_progress")
    started = time.monotonic()
    stages = []
    while widget("selcolor_progress") is not None and message() is None:
        if window.stage.text() not in stages:
            stages.append(window.stage.text())
        if gaps_of == "cancel" and stages[-1] == "Colorizing…":
            break
        yield lambda: True
    seconds = time.monotonic() - started
    if gaps_of == "cancel":
        clicked = time.monotonic()
        button(window, "Cancel").click()
        yield lambda: widget("selcolor_progress") is None
        returned = time.monotonic() - clicked
        yield from quiet(1.0)
        return {
            "returned": returned,
            "tree": describe(document.rootNode()),
            "message": message() is not None,
        }
    yield no_error(lambda: settled(document))
    return {"seconds": seconds, "longest": meter.longest, "stages": stages}


def calm(seconds, longest=0.03):
    """Wait until Krita itself has stopped stalling: thumbnails and canvas of a new image."""
    since = last = time.monotonic()
    while last - since < seconds:
        yield lambda: True
        now = time.monotonic()
        since = now if now - last > longest else since
        last = now


def quiet(seconds):
    """Let events pass for a while: something might still come that must not."""
    until = time.monotonic() + seconds
    yield lambda: time.monotonic() >= until


def begin_only(photo):
    """Start a job and leave it running."""
    close_all()
    yield from open_photo(photo)
    act("selective_colorize_again")
    yield lambda: widget("selcolor_progress") is not None
    yield no_error(lambda: "subject" in widget("selcolor_progress").stage.text())


def cancel_at_once(photo):
    """Cancel before the daemon is even found."""
    close_all()
    document = yield from open_photo(photo)
    act("selective_colorize_again")
    yield lambda: widget("selcolor_progress") is not None
    button(widget("selcolor_progress"), "Cancel").click()
    yield lambda: widget("selcolor_progress") is None
    yield from quiet(1.0)
    return describe(document.rootNode())


def killed_daemon(photo, pid_file):
    """Kill the daemon in mid-job; how long until a message, then try again by its button."""
    import json

    close_all()
    document = yield from open_photo(photo)
    act("selective_colorize_again")
    yield lambda: widget("selcolor_progress") is not None
    window = widget("selcolor_progress")
    yield (
        lambda: window.stage.text() in ("Finding the subject…", "Colorizing…", "Reading the photo…")
    )
    os.kill(json.loads(Path(pid_file).read_text())["pid"], signal.SIGKILL)
    killed = time.monotonic()
    yield lambda: message() is not None
    box = message()
    facts = {
        "seconds": time.monotonic() - killed,
        "text": box.text(),
        "hint": box.informativeText(),
        "tree": describe(document.rootNode()),
    }
    button(box, "Try Again").click()
    yield lambda: message() is None
    yield no_error(lambda: settled(document))
    facts["later"] = describe(document.rootNode())
    return facts


def failing(photo):
    """Run and expect a message; its words."""
    close_all()
    document = yield from open_photo(photo)
    act("selective_colorize_again")
    yield lambda: message() is not None
    facts = {
        "text": message().text(),
        "hint": message().informativeText(),
        "tree": describe(document.rootNode()),
    }
    message().close()
    yield lambda: message() is None
    return facts


def screenshots(photo, folder):
    """The menu, the dialog, the progress and the layers, as a user sees them."""
    folder = Path(folder)
    close_all()
    document = yield from open_photo(photo)
    main = krita().activeWindow().qwindow()
    main.setGeometry(QApplication.primaryScreen().geometry())
    krita().activeWindow().activeView().canvas().setZoomLevel(1.0)
    tools, scripts = open_menus(main)
    yield from quiet(0.5)
    shoot(folder / "menu.png")
    scripts.close()
    tools.close()

    act("selective_colorize")
    yield lambda: widget("selcolor_dialog") is not None
    dialog = widget("selcolor_dialog")
    yield lambda: "computing on" in dialog.status.text()
    facts = {"status": dialog.status.text(), "clipped": clipped(dialog), "order": tab_order(dialog)}
    facts["models"] = [dialog.colorizer.itemText(row) for row in range(dialog.colorizer.count())]
    shoot(folder / "dialog.png")
    dialog.findChild(QPushButton, "selcolor_start").click()
    yield lambda: widget("selcolor_progress") is not None
    window = widget("selcolor_progress")
    yield lambda: window.stage.text() == "Colorizing…" or groups(document)
    shoot(folder / "progress.png")
    yield no_error(lambda: settled(document))
    document.setActiveNode(parts(document)[1])
    yield from quiet(1.0)
    shoot(folder / "layers.png")
    return facts


def open_menus(main):
    """Open Tools › Scripts as the mouse would."""
    wanted = krita().action("selective_colorize")
    scripts = next(menu for menu in main.findChildren(QMenu) if wanted in menu.actions())
    tools = next(
        menu for menu in main.findChildren(QMenu) if scripts.menuAction() in menu.actions()
    )
    bar = main.menuBar()
    tools.popup(bar.mapToGlobal(bar.actionGeometry(tools.menuAction()).bottomLeft()))
    scripts.popup(tools.mapToGlobal(tools.actionGeometry(scripts.menuAction()).topRight()))
    return tools, scripts


def clipped(dialog):
    """Widgets that are smaller than they ask to be."""
    return [
        type(child).__name__ + ": " + getattr(child, "text", lambda: "")()
        for child in dialog.findChildren((QPushButton,))
        if child.isVisible() and child.width() < child.minimumSizeHint().width()
    ]


def tab_order(dialog):
    """Kinds of the fields in the order of the Tab key."""
    first, order = dialog.main_subject, []
    field = first
    while True:
        takes_tab = field.focusPolicy() & Qt.TabFocus and not isinstance(field, QLineEdit)
        if field.isVisible() and takes_tab:
            order.append(type(field).__name__)
        field = field.nextInFocusChain()
        if field is first or field is dialog or len(order) > 40:
            return order


def remembered_settings(photo, gain):
    """Change a field, accept; open the dialog again; the field."""
    close_all()
    document = yield from open_photo(photo)
    act("selective_colorize")
    yield lambda: widget("selcolor_dialog") is not None
    widget("selcolor_dialog").gain.setValue(gain)
    widget("selcolor_dialog").findChild(QPushButton, "selcolor_start").click()
    yield no_error(lambda: settled(document))
    act("selective_colorize")
    yield lambda: widget("selcolor_dialog") is not None
    found = widget("selcolor_dialog").gain.value()
    button(widget("selcolor_dialog"), "Defaults").click()
    default = widget("selcolor_dialog").gain.value()
    widget("selcolor_dialog").reject()
    yield lambda: widget("selcolor_dialog") is None
    return [found, default]


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
