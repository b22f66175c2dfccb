"""One run of the plugin: a job, its window, and what becomes of its result.

The event loop drives it through a timer. Replies of the daemon are handled only there, never
inside a constructor or a click.
"""

from __future__ import annotations

from collections.abc import Callable

from PyQt5 import sip
from PyQt5.QtCore import QObject, QTimer
from PyQt5.QtWidgets import QWidget

from selcolor_plugin.job import Job, JobPhase
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.messages import Done

from . import messages
from .progress import ProgressWindow

POLL_MILLISECONDS = 20


class Run(QObject):
    """A job in Krita's event loop.

    Attributes:
        job: what is polled.
        window: what shows it.
    """

    def __init__(
        self,
        owner: QObject,
        front: Callable[[], QWidget | None],
        job: Job,
        succeed: Callable[[Done], None],
        fail: Callable[[SelectiveColorizeError], None],
    ) -> None:
        """Begin to poll.

        Args:
            owner: keeps the run until it is over, whatever becomes of Krita's windows.
            front: tells Krita's window in front, to which the progress window belongs; None when
                Krita has no window any more.
            job: new.
            succeed: called with the result.
            fail: called with the error. A cancelled run calls neither.
        """
        super().__init__(owner)
        self.job = job
        self._front = front
        self._succeed = succeed
        self._fail = fail
        self.window = self._new_window()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._turn)
        self._timer.start(POLL_MILLISECONDS)

    @property
    def is_active(self) -> bool:
        """Whether a result may still come."""
        return not self.job.phase.has_ended

    def _new_window(self) -> ProgressWindow:
        window = ProgressWindow(self._front(), self._cancel)
        window.show_job(self.job)
        window.show()
        return window

    def _change_windows(self) -> None:
        """Go on in another of Krita's windows; without any Krita quits, and nothing is shown."""
        if self._front() is None:
            self.job.abandon()
        else:
            self.window = self._new_window()

    def _cancel(self) -> None:
        messages.guarded(self.job.cancel)
        self.window.deleteLater()

    def _turn(self) -> None:
        try:
            self._step()
        except Exception as error:
            self._break_off(error)

    def _break_off(self, error: Exception) -> None:
        """An error that nobody foresaw would come again at every turn: say so once, and end."""
        self._timer.stop()
        self.deleteLater()
        if self.is_active:
            self._close_window()
        messages.show_unexpected(error)
        messages.guarded(self.job.abandon)

    def _step(self) -> None:
        was_active = self.is_active
        if was_active and sip.isdeleted(self.window):
            self._change_windows()
        self.job.poll()
        if not self.job.phase.has_ended:
            self.window.show_job(self.job)
            return
        if self.job.is_over:
            self._timer.stop()
            self.deleteLater()
        if was_active:
            self._end()

    def _close_window(self) -> None:
        if sip.isdeleted(self.window):
            return
        self.window.rejected.disconnect(self._cancel)
        self.window.close()
        self.window.deleteLater()

    def _end(self) -> None:
        self._close_window()
        if self.job.phase is JobPhase.DONE and self.job.result is not None:
            self._succeed(self.job.result)
        elif self.job.phase is JobPhase.FAILED and self.job.error is not None:
            self._fail(self.job.error)
