"""Images of all kinds: made from raw pixels, with layers of all types, of other color models."""

from __future__ import annotations

from pathlib import Path

from helpers import (
    act,
    activate,
    add_view,
    area_of,
    blended_id,
    close_all,
    colorize,
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
    pixel_image,
    quiet,
    settled,
)
from krita import Selection
from PyQt5.QtCore import QRect


def open_layered(path, folder):
    """Open a file of several layers; their samples and what they show together go into files."""
    close_all()
    document = yield from open_photo(path)
    for node in document.rootNode().childNodes():
        dump(node, area_of(document), Path(folder) / f"{node.name()}.raw")
    dump(document, area_of(document), Path(folder) / "projection.raw")
    return {
        "tree": describe(document.rootNode()),
        "image": [document.colorModel(), document.colorDepth()],
        "colors": {
            node.name(): [node.colorModel(), node.colorDepth()]
            for node in document.rootNode().childNodes()
        },
    }


def printed_size(path):
    """Open a file; pixels to an inch, across and down."""
    close_all()
    document = yield from open_photo(path)
    return [document.xRes(), document.yRes()]


def marks(path):
    """Colorize a photo twice; what the document says of itself after each."""
    close_all()
    document = yield from open_photo(path)
    yield from colorize(document)
    yield from quiet(0.5)
    told, first = document.documentInfo(), blended_id(document)
    yield from colorize(document)
    # A group is there already: the second run is over when the group has another composite.
    yield no_error(lambda: blended_id(document) not in ("", first) and settled(document))
    yield from quiet(0.5)
    return [told, document.documentInfo()]


def colorize_pixels(folder, selection=None, **image):
    """Colorize an image made from raw pixels (see `pixel_image`), within a rectangle if any."""
    folder = Path(folder)
    document, source = yield from pixel_image(**image)
    dump(source, area_of(source), folder / "source.raw")
    if selection:
        yield from select(document, QRect(*selection))
    yield from colorize(document)
    dump_group(document, folder, "result")
    colorized, mask, blended = parts(document)
    return {
        "image": [document.colorModel(), document.colorDepth(), document.colorProfile()],
        "colorized": [colorized.colorModel(), colorized.colorDepth(), colorized.colorProfile()],
        "bounds": [area_of(node).getRect() for node in (source, colorized, mask, blended)],
    }


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
    yield from activate(document, node)
    before = pixel_hash(document, node)
    yield from colorize(document, known + 1)
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
    profile = krita().profiles(model, depth)[0]
    document = krita().createDocument(64, 48, "other", model, depth, profile, 72.0)
    yield from add_view(document)
    before = describe(document.rootNode())
    text = yield from complaint("selective_colorize_again")
    return {"text": text, "unchanged": describe(document.rootNode()) == before}


def refused_layer(photo, model, depth):
    """A layer of another color model in an RGB image: the message, and the image then."""
    close_all()
    document = yield from open_photo(photo)
    document.activeNode().setColorSpace(model, depth, krita().profiles(model, depth)[0])
    document.waitForDone()
    before = describe(document.rootNode())
    text = yield from complaint("selective_colorize_again")
    return {"text": text, "unchanged": describe(document.rootNode()) == before}


def select(document, area):
    """Select a rectangle."""
    act("select_all")
    yield lambda: document.selection() is not None
    selection = Selection()
    selection.select(*area.getRect(), 255)
    document.setSelection(selection)
    document.waitForDone()


def inside_a_group(photo):
    """Colorize a layer that lies in a group between two others; the group before and after."""
    close_all()
    document = yield from open_photo(photo)
    source, folder = document.activeNode().clone(), document.createGroupLayer("folder")
    document.rootNode().addChildNode(folder, None)
    for name in ("below", "source", "above"):
        source.setName(name)
        document.nodeByName("folder").addChildNode(source.clone(), None)
    document.waitForDone()
    facts = {"before": describe(document.rootNode())}
    yield from activate(document, document.nodeByName("source"))
    act("selective_colorize_again")
    yield no_error(lambda: len(document.nodeByName("folder").childNodes()) == 4)
    yield no_error(document.annotationTypes)
    document.waitForDone()
    facts["after"] = describe(document.nodeByName("folder"))
    act("edit_undo")
    yield lambda: len(document.nodeByName("folder").childNodes()) == 3
    document.waitForDone()
    facts["undone"] = describe(document.rootNode())
    return facts
