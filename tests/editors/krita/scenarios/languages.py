"""What a user reads in another language: every window of the plugin, taken as pictures."""

from __future__ import annotations

from pathlib import Path

from helpers import act, close_all, krita, open_photo, quiet, shoot, widget
from PyQt5.QtWidgets import QApplication
from windows import clipped, open_menus

DOCKER = "selective_colorize_docker"
SMALL = 1366, 768
ACTIONS = ("selective_colorize", "selective_colorize_again", "selective_colorize_update")


def screenshots(photo, folder):
    """Every window of the plugin as a picture; what they say, and what of it is cut off."""
    folder = Path(folder)
    close_all()
    document = yield from open_photo(photo)
    main = krita().activeWindow().qwindow()
    main.setGeometry(QApplication.primaryScreen().geometry())
    docker = next(each for each in krita().dockers() if each.objectName() == DOCKER)
    docker.show()
    docker.raise_()
    yield from menu(main, folder)
    facts = yield from dialog_and_progress(folder)
    yield lambda: document.annotationTypes() and docker.update_result.isEnabled()
    docker.strength.setValue(2.0)
    yield from quiet(0.5)
    shoot(folder / "result.png")
    facts |= {"docker": clipped(docker.widget()), "layers": names(document.rootNode())}
    facts |= {"again": (yield from second_dialog(folder))}
    facts |= {"message": (yield from message(folder))}
    words = [krita().action(name) for name in ACTIONS]
    return facts | {"actions": [[action.text(), action.toolTip()] for action in words]}


def cut_off(dialog):
    """What is cut off in a dialog; the dialog itself where it is larger than a laptop's screen."""
    size = dialog.frameSize()
    is_large = size.width() > SMALL[0] or size.height() > SMALL[1]
    return clipped(dialog) + [f"{size.width()} × {size.height()}"] * is_large


def menu(main, folder):
    """Tools › Scripts."""
    tools, scripts = open_menus(main)
    yield from quiet(0.5)
    shoot(folder / "menu.png")
    scripts.close()
    tools.close()


def dialog_and_progress(folder):
    """The dialog with all that it can show, then the work; what is cut off."""
    act(ACTIONS[0])
    yield lambda: widget("selcolor_dialog") is not None
    dialog = widget("selcolor_dialog")
    yield lambda: dialog.preview.is_shown and dialog.classes.count()
    dialog.more.setChecked(True)
    dialog.by_class.setChecked(True)
    yield from quiet(0.5)
    shoot(folder / "dialog.png")
    facts = {"dialog": cut_off(dialog), "status": dialog.status.text()}
    dialog.main_subject.setChecked(True)
    dialog.start.click()
    yield lambda: widget("selcolor_progress") is not None
    window = widget("selcolor_progress")
    yield lambda: window.stage.text() and window.place.text()
    shoot(folder / "progress.png")
    return facts | {"progress": clipped(window)}


def second_dialog(folder):
    """The dialog for a photo that has a result; what is cut off."""
    act(ACTIONS[0])
    yield lambda: widget("selcolor_dialog") is not None
    dialog = widget("selcolor_dialog")
    yield lambda: dialog.preview.is_shown
    dialog.more.setChecked(True)
    dialog.by_class.setChecked(True)
    yield from quiet(0.5)
    shoot(folder / "again.png")
    found = cut_off(dialog)
    dialog.reject()
    return found


def message(folder):
    """What is said of an image that cannot be colorized."""
    close_all()
    document = krita().createDocument(64, 64, "cmyk", "CMYKA", "U8", "", 72.0)
    krita().activeWindow().addView(document)
    yield lambda: document.activeNode() is not None
    act(ACTIONS[1])
    yield lambda: widget("selcolor_message") is not None
    box = widget("selcolor_message")
    yield from quiet(0.5)
    shoot(folder / "message.png")
    said = [box.text(), box.informativeText()]
    box.close()
    close_all()
    return said


def names(node):
    """What layers are called."""
    return [name for child in node.childNodes() for name in (child.name(), *names(child))]


def actions():
    """What the plugin's menu entries are called."""
    yield lambda: all(krita().action(name) is not None for name in ACTIONS)
    return [krita().action(name).text() for name in ACTIONS]
