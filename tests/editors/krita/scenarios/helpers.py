"""What scenarios share: finding layers, widgets and messages, and writing pixels to files."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from pathlib import Path

from krita import Krita
from PyQt5.QtCore import QByteArray, QRect
from PyQt5.QtWidgets import QAbstractButton, QApplication


def krita():
    """The running Krita."""
    return Krita.instance()


def act(name):
    """Trigger an action of the menu."""
    krita().action(name).trigger()


def close_all():
    """Close every image and every window of the plugin."""
    for top in QApplication.topLevelWidgets():
        if top.objectName().startswith("selcolor_") and top.isVisible():
            top.close()
    for document in krita().documents():
        document.setModified(False)
        document.close()


def open_photo(path):
    """Open a file as the user would, with a view."""
    document = krita().openDocument(str(path))
    yield from add_view(document)
    return document


def pixel_image(size, color, pixels, layer=None):
    """An image made from a file of raw pixels, and its only layer.

    Args:
        size: width and height of the image.
        color: its model, depth and profile.
        pixels: the file.
        layer: left, top, width and height of the layer, if not the image's.
    """
    close_all()
    document = krita().createDocument(*size, "pixels", *color, 72.0)
    yield from add_view(document)
    background = document.activeNode()
    document.rootNode().addChildNode(document.createNode("photo", "paintlayer"), None)
    background.remove()
    document.waitForDone()
    photo = document.nodeByName("photo")
    yield from activate(document, photo)
    photo.setPixelData(QByteArray(Path(pixels).read_bytes()), *(layer or (0, 0, *size)))
    document.refreshProjection()
    document.waitForDone()
    return document, photo


def add_view(document):
    """Show an image and wait until it is the one in front."""
    krita().activeWindow().addView(document)
    yield lambda: krita().activeDocument() == document
    yield lambda: document.activeNode() is not None
    document.refreshProjection()
    document.waitForDone()


def colorize(document, count=1):
    """Colorize the active layer with the last settings; the image has `count` results then."""
    act("selective_colorize_again")
    yield no_error(lambda: settled(document, count))
    document.waitForDone()


def colorize_beside(document):
    """Colorize a photo that has a result once more, beside the first."""
    count = len(groups(document)) + 1
    dialog = yield from open_dialog()
    dialog.beside.setChecked(True)
    dialog.accept()
    yield no_error(lambda: len(annotations(document)) == count and settled(document, count))
    document.waitForDone()


def colorized(photo):
    """Open a photo and colorize it; the image."""
    close_all()
    document = yield from open_photo(photo)
    yield from colorize(document)
    return document


def recomposite(document):
    """Recomposite the result that is meant; the newest one has another composite then."""
    old = blended_id(document)
    act("selective_colorize_update")
    yield no_error(lambda: blended_id(document) not in ("", old) and settled(document))
    document.waitForDone()


def activate(document, node):
    """Make a layer the active one, after Krita has activated what was added last."""
    yield from quiet(0.1)
    wanted = node.uniqueId().toString()
    document.setActiveNode(node)
    yield (
        lambda: (
            document.activeNode() is not None
            and document.activeNode().uniqueId().toString() == wanted
        )
    )


def open_dialog():
    """Open the plugin's dialog and wait until it knows the daemon; the dialog."""
    act("selective_colorize")
    yield lambda: widget("selcolor_dialog") is not None
    dialog = widget("selcolor_dialog")
    yield lambda: "computing on" in dialog.status.text()
    return dialog


def dismiss():
    """Close the message that has come; its words."""
    yield lambda: message() is not None
    box = message()
    text = f"{box.text()} {box.informativeText()}"
    box.close()
    yield lambda: message() is None
    return text


def press(box, text):
    """Close a message with one of its buttons."""
    button(box, text).click()
    yield lambda: message() is None


def kill_daemon(pid_file):
    """End the daemon that a connection file names, without a warning."""
    os.kill(json.loads(Path(pid_file).read_text())["pid"], signal.SIGKILL)


def groups(document):
    """The results in an image."""
    return [
        node
        for node in document.rootNode().childNodes()
        if node.type() == "grouplayer" and node.name().startswith("Selective Colorize")
    ]


def parts(document):
    """Colorized, its mask, and Blended of the newest result."""
    colorized, blended, _hints = groups(document)[-1].childNodes()
    return colorized, colorized.childNodes()[0], blended


def blended_id(document):
    """Identity of the newest result's composite; Krita is asked only while it has all layers."""
    children = groups(document)[-1].childNodes()
    return children[1].uniqueId().toString() if len(children) == 3 else ""


def describe(node):
    """A layer and what is below it, as plain data."""
    return {
        "name": node.name(),
        "type": node.type(),
        "visible": node.visible(),
        "locked": node.locked(),
        "id": node.uniqueId().toString(),
        "children": [describe(child) for child in node.childNodes()],
    }


def settled(document, count=1):
    """Whether the newest result is complete: the plugin remembers its layers last of all."""
    # The image in which the plugin stages a group is one of Krita's, too.
    if len(groups(document)) < count or len(groups(document)[-1].childNodes()) < 3:
        return False
    group = groups(document)[-1]
    nodes = [group, *parts(document)]
    texts = " ".join(document.annotation(key).data().decode() for key in annotations(document))
    return all(node.uniqueId().toString() in texts for node in nodes)


def annotations(document):
    """What the plugin keeps in an image."""
    return [key for key in document.annotationTypes() if key.startswith("selective-colorize")]


def area_of(thing):
    """The rectangle of an image or a layer."""
    if hasattr(thing, "rootNode"):
        return QRect(0, 0, thing.width(), thing.height())
    return thing.bounds()


def dump(thing, area, path):
    """Write the pixels of an image's projection or of a layer."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(thing.pixelData(*area.getRect()).data())


def dump_group(document, folder, name):
    """Write the pixels of a result's layers, all over the area of the source."""
    colorized, mask, blended = parts(document)
    area = colorized.bounds()
    for kind, node in (("colorized", colorized), ("mask", mask), ("blended", blended)):
        dump(node, area, folder / f"{name}-{kind}.raw")


def pixel_hash(document, node):
    """A digest of what a layer shows."""
    area = area_of(document)
    return hashlib.sha256(node.projectionPixelData(*area.getRect()).data()).hexdigest()


def contents(document):
    """All that undo has to bring back: color space, layers, and the pixels of each."""
    color = [document.colorModel(), document.colorDepth(), document.colorProfile()]
    return [*color, describe(document.rootNode()), own_pixels(document.rootNode())]


def own_pixels(node):
    """Digests of the pixels of all layers and masks below a node."""
    found = []
    for child in node.childNodes():
        pixels = child.pixelData(*child.bounds().getRect()).data()
        found += [child.name(), hashlib.sha256(pixels).hexdigest(), *own_pixels(child)]
    return found


def soon(condition, seconds=10.0):
    """Wait for a condition; whether it came to hold."""
    until = time.monotonic() + seconds
    yield lambda: condition() or time.monotonic() >= until
    return condition()


def fill(mask, area, value):
    """Paint a rectangle of a mask."""
    mask.setPixelData(QByteArray(bytes([value]) * (area.width() * area.height())), *area.getRect())


def widget(name):
    """A visible window of the plugin; None when there is none."""
    for top in QApplication.topLevelWidgets():
        if top.objectName() == name and top.isVisible():
            return top
    return None


def message():
    """The plugin's message box; None when there is none."""
    return widget("selcolor_message")


def no_error(condition):
    """A condition that fails the scenario as soon as the plugin complains."""

    def check():
        box = message()
        assert box is None, f"{box.text()} {box.informativeText()} {box.detailedText()}"
        return condition()

    return check


def complaint(name):
    """Trigger an action and expect a message; its words."""
    act(name)
    return (yield from dismiss())


def button(window, text):
    """A window's button by its text."""
    return next(
        found
        for found in window.findChildren(QAbstractButton)
        if found.text().replace("&", "") == text
    )


def shoot(path):
    """Write what the screen shows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    QApplication.processEvents()
    assert QApplication.primaryScreen().grabWindow(0).save(str(path))


def quiet(seconds):
    """Let events pass for a while: something might still come that must not."""
    until = time.monotonic() + seconds
    yield lambda: time.monotonic() >= until
