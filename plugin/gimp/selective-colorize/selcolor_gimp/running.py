"""Drives the workflow to its end, with GIMP's progress bar.

A plug-in has a process of its own and may wait. Cancel is GIMP's: it ends the process, and the
daemon drops the jobs of a client that is gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from gi.repository import Gimp

from selcolor_plugin import daemon, texts
from selcolor_plugin.editor import Question, Result, Show, Steps
from selcolor_plugin.link import Link

EDITOR = "GIMP"
POLL_SECONDS = 0.02
PULSE_SECONDS = 0.1

Ask = Callable[[Question], bool]
"""Asks whether a late result is wanted nevertheless."""


def new_link() -> Link:
    """Begin to open a session with the daemon, which is started if none answers."""
    return Link(lambda: daemon.open_session(EDITOR))


def drive(steps: Steps[Result], ask: Ask | None) -> Result:
    """Take a workflow to its end; what it returns.

    Args:
        steps: the workflow.
        ask: puts its questions to the user; None where nobody can be asked.

    Raises:
        SelectiveColorizeError: it failed; the class tells how.
    """
    bar, answer = ProgressBar(), None
    while True:
        try:
            turn = steps.send(answer)
        except StopIteration as end:
            result: Result = end.value
            return result
        answer = None
        if isinstance(turn, Question):
            # Called again, the procedure does the same again.
            if turn.error is not None or ask is None:
                raise turn.error or AssertionError(turn.sentence)
            answer = ask(turn)
        elif turn is not None:
            bar.show(turn)
            time.sleep(POLL_SECONDS if turn.is_waiting else 0.0)


class ProgressBar:
    """GIMP's progress bar."""

    def __init__(self) -> None:
        self._shown: tuple[str, int] = ("", -1)
        self._pulsed_at = 0.0
        Gimp.progress_init(texts.title())

    def show(self, turn: Show) -> None:
        """Show where the work stands; a busy bar while nobody knows how long it takes."""
        share, now = round(1000 * (turn.fraction or 0.0)), time.monotonic()
        if turn.stage != self._shown[0]:
            Gimp.progress_set_text(turn.stage)
        if turn.fraction is not None and (turn.stage, share) != self._shown:
            Gimp.progress_update(turn.fraction)
        if turn.fraction is None and now - self._pulsed_at >= PULSE_SECONDS:
            self._pulsed_at = now
            Gimp.progress_pulse()
        self._shown = (turn.stage, share)
