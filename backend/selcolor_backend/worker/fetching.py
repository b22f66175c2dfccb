"""The worker that downloads networks: the only process of the daemon that uses the internet.

It does what `selcolor models get` does, and tells how far it is. A cancel is heard between the
bytes that come; a server that sends none is left by ending this process. Either way, what has come
stays, and the next download goes on from there.
"""

from __future__ import annotations

import logging
import time

import zmq

from selcolor_backend.models.download import Told
from selcolor_backend.models.registry import summaries
from selcolor_backend.models.store import get_model
from selcolor_backend.worker.link import FETCHER_REQUESTS, Ready
from selcolor_protocol import codec
from selcolor_protocol.errors import JobCancelled, SelectiveColorizeError
from selcolor_protocol.messages import (
    Cancel,
    Cancelled,
    Failed,
    Fetch,
    Fetched,
    JobState,
    Message,
    Progress,
)

PROGRESS_SECONDS = 0.1
"""Progress is reported no more often than this."""

DOWNLOAD, PREPARE = "download", "prepare"
DOWNLOAD_SHARE = 0.95
"""Of the whole job; the rest is checking the file and converting it."""

log = logging.getLogger(__name__)


class Fetcher:
    """The fetching worker's side of the link."""

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        self._socket = socket

    def serve(self) -> None:
        """Say Ready, then fetch for ever; the socket process ends this one."""
        self._send(Ready(""))
        while True:
            message = self._receive()
            if isinstance(message, Fetch):
                self._send(self._answer(message))

    def _answer(self, request: Fetch) -> Message:
        """Fetch a network; every way it can end is a message."""
        self._send(Progress(request.job, JobState.RUNNING, DOWNLOAD))
        try:
            get_model(request.model, self._teller(request.job))
            return Fetched(request.job, summaries())
        except JobCancelled:
            return Cancelled(request.job)
        except SelectiveColorizeError as error:
            return Failed.because(request.job, error)
        except Exception:
            log.exception("fetch failed")
            return Failed.because(request.job, unexpected(request.model))

    def _teller(self, job: int) -> Told:
        """What the download calls as it proceeds: tells the client, and raises once cancelled."""
        next_at = 0.0

        def tell(have: int, size: int) -> None:
            nonlocal next_at
            while self._socket.poll(0):
                message = self._receive()
                if isinstance(message, Cancel) and message.job == job:
                    raise JobCancelled("The download was cancelled.", "What has come is kept.")
            if have == size or time.monotonic() >= next_at:
                next_at = time.monotonic() + PROGRESS_SECONDS
                stage = PREPARE if have == size else DOWNLOAD
                shown = DOWNLOAD_SHARE * have / size
                self._send(Progress(job, JobState.RUNNING, stage, shown))

        return tell

    def _receive(self) -> Message:
        return codec.decode(self._socket.recv_multipart(), FETCHER_REQUESTS)

    def _send(self, message: Message) -> None:
        self._socket.send_multipart(codec.encode(message))


def unexpected(model: str) -> SelectiveColorizeError:
    """What a user is told of an error that is not one of ours."""
    return SelectiveColorizeError(
        f"Something unexpected went wrong; {model} was not installed, what has come is kept.",
        "Run `selcolor doctor`, and report the log file that it names.",
    )
