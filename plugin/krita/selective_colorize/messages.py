"""Message boxes that never block the event loop: what happened, what was kept, what to do next."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence

from krita import Krita

from selcolor_plugin import texts
from selcolor_plugin.daemon_sentences import error_text
from selcolor_plugin.editor import Question
from selcolor_protocol.errors import SelectiveColorizeError

from .qt import QIcon, QMessageBox

FLOATING_MILLISECONDS = 6000


def guarded(do: Callable[[], None]) -> None:
    """Every click ends here: an error becomes a message, never a traceback in a terminal."""
    try:
        do()
    except SelectiveColorizeError as error:
        show_error(error)
    except Exception as error:
        show_unexpected(error)


def show_error(error: SelectiveColorizeError) -> None:
    """Show an error."""
    box = new_box(QMessageBox.Icon.Warning, *error_text(error))
    box.addButton(texts.close_button(), QMessageBox.ButtonRole.RejectRole)
    box.open()


def show_unexpected(error: BaseException) -> None:
    """Show an error that is not one of ours, with its traceback behind *Show Details*."""
    box = new_box(QMessageBox.Icon.Critical, *texts.unexpected(error))
    box.setDetailedText(
        "".join(traceback.format_exception(type(error), error, error.__traceback__))
    )
    box.addButton(texts.close_button(), QMessageBox.ButtonRole.RejectRole)
    box.open()


def ask(question: Question, answer: Callable[[bool], None]) -> None:
    """Ask; closing the window means no."""
    is_error = question.error is not None
    icon = QMessageBox.Icon.Warning if is_error else QMessageBox.Icon.Question
    box = new_box(icon, question.sentence, question.hint)
    accept = box.addButton(question.yes, QMessageBox.ButtonRole.AcceptRole)
    accept.setObjectName("selcolor_accept")
    if is_error:
        box.addButton(texts.close_button(), QMessageBox.ButtonRole.RejectRole)
    else:
        box.addButton(texts.discard_button(), QMessageBox.ButtonRole.RejectRole)
    box.finished.connect(lambda _result: answer(box.clickedButton() is accept))
    box.open()


def show_in_passing(sentences: Sequence[str]) -> None:
    """Show for a while, over the image, what the user should know of a result."""
    window = Krita.instance().activeWindow()
    if sentences and window is not None and window.activeView() is not None:
        view, text = window.activeView(), "\n".join(sentences)
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
