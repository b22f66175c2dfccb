"""The daemon's event loop: one thread, never blocking, that answers messages and moves jobs on.

What is decided elsewhere: who is connected (`sessions`), what becomes of a job (`jobs`), which
process does it (`workers`), how an answer leaves (`post`), what a message may say
(`selcolor_protocol`).
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import zmq

from selcolor_backend.daemon.inlets import Inlet
from selcolor_backend.daemon.jobs import Jobs
from selcolor_backend.daemon.patience import USUAL, Patience
from selcolor_backend.daemon.post import Post
from selcolor_backend.daemon.sessions import Session, Sessions
from selcolor_backend.daemon.sockets import CONTROL, DATA, Sockets
from selcolor_backend.daemon.worker_handle import WorkerState
from selcolor_backend.daemon.workers import Workers
from selcolor_backend.memory import give_back, resident_bytes
from selcolor_backend.version import VERSION
from selcolor_protocol import codec, limits
from selcolor_protocol.errors import ProtocolError, SelectiveColorizeError
from selcolor_protocol.messages import (
    REQUESTS,
    Blend,
    Cancel,
    Colorize,
    Failed,
    Fetch,
    Goodbye,
    Grant,
    Hello,
    Lane,
    ModelSummary,
    Piece,
    Ping,
    Pong,
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
PIECES_PER_TURN = 16
"""Taken from a lane before the other things get their turn, so that a flood starves nobody."""

log = logging.getLogger(__name__)


class Server:
    """The daemon between its start and its end."""

    def __init__(
        self,
        sockets: Sockets,
        models: Callable[[], tuple[ModelSummary, ...]],
        stay: bool = False,
        patience: Patience = USUAL,
        is_ours: Callable[[], bool] = lambda: True,
    ) -> None:
        """Bind both lanes.

        Args:
            sockets: where to bind.
            models: tells what the registry knows, asked at each Hello.
            stay: never leave for being idle.
            patience: how long to wait for what.
            is_ours: keeps the runtime folder's files; whether no other daemon has taken over.

        Raises:
            DaemonError: a lane cannot be bound.
        """
        control, self.control_address = sockets.bind(CONTROL, "control")
        data, self.data_address = sockets.bind(DATA, "data")
        self._inlets = {Lane.CONTROL: Inlet(control), Lane.DATA: Inlet(data)}
        self._lanes = {Lane.CONTROL: control, Lane.DATA: data}
        self._sockets = sockets
        self._is_ours = is_ours
        self._patience = patience
        self._models = models
        self._stay = stay
        self._sessions = Sessions()
        self._workers = Workers(sockets, patience)
        self._post = Post(self._lanes, self._close)
        self._jobs = Jobs(self._workers, self._post, patience)
        self._started = self._last_used = self._last_beat = self._rested = time.monotonic()
        self._stopping = self._replaced = False

    def stop(self) -> None:
        """Leave the loop at the next turn; safe to call from a signal handler."""
        self._stopping = True

    def run(self) -> None:
        """Serve until stopped, or unused for `patience.leave` seconds."""
        self._workers.warm_up()
        try:
            while not self._stopping:
                self._turn()
        except Exception:
            self._jobs.fail_all(unexpected_error())
            raise
        finally:
            for session in self._sessions:
                self._post.tell(session, Stopping())
            self._workers.end()

    def _turn(self) -> None:
        poller = zmq.Poller()
        workers = [worker.socket for worker in self._workers]
        for socket in (*self._lanes.values(), *self._sockets.monitors, *workers):
            poller.register(socket, zmq.POLLIN)
        poller.poll(self._tick())
        self._sockets.heed_doors()
        self._drain(Lane.CONTROL, MESSAGES_PER_TURN)
        self._drain(Lane.DATA, PIECES_PER_TURN)
        for worker in self._workers:
            for said in worker.receive():
                self._last_used = time.monotonic()
                self._jobs.hear(worker, said)
        self._post.flush()
        self._watch()
        self._jobs.proceed()

    def _tick(self) -> int:
        """Milliseconds that the loop may sleep: a worker's death wakes nobody."""
        is_busy = any(worker.state is not WorkerState.IDLE for worker in self._workers)
        if is_busy or not self._post.is_empty:
            return BUSY_TICK_MILLISECONDS
        return IDLE_TICK_MILLISECONDS

    def _drain(self, lane: Lane, most: int) -> None:
        """Take what has come to a lane; whatever is wrong with it is answered, never fatal."""
        for _ in range(most):
            if (taken := self._inlets[lane].take()) is None:
                return
            buffers = [frame.buffer for frame in taken.frames]
            try:
                if taken.is_too_long:
                    raise ProtocolError(f"A message of more than {limits.MAX_FRAMES} frames came.")
                self._handle(taken.sender, codec.decode(buffers, REQUESTS[lane]), taken.frames)
            except SelectiveColorizeError as error:
                log.warning("refused", extra={"code": error.code, "sentence": error.sentence})
                self._post.answer(lane, taken.sender, refusal(lane, buffers, error))
            except Exception:
                log.exception("message failed")
                self._post.answer(lane, taken.sender, refusal(lane, buffers, unexpected_error()))

    # Requests

    def _on_data(
        self,
        session: Session,
        sender: bytes,
        message: Piece | Colorize | Blend | Fetch,
        frames: Sequence[Any],
    ) -> None:
        session.data = sender
        self._last_used = time.monotonic()
        if isinstance(message, Piece):
            self._jobs.take_piece(session, message, frames)
        elif isinstance(message, Fetch):
            self._jobs.open_fetch(session, message, frames)
        else:
            self._jobs.open(session, message, frames)

    def _handle(self, sender: bytes, message: Request, frames: Sequence[Any]) -> None:
        if isinstance(message, Hello):
            self._welcome(sender, message)
            return
        session = self._sessions.heard(getattr(message, "session", ""))
        match message:
            case Piece() | Colorize() | Blend() | Fetch():
                self._on_data(session, sender, message, frames)
            case Ping():
                self._post.tell(session, Pong())
            case Cancel():
                self._jobs.cancel(session, message.job)
            case Grant():
                self._jobs.grant(session, message)
            case StatusRequest():
                self._post.tell(session, self._status())
            case Stop():
                log.info("stop asked", extra={"client": session.client})
                self.stop()
            case Goodbye():
                self._close(session)

    def _welcome(self, sender: bytes, hello: Hello) -> None:
        check_same_protocol(hello, limits.PROTOCOL_VERSION, VERSION)
        models = self._models()
        for former in self._sessions:
            if former.control == sender:  # a connection has one session, so that none takes all
                self._close(former)
        if self._sessions.are_all_taken:
            self._make_room()
        name = printable(f"{hello.client} {hello.client_version}")[: limits.MAX_CLIENT_NAME]
        session = self._sessions.open(name, sender)
        self._last_used = time.monotonic()
        log.info("session opens", extra={"client": session.client})
        welcome = Welcome(session.token, VERSION, self._workers.device, models)
        self._post.tell(session, welcome)

    def _make_room(self) -> None:
        """Where sessions are short, let the one go that has no jobs and was silent for longest."""
        idle = [session for session in self._sessions if not self._jobs.of(session)]
        longest = max(idle, key=Session.silence, default=None)
        if longest is not None and longest.silence() > self._patience.silent_client:
            self._close(longest)

    def _status(self) -> Status:
        workers = tuple(worker.process.pid for worker in self._workers)
        return Status(
            daemon_version=VERSION,
            pid=os.getpid(),
            uptime=time.monotonic() - self._started,
            device=self._workers.device,
            workers=workers,
            sessions=tuple(session.client for session in self._sessions),
            jobs=self._jobs.summaries(),
            memory_bytes=sum(map(resident_bytes, (os.getpid(), *workers))),
            held_bytes=self._jobs.bytes,
            budget_bytes=self._jobs.budget,
            jobs_done=self._jobs.done,
            megapixels_done=self._jobs.megapixels_done,
        )

    def _close(self, session: Session) -> None:
        """Forget a session and cancel what it still has."""
        if session.is_open:
            log.info("session closes", extra={"client": session.client})
            self._sessions.close(session)
            self._jobs.close(session)
            self._post.forget(session)

    # What goes wrong

    def _watch(self) -> None:
        """Notice what does not announce itself: vanished clients, idleness."""
        now = time.monotonic()
        if now - self._last_beat >= limits.PING_SECONDS:
            self._last_beat = now
            self._beat()
        unused = now - self._last_used
        is_working = any(worker.job is not None for worker in self._workers)
        if self._replaced and not is_working and not list(self._jobs):
            self.stop()
        if not self._stay and unused > self._patience.leave and not is_working:
            log.info("leaving after idle time")
            self.stop()

    def _rest(self) -> None:
        """Give back what pictures took, once none is left."""
        if not self._jobs.bytes and self._last_used > self._rested:
            self._rested = time.monotonic()
            give_back()

    def _beat(self) -> None:
        """Keep the door open; close sessions that are silent, or whose connection is broken."""
        self._replaced = self._replaced or not self._is_ours()
        if not self._replaced:
            self._sockets.listen_again()
        self._rest()
        for session in self._jobs.untaken():
            self._close(session)
        for session in self._sessions:
            has_jobs = self._jobs.of(session)
            patience = self._patience.silent_client if has_jobs else self._patience.idle_session
            if session.silence() > patience:
                self._close(session)
            else:
                self._post.tell(session, Pong())


def refusal(lane: Lane, frames: Sequence[Buffer], error: SelectiveColorizeError) -> Reply:
    """The answer to a message that could not be taken; on the data lane it ends that job alone."""
    if lane is Lane.DATA:
        return Failed.because(codec.job_of(frames), error)
    return Refused.because(error)


def printable(text: str) -> str:
    """A client's name as a terminal and a log can show it: no line breaks, no escape sequences."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def unexpected_error() -> SelectiveColorizeError:
    """What a client is told of an error that should not be."""
    return SelectiveColorizeError(
        "The daemon met an error of its own; your photo is untouched.",
        "Run `selcolor doctor`, and report the log file that it names.",
    )
