"""Importing a plugin by Krita's own means: *Tools › Scripts › Import Python Plugin from File…*."""

from __future__ import annotations

from helpers import act, annotations, close_all, groups, krita, no_error, open_photo
from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QMessageBox,
)

LOOK_MILLISECONDS = 100


def ready():
    """Krita's own importer is there."""
    yield lambda: krita().action("plugin_importer_file") is not None
    yield lambda: krita().activeWindow() is not None
    return krita().version()


def from_file(path):
    """Import a zip, and say yes to all that Krita asks; what it asked."""
    asked = []
    timer = QTimer()
    timer.timeout.connect(lambda: answer(path, asked))
    timer.start(LOOK_MILLISECONDS)
    # Krita's dialogs block: it comes back when the last one has been answered.
    act("plugin_importer_file")
    timer.stop()
    yield lambda: True
    return asked


def answer(path, asked):
    """Answer the dialog that is open, as a user does."""
    dialog = QApplication.activeModalWidget()
    if isinstance(dialog, QFileDialog):
        dialog.findChild(QLineEdit, "fileNameEdit").setText(path)
        dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.Open).click()
    elif isinstance(dialog, QMessageBox):
        asked.append(dialog.text())
        dialog.button(QMessageBox.Yes).click()


def tell(photo, picture):
    """Choose the plugin's entry of the menu for a photo; what it says, and a picture of it."""
    close_all()
    document = yield from open_photo(photo)
    names = ("selective_colorize_again", "selective_colorize")
    act(next(name for name in names if krita().action(name) is not None))
    yield lambda: any(isinstance(top, QMessageBox) for top in shown())
    box = next(top for top in shown() if isinstance(top, QMessageBox))
    box.grab().save(picture)
    text = f"{box.text()} {box.informativeText()}"
    box.close()
    assert not groups(document)
    return text


def shown():
    """The windows that are seen."""
    return [top for top in QApplication.topLevelWidgets() if top.isVisible()]


def color(photo):
    """Colorize a photo; the names of the layers in the new group."""
    close_all()
    document = yield from open_photo(photo)
    act("selective_colorize_again")
    yield no_error(lambda: groups(document) and annotations(document))
    document.waitForDone()
    return [node.name() for node in groups(document)[0].childNodes()]
