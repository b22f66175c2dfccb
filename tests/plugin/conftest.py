"""The Krita plugin under Qt 6, for tests of its windows: the modules, an editor, a daemon."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_editor import Daemon, FakeEditor, FakeImage

from selcolor_protocol.folders import CONFIG_DIR_VARIABLE

PATIENCE_SECONDS = 60
MODULES = sorted(
    path.stem
    for path in (Path(__file__).parents[2] / "plugin/krita/selective_colorize").glob("*")
    if path.suffix == ".py" and path.stem != "__init__"
)


class Editor(FakeEditor):
    """Images of the fake editor that the plugin's click also asks in Krita's words."""

    def __init__(self) -> None:
        super().__init__()
        self.painted_on: list[str] = []

    def paint_on(self, image: FakeImage, layer: str, with_brush: bool) -> None:
        self.painted_on.append(layer)

    def selection(self, image: FakeImage, rectangle: Any) -> Iterator[None]:  # type: ignore[override]
        yield None

    def image(self) -> FakeImage:
        made: Any = FakeImage()
        made.selection = lambda: None
        made.colorModel = lambda: "RGBA"
        return made  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def plugin() -> SimpleNamespace:
    """The plugin's modules as in Krita 6, in a session without a screen."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    import krita_double
    from PyQt6.QtWidgets import QApplication

    application = QApplication(["krita"])
    krita_double.install()
    modules = {name: importlib.import_module(f"selective_colorize.{name}") for name in MODULES}
    krita = krita_double.Krita.instance()
    return SimpleNamespace(
        **modules, modules=modules.values(), krita=krita, application=application
    )


@pytest.fixture
def wait(plugin: SimpleNamespace) -> Callable[[Callable[[], Any]], Any]:
    """Let events pass until something holds; what the condition returned then."""

    def wait(condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (seen := condition()):
            assert time.monotonic() < deadline, "the condition never held"
            plugin.application.processEvents()
            time.sleep(0.005)
        return seen

    return wait


@pytest.fixture
def window(plugin: SimpleNamespace) -> Callable[[str], Any]:
    """A visible window of the plugin by its name; None when there is none."""

    def window(name: str) -> Any:
        tops = plugin.application.topLevelWidgets()
        return next((top for top in tops if top.objectName() == name and top.isVisible()), None)

    return window


@pytest.fixture
def daemon() -> Daemon:
    return Daemon()


@pytest.fixture
def editor(
    plugin: SimpleNamespace, daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Editor:
    """The plugin's editor, and the image in front of it; nothing was chosen before."""
    monkeypatch.setenv(CONFIG_DIR_VARIABLE, str(tmp_path))
    editor = Editor()
    front = editor.image()
    plugin.krita.front = front
    (extension,) = plugin.krita.extensions
    monkeypatch.setattr(extension, "editor", editor)
    monkeypatch.setattr(plugin.extension, "chosen", lambda: (front, "photo"))
    monkeypatch.setattr(plugin.extension, "active_document", lambda: front)
    monkeypatch.setattr(plugin.extension, "new_link", daemon.new_link)
    extension.createActions(plugin.krita.window)
    return editor


@pytest.fixture
def colored(plugin: SimpleNamespace, wait: Any) -> Callable[[int], None]:
    """Wait until the image in front has got so many steps, and the plugin rests."""
    (extension,) = plugin.krita.extensions

    def colored(steps: int) -> None:
        wait(lambda: plugin.krita.front.undo_steps == steps and not extension._run.is_active)

    return colored


@pytest.fixture
def closed(plugin: SimpleNamespace) -> Iterator[None]:
    """No test leaves a window to the next one."""
    yield
    for top in plugin.application.topLevelWidgets():
        top.close()
    plugin.application.processEvents()
