"""Images of all kinds: made from raw pixels, with layers of all types, of other color models."""

from __future__ import annotations

from pathlib import Path

from helpers import (
    act,
    add_view,
    area_of,
    close_all,
    complaint,
    describe,
    dump,
    dump_group,
    groups,
    krita,
    no_error,
    open_photo,
    parts,
    pixel_hash,
    settled,
)
from krita import Selection
from PyQt5.QtCore import QByteArray, QRect


def colorize_pixels(folder, size, color, pixels, layer=None):
    """Colorize an image made from raw pixels; the layer may lie elsewhere than the image.

    `size` is width and height of the image, `color` its model, depth and profile, `layer` left,
    top, width and height of the layer.
    """
    folder, area = Path(folder), QRect(*(layer or (0, 0, *size)))
    close_all()
    document = krita().createDocument(*size, "pixels", *color, 72.0)
    yield from add_view(document)
    source = yield from only_layer(document, area, Path(pixels).read_bytes())
    dump(source, area, folder / "source.raw")
    act("selective_colorize_again")
    yield no_error(lambda: settled(document))
    document.waitForDone()
    dump_group(document, folder, "result")
    colorized, mask, blended = parts(document)
    return {
        "image": [document.colorModel(), document.colorDepth(), document.colorProfile()],
        "colorized": [colorized.colorModel(), colorized.colorDepth(), colorized.colorProfile()],
        "bounds": [area_of(node).getRect() for node in (source, colorized, mask, blended)],
    }


def only_layer(document, area, pixels):
    """Replace a new image's background by a layer of pixels; the layer."""
    background = document.activeNode()
    document.rootNode().addChildNode(document.createNode("photo", "paintlayer"), None)
    background.remove()
    document.waitForDone()
    yield lambda: document.activeNode() is not None and document.activeNode().name() == "photo"
    photo = document.nodeByName("photo")
    photo.setPixelData(QByteArray(pixels), *area.getRect())
    document.refreshProjection()
    document.waitForDone()
    return photo


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="120">'
    '<rect width="160" height="120" fill="#777"/>'
    '<circle cx="80" cy="60" r="40" fill="#333"/></svg>'
)


def layer_kinds(photo):
    """Colorize group, clone, vector, file, hidden and locked layers; bounds of each result."""
    close_all()
    document = yield from open_photo(photo)
    yield from add_layers(document, photo)
    facts = {}
    for name in ("group", "clone", "file", "hidden", "locked", "vector"):
        facts[name] = yield from colorize_layer(document, name)
    return facts


def add_layers(document, photo):
    """Put a layer of each kind above the photo's."""
    root, base = document.rootNode(), document.activeNode()
    group = document.createGroupLayer("group")
    group.addChildNode(base.clone(), None)
    clone = document.createCloneLayer("clone", base)
    file_layer = document.createFileLayer("file", photo, "None")
    vector = document.createVectorLayer("vector")
    for node in (group, clone, file_layer, base.clone(), base.clone(), vector):
        root.addChildNode(node, None)
    hidden, locked = root.childNodes()[-3:-1]
    hidden.setName("hidden")
    hidden.setVisible(False)
    locked.setName("locked")
    locked.setLocked(True)
    vector.addShapesFromSvg(SVG)
    document.refreshProjection()
    document.waitForDone()
    for name in ("file", "vector"):
        yield lambda name=name: document.nodeByName(name).bounds().width() > 0


def colorize_layer(document, name):
    """Colorize one layer of many; what lies above it then, and whether it shows what it did."""
    node, known = document.nodeByName(name), len(groups(document))
    document.setActiveNode(node)
    yield lambda: document.activeNode().name() == name
    before = pixel_hash(document, node)
    act("selective_colorize_again")
    yield no_error(lambda: settled(document, known + 1))
    document.waitForDone()
    children = document.rootNode().childNodes()
    above = children[[child.name() for child in children].index(name) + 1]
    return {
        "above": above.name(),
        "bounds": [node.bounds().getRect(), above.childNodes()[0].bounds().getRect()],
        "untouched": pixel_hash(document, node) == before,
    }


def refused(model, depth):
    """An image of another color model: the message, and what the image looks like then."""
    close_all()
    document = krita().createDocument(64, 48, "other", model, depth, "", 72.0)
    yield from add_view(document)
    before = describe(document.rootNode())
    text = yield from complaint("selective_colorize_again")
    return {"text": text, "unchanged": describe(document.rootNode()) == before}


def within_selection(photo, folder):
    """Select the left half, then colorize."""
    close_all()
    document = yield from open_photo(photo)
    act("select_all")
    yield lambda: document.selection() is not None
    selection = Selection()
    selection.select(0, 0, document.width() // 2, document.height(), 255)
    document.setSelection(selection)
    document.waitForDone()
    act("selective_colorize_again")
    yield no_error(lambda: settled(document))
    dump_group(document, Path(folder), "selected")
    return describe(document.rootNode())
