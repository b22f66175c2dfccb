"""Who is next: jobs that wait, taken in turn from every session."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from selcolor_backend.daemon.sessions import Session
from selcolor_protocol import limits
from selcolor_protocol.errors import Busy
from selcolor_protocol.messages import JobState, JobSummary


class Work(str, Enum):
    """What a job needs: a network, or only blending."""

    COLORIZE = "colorize"
    BLEND = "blend"


@dataclass(eq=False)
class Job:
    """A job that has not ended.

    Attributes:
        session: whose it is.
        number: its number within the session.
        work: what it needs.
        frames: the request as it came, passed on without a copy; dropped once running.
        submitted: when it came, by the monotonic clock.
        cancelled: its client was told that it ended; what the worker still says is dropped.
    """

    session: Session
    number: int
    work: Work
    frames: Sequence[Any]
    submitted: float = field(default_factory=time.monotonic)
    cancelled: bool = False

    def summary(self, state: JobState) -> JobSummary:
        """The job as `status` shows it."""
        seconds = time.monotonic() - self.submitted
        return JobSummary(self.session.client, self.number, self.work.value, state, seconds)


class JobQueue:
    """Waiting jobs of all sessions; round-robin over the sessions, first come within one."""

    def __init__(self) -> None:
        self._waiting: dict[Session, deque[Job]] = {}

    def __iter__(self) -> Iterator[Job]:
        return (job for jobs in self._waiting.values() for job in jobs)

    def __len__(self) -> int:
        return sum(len(jobs) for jobs in self._waiting.values())

    def add(self, job: Job, running: int) -> None:
        """Let a job wait.

        Args:
            job: the job.
            running: how many jobs of its session run already.

        Raises:
            Busy: the session has MAX_QUEUED_JOBS.
        """
        waiting = self._waiting.setdefault(job.session, deque())
        if len(waiting) + running >= limits.MAX_QUEUED_JOBS:
            raise Busy(
                f"{limits.MAX_QUEUED_JOBS} pictures of this program are already waiting.",
                "Wait for one to finish, or cancel one, and try again.",
            )
        waiting.append(job)

    def take(self, allowed: Container[Work]) -> Job | None:
        """The next job of an allowed kind; its session goes to the end of the row."""
        for session, jobs in self._waiting.items():
            for job in jobs:
                if job.work in allowed:
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
