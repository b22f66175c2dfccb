"""What Krita's own dockers do while the plugin makes a gray image RGB."""

from __future__ import annotations

import traceback

from helpers import close_all, open_photo
from PyQt5.QtCore import QAbstractTableModel, QEvent, QObject
from PyQt5.QtWidgets import QApplication
from selective_colorize.converting import convert_to_rgb


class Watch(QObject):
    """Counts what other threads ask of an object, apart: within a conversion, and outside of it."""

    within = 0
    outside = 0

    def eventFilter(self, _watched, event):  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.MetaCall:
            functions = [frame.name for frame in traceback.extract_stack()]
            if "convert_to_rgb" in functions:
                self.within += 1
            else:
                self.outside += 1
        return False


def convert(photo):
    """Convert an image as the plugin does; what reached the Channels docker and when."""
    close_all()
    document = yield from open_photo(photo)
    dockers = [each for each in QApplication.allWidgets() if each.objectName() == "ChannelDocker"]
    (model,) = dockers[0].findChildren(QAbstractTableModel)
    watch = Watch()
    model.installEventFilter(watch)
    convert_to_rgb(document)
    facts = {"within": watch.within, "model": document.colorModel()}
    document.setColorSpace("GRAYA", "U8", "")
    yield lambda: watch.outside > 0
    model.removeEventFilter(watch)
    return facts
