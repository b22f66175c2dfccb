"""What a worker does: one job at a time, telling how far it is, and leaving it when cancelled."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import zmq

from selcolor_backend import jobs
from selcolor_backend.memory import give_back
from selcolor_backend.models.devices import best_device
from selcolor_backend.models.loading import WarmModels
from selcolor_backend.models.predictions import Decisions
from selcolor_backend.plan import Stage
from selcolor_backend.shortage import is_out_of_memory, shortages
from selcolor_backend.worker.link import WORKER_REQUESTS, Ready
from selcolor_backend.worker.times import StageClock
from selcolor_protocol import codec, pieces
from selcolor_protocol.errors import JobCancelled, OutOfMemory, SelectiveColorizeError
from selcolor_protocol.messages import (
    Blend,
    Cancel,
    Cancelled,
    Colorize,
    Done,
    Failed,
    JobState,
    Message,
    Piece,
    Progress,
)

PROGRESS_SECONDS = 0.05
"""Progress within a stage is reported no more often than this."""

REST_MILLISECONDS = 1000
"""A worker that has had nothing to do for so long gives back the memory that it has kept."""

STAGE_SPANS = {
    Stage.READ: (0.0, 0.15),
    Stage.SEGMENT: (0.15, 0.4),
    Stage.COLORIZE: (0.4, 0.6),
    Stage.PAINT: (0.6, 1.0),
}
"""Which part of the whole job each stage is, roughly by time."""

log = logging.getLogger(__name__)


class Worker:
    """The worker's side of the link, and what it keeps between jobs."""

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        self._socket = socket
        self._models = WarmModels(best_device())
        self._decisions = Decisions()

    def serve(self) -> None:
        """Say Ready, then do jobs for ever; the socket process ends this one."""
        self._send(Ready(self._models.device))
        while True:
            # Nothing here may name a request or its answer: this process waits with what it names.
            self._send(self._answer(self._next_request()))

    def _next_request(self) -> Colorize | Blend:
        """Wait for a job; cancels come too late here."""
        if not self._socket.poll(REST_MILLISECONDS):
            give_back()
        while True:
            message, frames = self._receive()
            if isinstance(message, (Colorize, Blend)) and (whole := self._gather(message, frames)):
                return whole

    def _gather(self, message: Colorize | Blend, frames: list[Any]) -> Colorize | Blend | None:
        """Put a photo together; None where there is no room for it, which is told."""
        self._send(Progress(message.job, JobState.RUNNING, Stage.READ.value))
        parts = codec.parts_of(frames[0].buffer)
        gathering = None
        try:
            gathering = pieces.Gathering(bytes(frames[0].buffer), parts)
        except MemoryError:
            log.exception("no room for a photo")
        for _ in range(pieces.count(parts)):
            piece, _frames = self._receive()
            assert isinstance(piece, Piece), "a photo comes without a break"
            if gathering is not None:
                gathering.add(piece.data)
        if gathering is not None:
            whole = codec.decode(gathering.frames, WORKER_REQUESTS)
            assert isinstance(whole, (Colorize, Blend))
            return whole
        self._send(Failed.because(message.job, OutOfMemory()))
        return None

    def _answer(self, request: Colorize | Blend) -> Message:
        """Do a job; every way it can end is a message."""
        clock = StageClock("open")
        try:
            if isinstance(request, Colorize):
                return self._colorize(request, clock)
            return self._blend(request, clock)
        except JobCancelled:
            return Cancelled(request.job)
        except SelectiveColorizeError as error:
            return Failed.because(request.job, error)
        except Exception as error:
            log.exception("job failed")
            return Failed.because(request.job, explain(error))

    def _colorize(self, request: Colorize, clock: StageClock) -> Done:
        before = self._models.seconds
        reporter = self._reporter(request.job, clock)
        colored = jobs.do(request, self._models, self._decisions, reporter)
        log_times(request, clock, self._models.seconds - before)
        return colored.done(request.job)

    def _blend(self, request: Blend, clock: StageClock) -> Done:
        before = shortages()
        blended = jobs.blend(request, self._reporter(request.job, clock))
        log_times(request, clock, 0.0)
        return Done(request.job, "", "", "cpu", tuple(shortages() - before), blended)

    def _reporter(self, job: int, clock: StageClock) -> Callable[[Stage, float], None]:
        """What the pipeline calls as it proceeds: tells the client, and raises once cancelled."""
        told_stage, told_at = None, 0.0

        def report(stage: Stage, fraction: float) -> None:
            nonlocal told_stage, told_at
            clock.enter(stage.value)
            if self._is_cancelled(job):
                raise JobCancelled("The job was cancelled.", "Nothing was changed.")
            now = time.monotonic()
            if stage is not told_stage or now - told_at >= PROGRESS_SECONDS:
                told_stage, told_at = stage, now
                begin, end = STAGE_SPANS[stage]
                shown = begin + (end - begin) * min(fraction, 0.99)
                self._send(Progress(job, JobState.RUNNING, stage.value, shown))

        return report

    def _is_cancelled(self, job: int) -> bool:
        """Whether a job was cancelled since this was last asked."""
        while self._socket.poll(0):
            message, _frames = self._receive()
            if isinstance(message, Cancel) and message.job == job:
                return True
        return False

    def _receive(self) -> tuple[Message, list[Any]]:
        frames: list[Any] = self._socket.recv_multipart(copy=False)
        return codec.decode([frame.buffer for frame in frames], WORKER_REQUESTS), frames

    def _send(self, message: Message) -> None:
        """Send a message, and of a result as much as is wanted: a cancel is heard in between."""
        header, *parts = codec.encode(message)
        self._socket.send(header)
        for data in pieces.cut(parts):
            assert isinstance(message, Done)
            if self._is_cancelled(message.job):
                self._socket.send_multipart(codec.encode(Cancelled(message.job)))
                return
            self._socket.send_multipart(codec.encode(Piece(message.job, data)), copy=False)


def log_times(request: Colorize | Blend, clock: StageClock, networks: float) -> None:
    """Log how long each stage of a job took, and how much of that the networks themselves."""
    clock.stop()
    seconds = {stage: round(spent, 4) for stage, spent in clock.seconds.items()}
    size = (request.photo if isinstance(request, Colorize) else request.original).format
    log.info(
        "%s done",
        request.kind,
        extra={
            "job": request.job,
            "pixels": size.width * size.height,
            "seconds": seconds,
            "networks": round(networks, 4),
        },
    )


def explain(error: Exception) -> SelectiveColorizeError:
    """What a user is told of an error that is not one of ours."""
    if is_out_of_memory(error):
        return OutOfMemory()
    return SelectiveColorizeError(
        "Something unexpected went wrong; your photo is untouched.",
        "Run `selcolor doctor`, and report the log file that it names.",
    )
