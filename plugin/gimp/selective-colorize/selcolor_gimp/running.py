"""Runs a job to its end, with GIMP's progress bar.

A plug-in has a process of its own and may wait. Cancel is GIMP's: it ends the process, and the
daemon drops the jobs of a client that is gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from gi.repository import Gimp

from selcolor_plugin import daemon, texts
from selcolor_plugin.job import Job, JobPhase
from selcolor_plugin.link import Link
from selcolor_plugin.translation import translate as _
from selcolor_protocol.messages import Blend, Colorize, Done

EDITOR = "GIMP"
POLL_SECONDS = 0.02
PULSE_SECONDS = 0.1


def new_link() -> Link:
    """Begin to open a session with the daemon, which is started if none answers."""
    return Link(lambda: daemon.open_session(EDITOR))


def run(request: Colorize | Blend, link: Link, show: Callable[[Job], None]) -> Done:
    """Wait for a job's result.

    Args:
        request: with its pixels.
        link: to the daemon; closed at the end.
        show: told about the job again and again.

    Raises:
        SelectiveColorizeError: it failed; the class tells how.
    """
    job = Job(request, link)
    while not job.phase.has_ended:
        job.poll()
        show(job)
        time.sleep(POLL_SECONDS)
    if job.error is not None:
        raise job.error
    assert job.result is not None
    return job.result


class ProgressBar:
    """GIMP's progress bar for several jobs, one after another."""

    def __init__(self, count: int = 1) -> None:
        """Show it, empty.

        Args:
            count: how many jobs there will be.
        """
        self._count = count
        self._number = 0
        self._shown: tuple[str, int] = ("", -1)
        self._pulsed_at = 0.0
        Gimp.progress_init(texts.title())

    def next(self) -> Callable[[Job], None]:
        """For the next job: what `run` shall call."""
        self._number += 1
        return self._show

    def _show(self, job: Job) -> None:
        if job.phase is JobPhase.DONE and self._number < self._count:
            return
        text, now = self._text(job), time.monotonic()
        is_known = job.phase in (JobPhase.RUNNING, JobPhase.DONE)
        share = (self._number - 1 + job.fraction) / self._count
        if text != self._shown[0]:
            Gimp.progress_set_text(text)
        if is_known and (text, round(1000 * share)) != self._shown:
            Gimp.progress_update(share)
        if not is_known and now - self._pulsed_at >= PULSE_SECONDS:
            self._pulsed_at = now
            Gimp.progress_pulse()
        self._shown = (text, round(1000 * share))

    def _text(self, job: Job) -> str:
        stage = texts.stage_text(job)
        if self._count == 1:
            return stage
        return _("{stage} ({number} of {count})").format(
            stage=stage, number=self._number, count=self._count
        )
