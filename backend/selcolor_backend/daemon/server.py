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

from selcolor_backend.daemon.lanes import Lanes
from selcolor_backend.daemon.queue import Job, JobQueue, Work
from selcolor_backend.daemon.sessions import SILENT_SECONDS, Session, Sessions
from selcolor_backend.daemon.worker_handle import WorkerHandle
from selcolor_backend.daemon.workers import Workers
from selcolor_backend.link import Ready
from selcolor_backend.version import VERSION
from selcolor_protocol import codec, limits
from selcolor_protocol.errors import ProtocolError, SelectiveColorizeError, WorkerCrashed
from selcolor_protocol.messages import (
    CONTROL_REQUESTS,
    DATA_REQUESTS,
    Blend,
    Cancel,
    Cancelled,
    Colorize,
    Failed,
    Goodbye,
    Hello,
    JobState,
    JobSummary,
    Message,
    ModelSummary,
    Ping,
    Pong,
    Progress,
    Refused,
    Status,
    StatusRequest,
    Stop,
    Stopping,
    Welcome,
)
from selcolor_protocol.versions import negotiate

TICK_MILLISECONDS = 100
LEAVE_SECONDS = 1800.0
"""A daemon that nobody has used for so long leaves, unless it was started to stay."""

log = logging.getLogger(__name__)


class Server:
    """The daemon between its start and its end."""

    def __init__(self, lanes: Lanes, models: Callable[[], tuple[ModelSummary, ...]], stay: bool):
        """Bind both lanes.

        Args:
            lanes: where to bind.
            models: tells what the registry knows, asked at each Hello.
            stay: never leave for being idle.
        """
        self._control, self.control_address = lanes.bind(
            zmq.ROUTER, "control", limits.MAX_HEADER_BYTES
        )
        self._data, self.data_address = lanes.bind(zmq.ROUTER, "data", limits.MAX_FRAME_BYTES)
        self._models = models
        self._stay = stay
        self._sessions = Sessions()
        self._queue = JobQueue()
        self._workers = Workers(lanes)
        self._started = self._last_used = time.monotonic()
        self._stopping = False

    def stop(self) -> None:
        """Leave the loop at the next turn; safe to call from a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Serve until stopped, or idle for LEAVE_SECONDS."""
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
        poller.poll(TICK_MILLISECONDS)
        self._drain(self._control, CONTROL_REQUESTS, self._on_control)
        self._drain(self._data, DATA_REQUESTS, self._on_data)
        for worker in self._workers:
            for message, frames in worker.receive():
                self._on_worker(worker, message, frames)
        self._watch()
        self._workers.dispatch(self._queue)

    def _drain(
        self,
        socket: zmq.Socket[bytes],
        known: dict[str, type[Message]],
        handle: Callable[[bytes, Any, Sequence[Any]], None],
    ) -> None:
        """Take what has come to a lane; whatever is wrong with it is answered, never fatal."""
        while socket.poll(0):
            sender, *frames = socket.recv_multipart(copy=False)
            identity = bytes(sender.buffer)
            try:
                message = codec.decode([frame.buffer for frame in frames], known)
                handle(identity, message, frames)
            except SelectiveColorizeError as error:
                log.warning("refused", extra={"code": error.code, "sentence": error.sentence})
                self._send(socket, identity, Refused(error.code, error.sentence, error.hint))

    # Requests

    def _on_control(self, sender: bytes, message: Message, _frames: Sequence[Any]) -> None:
        if isinstance(message, Hello):
            self._welcome(sender, message)
            return
        assert isinstance(message, (Ping, Cancel, StatusRequest, Stop, Goodbye))
        session = self._sessions.heard(message.session)
        match message:
            case Ping():
                self._tell(session, Pong(message.number))
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
        chosen = negotiate(hello, limits.OLDEST_PROTOCOL_VERSION, limits.PROTOCOL_VERSION, VERSION)
        session = self._sessions.open(f"{hello.client} {hello.client_version}", sender)
        self._last_used = time.monotonic()
        log.info("session opens", extra={"client": session.client})
        welcome = Welcome(session.token, VERSION, chosen, self._workers.device, self._models())
        self._tell(session, welcome)

    def _on_data(self, sender: bytes, message: Message, frames: Sequence[Any]) -> None:
        assert isinstance(message, (Colorize, Blend))
        session = self._sessions.heard(message.session)
        session.data = sender
        self._last_used = time.monotonic()
        if message.job <= session.newest_job:
            raise ProtocolError(f"Job {message.job} is not a new number in its session.")
        session.newest_job = message.job
        work = Work.COLORIZE if isinstance(message, Colorize) else Work.BLEND
        job = Job(session, message.job, work, frames)
        try:
            self._queue.add(job, running=len(self._workers.running(session)))
        except SelectiveColorizeError as error:
            self._reply(job, Failed(job.number, error.code, error.sentence, error.hint))
            return
        self._reply(job, Progress(job.number, JobState.QUEUED))

    def _status(self) -> Status:
        now = time.monotonic()
        running = [(w.job, JobState.RUNNING) for w in self._workers if w.job is not None]
        jobs = running + [(job, JobState.QUEUED) for job in self._queue]
        return Status(
            daemon_version=VERSION,
            pid=os.getpid(),
            uptime=now - self._started,
            device=self._workers.device,
            workers=tuple(worker.process.pid for worker in self._workers),
            sessions=tuple(session.client for session in self._sessions),
            jobs=tuple(
                JobSummary(
                    job.session.client, job.number, job.work.value, state, now - job.submitted
                )
                for job, state in jobs
            ),
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
        for job in self._workers.bury(self._queue):
            error = WorkerCrashed(
                "The process that colorizes ended unexpectedly; your photo is untouched.",
                "Try again; if it happens again, `selcolor doctor` tells more.",
            )
            self._reply(job, Failed(job.number, error.code, error.sentence, error.hint))
        for session in self._sessions:
            patience = limits.CLIENT_GONE_SECONDS if self._has_jobs(session) else SILENT_SECONDS
            if session.silence() > patience:
                self._close(session)
        self._workers.rest()
        idle = time.monotonic() - self._last_used
        if not self._stay and idle > LEAVE_SECONDS and not any(w.job for w in self._workers):
            log.info("leaving after idle time")
            self.stop()

    def _has_jobs(self, session: Session) -> bool:
        return bool(self._workers.running(session)) or any(
            job.session is session for job in self._queue
        )

    # Sending

    def _tell(self, session: Session, message: Message) -> None:
        self._send(self._control, session.control, message)

    def _reply(self, job: Job, message: Message) -> None:
        self._pass_on(job, codec.encode(message))

    def _pass_on(self, job: Job, frames: Sequence[Any]) -> None:
        """Send a job's message to its client; one that has gone loses its session at once."""
        if not self._send_frames(self._data, job.session.data, frames):
            self._close(job.session)

    def _send(self, socket: zmq.Socket[bytes], identity: bytes, message: Message) -> None:
        self._send_frames(socket, identity, codec.encode(message))

    def _send_frames(
        self, socket: zmq.Socket[bytes], identity: bytes | None, frames: Sequence[Any]
    ) -> bool:
        """Send without ever waiting; whether there was somebody to send to."""
        assert identity is not None
        try:
            socket.send_multipart([identity, *frames], flags=zmq.NOBLOCK, copy=False)
        except zmq.ZMQError as error:
            log.warning("client unreachable", extra={"reason": error.strerror})
            return False
        return True
