"""Message boxes that never block the event loop: what happened, what was kept, what to do next."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence

from krita import Krita
from PyQt5.QtGui import QIcon
from PyQt5.QtWidgets import QMessageBox, QPushButton

from selcolor_plugin import texts
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.notes import Note

FLOATING_MILLISECONDS = 6000


def guarded(do: Callable[[], None]) -> None:
    """Every click ends here: an error becomes a message, never a traceback in a terminal."""
    try:
        do()
    except SelectiveColorizeError as error:
        show_error(error)
    except Exception as error:
        show_unexpected(error)


def show_error(error: SelectiveColorizeError, try_again: Callable[[], None] | None = None) -> None:
    """Show an error; with a button to try again where that can help."""
    box = new_box(QMessageBox.Warning, *texts.error_text(error))
    box.addButton(QMessageBox.Close)
    if try_again is not None:
        when_clicked(
            box, box.addButton(texts.try_again_button(), QMessageBox.AcceptRole), try_again
        )
    box.open()


def show_unexpected(error: BaseException) -> None:
    """Show an error that is not one of ours, with its traceback behind *Show Details*."""
    box = new_box(QMessageBox.Critical, *texts.unexpected(error))
    box.setDetailedText(
        "".join(traceback.format_exception(type(error), error, error.__traceback__))
    )
    box.addButton(QMessageBox.Close)
    box.open()


def ask(sentence: str, question: str, yes: str, do: Callable[[], None]) -> None:
    """Offer to do something; the other button discards."""
    box = new_box(QMessageBox.Question, sentence, question)
    accept = box.addButton(yes, QMessageBox.AcceptRole)
    accept.setObjectName("selcolor_accept")
    box.addButton(texts.discard_button(), QMessageBox.RejectRole)
    when_clicked(box, accept, do)
    box.open()


def show_notes(notes: Sequence[Note]) -> None:
    """Show for a while, over the image, what the user should know of a result."""
    window = Krita.instance().activeWindow()
    if notes and window is not None and window.activeView() is not None:
        view, text = window.activeView(), "\n".join(note.sentence for note in notes)
        view.showFloatingMessage(text, QIcon(), FLOATING_MILLISECONDS, 1)


def new_box(icon: QMessageBox.Icon, sentence: str, hint: str) -> QMessageBox:
    """A box over Krita's window that deletes itself."""
    window = Krita.instance().activeWindow()
    box = QMessageBox(window.qwindow() if window is not None else None)
    box.setObjectName("selcolor_message")
    box.setIcon(icon)
    box.setWindowTitle(texts.title())
    box.setText(sentence)
    box.setInformativeText(hint)
    box.finished.connect(box.deleteLater)
    return box


def when_clicked(box: QMessageBox, button: QPushButton, do: Callable[[], None]) -> None:
    """Do something after the box was closed with a button; its errors are shown in turn."""

    def act(_result: int) -> None:
        if box.clickedButton() is button:
            guarded(do)

    box.finished.connect(act)
