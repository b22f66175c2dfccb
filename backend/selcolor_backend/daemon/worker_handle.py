"""One worker process, seen from the socket process: started, fed, watched, ended.

Nothing here waits for the worker, whatever state it is in: the event loop must go on.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import Any

import zmq

from selcolor_backend.cores import ONE_BLAS_THREAD
from selcolor_backend.daemon.patience import Patience
from selcolor_backend.daemon.queue import Job
from selcolor_backend.daemon.sockets import WORKER, Sockets
from selcolor_backend.logs import open_last_words
from selcolor_backend.worker.link import WORKER_REPLIES, Ready, WorkerSetup
from selcolor_protocol import codec, pieces
from selcolor_protocol.errors import ProtocolError
from selcolor_protocol.messages import Cancel, Cancelled, Done, Failed, Fetched, Message, Piece

_serial = count(1)

KILL_SIGNAL = 9
"""SIGKILL, which Windows has no name for."""

NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""On Windows, a program without a console of its own gets a visible one for each child."""

BRIEF_SPINNING = {"GOMP_SPINCOUNT": "10000"}
"""OpenMP's threads spin for milliseconds before they sleep. Where other programs compute, too, a
thread so takes the processor from the one that it waits for (docs/decisions/007)."""

MESSAGES_PER_TURN = 16
"""Taken from one worker before others are served: a piece takes a good part of a millisecond."""


@dataclass(frozen=True)
class Said:
    """What a worker said.

    Attributes:
        message: what it was.
        frames: the same as it came, to be passed on.
        ends_job: whether it was the last about a job.
    """

    message: Message
    frames: list[Any]
    ends_job: bool


class WorkerState(str, Enum):
    """What a worker is doing."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"


class WorkerHandle:
    """A worker process and the socket to it.

    Attributes:
        name: `network`, `light` or `fetcher`.
        state: what it is doing.
        job: the job it works on.
        socket: for the event loop to poll.
        process: the process.
    """

    def __init__(self, sockets: Sockets, name: str, patience: Patience) -> None:
        """Start the process; it says Ready when it has imported what it needs.

        Raises:
            OSError: the process cannot be started.
            DaemonError: no socket can be bound for it.
        """
        self.name = name
        self.state = WorkerState.STARTING
        self.job: Job | None = None
        self._sockets = sockets
        self._patience = patience
        self._last_heard = time.monotonic()
        self._cancelled_at: float | None = None
        self._breach = ""
        self._pieces_left = 0
        self._has_spoken = True
        self.socket, self._address = sockets.bind(
            WORKER, f"worker-{name}-{os.getpid()}-{next(_serial)}"
        )
        try:
            self.process = self._start_process()
        except OSError:
            sockets.release(self.socket)
            raise

    def _start_process(self) -> subprocess.Popen[bytes]:
        """Start the process in the runtime folder: from the user's, `-m` would import modules."""
        setup = WorkerSetup(self.name, self._address, self._sockets.keys)
        with open_last_words(f"worker-{self.name}") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "selcolor_backend.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=file,
                cwd=self._sockets.folder,
                env={**BRIEF_SPINNING, **ONE_BLAS_THREAD, **os.environ},
                creationflags=NO_WINDOW,
            )
        assert process.stdin is not None
        try:
            # Kept open: when this process dies, however, the worker reads end-of-file and leaves.
            os.write(process.stdin.fileno(), setup.to_json())
        except OSError:
            process.stdin.close()
            process.kill()
            process.wait()
            raise
        return process

    def start(self, job: Job) -> None:
        """Hand a job over; only an idle worker may be given one."""
        self.state, self.job = WorkerState.BUSY, job
        self._last_heard, self._has_spoken = time.monotonic(), False
        for frames in job.messages:
            self._send(frames)
        job.messages = []

    def cancel(self) -> None:
        """Ask it to leave its job; `loss` tells when it does not."""
        if self.job is not None and not self.job.cancelled:
            self.job.cancelled = True
            self._cancelled_at = time.monotonic()
            self._send(codec.encode(Cancel("", self.job.number)))

    def _send(self, frames: Any) -> None:
        try:
            self.socket.send_multipart(frames, flags=zmq.NOBLOCK, copy=False)
        except zmq.ZMQError:
            # A dead worker takes nothing; waiting for it would stop the daemon.
            self._breach = "takes nothing"

    def finish(self) -> None:
        """Note that the job has ended."""
        self.state, self.job, self._cancelled_at = WorkerState.IDLE, None, None

    def receive(self) -> Iterator[Said]:
        """What it has said since last asked; of a large result only some pieces at a time."""
        for _ in range(MESSAGES_PER_TURN):
            if not self.socket.poll(0):
                return
            frames = self.socket.recv_multipart(copy=False)
            self._last_heard, self._has_spoken = time.monotonic(), True
            try:
                message = codec.decode([frame.buffer for frame in frames], WORKER_REPLIES)
            except ProtocolError as error:
                self._breach = f"says what it may not: {error.sentence}"
                return
            if isinstance(message, Ready):
                self.state = WorkerState.IDLE
            yield Said(message, frames, self._ends_job(message, frames))

    def _ends_job(self, message: Message, frames: list[Any]) -> bool:
        """Whether nothing more comes of its job."""
        if isinstance(message, Done):
            self._pieces_left = pieces.count(codec.parts_of(frames[0].buffer))
        elif isinstance(message, Piece):
            self._pieces_left -= 1
            return self._pieces_left == 0
        return isinstance(message, (Failed, Fetched, Cancelled))

    def loss(self) -> str:
        """Why nothing can be expected of it any more, for the log; empty while something can."""
        now = time.monotonic()
        if (status := self.process.poll()) is not None:
            return how_it_ended(status)
        if self._breach:
            return self._breach
        if self._cancelled_at is not None and now - self._cancelled_at > self._patience.cancel:
            return "does not leave a cancelled job"
        is_working = self.state is not WorkerState.IDLE
        patience = self._patience.hang if self._has_spoken else self._patience.take
        is_silent = is_working and now - self._last_heard > patience
        return f"no word for {patience:g} s" if is_silent else ""

    def was_killed(self) -> bool:
        """Whether somebody else killed it: where memory runs out, the system does."""
        return self.process.poll() == -KILL_SIGNAL

    def is_tired(self) -> bool:
        """Whether it has had nothing to do for so long that its memory should return."""
        rested = time.monotonic() - self._last_heard
        return self.state is WorkerState.IDLE and rested > self._patience.idle_worker

    def end(self) -> None:
        """Kill the process and free its socket; the process may take its time to go."""
        self.process.kill()
        assert self.process.stdin is not None
        self.process.stdin.close()
        self._sockets.release(self.socket)


def how_it_ended(status: int) -> str:
    """A process's exit status in words."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"
