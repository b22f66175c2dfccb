"""Which worker does which job, and what happens to a job whose worker dies.

Two workers at most. The *network* worker colorizes, and blends when it has nothing else to do. The
*light* worker is started only when something is to be blended while the network worker is busy,
so that cheap work never waits behind a network.
"""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from selcolor_backend.daemon.patience import Patience
from selcolor_backend.daemon.queue import Job, JobQueue, Work
from selcolor_backend.daemon.sessions import Session
from selcolor_backend.daemon.sockets import Sockets
from selcolor_backend.daemon.worker_handle import WorkerHandle, WorkerState
from selcolor_protocol.errors import DaemonError, JobError, OutOfMemory, WorkerCrashed

NETWORK = "network"
LIGHT = "light"
SKILLS = {NETWORK: frozenset({Work.COLORIZE, Work.BLEND}), LIGHT: frozenset({Work.BLEND})}

END_SECONDS = 2.0

KILLED = (
    "The system ended the process that colorizes, most likely because memory ran out; "
    "your photo is untouched.",
    "Close other programs, or scale the picture down.",
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LostJob:
    """A job that can have no result, and why."""

    job: Job
    error: JobError


class Workers:
    """The living worker processes.

    Attributes:
        device: where networks run, as the last worker said; None until one has.
    """

    def __init__(self, sockets: Sockets, patience: Patience) -> None:
        self._sockets = sockets
        self._patience = patience
        self._handles: dict[str, WorkerHandle] = {}
        self._ending: list[subprocess.Popen[bytes]] = []
        self._light_works = True
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

    def dispatch(self, queue: JobQueue) -> list[LostJob]:
        """Give waiting jobs to idle workers; start a worker where one is missing.

        Returns:
            The jobs that can have no result, because no worker can be started for them.
        """
        waiting = {job.work for job in queue}
        if waiting and not self._ensure(NETWORK):
            return self._give_up(queue, NETWORK, WorkerCrashed())
        wants_light = Work.BLEND in waiting and self._light_works
        if wants_light and self._handles[NETWORK].state is WorkerState.BUSY:
            self._ensure(LIGHT)
        for worker in self:
            if worker.state is WorkerState.IDLE and (job := queue.take(SKILLS[worker.name])):
                log.info("job starts", extra={"job": job.number, "worker": worker.name})
                worker.start(job)
        return []

    def bury(self, queue: JobQueue) -> list[LostJob]:
        """Remove workers that are lost.

        Returns:
            The jobs that can have no result any more: those they worked on and, where the network
            worker died before it was ready, all that wait (it would die again). Without the light
            worker they only wait for longer.
        """
        self._ending = [process for process in self._ending if process.poll() is None]
        lost: list[LostJob] = []
        for worker in self:
            if not (reason := worker.loss()):
                continue
            facts = {"worker": worker.name, "state": worker.state.value, "reason": reason}
            log.warning("worker ended", extra=facts)
            error = OutOfMemory(*KILLED) if worker.was_killed() else WorkerCrashed()
            self._end(worker)
            if worker.job is not None and not worker.job.cancelled:
                lost.append(LostJob(worker.job, error))
            if worker.state is WorkerState.STARTING and worker.name == LIGHT:
                self._light_works = False
            elif worker.state is WorkerState.STARTING:
                lost += self._give_up(queue, worker.name, error)
        return lost

    def rest(self) -> None:
        """Let workers go that have long had nothing to do."""
        for worker in self:
            if worker.is_tired():
                log.info("worker rests", extra={"worker": worker.name})
                self._end(worker)

    def end(self) -> None:
        """End all of them, and wait a little until they are gone."""
        for worker in self:
            self._end(worker)
        for process in self._ending:
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_SECONDS)

    def _end(self, worker: WorkerHandle) -> None:
        worker.end()
        self._ending.append(worker.process)
        del self._handles[worker.name]

    def _give_up(self, queue: JobQueue, name: str, error: JobError) -> list[LostJob]:
        lost: list[LostJob] = []
        while job := queue.take(SKILLS[name]):
            lost.append(LostJob(job, error))
        return lost

    def _ensure(self, name: str) -> bool:
        """Start a worker unless it lives; whether there is one now."""
        if name not in self._handles:
            log.info("worker starts", extra={"worker": name})
            try:
                self._handles[name] = WorkerHandle(self._sockets, name, self._patience)
            except (OSError, DaemonError):
                log.exception("worker cannot be started", extra={"worker": name})
                return False
        return True
