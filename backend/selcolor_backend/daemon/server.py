"""The daemon's event loop: one thread, never blocking, that answers messages and moves jobs on.

What is decided elsewhere: who is connected (`sessions`), who is next (`queue`), which process does
it (`workers`), what a message may say (`selcolor_protocol`).
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import zmq

from selcolor_backend.capacity import PhotoSize, check_capacity
from selcolor_backend.daemon.patience import USUAL, Patience
from selcolor_backend.daemon.queue import Job, JobQueue, Work
from selcolor_backend.daemon.sessions import Session, Sessions
from selcolor_backend.daemon.sockets import CONTROL, DATA, Sockets, send
from selcolor_backend.daemon.worker_handle import WorkerHandle, WorkerState
from selcolor_backend.daemon.workers import LostJob, Workers
from selcolor_backend.version import VERSION
from selcolor_backend.worker.link import Ready
from selcolor_protocol import codec, limits
from selcolor_protocol.errors import ProtocolError, SelectiveColorizeError
from selcolor_protocol.messages import (
    REQUESTS,
    Blend,
    Cancel,
    Cancelled,
    Colorize,
    Failed,
    Goodbye,
    Hello,
    JobState,
    Lane,
    Message,
    ModelSummary,
    Ping,
    Pong,
    Progress,
    Refused,
    Reply,
    Request,
    Status,
    StatusRequest,
    Stop,
    Stopping,
    Welcome,
)
from selcolor_protocol.raster import Buffer
from selcolor_protocol.versions import check_same_protocol

BUSY_TICK_MILLISECONDS = 100
IDLE_TICK_MILLISECONDS = 1000
MESSAGES_PER_TURN = 100
"""Taken from one lane before the other things get their turn, so that a flood starves nobody."""

log = logging.getLogger(__name__)


class Server:
    """The daemon between its start and its end."""

    def __init__(
        self,
        sockets: Sockets,
        models: Callable[[], tuple[ModelSummary, ...]],
        stay: bool = False,
        patience: Patience = USUAL,
    ) -> None:
        """Bind both lanes.

        Args:
            sockets: where to bind.
            models: tells what the registry knows, asked at each Hello.
            stay: never leave for being idle.
            patience: how long to wait for what.

        Raises:
            DaemonError: a lane cannot be bound.
        """
        self._control, self.control_address = sockets.bind(CONTROL, "control")
        self._data, self.data_address = sockets.bind(DATA, "data")
        self._patience = patience
        self._models = models
        self._stay = stay
        self._sessions = Sessions()
        self._queue = JobQueue()
        self._workers = Workers(sockets, patience)
        self._started = self._last_used = self._last_beat = time.monotonic()
        self._stopping = False

    def stop(self) -> None:
        """Leave the loop at the next turn; safe to call from a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Serve until stopped, or unused for `patience.leave` seconds."""
        self._workers.warm_up()
        try:
            while not self._stopping:
                self._turn()
        finally:
            for session in self._sessions:
                self._tell(session, Stopping())
            self._workers.end()

    def _turn(self) -> None:
        poller = zmq.Poller()
        for socket in (self._control, self._data, *(worker.socket for worker in self._workers)):
            poller.register(socket, zmq.POLLIN)
        poller.poll(self._tick())
        self._drain(Lane.CONTROL, self._control, self._on_control)
        self._drain(Lane.DATA, self._data, self._on_data)
        for worker in self._workers:
            for message, frames in worker.receive():
                self._on_worker(worker, message, frames)
        self._watch()
        self._fail(self._workers.dispatch(self._queue))

    def _tick(self) -> int:
        """Milliseconds that the loop may sleep: a worker's death wakes nobody."""
        is_busy = any(worker.state is not WorkerState.IDLE for worker in self._workers)
        return BUSY_TICK_MILLISECONDS if is_busy else IDLE_TICK_MILLISECONDS

    def _drain(
        self,
        lane: Lane,
        socket: zmq.Socket[bytes],
        handle: Callable[[bytes, Request, Sequence[Any]], None],
    ) -> None:
        """Take what has come to a lane; whatever is wrong with it is answered, never fatal."""
        for _ in range(MESSAGES_PER_TURN):
            if not socket.poll(0):
                return
            sender, *frames = socket.recv_multipart(copy=False)
            identity, buffers = bytes(sender.buffer), [frame.buffer for frame in frames]
            try:
                handle(identity, codec.decode(buffers, REQUESTS[lane]), frames)
            except SelectiveColorizeError as error:
                log.warning("refused", extra={"code": error.code, "sentence": error.sentence})
                self._send(socket, identity, refusal(lane, buffers, error))
            except Exception:
                log.exception("message failed")
                self._send(socket, identity, refusal(lane, buffers, unexpected_error()))

    # Requests

    def _on_control(self, sender: bytes, message: Request, _frames: Sequence[Any]) -> None:
        if isinstance(message, Hello):
            self._welcome(sender, message)
            return
        assert isinstance(message, (Ping, Cancel, StatusRequest, Stop, Goodbye))
        session = self._sessions.heard(message.session)
        match message:
            case Ping():
                self._tell(session, Pong())
            case Cancel():
                self._cancel(session, message.job)
            case StatusRequest():
                self._tell(session, self._status())
            case Stop():
                log.info("stop asked", extra={"client": session.client})
                self.stop()
            case Goodbye():
                self._close(session)

    def _welcome(self, sender: bytes, hello: Hello) -> None:
        check_same_protocol(hello, limits.PROTOCOL_VERSION, VERSION)
        models = self._models()
        name = f"{hello.client} {hello.client_version}"[: limits.MAX_CLIENT_NAME]
        session = self._sessions.open(name, sender)
        self._last_used = time.monotonic()
        log.info("session opens", extra={"client": session.client})
        welcome = Welcome(session.token, VERSION, self._workers.device, models)
        self._tell(session, welcome)

    def _on_data(self, sender: bytes, message: Request, frames: Sequence[Any]) -> None:
        assert isinstance(message, (Colorize, Blend))
        session = self._sessions.heard(message.session)
        session.data = sender
        self._last_used = time.monotonic()
        photo = message.photo if isinstance(message, Colorize) else message.original
        work = Work.COLORIZE if isinstance(message, Colorize) else Work.BLEND
        job = Job(session, message.job, work, frames)
        try:
            if message.job <= session.newest_job:
                raise ProtocolError(f"Job {message.job} is not a new number in its session.")
            session.newest_job = message.job
            check_capacity("The picture", PhotoSize.of(photo))
            self._queue.add(job, running=len(self._workers.running(session)))
        except SelectiveColorizeError as error:
            self._reply(job, Failed.because(job.number, error))
            return
        self._reply(job, Progress(job.number, JobState.QUEUED))

    def _status(self) -> Status:
        working = [worker.job for worker in self._workers if worker.job is not None]
        running = [(job, JobState.RUNNING) for job in working if not job.cancelled]
        jobs = running + [(job, JobState.QUEUED) for job in self._queue]
        return Status(
            daemon_version=VERSION,
            pid=os.getpid(),
            uptime=time.monotonic() - self._started,
            device=self._workers.device,
            workers=tuple(worker.process.pid for worker in self._workers),
            sessions=tuple(session.client for session in self._sessions),
            jobs=tuple(job.summary(state) for job, state in jobs),
        )

    def _cancel(self, session: Session, number: int) -> None:
        job = self._queue.remove(session, number)
        for worker in self._workers.running(session):
            if worker.job is not None and worker.job.number == number:
                job = worker.job
                worker.cancel()
        if job is not None:
            self._reply(job, Cancelled(number))

    def _close(self, session: Session) -> None:
        """Forget a session and cancel what it still has."""
        log.info("session closes", extra={"client": session.client})
        self._queue.remove_session(session)
        for worker in self._workers.running(session):
            worker.cancel()
        self._sessions.close(session)

    # Results, and what goes wrong

    def _on_worker(self, worker: WorkerHandle, message: Message, frames: Sequence[Any]) -> None:
        if isinstance(message, Ready):
            self._workers.device = message.device
            return
        job = worker.job
        if job is not None and not job.cancelled:
            self._pass_on(job, frames)
        if not isinstance(message, Progress):
            self._last_used = time.monotonic()
            worker.finish()

    def _watch(self) -> None:
        """Notice what does not announce itself: dead workers, vanished clients, idleness."""
        self._fail(self._workers.bury(self._queue))
        self._workers.rest()
        now = time.monotonic()
        if now - self._last_beat >= limits.PING_SECONDS:
            self._last_beat = now
            self._beat()
        unused = now - self._last_used
        if not self._stay and unused > self._patience.leave and not self._is_working():
            log.info("leaving after idle time")
            self.stop()

    def _beat(self) -> None:
        """Close sessions that are silent for too long, or whose connection is broken."""
        for session in self._sessions:
            has_jobs = self._has_jobs(session)
            patience = self._patience.silent_client if has_jobs else self._patience.idle_session
            if session.silence() > patience:
                self._close(session)
            else:
                self._tell(session, Pong())

    def _fail(self, lost: list[LostJob]) -> None:
        for end in lost:
            self._reply(end.job, Failed.because(end.job.number, end.error))

    def _is_working(self) -> bool:
        return any(worker.job is not None for worker in self._workers)

    def _has_jobs(self, session: Session) -> bool:
        return bool(self._workers.running(session)) or any(
            job.session is session for job in self._queue
        )

    # Sending

    def _tell(self, session: Session, message: Message) -> None:
        if not self._send(self._control, session.control, message):
            self._close(session)

    def _reply(self, job: Job, message: Message) -> None:
        self._pass_on(job, codec.encode(message))

    def _pass_on(self, job: Job, frames: Sequence[Any]) -> None:
        """Send a job's message to its client; one that has gone loses its session at once."""
        assert job.session.data is not None
        if not send(self._data, job.session.data, frames):
            self._close(job.session)

    def _send(self, socket: zmq.Socket[bytes], identity: bytes, message: Message) -> bool:
        return send(socket, identity, codec.encode(message))


def refusal(lane: Lane, frames: Sequence[Buffer], error: SelectiveColorizeError) -> Reply:
    """The answer to a message that could not be taken; on the data lane it ends that job alone."""
    if lane is Lane.DATA:
        return Failed.because(codec.job_of(frames), error)
    return Refused.because(error)


def unexpected_error() -> SelectiveColorizeError:
    """What a client is told of an error that should not be."""
    return SelectiveColorizeError(
        "The daemon met an error of its own; your photo is untouched.",
        "Run `selcolor doctor`, and report the log file that it names.",
    )
