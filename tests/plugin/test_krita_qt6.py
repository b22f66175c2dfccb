"""The Krita plugin under Qt 6, as Krita 6 has it: every module, dialog, message and window.

`make krita-qt6` runs these: PyQt6 is nothing that the product or its other tests need. Krita itself
is a double, the image is the fake editor's, the daemon answers at once.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_editor import Daemon, gray, rgb
from scripted import WELCOME

from selcolor_plugin.choices import Choice
from selcolor_plugin.editor import Show
from selcolor_plugin.layers import Role
from selcolor_plugin.link import LinkState
from selcolor_protocol.errors import DaemonGone

pytestmark = [pytest.mark.editors, pytest.mark.usefixtures("closed")]


def test_krita_6_gives_qt_6_and_no_other(plugin: SimpleNamespace) -> None:
    assert plugin.qt.qt_version() == 6
    assert plugin.qt.QWidget.__module__ == "PyQt6.QtWidgets"
    assert not [name for name in sys.modules if name.startswith("PyQt5")]


def test_every_enum_exists_in_qt_6(plugin: SimpleNamespace) -> None:
    trees = [ast.parse(Path(each.__file__).read_text(encoding="utf-8")) for each in plugin.modules]
    chains = {
        ast.unparse(node)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and re.fullmatch(r"Q\w+(\.\w+)+", ast.unparse(node))
    }
    for chain in chains:
        found = vars(plugin.qt)[chain.split(".")[0]]
        for part in chain.split(".")[1:]:
            found = getattr(found, part)


def test_the_dialog_is_opened_filled_and_colors(
    plugin: SimpleNamespace,
    editor: Any,
    daemon: Daemon,
    colored: Any,
    wait: Any,
    window: Any,
) -> None:
    plugin.krita.window.actions["selective_colorize"].trigger()
    dialog = wait(lambda: window("selcolor_dialog"))
    wait(dialog.classes.count)
    wait(lambda: dialog.preview.is_shown)
    assert not dialog.preview.pictures[2].pixmap().isNull()
    fill(plugin, dialog)
    dialog.start.click()
    colored(1)

    options = daemon.requests[-1].options  # type: ignore[union-attr]
    assert (options.saturation, options.gain, options.invert) == (2.0, 1.1, True)
    assert options.subject.classes == ("person",)
    (record,) = plugin.krita.front.records.values()
    assert set(record.layers) >= {Role.GROUP, Role.COLORIZED, Role.BLENDED, Role.MASK}
    wait(lambda: window("selcolor_dialog") is None and window("selcolor_progress") is None)


def fill(plugin: SimpleNamespace, dialog: Any) -> None:
    """Use every field of the dialog."""
    dialog.more.setChecked(True)
    assert dialog.details.isVisible()
    for button in (*dialog.subjects.values(), dialog.by_class):
        button.setChecked(True)
    buttons = dialog.findChild(plugin.qt.QDialogButtonBox).buttons()
    assert [button for button in buttons if button.autoDefault()] == [dialog.start]
    assert not dialog.start.isEnabled()
    dialog.classes.item(0).setCheckState(plugin.qt.Qt.CheckState.Checked)
    assert dialog.start.isEnabled()
    for box in (dialog.colorizer, dialog.segmenter, dialog.background):
        box.setCurrentIndex(0)
    dialog.feather.setValue(3.0)
    dialog._restore_defaults()
    assert dialog.settings().options.mask.feather == 0.0
    dialog.by_class.setChecked(True)
    dialog.segmenter.setCurrentIndex(dialog.segmenter.findData("foreground-lite"))
    dialog.classes.item(0).setCheckState(plugin.qt.Qt.CheckState.Checked)
    dialog.saturation.setValue(2.0)
    dialog.gain.setValue(1.1)
    dialog.invert.setChecked(True)


def test_a_second_dialog_updates_and_so_does_the_action(
    plugin: SimpleNamespace, editor: Any, colored: Any, wait: Any, window: Any
) -> None:
    actions, front = plugin.krita.window.actions, plugin.krita.front
    actions["selective_colorize_again"].trigger()
    colored(1)
    actions["selective_colorize"].trigger()
    dialog = wait(lambda: window("selcolor_dialog"))
    assert dialog.find_anew.isVisible()
    dialog.saturation.setValue(3.0)
    dialog.start.click()
    colored(2)
    (record,) = front.records.values()
    front.layers[record.layers[Role.MASK][-1]] = gray(9)
    actions["selective_colorize_update"].trigger()
    colored(3)

    assert len(front.records) == 1
    assert window("selcolor_message") is None


def test_the_docker_shows_the_result_and_updates_it(
    plugin: SimpleNamespace,
    editor: Any,
    daemon: Daemon,
    colored: Any,
    wait: Any,
    window: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[bool] = []
    blended = SimpleNamespace(visible=lambda: False, setVisible=seen.append)
    front = plugin.krita.front
    front.rootNode = front.refreshProjection = lambda: None
    monkeypatch.setattr(plugin.docker, "find_node", lambda _root, _layer: blended)
    (factory,) = plugin.krita.factories
    docker = factory.createDockWidget()
    docker.show()
    assert not docker.update_result.isEnabled()
    docker.colorize.click()
    dialog = wait(lambda: plugin.krita.extensions[0]._dialog)
    dialog.start.click()
    colored(1)
    wait(docker.update_result.isEnabled)
    docker.blended.click()
    docker.strength.setValue(2.5)
    docker.update_result.click()
    colored(2)
    wait(lambda: docker._standing.record.options.saturation == 2.5)
    docker.edit_mask.click()
    docker.paint_hints.click()
    docker.canvasChanged(None)

    assert seen == [True]
    assert daemon.requests[-1].options.saturation == 2.5  # type: ignore[union-attr]
    assert [layer.split()[0] for layer in editor.painted_on] == ["mask", "hints"]
    assert window("selcolor_message") is None


def test_the_docker_looks_anew_as_soon_as_something_was_colored(
    plugin: SimpleNamespace, editor: Any, colored: Any, wait: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin.docker, "LOOK_SECONDS", float("inf"))
    monkeypatch.setattr(plugin.docker, "find_node", lambda _root, _layer: None)
    plugin.krita.front.rootNode = lambda: None
    (factory,) = plugin.krita.factories
    docker = factory.createDockWidget()
    docker.show()
    wait(lambda: docker._looked_at > 0)
    plugin.krita.window.actions["selective_colorize_again"].trigger()
    colored(1)

    wait(docker.update_result.isEnabled)


def test_escape_closes_the_dialog_and_another_takes_its_place(
    plugin: SimpleNamespace, editor: Any, wait: Any, window: Any
) -> None:
    action = plugin.krita.window.actions["selective_colorize"]
    action.trigger()
    first = wait(lambda: window("selcolor_dialog"))
    action.trigger()
    wait(lambda: window("selcolor_dialog") not in (None, first))
    window("selcolor_dialog").reject()
    wait(lambda: window("selcolor_dialog") is None)


def test_an_error_is_told_and_another_try_succeeds(
    plugin: SimpleNamespace, editor: Any, colored: Any, wait: Any, window: Any
) -> None:
    editor.refusals = 1
    plugin.krita.window.actions["selective_colorize_again"].trigger()
    box = wait(lambda: window("selcolor_message"))
    assert "did not take it" in box.text()
    box.findChild(plugin.qt.QPushButton, "selcolor_accept").click()
    colored(1)


def test_messages_are_shown_and_closed(plugin: SimpleNamespace, wait: Any, window: Any) -> None:
    gone = DaemonGone("It is gone.", "Try again.")
    for show, error in (
        (plugin.messages.show_error, gone),
        (plugin.messages.show_unexpected, ValueError("It is gone.")),
    ):
        show(error)
        box = wait(lambda: window("selcolor_message"))
        assert "It is gone." in f"{box.text()} {box.informativeText()} {box.detailedText()}"
        box.close()
        wait(lambda: window("selcolor_message") is None)


def test_a_sentence_is_shown_in_passing(plugin: SimpleNamespace) -> None:
    plugin.messages.show_in_passing(["Colored."])

    assert plugin.krita.window.floating[-1] == "Colored."


def test_the_progress_window_shows_its_turns_and_cancels(
    plugin: SimpleNamespace, wait: Any, window: Any
) -> None:
    cancelled: list[bool] = []
    progress = plugin.progress.ProgressWindow(None, lambda: cancelled.append(True))
    progress.show()
    progress.show_turn(Show("Colorizing…", "here", None))
    assert progress.bar.maximum() == 0
    progress.show_turn(Show("Blending…", "here", 0.5))
    assert progress.bar.value() == progress.bar.maximum() // 2
    progress.cancel_button.click()

    assert cancelled == [True]
    assert window("selcolor_progress") is None


def test_the_row_of_downloads_fetches_and_cancels(plugin: SimpleNamespace) -> None:
    fetched: list[str] = []
    link = SimpleNamespace(
        welcome=WELCOME,
        download=None,
        is_downloading=False,
        state=LinkState.OPEN,
        fetch=fetched.append,
        cancel_download=lambda: fetched.append("cancelled"),
    )
    row = plugin.downloads.Downloads(link, lambda _name: None)
    assert row.show_news()
    row.list.setCurrentIndex(0)
    row.button.click()
    link.is_downloading = True
    row.button.click()

    assert fetched == [row.list.currentData(), "cancelled"]


def test_a_list_has_room_for_what_comes_after_it_was_first_seen(plugin: SimpleNamespace) -> None:
    box = plugin.qt.QComboBox()
    plugin.fields.show_choices(box, [Choice("a", "short")], "a")
    row = plugin.qt.QWidget()
    plugin.qt.QHBoxLayout(row).addWidget(box)
    row.show()
    least = row.minimumSizeHint().width()
    longer = "a label that is much longer than the first one"
    plugin.fields.show_choices(box, [Choice("b", longer)], "b")
    plugin.application.processEvents()

    wider = box.fontMetrics().horizontalAdvance(longer) - box.fontMetrics().horizontalAdvance(
        "short"
    )
    assert row.minimumSizeHint().width() >= least + wider - 1, "but for a rounding"
    assert row.width() >= row.minimumSizeHint().width()


def test_a_label_grows_for_its_lines(plugin: SimpleNamespace) -> None:
    label = plugin.labels.WrappingLabel("one")
    label.resize(60, 10)
    label.show()
    plugin.application.processEvents()
    label.show_text("many words " * 20)

    assert label.minimumHeight() == label.heightForWidth(label.width())


def test_a_thumbnail_has_the_pixels_of_the_layer(plugin: SimpleNamespace) -> None:
    qt = plugin.qt

    def thumbnail(width: int, height: int) -> Any:
        picture = qt.QImage(width, height, qt.QImage.Format.Format_ARGB32)
        picture.fill(0xFF102030)
        return picture

    node = SimpleNamespace(bounds=lambda: qt.QRect(0, 0, 40, 20), thumbnail=thumbnail)
    raster = plugin.previewing.thumbnail(node, (0, 0, 40, 20), (20, 10))

    assert bytes(raster.pixels) == bytes([0x10, 0x20, 0x30, 0xFF]) * 200
    assert plugin.previewing.image_of(rgb(7)).pixelColor(0, 0).red() == 7


def test_a_thumbnail_leaves_out_what_krita_fills_up(plugin: SimpleNamespace) -> None:
    qt = plugin.qt

    def thumbnail(width: int, height: int) -> Any:
        picture = qt.QImage(width, height, qt.QImage.Format.Format_ARGB32)
        picture.fill(0)
        painter = qt.QPainter(picture)
        painter.fillRect(0, 0, width * 9 // 10, height * 9 // 10, qt.Qt.GlobalColor.red)
        painter.end()
        return picture

    node = SimpleNamespace(bounds=lambda: qt.QRect(0, 0, 300, 150), thumbnail=thumbnail)
    raster = plugin.previewing.thumbnail(node, (0, 0, 300, 150), (20, 10))

    assert bytes(raster.pixels) == bytes([0xFF, 0, 0, 0xFF]) * 200


def test_undo_takes_joined_steps_together(
    plugin: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = [(True, frozenset[str]()), (False, frozenset[str]()), (False, frozenset({"group"}))]
    document = SimpleNamespace(at=2, waitForDone=lambda: None)
    plugin.krita.front = document
    monkeypatch.setattr(plugin.joining, "state_of", lambda image, _layers: states[image.at])
    undo, redo = (plugin.krita.own[name] for name in ("edit_undo", "edit_redo"))
    for action, step in ((undo, -1), (redo, 1)):
        action.triggered.connect(
            lambda _checked, step=step: setattr(document, "at", document.at + step)
        )
    joined = plugin.joining.JoinedSteps(document, states)
    undo.trigger()
    assert document.at == 0
    redo.trigger()
    assert document.at == 2
    joined.forget()
