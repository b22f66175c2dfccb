"""Images that change while their job runs."""

from __future__ import annotations

from helpers import (
    act,
    close_all,
    colorized,
    contents,
    describe,
    groups,
    krita,
    message,
    no_error,
    open_photo,
    parts,
    press,
    settled,
    widget,
)
from PyQt5.QtCore import QByteArray, QRect


def meddle(photo, how, answer):
    """Change the image while its job runs; answer the offer; what the image is then."""
    close_all()
    document = yield from open_photo(photo)
    act("selective_colorize_again")
    yield lambda: widget("selcolor_progress") is not None
    CHANGES[how](document)
    yield lambda: message() is not None
    box = message()
    facts = {"text": box.text(), "hint": box.informativeText()}
    facts["untouched"] = how == "close" or not groups(document)
    yield from press(box, answer)
    if answer != "Discard":
        yield no_error(lambda: krita().documents() and settled(krita().documents()[-1]))
    facts["images"] = [describe(image.rootNode()) for image in krita().documents()]
    facts["models"] = [image.colorModel() for image in krita().documents()]
    return facts


def close(document):
    """As with Don't Save."""
    document.setModified(False)
    document.close()


def resize(document):
    """Make the canvas wider."""
    document.resizeImage(0, 0, document.width() + 10, document.height())


def convert(document):
    """Make it an image that the plugin refuses to read."""
    document.setColorSpace("CMYKA", "U8", "")


def edit(document):
    """Make a corner of the photo red."""
    area = QRect(0, 0, 5, 5)
    pixels = bytes([0, 0, 255, 255]) * (area.width() * area.height())
    document.activeNode().setPixelData(QByteArray(pixels), *area.getRect())


def move(document):
    """Move the photo's layer."""
    document.activeNode().move(7, 3)


def remove(document):
    """Put a copy in the photo's place."""
    photo = document.activeNode()
    document.rootNode().addChildNode(photo.duplicate(), None)
    photo.remove()


CHANGES = {
    "close": close,
    "resize": resize,
    "convert": convert,
    "edit": edit,
    "move": move,
    "remove": remove,
}


def meddle_with_recomposite(photo, how, answer):
    """Change the layers while Blended is rendered; answer the offer; what there is then."""
    document = yield from colorized(photo)
    act("selective_colorize_recomposite")
    yield lambda: widget("selcolor_progress") is not None
    RECOMPOSITE_CHANGES[how](document)
    before = contents(document) if how != "close" else None
    yield lambda: message() is not None
    box = message()
    facts = {"text": box.text(), "hint": box.informativeText()}
    facts["unchanged"] = how == "close" or contents(document) == before
    yield from press(box, answer)
    if answer != "Discard":
        count = 1 if how == "close" else 2
        yield no_error(lambda: krita().documents() and settled(krita().documents()[-1], count))
    facts["images"] = [describe(image.rootNode())["children"] for image in krita().documents()]
    return facts


def paint_on_mask(document):
    """As with a brush."""
    parts(document)[1].setPixelData(QByteArray(bytes([128] * 25)), 0, 0, 5, 5)


def remove_mask(document):
    """As with the menu."""
    parts(document)[1].remove()


RECOMPOSITE_CHANGES = {"close": close, "edit": paint_on_mask, "remove": remove_mask}
