"""Who is next: jobs that wait, taken in turn from every session."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from selcolor_backend.capacity import PhotoSize
from selcolor_backend.daemon.sessions import Session
from selcolor_protocol.messages import JobState, JobSummary


class Work(str, Enum):
    """What a job needs: a network, only blending, or the internet."""

    COLORIZE = "colorize"
    BLEND = "blend"
    FETCH = "fetch"


@dataclass(eq=False)
class Job:
    """A job that has not ended.

    Attributes:
        session: whose it is.
        number: its number within the session.
        work: what it needs.
        messages: the request and its pieces as they came, passed on without a copy; dropped once
            running.
        submitted: when it came, by the monotonic clock.
        size: of its photo; None where it has none.
        bytes: of all its pixels.
        stage: what is being done while it runs.
        fraction: of the whole job that is done.
        cancelled: its client was told that it ended; what the worker still says is dropped.
    """

    session: Session
    number: int
    work: Work
    messages: list[Sequence[Any]]
    size: PhotoSize | None = None
    bytes: int = 0
    stage: str = ""
    fraction: float = 0.0
    submitted: float = field(default_factory=time.monotonic)
    cancelled: bool = False

    def summary(self, state: JobState) -> JobSummary:
        """The job as `status` shows it."""
        seconds = time.monotonic() - self.submitted
        megapixels = self.size.megapixels if self.size is not None else 0.0
        return JobSummary(
            self.session.client,
            self.number,
            self.work.value,
            state,
            seconds,
            self.stage,
            self.fraction,
            megapixels,
        )


class JobQueue:
    """Waiting jobs of all sessions; round-robin over the sessions, first come within one."""

    def __init__(self) -> None:
        self._waiting: dict[Session, deque[Job]] = {}

    def __iter__(self) -> Iterator[Job]:
        return (job for jobs in self._waiting.values() for job in jobs)

    def __len__(self) -> int:
        return sum(len(jobs) for jobs in self._waiting.values())

    def add(self, job: Job) -> None:
        """Let a job wait."""
        self._waiting.setdefault(job.session, deque()).append(job)

    def take(
        self, allowed: Container[Work], may_run: Callable[[Job], bool] = lambda _: True
    ) -> Job | None:
        """The next job of an allowed kind that may run; its session goes to the end of the row."""
        for session, jobs in self._waiting.items():
            for job in jobs:
                if job.work in allowed and may_run(job):
                    jobs.remove(job)
                    self._waiting[session] = self._waiting.pop(session)
                    return job
        return None

    def remove(self, session: Session, number: int) -> Job | None:
        """Take a waiting job out; None when it does not wait."""
        for job in self._waiting.get(session, ()):
            if job.number == number:
                self._waiting[session].remove(job)
                return job
        return None

    def remove_session(self, session: Session) -> None:
        """Forget all that a session has waiting."""
        self._waiting.pop(session, None)
