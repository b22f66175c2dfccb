"""What the manual shows of Krita; strokes are painted with Krita's own brush."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from documents import select
from helpers import (
    act,
    close_all,
    colorize,
    groups,
    krita,
    no_error,
    open_dialog,
    open_photo,
    parts,
    quiet,
    recomposite,
    settled,
)
from krita import ManagedColor
from PyQt5.QtCore import QPoint, QRect
from PyQt5.QtGui import QColor
from PyQt5.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QMdiArea,
)
from strokes import pointer
from windows import open_menus

STEP_SECONDS, STEPS = 0.02, 12
EDGE = 6
"""What is left out all around an image: Krita marks its edges and its corner."""

OUR_DOCKER, LAYERS = "selective_colorize_docker", "KisLayerBox"


def first_photo(photo, folder):
    """The menu, the dialog, the result and the docker."""
    folder = Path(folder)
    document = yield from opened(photo)
    tools, scripts = open_menus(krita().activeWindow().qwindow())
    yield from quiet(0.5)
    bar = krita().activeWindow().qwindow().menuBar().height()
    menus = tools.geometry().united(scripts.geometry())
    shoot(menus.adjusted(0, -bar, 0, 0), folder / "menu.png")
    scripts.close()
    tools.close()
    dialog = yield from open_dialog()
    yield lambda: dialog.preview.is_shown
    dialog.grab().save(str(folder / "dialog.png"))
    dialog.more.setChecked(True)
    yield from quiet(0.3)
    dialog.details.grab().save(str(folder / "more.png"))
    dialog.start.click()
    yield no_error(lambda: settled(document))
    yield from shoot_canvas(folder / "result.png")
    layers = docker(LAYERS)
    layers.grab().save(str(folder / "layers.png"))
    ours = docker(OUR_DOCKER)
    yield lambda: "up to date" in ours.line.text()
    yield from quiet(0.5)
    ours.grab().save(str(folder / "docker.png"))
    return shortcuts()


def mended(photo, strokes, folder):
    """The result before and after the mask was painted black with the brush, which is at hand."""
    folder = Path(folder)
    document = yield from opened(photo)
    yield from colorize(document)
    yield from shoot_canvas(folder / "unmended.png")
    take_brush(60)
    act("reset_fg_bg")
    for stroke in strokes:
        yield from paint(stroke)
    document.waitForDone()
    yield from shoot_canvas(folder / "mended.png")
    return document.activeNode().type()


def hinted(photo, color, strokes, folder):
    """Strokes of a color on the hints, by the docker's buttons, and the updated result."""
    folder = Path(folder)
    document = yield from opened(photo)
    yield from colorize(document)
    ours = docker(OUR_DOCKER)
    yield ours.paint_hints.isEnabled
    ours.paint_hints.click()
    yield from quiet(0.3)
    take_brush(12)
    paint_with(color)
    for stroke in strokes:
        yield from paint(stroke)
    document.waitForDone()
    yield from shoot_canvas(folder / "strokes.png")
    yield from recomposite(document)
    groups(document)[0].childNodes()[2].setVisible(False)
    document.refreshProjection()
    yield from shoot_canvas(folder / "hinted.png")


def one_of_two(photo, area, folder):
    """A rough selection, the dialog with *Main subject*, the result without the selection."""
    folder = Path(folder)
    document = yield from opened(photo)
    yield from select(document, QRect(*area))
    yield from shoot_canvas(folder / "selected.png")
    dialog = yield from open_dialog()
    prefilled = dialog.settings().options.subject.name
    dialog.main_subject.setChecked(True)
    dialog.start.click()
    yield no_error(lambda: settled(document))
    act("deselect")
    yield from shoot_canvas(folder / "one.png")
    return prefilled


def over_gray(photo, folder):
    """An old print, and the result in color over a gray background."""
    folder = Path(folder)
    document = yield from opened(photo)
    yield from shoot_canvas(folder / "print.png")
    dialog = yield from open_dialog()
    dialog.background.setCurrentIndex(dialog.background.findText("Gray"))
    dialog.start.click()
    yield no_error(lambda: settled(document))
    parts(document)[2].setVisible(True)
    document.refreshProjection()
    yield from shoot_canvas(folder / "over-gray.png")


def everything(photo, folder):
    """All of the photo in color."""
    document = yield from opened(photo)
    dialog = yield from open_dialog()
    dialog.subjects["everything"].setChecked(True)
    dialog.start.click()
    yield no_error(lambda: settled(document))
    yield from shoot_canvas(Path(folder) / "everything.png")


def opened(photo):
    """Open a photo in a large window, as large as it is."""
    close_all()
    document = yield from open_photo(photo)
    krita().activeWindow().qwindow().setGeometry(0, 0, 1600, 1000)
    krita().activeWindow().activeView().canvas().setZoomLevel(1.0)
    yield from quiet(0.5)
    return document


def docker(name):
    """A docker, in front of those that share its place."""
    found = next(each for each in krita().dockers() if each.objectName() == name)
    found.setVisible(True)
    found.raise_()
    QApplication.processEvents()
    return found


def middle():
    """Where the middle of the image is on the screen."""
    area = krita().activeWindow().qwindow().findChild(QMdiArea)
    canvas = area.subWindowList()[0].findChild(QAbstractScrollArea).viewport()
    return canvas.mapToGlobal(canvas.rect().center())


def shoot_canvas(path):
    """Write what the screen shows of the image, without what is said over it in passing."""
    document = krita().activeDocument()
    pointer("mousemove", 5, 995)
    yield from quiet(7.0)
    size = document.bounds().size()
    area = QRect(middle() - QPoint(size.width() // 2, size.height() // 2), size)
    shoot(area.adjusted(EDGE, EDGE, -EDGE, -EDGE), path)


def shoot(area, path):
    """Write what the screen shows of an area."""
    QApplication.processEvents()
    picture = QApplication.primaryScreen().grabWindow(0, *area.getRect())
    assert picture.save(str(path)), path


def take_brush(size):
    """The plain round brush of a size."""
    act("KritaShape/KisToolBrush")
    view = krita().activeWindow().activeView()
    view.setCurrentBrushPreset(krita().resources("preset")["b) Basic-1"])
    view.setBrushSize(size)


def paint_with(color):
    """Choose a color, as in the color selector."""
    view = krita().activeWindow().activeView()
    view.setForeGroundColor(ManagedColor.fromQColor(QColor(color), view.canvas()))


def paint(points):
    """Draw a stroke through points of the photo with the pointer."""
    size = krita().activeDocument().bounds().size()
    corner = middle() - QPoint(size.width() // 2, size.height() // 2)
    places = [corner + QPoint(*point) for point in points]
    pointer("mousemove", places[0].x(), places[0].y(), "mousedown", 1)
    for start, end in pairwise(places):
        for step in range(1, STEPS + 1):
            place = start + (end - start) * step / STEPS
            pointer("mousemove", place.x(), place.y())
            yield from quiet(STEP_SECONDS)
    pointer("mouseup", 1)
    yield from quiet(0.3)


def shortcuts():
    """The keys that the manual names, and the names of actions."""
    names = ("KritaShape/KisToolBrush", "reset_fg_bg", "toggle_fg_bg", "deselect")
    names += ("decrease_brush_size", "increase_brush_size")
    return {name: krita().action(name).shortcut().toString() for name in names}
