"""What the plugin asks of Krita itself, over Qt 6, for tests without a Krita.

`krita` and `pykrita` are modules that only exist within Krita; `install` puts doubles in their
place. Images are the fake editor's.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QDockWidget, QMainWindow

PLUGIN = Path(__file__).parents[2] / "plugin/krita"
TYPES = ("Document", "Node", "Selection", "Window", "View", "InfoObject", "Channel")


class Extension(QObject):
    """What plugins are made of."""


class DockWidget(QDockWidget):
    """What dockers are made of."""


class DockWidgetFactoryBase:
    """Where a docker is at first."""

    class DockPosition(enum.Enum):
        """One of the places."""

        DockRight = 3


class DockWidgetFactory(DockWidgetFactoryBase):
    """Makes a docker for each window."""

    def __init__(
        self, _name: str, _place: DockWidgetFactoryBase.DockPosition, make: Callable[[], DockWidget]
    ) -> None:
        self.createDockWidget = make


class Window:
    """Krita's window: a menu of actions, and a view with passing messages."""

    def __init__(self) -> None:
        self.actions: dict[str, QAction] = {}
        self.floating: list[str] = []
        self._window = QMainWindow()

    def qwindow(self) -> QMainWindow:
        return self._window

    def createAction(self, name: str, text: str, _menu: str) -> QAction:  # noqa: N802
        self.actions[name] = QAction(text, self._window)
        return self.actions[name]

    def activeView(self) -> Any:  # noqa: N802
        return SimpleNamespace(showFloatingMessage=lambda text, *_: self.floating.append(text))


class Krita(QObject):
    """The program; one for all tests."""

    _instance: Krita | None = None

    def __init__(self) -> None:
        super().__init__()
        self.window = Window()
        self.extensions: list[Extension] = []
        self.factories: list[DockWidgetFactory] = []
        self.own = {name: QAction(name, self) for name in ("edit_undo", "edit_redo")}
        self.front: object = None

    @classmethod
    def instance(cls) -> Krita:
        cls._instance = cls._instance or Krita()
        return cls._instance

    def addExtension(self, extension: Extension) -> None:  # noqa: N802
        self.extensions.append(extension)

    def addDockWidgetFactory(self, factory: DockWidgetFactory) -> None:  # noqa: N802
        self.factories.append(factory)

    def activeWindow(self) -> Window:  # noqa: N802
        return self.window

    def windows(self) -> list[Window]:
        return [self.window]

    def action(self, name: str) -> QAction:
        return self.window.actions.get(name) or self.own[name]

    def activeDocument(self) -> object:  # noqa: N802
        return self.front

    def documents(self) -> list[object]:
        return [self.front]


def install() -> None:
    """Let the plugin be imported as in Krita 6."""
    krita, pykrita = ModuleType("krita"), ModuleType("pykrita")
    for name in TYPES:
        setattr(krita, name, type(name, (), {}))
    for double in (Krita, Extension, DockWidget, DockWidgetFactory, DockWidgetFactoryBase):
        setattr(krita, double.__name__, double)
    pykrita.qt_major_version = lambda: 6  # type: ignore[attr-defined]
    sys.modules |= {"krita": krita, "pykrita": pykrita}
    sys.path.insert(0, str(PLUGIN))
