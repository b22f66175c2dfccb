"""One worker process, seen from the socket process: started, fed, watched, ended."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from enum import Enum
from itertools import count
from typing import Any

import zmq

from selcolor_backend.daemon.lanes import Lanes
from selcolor_backend.daemon.queue import Job
from selcolor_backend.link import WORKER_REPLIES, Ready, WorkerSetup
from selcolor_protocol import codec, limits
from selcolor_protocol.messages import Cancel, Message

CANCEL_GRACE_SECONDS = 2.0
"""A worker that has not left a cancelled job after so long is ended."""

HANG_SECONDS = 300.0
"""A worker that reports nothing on a running job for so long is ended."""

_serial = count(1)


class WorkerState(str, Enum):
    """What a worker is doing."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"


class WorkerHandle:
    """A worker process and the socket to it.

    Attributes:
        name: `network` or `light`.
        state: what it is doing.
        job: the job it works on.
        device: where its networks run, once it is ready.
        socket: for the event loop to poll.
    """

    def __init__(self, lanes: Lanes, name: str) -> None:
        """Start the process; it says Ready when it has imported what it needs."""
        self.name = name
        self.state = WorkerState.STARTING
        self.job: Job | None = None
        self.device: str | None = None
        self.last_heard = time.monotonic()
        self._cancel_deadline: float | None = None
        self.socket, address = lanes.bind(
            zmq.PAIR, f"worker-{name}-{next(_serial)}", limits.MAX_FRAME_BYTES
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "selcolor_backend.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert self.process.stdin is not None
        # Kept open: when this process dies, however, the worker reads end-of-file and leaves.
        self.process.stdin.write(WorkerSetup(name, address, lanes.keys).to_json())
        self.process.stdin.flush()

    def start(self, job: Job) -> None:
        """Hand a job over; only an idle worker may be given one."""
        self.state, self.job = WorkerState.BUSY, job
        self.last_heard = time.monotonic()
        self.socket.send_multipart(job.frames, copy=False)
        job.frames = ()

    def cancel(self) -> None:
        """Ask it to leave its job; `is_stuck` turns true when it does not."""
        if self.job is not None and self._cancel_deadline is None:
            self.job.cancelled = True
            self._cancel_deadline = time.monotonic() + CANCEL_GRACE_SECONDS
            self.socket.send_multipart(codec.encode(Cancel("", self.job.number)))

    def finish(self) -> None:
        """Note that the job has ended."""
        self.state, self.job, self._cancel_deadline = WorkerState.IDLE, None, None

    def receive(self) -> Iterator[tuple[Message, list[Any]]]:
        """What it has said since last asked, decoded and as frames to pass on."""
        while self.socket.poll(0):
            frames = self.socket.recv_multipart(copy=False)
            message = codec.decode([frame.buffer for frame in frames], WORKER_REPLIES)
            self.last_heard = time.monotonic()
            if isinstance(message, Ready):
                self.state, self.device = WorkerState.IDLE, message.device
            yield message, frames

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def is_stuck(self) -> bool:
        """Whether it ignores a cancel, or has reported nothing on its job for too long."""
        now = time.monotonic()
        if self._cancel_deadline is not None and now > self._cancel_deadline:
            return True
        return self.state is not WorkerState.IDLE and now - self.last_heard > HANG_SECONDS

    def idle_seconds(self) -> float:
        """How long it has had nothing to do."""
        return time.monotonic() - self.last_heard if self.state is WorkerState.IDLE else 0.0

    def end(self) -> None:
        """End the process now, and free its socket; safe to call twice."""
        if self.is_alive():
            self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.socket.close()
