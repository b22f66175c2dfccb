"""One request on its way: from the first look for the daemon to its layers, its failure or cancel.

    FINDING → (STARTING →) WAITING → RUNNING → DONE
    and from every one of the first four: → FAILED, → CANCELLED

`poll` it from the event loop, some twenty times a second. It never blocks and never raises.
`cancel` takes effect at once: what the daemon still says is not heard any more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum

from selcolor_plugin.link import Link, LinkState
from selcolor_plugin.translation import translate as _
from selcolor_protocol.errors import (
    DaemonGone,
    JobCancelled,
    SelectiveColorizeError,
    error_from_code,
)
from selcolor_protocol.launch import Opening
from selcolor_protocol.messages import (
    Blend,
    Cancelled,
    Colorize,
    Done,
    Failed,
    JobState,
    Progress,
    Refused,
    Reply,
)

FAREWELL_SECONDS = 3.0
"""How long a cancelled job still waits for the daemon to confirm it before the session closes."""


class JobPhase(str, Enum):
    """Where a job stands."""

    FINDING = "finding"
    STARTING = "starting"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (JobPhase.DONE, JobPhase.FAILED, JobPhase.CANCELLED)


class Job:
    """One request and what has become of it.

    Attributes:
        phase: where it stands.
        stage: what is being done while it runs, one of the pipeline's stage names.
        fraction: of the work, in [0, 1]; 1 only when the pixels are there.
        result: the daemon's answer once it is DONE.
        error: why it FAILED.
        link: the session that it uses.
    """

    def __init__(
        self, request: Colorize | Blend, open_session: Callable[[], Opening] | Link
    ) -> None:
        """Begin.

        Args:
            request: with its pixels; `session` and `job` are filled in by the client.
            open_session: how to reach the daemon, or a link that is open already (a dialog's).
        """
        self.phase = JobPhase.FINDING
        self.stage = ""
        self.fraction = 0.0
        self.result: Done | None = None
        self.error: SelectiveColorizeError | None = None
        self._request = request
        self.link = open_session if isinstance(open_session, Link) else Link(open_session)
        self._number: int | None = None
        self._farewell_by = 0.0

    def poll(self) -> None:
        """Take the next step; call it until `is_over`."""
        if self.link.state in (LinkState.LOST, LinkState.CLOSED) and self.phase.has_ended:
            return
        arrived = self.link.poll()
        if self.phase is JobPhase.CANCELLED:
            self._say_farewell(arrived)
            return
        for message in arrived:
            self._hear(message)
        if not self.phase.has_ended:
            self._proceed()

    def cancel(self) -> None:
        """End the job at once; polling it further lets the daemon know."""
        if self.phase.has_ended:
            return
        self.phase = JobPhase.CANCELLED
        self._farewell_by = time.monotonic() + FAREWELL_SECONDS
        if self._number is not None and self.link.state is LinkState.OPEN:
            self.link.client.cancel(self._number)
        else:
            self.link.close()

    def abandon(self) -> None:
        """End the job and its session without another word, after an error that nobody foresaw."""
        if not self.phase.has_ended:
            self.phase = JobPhase.FAILED
        self.link.close()

    @property
    def is_over(self) -> bool:
        """Whether it has ended and its session is closed: nothing is left to poll."""
        return self.phase.has_ended and self.link.state in (LinkState.LOST, LinkState.CLOSED)

    def _proceed(self) -> None:
        state = self.link.state
        if state is LinkState.LOST:
            self._fail(self.link.error or _connection_closed())
        elif state is LinkState.CLOSED:
            self._fail(_connection_closed())
        elif state is LinkState.STARTING:
            self.phase = JobPhase.STARTING
        elif state is LinkState.OPEN and self._number is None:
            self.phase = JobPhase.WAITING
            self._submit()

    def _submit(self) -> None:
        try:
            if isinstance(self._request, Colorize):
                self._number = self.link.client.colorize(self._request)
            else:
                self._number = self.link.client.blend(self._request)
        except SelectiveColorizeError as error:
            self._fail(error)

    def _hear(self, message: Reply) -> None:
        if getattr(message, "job", None) not in (self._number, None):
            return
        if isinstance(message, (Refused, Failed)):
            self._fail(error_from_code(message.code, message.sentence, message.hint))
        elif isinstance(message, Progress):
            running = message.state is JobState.RUNNING
            self.phase = JobPhase.RUNNING if running else JobPhase.WAITING
            self.stage = message.stage
            self.fraction = min(message.fraction, 0.99)
        elif isinstance(message, Done):
            self.result, self.fraction, self.phase = message, 1.0, JobPhase.DONE
            self.link.close()
        elif isinstance(message, Cancelled):
            self._fail(
                JobCancelled(
                    _("The program that colorizes ended the job; your image is unchanged."),
                    _("Try again."),
                )
            )

    def _fail(self, error: SelectiveColorizeError) -> None:
        self.error, self.phase = error, JobPhase.FAILED
        self.link.close()

    def _say_farewell(self, arrived: list[Reply]) -> None:
        ended = any(
            isinstance(message, (Cancelled, Done, Failed)) and message.job == self._number
            for message in arrived
        )
        if ended or time.monotonic() >= self._farewell_by:
            self.link.close()


def _connection_closed() -> SelectiveColorizeError:
    return DaemonGone(
        _("The connection to the program that colorizes was closed; your image is unchanged."),
        _("Try again."),
    )
