"""One run of the workflow in Krita's event loop, with its window and its questions.

A timer drives it, turn by turn; nothing of it happens inside a constructor or a click but the first
turn, which reads the pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import GEN_RUNNING, getgeneratorstate
from typing import Any

from selcolor_plugin.daemon_sentences import error_text
from selcolor_plugin.editor import Question, Show, Steps
from selcolor_plugin.errors import UserCancelled, cancelled
from selcolor_plugin.memory import give_back
from selcolor_protocol.errors import SelectiveColorizeError

from . import messages
from .progress import ProgressWindow
from .qt import QObject, QTimer, QWidget, sip

POLL_MILLISECONDS = 20

GIVING_BACK_MILLISECONDS = 3000
"""How long after a run the memory that it has freed is given back: Krita draws the result first."""


class Run(QObject):
    """A workflow under way.

    Attributes:
        is_active: whether it still does something; not while it waits for an answer.
        window: what shows it; None while nothing is shown.
    """

    def __init__(
        self,
        owner: QObject,
        front: Callable[[], QWidget | None],
        steps: Steps[Any],
        over: Callable[[], None],
    ) -> None:
        """Begin, with the first turn at once.

        Args:
            owner: keeps the run until it is over, whatever becomes of Krita's windows.
            front: tells Krita's window in front, to which the progress window belongs; None when
                Krita has no window any more.
            steps: the workflow.
            over: called once it has ended, however.
        """
        super().__init__(owner)
        self.is_active = True
        self.window: ProgressWindow | None = None
        self._front, self._over = front, over
        self._steps: Steps[Any] | None = steps
        self._is_cancelled = False
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._turn)
        self._go_on(None)

    def _turn(self) -> None:
        if self.window is not None and sip.isdeleted(self.window):
            self.window = None
            if self._front() is None:
                # Krita quits.
                self._end()
                return
        if self._is_cancelled:
            self._is_cancelled = False
            self._take(lambda steps: steps.throw(cancelled()))
        else:
            self._go_on(None)

    def _go_on(self, answer: bool | None) -> None:
        self._take(lambda steps: steps.send(answer))

    def _take(self, turn: Callable[[Steps[Any]], Any]) -> None:
        """Take a turn; whatever it raises is told once, and ends the run."""
        assert self._steps is not None, "nothing is driven beyond its end"
        # Some of Krita's calls let events pass, the timer's among them.
        self._timer.stop()
        try:
            self._show(turn(self._steps))
        except StopIteration:
            self._end()
        except UserCancelled as error:
            self._end()
            messages.show_in_passing(error_text(error))
        except SelectiveColorizeError as error:
            self._end()
            messages.show_error(error)
        except Exception as error:
            self._end()
            messages.show_unexpected(error)

    def _show(self, turn: Show | Question | None) -> None:
        if isinstance(turn, Question) and not self._is_cancelled:
            self._timer.stop()
            self._close_window()
            self.is_active = False
            messages.ask(turn, self._answer)
            return
        self._timer.start()
        if isinstance(turn, Show) and self.is_active:
            if self.window is None:
                self.window = ProgressWindow(self._front(), self._cancel)
                self.window.show_turn(turn)
                self.window.show()
            self.window.show_turn(turn)

    def _answer(self, answer: bool) -> None:
        self.is_active = answer
        self._go_on(answer)

    def _cancel(self) -> None:
        """The user gets the editor back at once; the daemon still has to be told.

        Some of Krita's calls let clicks pass: a turn that is being taken is taken to its end, and
        the next one is told.
        """
        self.is_active = False
        self._is_cancelled = True
        if self.window is not None:
            self.window.deleteLater()
            self.window = None
        if self._steps is not None and getgeneratorstate(self._steps) != GEN_RUNNING:
            self._turn()

    def _close_window(self) -> None:
        if self.window is not None and not sip.isdeleted(self.window):
            self.window.rejected.disconnect(self._cancel)
            self.window.close()
            self.window.deleteLater()
        self.window = None

    def _end(self) -> None:
        """Let go of everything: what the workflow holds are pixels."""
        self._timer.stop()
        self.is_active = False
        self._close_window()
        if self._steps is not None:
            self._steps.close()
        self._steps = None
        QTimer.singleShot(GIVING_BACK_MILLISECONDS, give_back)
        self.deleteLater()
        self._over()
