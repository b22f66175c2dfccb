"""Downloading a network from within the dialog, as a user does."""

from __future__ import annotations

from pathlib import Path

from helpers import annotations, close_all, no_error, open_dialog, open_photo, quiet, settled, shoot
from windows import clipped


def begin_and_cancel(photo, name, folder):
    """Look at what is offered, begin a download, and cancel it in the middle."""
    close_all()
    yield from open_photo(photo)
    dialog = yield from open_dialog()
    dialog.more.setChecked(True)
    offered = dialog.downloads
    yield lambda: offered.list.count() > 0
    facts = {"offered": [offered.list.itemText(row) for row in range(offered.list.count())]}
    choose(offered, name)
    facts |= {"line": offered.line.text(), "usable": colorizers(dialog)}
    yield from quiet(0.3)
    shoot(Path(folder) / "download-offered.png")
    offered.button.click()
    yield lambda: "%" in offered.line.text() and offered.bar.value() > 0
    facts |= {"running": offered.line.text(), "button": offered.button.text()}
    facts |= {"can_start": dialog.start.isEnabled(), "clipped": clipped(dialog)}
    yield from quiet(0.3)
    shoot(Path(folder) / "download-running.png")
    offered.button.click()
    yield lambda: "Cancelled" in offered.line.text()
    facts |= {"cancelled": offered.line.text(), "can_start_again": dialog.start.isEnabled()}
    shoot(Path(folder) / "download-cancelled.png")
    dialog.reject()
    return facts


def download_and_color(photo, name, folder):
    """Download a network to its end, and color with it."""
    close_all()
    document = yield from open_photo(photo)
    dialog = yield from open_dialog()
    dialog.more.setChecked(True)
    yield lambda: dialog.downloads.list.count() > 0
    choose(dialog.downloads, name)
    dialog.downloads.button.click()
    yield lambda: "chosen" in dialog.downloads.line.text()
    facts = {"chosen": dialog.colorizer.currentData(), "clipped": clipped(dialog)}
    facts["offered"] = [
        dialog.downloads.list.itemData(row) for row in range(dialog.downloads.list.count())
    ]
    yield from quiet(0.3)
    shoot(Path(folder) / "download-done.png")
    dialog.accept()
    yield no_error(lambda: settled(document))
    facts["record"] = "".join(
        document.annotation(key).data().decode() for key in annotations(document)
    )
    return facts


def choose(offered, name):
    """Choose one of the networks that can be downloaded, as the mouse does."""
    row = offered.list.findData(name)
    offered.list.setCurrentIndex(row)
    offered.list.activated.emit(row)


def colorizers(dialog):
    """The networks that can be used."""
    return [dialog.colorizer.itemData(row) for row in range(dialog.colorizer.count())]
