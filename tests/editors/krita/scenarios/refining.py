"""A result that its user refines with the brush, without a click on the layer list in between."""

from __future__ import annotations

from pathlib import Path

from helpers import (
    act,
    add_view,
    area_of,
    blended_id,
    close_all,
    colorize,
    contents,
    describe,
    dump,
    dump_group,
    fill,
    groups,
    krita,
    no_error,
    open_dialog,
    open_photo,
    parts,
    pixel_hash,
    quiet,
    recomposite,
    settled,
    shoot,
    soon,
    widget,
)
from PyQt5.QtCore import QByteArray, QRect
from PyQt5.QtWidgets import QMdiArea

DOCKER = "selective_colorize_docker"


def whole(photo, folder):
    """Colorize, paint on what is active, update, paint, update, paint hints, update, undo."""
    folder = Path(folder)
    close_all()
    document = yield from open_photo(photo)
    source = document.activeNode()
    before = pixel_hash(document, source)
    yield from colorize(document)
    facts = {"active": [document.activeNode().type()]}
    for left in (0, 40):
        fill(document.activeNode(), QRect(left, 0, 30, document.height()), 0)
        yield from recomposite(document)
        facts["active"].append(document.activeNode().type())
    painted = contents(document)
    hints = groups(document)[0].childNodes()[2]
    paint_hint(hints, QRect(90, 60, 40, 20))
    hinted = contents(document)
    yield from recomposite(document)
    facts["untouched"] = pixel_hash(document, source) == before
    dump(source, area_of(document), folder / "source.raw")
    dump(hints, area_of(document), folder / "hints.raw")
    dump_group(document, folder, "hinted")
    now = contents(document)
    act("edit_undo")
    facts["undone"] = yield from soon(lambda: contents(document) == hinted)
    act("edit_redo")
    facts["redone"] = yield from soon(lambda: contents(document) == now)
    facts["changed"] = hinted != painted
    facts["tree"] = describe(document.rootNode())
    return facts


def paint_hint(hints, area):
    """A stroke of green, blue first."""
    pixels = bytes([40, 160, 40, 255]) * (area.width() * area.height())
    hints.setPixelData(QByteArray(pixels), *area.getRect())


def copied_hints(photo, folder):
    """Two results; the hints of the first are copied into the group of the second."""
    folder = Path(folder)
    close_all()
    first = yield from open_photo(photo)
    yield from colorize(first)
    hints = groups(first)[0].childNodes()[2]
    paint_hint(hints, QRect(90, 60, 40, 20))
    second = krita().openDocument(photo)
    yield from add_view(second)
    yield from colorize(second)
    group = groups(second)[0]
    colorized, blended, own = group.childNodes()
    group.addChildNode(hints.clone(), own)
    yield from quiet(0.5)
    old, made = blended.uniqueId().toString(), group.childNodes()[3]
    facts = {"name": made.name()}
    dump(second.rootNode().childNodes()[0], area_of(second), folder / "source.raw")
    dump(made, area_of(second), folder / "copied-hints.raw")
    dump(colorized.childNodes()[0], area_of(second), folder / "copied-mask.raw")
    act("selective_colorize_update")
    yield no_error(lambda: is_renewed(group, old))
    colorized, blended, *_hints = group.childNodes()
    dump(colorized, area_of(second), folder / "copied-colorized.raw")
    dump(blended, area_of(second), folder / "copied-blended.raw")
    return facts


def is_renewed(group, old):
    """Whether a group has another composite, and all layers again."""
    children = group.childNodes()
    ready = widget("selcolor_progress") is None and len(children) == 4
    return ready and children[1].uniqueId().toString() != old


def second_run(photo, folder):
    """Colorize, paint, colorize again with other options by the dialog; what there is then."""
    folder = Path(folder)
    close_all()
    document = yield from open_photo(photo)
    yield from colorize(document)
    fill(document.activeNode(), QRect(0, 0, document.width() // 2, document.height()), 0)
    painted = contents(document)
    old = blended_id(document)
    dialog = yield from open_dialog()
    dialog.saturation.setValue(2.0)
    dialog.accept()
    yield no_error(lambda: blended_id(document) not in ("", old) and settled(document))
    dump(document.rootNode().childNodes()[0], area_of(document), folder / "source.raw")
    dump_group(document, folder, "second")
    facts = {"groups": len(groups(document)), "active": document.activeNode().type()}
    now = contents(document)
    act("edit_undo")
    facts["undone"] = yield from soon(lambda: contents(document) == painted)
    act("edit_redo")
    facts["redone"] = yield from soon(lambda: contents(document) == now)
    return facts


def behind_another(photo, medium_photo):
    """Colorize and update an image while another one comes to the front; who gets the results."""
    close_all()
    document = yield from open_photo(medium_photo)
    other = krita().openDocument(photo)
    act("selective_colorize_again")
    yield lambda: widget("selcolor_progress") is not None
    yield from add_view(other)
    yield no_error(lambda: settled(document))
    facts = {"colorized": [len(groups(each)) for each in (document, other)]}
    facts["front"] = krita().activeDocument() == other
    show(document)
    yield lambda: krita().activeDocument() == document
    fill(parts(document)[1], QRect(0, 0, 50, 50), 0)
    old = blended_id(document)
    act("selective_colorize_update")
    yield lambda: widget("selcolor_progress") is not None
    show(other)
    yield no_error(lambda: blended_id(document) not in ("", old) and settled(document))
    facts["updated"] = [len(groups(each)) for each in (document, other)]
    return facts


def show(document):
    """Bring an image's tab to the front."""
    area = krita().activeWindow().qwindow().findChild(QMdiArea)
    name = Path(document.fileName()).name
    area.setActiveSubWindow(next(tab for tab in area.subWindowList() if name in tab.windowTitle()))


def subject(photo, kind, folder, selection=None):
    """Colorize what is chosen in the dialog, with a part selected if any; the mask."""
    from documents import select

    folder = Path(folder)
    close_all()
    document = yield from open_photo(photo)
    if selection is not None:
        yield from select(document, QRect(*selection))
    dialog = yield from open_dialog()
    facts = {"prefilled": dialog.settings().options.subject.name}
    dialog.subjects[kind].setChecked(True)
    dialog.refine.setChecked(False)
    dialog.accept()
    yield no_error(lambda: settled(document))
    dump(parts(document)[1], area_of(document), folder / f"{kind}.raw")
    return facts


def docker(photo, folder):
    """Refine a result by the docker's buttons; what it says and what is active after each."""
    close_all()
    document = yield from open_photo(photo)
    docker = next(each for each in krita().dockers() if each.objectName() == DOCKER)
    docker.setVisible(True)
    docker.raise_()
    yield lambda: "no result" in docker.line.text()
    facts = {"before": docker.update_result.isEnabled()}
    yield from colorize(document)
    yield says(docker, "up to date")
    mask = parts(document)[1]
    fill(mask, QRect(0, 0, 30, document.height()), 0)
    yield says(docker, "update: mask.")
    yield from updated_by(docker, document)
    docker.paint_hints.click()
    yield from quiet(0.2)
    facts["hints"] = document.activeNode().name()
    paint_hint(document.activeNode(), QRect(90, 60, 40, 20))
    docker.strength.setValue(2.0)
    yield says(docker, "update: hints, strength.")
    yield from quiet(0.5)
    shoot(Path(folder) / "shown.png")
    yield from updated_by(docker, document)
    facts["hints_then"] = document.activeNode().name()
    docker.edit_mask.click()
    yield from quiet(0.2)
    facts["mask"] = document.activeNode().type()
    docker.blended.click()
    yield from quiet(0.2)
    facts["blended"] = parts(document)[2].visible()
    dump(document.rootNode().childNodes()[0], area_of(document), Path(folder) / "source.raw")
    dump(groups(document)[0].childNodes()[2], area_of(document), Path(folder) / "hints.raw")
    dump_group(document, Path(folder), "docker")
    docker.setVisible(False)
    return facts


def says(docker, text):
    """A condition that holds when the docker says something."""
    return no_error(lambda: text in docker.line.text())


def updated_by(docker, document):
    """Press Update and wait until it is done."""
    old = blended_id(document)
    docker.update_result.click()
    yield no_error(lambda: blended_id(document) not in ("", old) and settled(document))
    yield says(docker, "up to date")
