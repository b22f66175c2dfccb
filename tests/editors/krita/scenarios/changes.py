"""Images that change while their job runs."""

from __future__ import annotations

from helpers import (
    act,
    activate,
    close_all,
    colorized,
    complaint,
    contents,
    describe,
    dismiss,
    groups,
    krita,
    message,
    no_error,
    open_dialog,
    open_photo,
    parts,
    press,
    settled,
    widget,
)
from PyQt5 import sip
from PyQt5.QtCore import QByteArray, QRect, QTimer


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
    act("selective_colorize_update")
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


def remove_behind_dialog(photo):
    """Remove the photo's layer while the dialog is open, then accept it; what was said."""
    close_all()
    document = yield from open_photo(photo)
    dialog = yield from open_dialog()
    remove(document)
    document.waitForDone()
    dialog.accept()
    text = yield from dismiss()
    return {"text": text, "untouched": not groups(document)}


def two_at_once(large_photo):
    """Start while another job runs; what was said, and that the first one ends as it would."""
    close_all()
    document = yield from open_photo(large_photo)
    act("selective_colorize_again")
    yield lambda: widget("selcolor_progress") is not None
    text = yield from complaint("selective_colorize_again")
    yield no_error(lambda: settled(document))
    return text


def close_window(large_photo):
    """Close the window in which a job was started; it goes on in the other one."""
    close_all()
    document = yield from open_photo(large_photo)
    first = krita().activeWindow().qwindow()
    act("view_newwindow")
    yield lambda: len(krita().windows()) == 2
    second = next(each for each in krita().windows() if each.qwindow() != first)
    second.activate()
    second.addView(document)
    yield lambda: krita().activeWindow().qwindow() == second.qwindow()
    yield lambda: krita().activeDocument() == document
    act("selective_colorize_again")
    yield lambda: widget("selcolor_progress") is not None
    progress = widget("selcolor_progress")
    facts = {"is_second": progress.parentWidget() == second.qwindow()}
    QTimer.singleShot(0, second.qwindow().close)
    yield lambda: sip.isdeleted(progress)
    yield no_error(lambda: settled(document))
    facts["tree"] = describe(document.rootNode())
    return facts


def global_selection_mask(photo):
    """Colorize while the mask that stands for the image's selection is active."""
    close_all()
    document = yield from open_photo(photo)
    act("select_all")
    yield lambda: document.selection() is not None
    act("show-global-selection-mask")
    yield lambda: masks_of(document)
    yield from activate(document, masks_of(document)[0])
    text = yield from complaint("selective_colorize_again")
    act("show-global-selection-mask")
    return {"text": text, "untouched": not groups(document)}


def masks_of(document):
    """The masks that stand for the image's selection."""
    return [node for node in document.rootNode().childNodes() if node.type() == "selectionmask"]


def paint_on_mask(document):
    """As with a brush."""
    parts(document)[1].setPixelData(QByteArray(bytes([128] * 25)), 0, 0, 5, 5)


def remove_mask(document):
    """As with the menu."""
    parts(document)[1].remove()


RECOMPOSITE_CHANGES = {"close": close, "edit": paint_on_mask, "remove": remove_mask}
