"""Which worker does which job, and what happens to a job whose worker dies.

Two workers at most. The *network* worker colorizes, and blends when it has nothing else to do. The
*light* worker is started only when something is to be blended while the network worker is busy,
so that cheap work never waits behind a network.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from selcolor_backend.daemon.lanes import Lanes
from selcolor_backend.daemon.queue import Job, JobQueue, Work
from selcolor_backend.daemon.sessions import Session
from selcolor_backend.daemon.worker_handle import WorkerHandle, WorkerState

NETWORK = "network"
LIGHT = "light"
SKILLS = {NETWORK: frozenset({Work.COLORIZE, Work.BLEND}), LIGHT: frozenset({Work.BLEND})}

IDLE_SECONDS = 300.0
"""A worker with nothing to do for so long exits, so that all its memory returns."""

log = logging.getLogger(__name__)


class Workers:
    """The living worker processes."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._handles: dict[str, WorkerHandle] = {}
        self.device: str | None = None

    def __iter__(self) -> Iterator[WorkerHandle]:
        return iter(list(self._handles.values()))

    def warm_up(self) -> None:
        """Start the network worker before it is needed: importing torch takes seconds."""
        self._ensure(NETWORK)

    def running(self, session: Session) -> list[WorkerHandle]:
        """The workers that work for a session, cancelled jobs left out."""
        return [
            worker
            for worker in self
            if worker.job is not None and worker.job.session is session and not worker.job.cancelled
        ]

    def dispatch(self, queue: JobQueue) -> None:
        """Give waiting jobs to idle workers; start a worker where one is missing."""
        waiting = {job.work for job in queue}
        if waiting:
            self._ensure(NETWORK)
        if Work.BLEND in waiting and self._handles[NETWORK].state is WorkerState.BUSY:
            self._ensure(LIGHT)
        for worker in self:
            if worker.state is WorkerState.IDLE and (job := queue.take(SKILLS[worker.name])):
                log.info("job starts", extra={"job": job.number, "worker": worker.name})
                worker.start(job)

    def bury(self, queue: JobQueue) -> list[Job]:
        """Remove workers that died or are stuck.

        Returns:
            The jobs that can have no result any more: those they worked on and, of a worker that
            died before it was ready, those that wait for its like (it would die again).
        """
        lost: list[Job] = []
        for worker in self:
            if worker.is_alive() and not worker.is_stuck():
                continue
            log.warning("worker ended", extra={"worker": worker.name, "state": worker.state.value})
            worker.end()
            del self._handles[worker.name]
            if worker.job is not None:
                lost.append(worker.job)
            while worker.state is WorkerState.STARTING and (job := queue.take(SKILLS[worker.name])):
                lost.append(job)
        return [job for job in lost if not job.cancelled]

    def rest(self) -> None:
        """Let workers go that have been idle for IDLE_SECONDS."""
        for worker in self:
            if worker.idle_seconds() > IDLE_SECONDS:
                log.info("worker rests", extra={"worker": worker.name})
                worker.end()
                del self._handles[worker.name]

    def end(self) -> None:
        """End all of them now."""
        for worker in self:
            worker.end()
        self._handles.clear()

    def _ensure(self, name: str) -> None:
        if name not in self._handles:
            log.info("worker starts", extra={"worker": name})
            self._handles[name] = WorkerHandle(self._lanes, name)
