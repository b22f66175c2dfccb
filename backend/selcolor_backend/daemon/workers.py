"""Which worker does which job, and what happens to a job whose worker dies.

Three workers at most. The *network* worker colorizes, and blends when it has nothing else to do.
The *light* worker is started only when something is to be blended while the network worker is busy,
so that cheap work never waits behind a network. The *fetcher* lives while a network is fetched: no
other process of the daemon uses the internet.
"""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from selcolor_backend import deaths
from selcolor_backend.capacity import in_words
from selcolor_backend.daemon.patience import Patience
from selcolor_backend.daemon.queue import Job, JobQueue, Work
from selcolor_backend.daemon.sessions import Session
from selcolor_backend.daemon.sockets import Sockets
from selcolor_backend.daemon.worker_handle import WorkerHandle, WorkerState
from selcolor_backend.worker.link import FETCHER
from selcolor_protocol.errors import (
    DaemonError,
    JobError,
    OutOfMemory,
    SelectiveColorizeError,
    WorkerCrashed,
)

NETWORK = "network"
LIGHT = "light"
SKILLS = {
    NETWORK: frozenset({Work.COLORIZE, Work.BLEND}),
    LIGHT: frozenset({Work.BLEND}),
    FETCHER: frozenset({Work.FETCH}),
}

END_SECONDS = 2.0

KILLED = (
    "The system ended the process that colorizes (killed by SIGKILL), most likely because memory "
    "ran out{needs}; your photo is untouched."
)
KILLED_HINT = "Close other programs, or scale the picture down."

log = logging.getLogger(__name__)


def why_lost(worker: WorkerHandle, reason: str) -> JobError:
    """What the user is told of a worker that can do no more."""
    if worker.name == FETCHER:
        return fetcher_lost(reason)
    if not worker.was_killed():
        return WorkerCrashed(
            f"The process that colorizes was lost ({reason}); your photo is untouched."
        )
    size = worker.job.size if worker.job is not None else None
    needs = f" (this one needs {in_words(size.bytes_needed)})" if size is not None else ""
    return OutOfMemory(KILLED.format(needs=needs), KILLED_HINT)


def fetcher_lost(reason: str) -> JobError:
    """What the user is told of a download whose process can do no more."""
    return WorkerCrashed(
        f"The process that downloads was lost ({reason}); what has come is kept.",
        "Try again: it goes on from there.",
    )


@dataclass(frozen=True)
class LostJob:
    """A job that can have no result, and why."""

    job: Job
    error: SelectiveColorizeError


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

    def dispatch(
        self, queue: JobQueue, may_run: Callable[[Job], bool] = lambda _: True
    ) -> list[LostJob]:
        """Give waiting jobs to idle workers; start a worker where one is missing.

        Args:
            queue: what waits.
            may_run: whether there is room for a job's result.

        Returns:
            The jobs that can have no result, because no worker can be started for them.
        """
        waiting, lost = {job.work for job in queue}, list[LostJob]()
        if waiting & SKILLS[NETWORK] and not self._ensure(NETWORK):
            lost += self._give_up(queue, NETWORK, WorkerCrashed())
        elif Work.BLEND in waiting and self._light_works and self._is_busy(NETWORK):
            self._ensure(LIGHT)
        if waiting & SKILLS[FETCHER] and not self._ensure(FETCHER):
            lost += self._give_up(queue, FETCHER, fetcher_lost("it cannot be started"))
        for worker in self:
            if worker.state is WorkerState.IDLE and (
                job := queue.take(SKILLS[worker.name], may_run)
            ):
                log.info("job starts", extra={"job": job.number, "worker": worker.name})
                worker.start(job)
        return lost

    def _is_busy(self, name: str) -> bool:
        return self._handles[name].state is WorkerState.BUSY

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
            deaths.note(f"worker-{worker.name}", f"{reason}, while {worker.state.value}")
            error = why_lost(worker, reason)
            self._end(worker)
            if worker.job is not None and not worker.job.cancelled:
                lost.append(LostJob(worker.job, error))
            if worker.state is WorkerState.STARTING and worker.name == LIGHT:
                self._light_works = False
            elif worker.state is WorkerState.STARTING:
                lost += self._give_up(queue, worker.name, error)
        return lost

    def rest(self, queue: JobQueue) -> None:
        """Let workers go that have long had nothing to do; one that fetches, as soon as it has."""
        is_fetching = any(job.work is Work.FETCH for job in queue)
        for worker in self:
            is_idle = worker.state is WorkerState.IDLE
            if worker.is_tired() or (worker.name == FETCHER and is_idle and not is_fetching):
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
