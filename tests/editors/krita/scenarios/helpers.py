"""What scenarios share: finding layers, widgets and messages, and writing pixels to files."""

from __future__ import annotations

import hashlib
import time

from krita import Krita
from PyQt5.QtCore import QByteArray, QRect, QTimer
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


def add_view(document):
    """Show an image and wait until it is the one in front."""
    krita().activeWindow().addView(document)
    yield lambda: krita().activeDocument() == document
    yield lambda: document.activeNode() is not None
    document.refreshProjection()
    document.waitForDone()


def groups(document):
    """The results in an image."""
    return [
        node
        for node in document.rootNode().childNodes()
        if node.type() == "grouplayer" and node.name().startswith("Selective Colorize")
    ]


def parts(document):
    """Colorized, its mask, and Blended of the newest result."""
    colorized, blended = groups(document)[-1].childNodes()
    return colorized, colorized.childNodes()[0], blended


def blended_id(document):
    """Identity of the newest result's composite; Krita is asked only while it has both layers."""
    children = groups(document)[-1].childNodes()
    return children[-1].uniqueId().toString() if len(children) == 2 else ""


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
    if len(groups(document)) < count:
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
    yield lambda: message() is not None
    box = message()
    text = f"{box.text()} {box.informativeText()}"
    box.close()
    yield lambda: message() is None
    return text


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


class GapMeter:
    """Measures the longest time in which the event loop did not turn while a window is shown.

    The gap in which the window goes away is left out: the pixels are inserted in it.
    """

    def __init__(self, name):
        self._name = name
        self._last = time.monotonic()
        self.longest = 0.0
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(5)

    def _tick(self):
        if widget(self._name) is None:
            self._timer.stop()
            return
        now = time.monotonic()
        self.longest = max(self.longest, now - self._last)
        self._last = now
