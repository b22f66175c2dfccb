"""A brush stroke by a real pointer, held down while a result arrives."""

from __future__ import annotations

import subprocess

from helpers import (
    act,
    activate,
    close_all,
    krita,
    no_error,
    open_photo,
    quiet,
    settled,
    widget,
)
from PyQt5.QtWidgets import QMdiArea

STEPS = 40


def held_down(photo):
    """Paint a line until the result waits for it, then on to its end; which columns are painted."""
    close_all()
    document = yield from open_photo(photo)
    main = krita().activeWindow().qwindow()
    main.setGeometry(0, 0, 1600, 1000)
    krita().activeWindow().activeView().canvas().setZoomLevel(1.0)
    document.rootNode().addChildNode(document.createNode("scribble", "paintlayer"), None)
    yield from activate(document, document.rootNode().childNodes()[0])
    act("selective_colorize_again")
    yield lambda: widget("selcolor_progress") is not None
    window = widget("selcolor_progress")
    window.move(0, 0)
    yield from activate(document, document.nodeByName("scribble"))
    krita().action("KritaShape/KisToolBrush").trigger()
    yield from quiet(0.5)

    shown = main.findChild(QMdiArea).activeSubWindow()
    corner, size = shown.mapToGlobal(shown.rect().topLeft()), shown.rect()
    left, right = corner.x() + size.width() // 4, corner.x() + 3 * size.width() // 4
    y = corner.y() + 3 * size.height() // 4
    pointer("mousemove", left, y, "mousedown", 1)
    facts = {"path": right - left, "waited": False}
    try:
        yield from draw(left, (left + right) // 2, y)
        yield no_error(lambda: "finished your stroke" in window.stage.text())
        facts["waited"] = True
        yield from draw((left + right) // 2, right, y)
    finally:
        pointer("mouseup", 1)
    yield no_error(lambda: settled(document))
    document.waitForDone()
    scribble = document.nodeByName("scribble")
    facts["painted"] = painted_columns(scribble)
    return facts


def draw(start, end, y):
    """Move the pointer along a line."""
    for step in range(STEPS + 1):
        pointer("mousemove", start + (end - start) * step // STEPS, y)
        yield from quiet(0.03)


def pointer(*arguments):
    """Tell the X server what the pointer does."""
    subprocess.run(["xdotool", *map(str, arguments)], check=True)


def painted_columns(node):
    """How wide a layer's painted part is, and how many of its columns are empty."""
    area = node.bounds()
    width = area.width()
    alpha = node.pixelData(*area.getRect()).data()[3::4]
    empty = sum(not any(alpha[column::width]) for column in range(width))
    return [width, empty]
