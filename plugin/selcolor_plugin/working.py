"""A job of the daemon as a part of the workflow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from selcolor_plugin import texts
from selcolor_plugin.daemon_sentences import error_text
from selcolor_plugin.editor import NewLink, Question, Result, Show, Steps
from selcolor_plugin.errors import UserCancelled
from selcolor_plugin.job import Job, JobPhase
from selcolor_plugin.translation import translate as _
from selcolor_protocol.errors import DaemonError
from selcolor_protocol.messages import Blend, Colorize, Done


@dataclass(frozen=True)
class Share:
    """Which of several jobs one is.

    Attributes:
        number: from 1.
        count: how many there are.
    """

    number: int = 1
    count: int = 1

    def of(self, show: Show) -> Show:
        """What one job shows, as a part of all."""
        if self.count == 1:
            return show
        text = _("{stage} ({number} of {count})")
        stage = text.format(stage=show.stage, number=self.number, count=self.count)
        if show.fraction is None:
            return replace(show, stage=stage)
        return replace(show, stage=stage, fraction=(self.number - 1 + show.fraction) / self.count)


def work(request: Colorize | Blend, new_link: NewLink, share: Share = Share()) -> Steps[Done]:
    """Wait for a job's result; when the user cancels, until the daemon knows it.

    Args:
        request: with its pixels.
        new_link: to the daemon.
        share: which of several jobs it is.

    Raises:
        SelectiveColorizeError: it failed; the class tells how.
    """
    job = Job(request, new_link())
    try:
        while not job.phase.has_ended:
            yield share.of(shown(job))
            job.poll()
    except UserCancelled:
        job.cancel()
        while not job.is_over:
            yield None
            job.poll()
        raise
    finally:
        if not job.is_over:
            job.abandon()
    if job.error is not None:
        raise job.error
    assert job.result is not None
    return job.result


def shown(job: Job) -> Show:
    """What is shown of a job."""
    is_known = job.phase in (JobPhase.RUNNING, JobPhase.DONE)
    fraction = job.fraction if is_known else None
    return Show(texts.stage_text(job), texts.place_text(job), fraction)


def repeated(do: Callable[[], Steps[Result]]) -> Steps[Result]:
    """Do something again for as long as the daemon fails and the user asks for it.

    Raises:
        UserCancelled: the user does not.
        SelectiveColorizeError: anything else that `do` raises.
    """
    while True:
        try:
            return (yield from do())
        except DaemonError as error:
            failure = error
        if not (yield again(failure)):
            raise UserCancelled(failure.sentence, failure.hint)


def again(error: DaemonError) -> Question:
    """Whether to try again after an error."""
    return Question(*error_text(error), texts.try_again_button(), error)
