"""Where Krita's users find the manual: in the list of plugins, and behind a button."""

from __future__ import annotations

import traceback
from pathlib import Path

from helpers import act, button, close_all, open_dialog, open_photo, widget
from PyQt5.QtCore import Qt, QTimer, QUrl
from PyQt5.QtGui import QImage, QPixmap, QTextDocument
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QListView, QTextBrowser, QTreeView

LOOK_MILLISECONDS = 200
MANAGER = "Python Plugin Manager"


def by_button(photo, opened):
    """Press Manual in the dialog, and wait until the browser has written the file `opened`."""
    close_all()
    yield from open_photo(photo)
    dialog = yield from open_dialog()
    button(dialog, "Manual").click()
    yield Path(opened).exists
    dialog.reject()
    yield lambda: widget("selcolor_dialog") is None


def in_plugin_manager(picture, link):
    """Choose the plugin in Krita's list of them; what the page beside it shows, and its pictures.

    Args:
        picture: a file for what the window looks like.
        link: to a part of the page, such as `#hints`.
    """
    seen = {}
    timer = QTimer()
    timer.timeout.connect(lambda: look_into_manager(timer, seen, picture, link))
    timer.start(LOOK_MILLISECONDS)
    # The window blocks: this comes back when it is closed.
    act("options_configure")
    timer.stop()
    assert "error" not in seen, seen["error"]
    yield lambda: True
    return seen


def look_into_manager(timer, seen, picture, link):
    """Look at the window when it is there, and close it."""
    window = QApplication.activeModalWidget()
    if window is None:
        return
    timer.stop()
    try:
        for name in (MANAGER, "Selective Colorize"):
            choose(window, name)
        browser = window.findChild(QTextBrowser)
        seen.update(read(browser, link))
        window.grab().save(picture)
    except Exception:
        seen["error"] = traceback.format_exc()
    finally:
        window.close()


def choose(window, name):
    """Click on a row of the list that has it."""
    QApplication.processEvents()
    for rows in window.findChildren((QListView, QTreeView)):
        model = rows.model()
        for row in range(model.rowCount() if model and rows.isVisible() else 0):
            if model.index(row, 0).data() == name:
                rows.scrollTo(model.index(row, 0))
                place = rows.visualRect(model.index(row, 0)).center()
                QTest.mouseClick(rows.viewport(), Qt.LeftButton, Qt.NoModifier, place)
    QApplication.processEvents()


def read(browser, link):
    """The page's words, the sizes of its pictures, and how far down a link leads."""
    browser.setSource(QUrl(link))
    below = browser.verticalScrollBar().value()
    browser.verticalScrollBar().setValue(0)
    return {
        "text": browser.toPlainText(),
        "pictures": [size_of(browser.document(), name) for name in pictures(browser.document())],
        "below": below,
        "sideways": browser.horizontalScrollBar().maximum(),
    }


def pictures(page):
    """What the pictures of a page are named by."""
    block = page.begin()
    while block.isValid():
        place = block.begin()
        while not place.atEnd():
            shape = place.fragment().charFormat()
            if shape.isImageFormat():
                yield shape.toImageFormat().name()
            place += 1
        block = block.next()


def size_of(page, name):
    """Width and height of a picture as the page shows it; a broken one has none."""
    found = page.resource(QTextDocument.ImageResource, QUrl(name))
    image = found if isinstance(found, (QImage, QPixmap)) else QImage.fromData(found or b"")
    return [image.width(), image.height()]
