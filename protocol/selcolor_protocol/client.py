"""A client of the daemon: one session and its jobs.

Made to be polled: `poll` never blocks longer than it is told to, so that an editor can call it
from its event loop. `open` and `wait` are for programs that have nothing else to do. Finding or
starting the daemon is `launch`'s concern, pings are that of `client_lanes`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import TypeVar

from selcolor_protocol import limits
from selcolor_protocol.client_lanes import Lanes
from selcolor_protocol.connection import ConnectionInfo
from selcolor_protocol.errors import DaemonGone, JobCancelled, error_from_code
from selcolor_protocol.messages import (
    Blend,
    Cancel,
    Cancelled,
    Colorize,
    Done,
    Failed,
    Fetch,
    Goodbye,
    Hello,
    Progress,
    Refused,
    Reply,
    Status,
    StatusRequest,
    Stop,
    Stopping,
    Welcome,
)
from selcolor_protocol.versions import check_same_protocol

AnyRequest = TypeVar("AnyRequest", Colorize, Blend, Fetch)

HELLO_SECONDS = 5.0

LINGER = 200
"""Milliseconds that a goodbye may take."""


class Client:
    """One session with the daemon.

    Attributes:
        info: where the daemon is.
        patience: seconds that connecting may take by itself, before the daemon can answer.
    """

    def __init__(self, info: ConnectionInfo, name: str, version: str) -> None:
        """Say hello without waiting for the answer; nothing but `is_welcome` may be used before it.

        Args:
            info: from the connection file.
            name: of this client, for the daemon's logs.
            version: of this client.

        Raises:
            VersionMismatch: the daemon speaks another protocol version.
            RelayFailed: this Python needs a relay to the daemon, and it cannot be started.
        """
        hello = Hello(name, version)
        check_same_protocol(hello, info.protocol, info.version)
        self.info = info
        self._welcome: Welcome | None = None
        self._next_job = 1
        self._closed = False
        self._kept: list[Reply] = []
        self._lanes = Lanes(info)
        self.patience = self._lanes.patience
        try:
            self._lanes.send(hello)
        except BaseException:
            self._lanes.close(0)
            raise

    @classmethod
    def open(
        cls, info: ConnectionInfo, name: str, version: str, timeout: float = HELLO_SECONDS
    ) -> Client:
        """Say hello and wait for the daemon's welcome.

        Args:
            info: as for the constructor.
            name: as for the constructor.
            version: as for the constructor.
            timeout: seconds to wait.

        Raises:
            DaemonGone: nobody answered in time.
            VersionMismatch: the daemon speaks another protocol version.
            RelayFailed: this Python needs a relay to the daemon, and it cannot be started.
        """
        client = cls(info, name, version)
        try:
            client._welcome = client._lanes.expect(Welcome, timeout + client.patience)
        except BaseException:
            client.close(linger=0)
            raise
        return client

    def is_welcome(self) -> bool:
        """Whether the daemon has answered the hello; never blocks.

        Raises:
            SelectiveColorizeError: it refused the session; the class tells why.
        """
        if self._welcome is None:
            self._welcome = self._lanes.look_for(Welcome)
        return self._welcome is not None

    @property
    def welcome(self) -> Welcome:
        """What the daemon said of itself."""
        assert self._welcome is not None, "the daemon has not answered yet"
        return self._welcome

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self, linger: int = LINGER) -> None:
        """End the session; the daemon cancels its jobs.

        Args:
            linger: milliseconds that what is not sent yet may take; 0 when the daemon is gone.
        """
        if self._closed:
            return
        self._closed = True
        if self._welcome is not None:
            self._lanes.send(Goodbye(self._welcome.session))
        self._lanes.close(linger)

    def colorize(self, request: Colorize) -> int:
        """Send a photo and return its job number; `session` and `job` are filled in here."""
        return self._submit(request)

    def blend(self, request: Blend) -> int:
        """Send layers to be blended anew and return the job number, as `colorize` does."""
        return self._submit(request)

    def fetch(self, model: str) -> int:
        """Ask for a network to be downloaded and return the job number; Fetched comes with `poll`.

        Only on the user's word: nothing else makes the daemon use the internet.
        """
        return self._submit(Fetch("", 0, model))

    def cancel(self, job: int) -> None:
        """Ask for a job's end; Cancelled follows, unless it had ended. No more of it is sent."""
        self._lanes.withhold(job)
        self._lanes.send(Cancel(self.welcome.session, job))

    def status(self, timeout: float = HELLO_SECONDS) -> Status:
        """Ask how the daemon is.

        Raises:
            DaemonGone: no answer in time.
        """
        self.ask_status()
        return self._lanes.expect(Status, timeout)

    def ask_status(self) -> None:
        """Ask how the daemon is, without waiting: the Status comes with `poll`."""
        self._lanes.send(StatusRequest(self.welcome.session))

    def stop_daemon(self, timeout: float = HELLO_SECONDS) -> None:
        """Ask the daemon to shut down, and wait until it says that it does.

        Raises:
            DaemonGone: no answer in time.
        """
        self._lanes.send(Stop(self.welcome.session))
        self._lanes.expect(Stopping, timeout)

    def poll(self, seconds: float = 0.0) -> list[Reply]:
        """What came for this session's jobs; at most `seconds` are waited for it.

        What `wait` has kept for other jobs comes first.

        Sends the pings and counts their answers; call it at least once a second.

        Raises:
            DaemonGone: MISSED_PINGS pings in a row had no answer.
            ProtocolError: the daemon sent what it may not.
        """
        kept, self._kept = self._kept, []
        return kept + self._lanes.poll(self.welcome.session, 0.0 if kept else seconds)

    def wait(self, job: int, progress: Callable[[Progress], None] = lambda _: None) -> Done:
        """Wait for a job's end; what comes for other jobs meanwhile is kept for their turn.

        Raises:
            JobCancelled: it was cancelled.
            SelectiveColorizeError: it failed; the class tells how.
            DaemonGone: the daemon stopped answering.
        """
        while True:
            while (message := self._next_about(job)) is not None:
                if isinstance(message, (Refused, Failed)):
                    raise error_from_code(message.code, message.sentence, message.hint)
                if isinstance(message, Stopping):
                    raise DaemonGone("The daemon was stopped.", "Try again; it is started anew.")
                if isinstance(message, Cancelled):
                    raise JobCancelled("The job was cancelled.", "Nothing was changed.")
                if isinstance(message, Progress):
                    progress(message)
                if isinstance(message, Done):
                    return message
            self._kept += self._lanes.poll(self.welcome.session, limits.PING_SECONDS)

    def _next_about(self, job: int) -> Reply | None:
        """Take the oldest kept message that concerns a job, or all jobs."""
        for place, message in enumerate(self._kept):
            if getattr(message, "job", None) in (job, None) and not isinstance(message, Status):
                return self._kept.pop(place)
        return None

    def _submit(self, request: AnyRequest) -> int:
        numbered = replace(request, session=self.welcome.session, job=self._next_job)
        self._next_job += 1
        self._lanes.send(numbered)
        return numbered.job
