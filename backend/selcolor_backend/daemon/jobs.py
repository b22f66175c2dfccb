"""All jobs that have not ended: their photos arrive, they wait, they run, their results leave.

A network that is fetched is a job without a photo.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from selcolor_backend.capacity import (
    PhotoSize,
    check_capacity,
    in_words,
    memory_budget,
)
from selcolor_backend.daemon.deliveries import Deliveries
from selcolor_backend.daemon.patience import Patience
from selcolor_backend.daemon.post import Post
from selcolor_backend.daemon.queue import Job, JobQueue, Work
from selcolor_backend.daemon.sessions import Session
from selcolor_backend.daemon.uploads import Uploads
from selcolor_backend.daemon.worker_handle import Said, WorkerHandle
from selcolor_backend.daemon.workers import LostJob, Workers
from selcolor_backend.worker.link import Ready
from selcolor_protocol import codec, limits, pieces
from selcolor_protocol.errors import Busy, ProtocolError, SelectiveColorizeError
from selcolor_protocol.messages import (
    Blend,
    Cancelled,
    Colorize,
    Done,
    Failed,
    Fetch,
    Grant,
    JobState,
    JobSummary,
    Message,
    Piece,
    Progress,
)

UNTAKEN_RESULTS = 2
"""A session with so many results that it has not taken has no more made for it."""

log = logging.getLogger(__name__)


class Jobs:
    """Jobs of all sessions, from their announcement to their end.

    Attributes:
        budget: bytes of pictures that may be kept here.
        done: how many have had a result.
        megapixels_done: of their photos.
    """

    def __init__(self, workers: Workers, post: Post, patience: Patience) -> None:
        """There are none.

        Args:
            workers: do them.
            post: sends to clients.
            patience: how long to wait for what.

        Raises:
            InvalidOptions: the share of memory that the user wrote is no number above 0.
        """
        self.budget = memory_budget()
        self.done = 0
        self.megapixels_done = 0.0
        self._workers = workers
        self._post = post
        self._patience = patience
        self._uploads = Uploads(self._grant)
        self._queue = JobQueue()
        self._deliveries = Deliveries(lambda job, frames: post.pass_on(job.session, frames))

    def _grant(self, session: Session, number: int, count: int) -> None:
        self._post.tell(session, Grant(number, count))

    # From clients

    def open(self, session: Session, message: Colorize | Blend, frames: Sequence[Any]) -> None:
        """Take a job on, or tell its client why not."""
        parts = codec.parts_of(frames[0].buffer)
        if isinstance(message, Colorize):
            work, photo = Work.COLORIZE, message.photo
            size = PhotoSize.of(photo, beside=sum(parts) - photo.format.byte_count)
        else:  # what comes with it are the layers that count anyway
            work, size = Work.BLEND, PhotoSize.of(message.original)
        job = Job(session, message.job, work, [frames], size, sum(parts))
        if self._is_taken_on(job):
            self._uploads.open(job, parts)

    def open_fetch(self, session: Session, message: Fetch, frames: Sequence[Any]) -> None:
        """Let a network that is to be fetched wait for its turn, or tell the client why not."""
        job = Job(session, message.job, Work.FETCH, [frames])
        if self._is_taken_on(job):
            self._queue.add(job)

    def _is_taken_on(self, job: Job) -> bool:
        """Whether a job that is announced goes on; its client is told."""
        try:
            self._check(job)
        except SelectiveColorizeError as error:
            self._reply(job, Failed.because(job.number, error))
            return False
        if job.number in job.session.cancelled_early:
            job.session.cancelled_early.discard(job.number)
            self._reply(job, Cancelled(job.number))
            return False
        self._reply(job, Progress(job.number, JobState.QUEUED))
        return True

    def _check(self, job: Job) -> None:
        session = job.session
        if len(job.messages[0]) != 1:
            raise ProtocolError("Pixels came with their announcement; they come in pieces.")
        if job.number <= session.newest_job:
            raise ProtocolError(f"Job {job.number} is not a new number in its session.")
        session.newest_job = job.number
        if job.size is not None:
            check_capacity("The picture", job.size)
        if sum(each.session is session for each in self) >= limits.MAX_QUEUED_JOBS:
            raise Busy(
                f"{limits.MAX_QUEUED_JOBS} jobs of this program are already waiting.",
                "Wait for one to finish, or cancel one, and try again.",
            )
        if job.bytes and self.bytes and self.bytes + job.bytes > self.budget:
            raise Busy(
                f"The daemon already holds pictures of {in_words(self.bytes)}, and this one of "
                f"{in_words(job.bytes)} would be too much.",
                "Wait for one to finish and try again, or raise SELCOLOR_MEMORY_SHARE.",
            )

    def take_piece(self, session: Session, piece: Piece, frames: Sequence[Any]) -> None:
        """Take a piece of a photo; a job all of which is here waits for its turn.

        Raises:
            ProtocolError: it is none that may come.
        """
        if (job := self._uploads.take(session, piece, frames)) is not None:
            self._queue.add(job)

    def grant(self, session: Session, grant: Grant) -> None:
        """Send so many more pieces of a result."""
        self._deliveries.grant(session, grant.job, grant.pieces)

    def cancel(self, session: Session, number: int) -> None:
        """End a job of a session, wherever it is; also one that has not been announced yet."""
        if number > session.newest_job:
            if len(session.cancelled_early) < limits.MAX_QUEUED_JOBS:
                session.cancelled_early.add(number)
            return
        job = (
            self._uploads.remove(session, number)
            or self._queue.remove(session, number)
            or self._deliveries.remove(session, number)
        )
        for worker in self._workers.running(session):
            if worker.job is not None and worker.job.number == number:
                job = worker.job
                worker.cancel()
        if job is not None:
            self._reply(job, Cancelled(number))

    def close(self, session: Session) -> None:
        """Cancel all that a session still has."""
        self._uploads.remove_session(session)
        self._queue.remove_session(session)
        self._deliveries.remove_session(session)
        for worker in self._workers.running(session):
            worker.cancel()

    # From workers

    def hear(self, worker: WorkerHandle, said: Said) -> None:
        """Pass on what a worker says of its job."""
        message, job = said.message, worker.job
        if isinstance(message, Ready):
            self._workers.device = message.device or self._workers.device
        elif job is not None and not job.cancelled:
            self._pass_on(job, message, said.frames)
        if said.ends_job:
            worker.finish()

    def _pass_on(self, job: Job, message: Message, frames: Sequence[Any]) -> None:
        if isinstance(message, Piece):
            self._deliveries.add(job, frames)
        elif isinstance(message, Done):
            self.done += 1
            self.megapixels_done += job.size.megapixels if job.size is not None else 0.0
            parts = codec.parts_of(frames[0].buffer)
            self._deliveries.open(job, frames, parts, pieces.count(parts))
        else:
            if isinstance(message, Progress):
                job.stage, job.fraction = message.stage, message.fraction
            self._post.pass_on(job.session, frames)

    # Moving on

    def proceed(self) -> None:
        """Notice lost workers and stalled clients, and give waiting jobs to idle workers."""
        self.fail(self._workers.bury(self._queue))
        for job in self._uploads.stalled(self._patience.silent_client):
            self._uploads.remove(job.session, job.number)
            stalled = ProtocolError("The picture stopped coming.", "Try again.")
            self.fail([LostJob(job, stalled)])
        self._workers.rest(self._queue)
        self.fail(self._workers.dispatch(self._queue, self._may_run))

    def untaken(self) -> list[Session]:
        """Sessions with a result of which nothing has been taken for too long."""
        return self._deliveries.untaken(self._patience.untaken)

    def _may_run(self, job: Job) -> bool:
        """Whether there is room for a job's result."""
        if self._deliveries.of(job.session) >= UNTAKEN_RESULTS:
            return False
        kept = self._deliveries.bytes
        result = job.size.result_bytes if job.size is not None else 0
        return not kept or kept + result <= self.budget

    def fail(self, lost: list[LostJob]) -> None:
        """Tell clients of jobs that can have no result."""
        for end in lost:
            self._deliveries.remove(end.job.session, end.job.number)
            self._reply(end.job, Failed.because(end.job.number, end.error))

    def fail_all(self, error: SelectiveColorizeError) -> None:
        """Tell every client of an error that ends the daemon."""
        self.fail([LostJob(job, error) for job in self])

    def _reply(self, job: Job, message: Message) -> None:
        self._post.pass_on(job.session, codec.encode(message))

    # What there is

    def __iter__(self) -> Iterator[Job]:
        running = [job for job in self._running() if job not in set(self._deliveries)]
        return iter([*self._deliveries, *running, *self._queue, *self._uploads])

    @property
    def bytes(self) -> int:
        """Of all pictures that are kept here."""
        waiting: int = sum(job.bytes for job in (*self._queue, *self._uploads))
        return waiting + self._deliveries.bytes

    def of(self, session: Session) -> bool:
        """Whether a session has any, one that is being left among them."""
        return any(job.session is session for job in self) or bool(self._workers.running(session))

    def summaries(self) -> tuple[JobSummary, ...]:
        """All of them, as `status` shows them."""
        waiting = {*self._queue, *self._uploads}
        states = {True: JobState.QUEUED, False: JobState.RUNNING}
        return tuple(job.summary(states[job in waiting]) for job in self)

    def _running(self) -> list[Job]:
        jobs = [worker.job for worker in self._workers if worker.job is not None]
        return [job for job in jobs if not job.cancelled]
