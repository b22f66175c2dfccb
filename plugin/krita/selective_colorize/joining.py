"""One Undo for the two steps that a gray image needs: its conversion to RGB, and the group.

Krita's scripting can neither put two steps into one nor convert without a step. So when the user
undoes the group, the conversion below it is undone, too, and likewise for Redo. Whether the second
step was the right one is judged by the image; if it was not, it is taken back at once.
"""

from __future__ import annotations

from collections.abc import Callable

from krita import Document, Krita
from PyQt5.QtCore import QCoreApplication, QEvent
from PyQt5.QtWidgets import QAction

from . import messages
from .inserting import is_gray
from .reading import find_node, is_open

_joined: list[JoinedSteps] = []


def action(name: str) -> QAction:
    """An action of Krita's window in front."""
    return Krita.instance().action(name)


def next_undo() -> str:
    """What the menu calls the step that would be undone now."""
    # The undo history tells the menu from another thread: its news lie in the event queue.
    QCoreApplication.sendPostedEvents(None, QEvent.MetaCall)
    return str(action("edit_undo").text())


class JoinedSteps:
    """Two steps of one image that Krita's Undo and Redo take together."""

    def __init__(self, document: Document, conversion: str) -> None:
        """Prepare; nothing is joined before `group` is set.

        Args:
            document: the image, after its conversion and before the group.
            conversion: what the menu calls undoing the conversion.
        """
        self._document = document
        self._conversion = conversion
        self._undo, self._redo = action("edit_undo"), action("edit_redo")
        self.group = ""
        self._is_stepping = False

    def join(self, group: str) -> None:
        """From now on, Undo and Redo take both steps; `group` is the identity of the group."""
        self.group = group
        for older in [steps for steps in _joined if steps._document == self._document]:
            older._forget()
        self._undo.triggered.connect(self._after_undo)
        self._redo.triggered.connect(self._after_redo)
        _joined.append(self)

    def _after_undo(self) -> None:
        messages.guarded(self._undo_conversion)

    def _after_redo(self) -> None:
        messages.guarded(self._redo_group)

    def _undo_conversion(self) -> None:
        if not self._concerns_us() or self._undo.text() != self._conversion:
            return
        self._step(self._undo, self._redo, lambda: is_gray(self._document))

    def _redo_group(self) -> None:
        if not self._concerns_us() or not self._redo.isEnabled():
            return
        self._step(self._redo, self._undo, self._has_group)

    def _concerns_us(self) -> bool:
        """Whether our image is in front, in RGB, and its group is gone."""
        if self._is_stepping:
            return False
        if not is_open(self._document):
            self._forget()
            return False
        if Krita.instance().activeDocument() != self._document:
            return False
        self._document.waitForDone()
        return not is_gray(self._document) and not self._has_group()

    def _step(self, do: QAction, back: QAction, is_right: Callable[[], bool]) -> None:
        """Take another step; back again when it was not the one that was meant."""
        self._is_stepping = True
        try:
            do.trigger()
            self._document.waitForDone()
            if not is_right():
                back.trigger()
                self._document.waitForDone()
        finally:
            self._is_stepping = False

    def _has_group(self) -> bool:
        return find_node(self._document.rootNode(), self.group) is not None

    def _forget(self) -> None:
        self._undo.triggered.disconnect(self._after_undo)
        self._redo.triggered.disconnect(self._after_redo)
        _joined.remove(self)
