"""One Undo for several of Krita's steps that are one for the user.

Krita's scripting can neither put steps into one nor convert an image without a step. So when the
user undoes the last of them, those below it are undone, too, and likewise for Redo. Whether a step
was the right one is judged by the image; if it was not, it is taken back at once.
"""

from __future__ import annotations

from collections.abc import Iterable

from krita import Document, Krita

from . import messages
from .converting import is_gray
from .qt import QAction, sip
from .reading import all_nodes, identity, is_open

State = tuple[bool, frozenset[str]]
"""Whether an image is gray, and which of some layers it has."""

_joined: list[JoinedSteps] = []


def state_of(document: Document, layers: Iterable[str]) -> State:
    """What an image is like, as far as some layers are concerned."""
    found = {identity(node) for node in all_nodes(document.rootNode())}
    return is_gray(document), frozenset(found) & frozenset(layers)


class JoinedSteps:
    """Steps of one image that Krita's Undo and Redo take together."""

    def __init__(self, document: Document, states: list[State]) -> None:
        """From now on, Undo and Redo take all steps.

        Args:
            document: the image.
            states: what it was like before the steps and after each of them.
        """
        self._document, self._states = document, states
        self._layers = frozenset().union(*(layers for _gray, layers in states))
        krita = Krita.instance()
        self._undo, self._redo = krita.action("edit_undo"), krita.action("edit_redo")
        self._is_stepping = False
        self._undo.triggered.connect(self._after_undo)
        self._redo.triggered.connect(self._after_redo)
        for each in [each for each in _joined if each.is_over()]:
            each.forget()
        _joined.append(self)

    def is_over(self) -> bool:
        """Whether the image or the window whose actions these are is gone."""
        return sip.isdeleted(self._undo) or not is_open(self._document)

    def forget(self) -> None:
        """Undo and Redo are Krita's again."""
        if not sip.isdeleted(self._undo):
            self._undo.triggered.disconnect(self._after_undo)
            self._redo.triggered.disconnect(self._after_redo)
        _joined.remove(self)

    def _after_undo(self) -> None:
        messages.guarded(lambda: self._go_on(self._undo, self._redo, self._states[::-1]))

    def _after_redo(self) -> None:
        messages.guarded(lambda: self._go_on(self._redo, self._undo, self._states))

    def _go_on(self, do: QAction, back: QAction, states: list[State]) -> None:
        """Take the other steps, too, if the first of them was taken just now."""
        document = self._document
        if self._is_stepping or self.is_over():
            return
        if Krita.instance().activeDocument() != document:
            return
        document.waitForDone()
        now = state_of(document, self._layers)
        if now not in states[1:-1]:
            return
        self._is_stepping = True
        try:
            self._step(do, back, states[states.index(now) + 1 :])
        finally:
            self._is_stepping = False

    def _step(self, do: QAction, back: QAction, states: list[State]) -> None:
        """Take steps to states, one by one; all of them back if one was not what was meant."""
        for taken, wanted in enumerate(states, 1):
            if not do.isEnabled():
                return
            do.trigger()
            self._document.waitForDone()
            if state_of(self._document, self._layers) != wanted:
                for _step in range(taken):
                    back.trigger()
                    self._document.waitForDone()
                return
