"""Krita's windows in a language in which every text is marked: not one word is left in English.

As `test_krita_qt6`, by `make krita-qt6`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from fake_editor import Daemon
from marked import MARK, english
from scripted import WELCOME

from selcolor_plugin import translation
from selcolor_plugin.editor import Show
from selcolor_plugin.link import LinkState
from selcolor_protocol.errors import Busy, DaemonGone

pytestmark = [pytest.mark.editors, pytest.mark.usefixtures("closed", "marked")]

SCRIPTED = WELCOME.models[-1].description
"""What a network of the tests alone says of itself."""
TEXTS = ("text", "windowTitle", "toolTip", "accessibleName", "informativeText", "placeholderText")


class Marked(Mapping[str, str]):
    """Each text in brackets."""

    def __getitem__(self, text: str) -> str:
        return MARK.format(text)

    def __iter__(self) -> Iterator[str]:
        raise AssertionError

    def __len__(self) -> int:
        raise AssertionError


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "_catalog", Marked())


def texts_of(plugin: SimpleNamespace, window: Any) -> list[str]:
    """Every text of a window that a user can read, tool tips included."""
    found = []
    for widget in (window, *window.findChildren(plugin.qt.QWidget)):
        found += [str(getattr(widget, name)()) for name in TEXTS if hasattr(widget, name)]
        if isinstance(widget, plugin.qt.QComboBox):
            found += [widget.itemText(row) for row in range(widget.count())]
        if isinstance(widget, plugin.qt.QListWidget):
            found += [widget.item(row).text() for row in range(widget.count())]
    return [text for text in found if text]


def test_a_text_without_a_mark_is_found() -> None:
    assert english(["⟦⟦a photo⟧, not marked:⟧ 7 px", "⟦one⟧ two"]) == {"two"}


def test_the_actions(plugin: SimpleNamespace, editor: Any) -> None:
    for action in plugin.krita.window.actions.values():
        action.setToolTip("As Krita does, from the file of actions")
    shown = [
        text
        for action in plugin.krita.window.actions.values()
        for text in (action.text(), action.toolTip())
    ]

    assert len(shown) == 6
    assert english(shown) == set()


def test_the_dialog_for_a_new_result_and_for_an_update(
    plugin: SimpleNamespace, editor: Any, daemon: Daemon, colored: Any, wait: Any, window: Any
) -> None:
    actions = plugin.krita.window.actions
    for steps in (1, 2):
        actions["selective_colorize"].trigger()
        dialog = wait(lambda: window("selcolor_dialog"))
        wait(dialog.classes.count)
        wait(lambda dialog=dialog: dialog.preview.is_shown)
        dialog.more.setChecked(True)
        dialog.by_class.setChecked(True)
        shown = texts_of(plugin, dialog)
        assert len(shown) > 50
        assert english(shown, [SCRIPTED]) == set()
        dialog.main_subject.setChecked(True)
        dialog.start.click()
        colored(steps)


def test_the_docker_with_and_without_a_result(
    plugin: SimpleNamespace, editor: Any, colored: Any, wait: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    blended = SimpleNamespace(visible=lambda: False)
    front = plugin.krita.front
    front.rootNode = lambda: None
    monkeypatch.setattr(plugin.docker, "find_node", lambda _root, _layer: blended)
    docker = plugin.krita.factories[0].createDockWidget()
    docker.show()
    assert english(texts_of(plugin, docker.widget())) == set()
    plugin.krita.window.actions["selective_colorize_again"].trigger()
    colored(1)
    wait(docker.update_result.isEnabled)
    docker.strength.setValue(2.5)
    shown = texts_of(plugin, docker.widget())

    assert docker.line.text() in shown
    assert english(shown) == set()


@pytest.mark.parametrize(
    "error",
    [
        DaemonGone("The daemon stopped answering; your photo is untouched.", "Try again."),
        Busy("4 jobs of this program are already waiting.", "Try again."),
    ],
)
def test_messages(plugin: SimpleNamespace, wait: Any, window: Any, error: Any) -> None:
    plugin.messages.show_error(error)
    box = wait(lambda: window("selcolor_message"))
    shown = texts_of(plugin, box)

    assert english(shown) == set()


def test_the_progress_window(plugin: SimpleNamespace, window: Any) -> None:
    progress = plugin.progress.ProgressWindow(None, lambda: None)
    progress.show()
    progress.show_turn(Show("", "", None))

    assert english(texts_of(plugin, progress)) == set()


def test_the_row_of_downloads(plugin: SimpleNamespace) -> None:
    link = SimpleNamespace(
        welcome=WELCOME, download=None, is_downloading=False, state=LinkState.OPEN
    )
    row = plugin.downloads.Downloads(link, lambda _name: None)
    row.show_news()
    shown = texts_of(plugin, row)

    assert SCRIPTED in " ".join(shown)
    assert english(shown, [SCRIPTED]) == set()


def test_why_the_plugin_cannot_start(plugin: SimpleNamespace) -> None:
    assert english([plugin.broken.source_text(), plugin.broken.other_text("")]) == set()
