"""Images that change while their job runs."""

from __future__ import annotations

from helpers import (
    act,
    button,
    close_all,
    describe,
    groups,
    krita,
    message,
    no_error,
    open_photo,
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
    button(box, answer).click()
    yield lambda: message() is None
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


def edited_while_recompositing(photo):
    """Paint on the mask while Blended is rendered; what is said, and whether Blended is kept."""
    close_all()
    document = yield from open_photo(photo)
    act("selective_colorize_again")
    yield no_error(lambda: settled(document))
    before = describe(document.rootNode())
    act("selective_colorize_recomposite")
    (group,) = groups(document)
    mask = group.childNodes()[0].childNodes()[0]
    mask.setPixelData(QByteArray(bytes([128] * 25)), 0, 0, 5, 5)
    yield lambda: message() is not None
    facts = {"text": message().text(), "hint": message().informativeText()}
    message().close()
    yield lambda: message() is None
    facts["unchanged"] = describe(document.rootNode()) == before
    return facts
