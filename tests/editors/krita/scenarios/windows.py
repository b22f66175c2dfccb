"""What a user sees: the menu, the dialog and its fields, the progress, the layers."""

from __future__ import annotations

import time
from pathlib import Path

from helpers import (
    act,
    button,
    close_all,
    groups,
    krita,
    no_error,
    open_dialog,
    open_photo,
    parts,
    quiet,
    settled,
    shoot,
    widget,
)
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStyle,
    QStyleOptionComboBox,
)


def screenshots(photo, folder):
    """The menu, the dialog, the progress and the layers, as a user sees them."""
    folder = Path(folder)
    close_all()
    document = yield from open_photo(photo)
    main = krita().activeWindow().qwindow()
    main.setGeometry(QApplication.primaryScreen().geometry())
    krita().activeWindow().activeView().canvas().setZoomLevel(1.0)
    tools, scripts = open_menus(main)
    yield from quiet(0.5)
    shoot(folder / "menu.png")
    scripts.close()
    tools.close()

    dialog = yield from open_dialog()
    yield lambda: dialog.preview.is_shown
    shoot(folder / "dialog-simple.png")
    dialog.more.setChecked(True)
    yield from quiet(0.3)
    facts = {"status": dialog.status.text(), "clipped": clipped(dialog), "order": tab_order(dialog)}
    facts["models"] = [dialog.colorizer.itemText(row) for row in range(dialog.colorizer.count())]
    shoot(folder / "dialog.png")
    dialog.findChild(QPushButton, "selcolor_start").click()
    yield lambda: widget("selcolor_progress") is not None
    window = widget("selcolor_progress")
    yield lambda: window.stage.text() in ("Colorizing…", "Blending…") or groups(document)
    shoot(folder / "progress.png")
    yield no_error(lambda: settled(document))
    document.setActiveNode(parts(document)[1])
    yield from quiet(1.0)
    shoot(folder / "layers.png")
    return facts


def long_status(photo, folder, device):
    """Run on a device of a long name, then fail with a long path: what is cut off."""
    folder = Path(folder)
    close_all()
    yield from open_photo(photo)
    dialog = yield from open_dialog()
    dialog.link.device = device
    yield lambda: device[:20] in dialog.status.text()
    yield from quiet(0.3)
    shoot(folder / "dialog-long-device.png")
    facts = {"device": clipped(dialog)}
    dialog.resize(dialog.minimumSize())
    yield from quiet(0.3)
    facts["narrow"] = clipped(dialog)
    path = "/home/someone/" + 40 * "deep/" + "connection.json"
    from selcolor_protocol.errors import ConnectionFileError

    dialog.link._lose(ConnectionFileError(f"The file {path} is not yours.", 3 * "Remove it. "))
    yield lambda: "not yours" in dialog.status.text()
    yield from quiet(0.3)
    shoot(folder / "dialog-long-error.png")
    facts |= {"error": clipped(dialog), "tip": path in dialog.status.toolTip()}
    facts["width"] = dialog.width()
    dialog.reject()
    yield lambda: widget("selcolor_dialog") is None
    return facts


def long_progress(photo, folder, device):
    """The progress window while a job runs on a device of a long name: what is cut off."""
    close_all()
    document = yield from open_photo(photo)
    act("selective_colorize_again")
    yield no_error(lambda: widget("selcolor_progress") is not None)
    window = widget("selcolor_progress")
    yield no_error(lambda: "computing on" in window.place.text())
    from selective_colorize.progress import texts

    place = texts.place_text
    texts.place_text = lambda job: place(job).replace("on its processor", f"on {device}")
    try:
        yield no_error(lambda: device[:20] in window.place.text())
        yield from quiet(0.2)
        facts = {"clipped": clipped(window)}
        shoot(Path(folder) / "progress-long-device.png")
    finally:
        texts.place_text = place
    yield no_error(lambda: settled(document))
    return facts


def previewed(photo, folder):
    """Change strength, subject and feather in the dialog; what the preview shows, how soon."""
    close_all()
    yield from open_photo(photo)
    dialog = yield from open_dialog()
    yield lambda: dialog.preview.is_shown
    facts = {}
    changes = {
        "strong": lambda: dialog.saturation.setValue(2.0),
        "gray": lambda: dialog.saturation.setValue(0.0),
        "everything": lambda: dialog.subjects["everything"].setChecked(True),
        "feather": lambda: dialog.feather.setValue(20.0),
        "nothing": lambda: dialog.subjects["nothing"].setChecked(True),
    }
    for name, change in changes.items():
        change()
        began = time.monotonic()
        yield lambda: not dialog.preview.is_shown
        yield lambda: dialog.preview.is_shown
        seconds = time.monotonic() - began
        _photo, mask, result = (grabbed(picture) for picture in dialog.preview.pictures)
        facts[name] = {"mask": mask, "result": result, "seconds": seconds}
    shoot(Path(folder) / "dialog-nothing-yet.png")
    dialog.reject()
    yield lambda: widget("selcolor_dialog") is None
    return facts


def grabbed(picture):
    """The mean lightness and the most color that a picture in the dialog has, of 255."""
    image = picture.pixmap().toImage()
    colors = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return {
        "lightness": sum(color.value() for color in colors) / len(colors),
        "color": max(max(color.getRgb()[:3]) - min(color.getRgb()[:3]) for color in colors),
    }


def preview_of(photo):
    """How much of the preview's picture of a photo is filled, across and down."""
    close_all()
    yield from open_photo(photo)
    dialog = yield from open_dialog()
    yield lambda: dialog.preview.is_shown
    image = dialog.preview.pictures[0].pixmap().toImage()
    across = [image.pixelColor(x, image.height() // 2).alpha() for x in range(image.width())]
    down = [image.pixelColor(image.width() // 2, y).alpha() for y in range(image.height())]
    dialog.reject()
    yield lambda: widget("selcolor_dialog") is None
    return [sum(line) / len(line) / 255 for line in (across, down)]


def nothing_chosen(photo):
    """Ask for classes without choosing one, then choose one: whether the work can be started."""
    close_all()
    yield from open_photo(photo)
    act("selective_colorize")
    yield lambda: widget("selcolor_dialog") is not None
    dialog = widget("selcolor_dialog")
    yield lambda: dialog.classes.count() > 1
    dialog.by_class.setChecked(True)
    facts = {"none": dialog.start.isEnabled(), "why": dialog.start.toolTip()}
    dialog.classes.item(0).setCheckState(Qt.Checked)
    facts["one"] = dialog.start.isEnabled()
    facts["classes"] = list(dialog.settings().options.subject.classes)
    dialog.reject()
    yield lambda: widget("selcolor_dialog") is None
    return facts


def open_menus(main):
    """Open Tools › Scripts as the mouse would."""
    wanted = krita().action("selective_colorize")
    scripts = next(menu for menu in main.findChildren(QMenu) if wanted in menu.actions())
    tools = next(
        menu for menu in main.findChildren(QMenu) if scripts.menuAction() in menu.actions()
    )
    bar = main.menuBar()
    tools.popup(bar.mapToGlobal(bar.actionGeometry(tools.menuAction()).bottomLeft()))
    scripts.popup(tools.mapToGlobal(tools.actionGeometry(scripts.menuAction()).topRight()))
    return tools, scripts


def clipped(dialog):
    """Texts whose widgets are smaller than they need."""
    return [
        type(child).__name__ + ": " + getattr(child, "text", child.objectName)()
        for child in dialog.findChildren((QAbstractButton, QComboBox, QLabel))
        if child.isVisible() and is_clipped(child)
    ]


def is_clipped(child):
    """Whether a widget has less room than its text needs; some texts may break into lines."""
    if isinstance(child, QLabel) and child.wordWrap():
        from selcolor_plugin.texts import words

        widths = map(child.fontMetrics().horizontalAdvance, words(child.text()))
        is_wide = max(widths, default=0) > child.width()
        return is_wide or child.height() < child.heightForWidth(child.width())
    if isinstance(child, QComboBox):
        option = QStyleOptionComboBox()
        child.initStyleOption(option)
        parts = QStyle.CC_ComboBox, option, QStyle.SC_ComboBoxEditField, child
        room = child.style().subControlRect(*parts).width()
        return room < child.fontMetrics().horizontalAdvance(child.currentText())
    needed = child.minimumSizeHint()
    return child.width() < needed.width() or child.height() < needed.height()


def tab_order(dialog):
    """Kinds of the fields in the order of the Tab key."""
    first, order = dialog.main_subject, []
    field = first
    while True:
        takes_tab = field.focusPolicy() & Qt.TabFocus and not isinstance(field, QLineEdit)
        if field.isVisible() and takes_tab:
            order.append(type(field).__name__)
        field = field.nextInFocusChain()
        if field is first or field is dialog or len(order) > 40:
            return order


def remembered_settings(photo, gain):
    """Change a field, accept; open the dialog again; the field."""
    close_all()
    document = yield from open_photo(photo)
    act("selective_colorize")
    yield lambda: widget("selcolor_dialog") is not None
    widget("selcolor_dialog").gain.setValue(gain)
    widget("selcolor_dialog").findChild(QPushButton, "selcolor_start").click()
    yield no_error(lambda: settled(document))
    act("selective_colorize")
    yield lambda: widget("selcolor_dialog") is not None
    found = widget("selcolor_dialog").gain.value()
    button(widget("selcolor_dialog"), "Defaults").click()
    default = widget("selcolor_dialog").gain.value()
    widget("selcolor_dialog").reject()
    yield lambda: widget("selcolor_dialog") is None
    return [found, default]
