"""The client's end of the wire: what arrived on its two lanes, and proof that the daemon lives.

Requests without pixels use the control lane, so that a cancel or a ping overtakes a large upload.
What a session is and which jobs it has is `client`'s concern.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import TypeVar

from selcolor_protocol import limits
from selcolor_protocol.connection import ConnectionInfo
from selcolor_protocol.errors import DaemonGone, OutOfMemory, error_from_code
from selcolor_protocol.messages import Blend, Colorize, Fetch, Ping, Pong, Refused, Reply, Request
from selcolor_protocol.transfers import Transfers
from selcolor_protocol.wire import open_wire

AnyReply = TypeVar("AnyReply", bound=Reply)


class Lanes:
    """Both lanes and the messages that came through them.

    Attributes:
        patience: seconds that connecting may take by itself, before the daemon can answer.
    """

    def __init__(self, info: ConnectionInfo) -> None:
        """Connect; nothing is sent yet.

        Args:
            info: where the daemon is.

        Raises:
            RelayFailed: this Python has no pyzmq, and the relay cannot be started.
        """
        self._wire = open_wire(info)
        self._transfers = Transfers(self._wire.send)
        self._unheard: dict[int, float] = {}
        self._has_heard_all = False
        self.patience = self._wire.patience
        self._inbox: deque[Reply] = deque()
        self._unanswered = 0
        self._last_ping = time.monotonic()

    def send(self, request: Request) -> None:
        """Send a request on its lane, and its pixels as they are granted; never blocks."""
        self._transfers.announce(request)
        if isinstance(request, (Colorize, Blend, Fetch)):
            self._unheard[request.job] = time.monotonic()

    def withhold(self, job: int) -> None:
        """Send no more of a job's pixels."""
        self._transfers.withhold(job)

    def close(self, linger: int) -> None:
        """Disconnect; what is not sent yet may take `linger` milliseconds."""
        self._wire.close(linger)

    def poll(self, session: str, seconds: float) -> list[Reply]:
        """What came on both lanes, pongs excepted; at most `seconds` are waited for it.

        Args:
            session: for the pings.
            seconds: 0 to look without waiting.

        Raises:
            DaemonGone: MISSED_PINGS pings in a row had no answer.
            ProtocolError: the daemon sent what it may not.
            OutOfMemory: there is no room for a result.
        """
        deadline = time.monotonic() + seconds
        while True:
            self._keep_what_comes(0)
            self._keep_alive(session)
            left = deadline - time.monotonic()
            if self._inbox or left <= 0:
                break
            self._keep_what_comes(min(left, limits.PING_SECONDS))
        arrived = list(self._inbox)
        self._inbox.clear()
        return arrived

    def expect(self, wanted: type[AnyReply], timeout: float) -> AnyReply:
        """Wait for a message of the control lane; what else comes is kept for `poll`.

        Raises:
            DaemonGone: it did not come within `timeout` seconds.
            SelectiveColorizeError: the daemon refused; the class tells why.
        """
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            for arrival in self._receive(left) or ():
                if (reply := self._take(wanted, arrival)) is not None:
                    return reply
        raise DaemonGone(
            f"The daemon did not answer within {timeout:g} s.",
            "Try again; if it stays silent, run `selcolor stop --force`.",
        )

    def look_for(self, wanted: type[AnyReply]) -> AnyReply | None:
        """A message of the control lane if it is there; never blocks; raises as `expect`."""
        while (arrived := self._receive(0)) is not None:
            for arrival in arrived:
                if (reply := self._take(wanted, arrival)) is not None:
                    return reply
        return None

    def _take(self, wanted: type[AnyReply], arrival: Reply) -> AnyReply | None:
        """The message that arrived if it is the wanted one; else it is kept."""
        if isinstance(arrival, wanted):
            return arrival
        if isinstance(arrival, Refused):
            raise error_from_code(arrival.code, arrival.sentence, arrival.hint)
        self._keep(arrival)
        return None

    def _receive(self, seconds: float) -> Sequence[Reply] | None:
        """What the next message makes whole, often nothing; None when none comes in `seconds`."""
        arrival = self._wire.receive(seconds)
        if arrival is None:
            return None
        self._unanswered = 0
        try:
            reply = self._transfers.take(*arrival)
        except MemoryError as error:
            raise OutOfMemory from error
        self._unheard.pop(getattr(reply, "job", None) or 0, None)
        return () if reply is None else (reply,)

    def _keep_what_comes(self, seconds: float) -> None:
        """Keep what is there; at most `seconds` are waited for the first.

        No more than a window of it: an editor must not wait here while a large result comes.
        """
        self._has_heard_all = False
        for _ in range(limits.WINDOW_PIECES):
            if (arrived := self._receive(seconds)) is None:
                self._has_heard_all = True
                return
            for reply in arrived:
                self._keep(reply)
            seconds = 0

    def _keep(self, arrival: Reply) -> None:
        if not isinstance(arrival, Pong):
            self._inbox.append(arrival)

    def _keep_alive(self, session: str) -> None:
        now = time.monotonic()
        oldest = min(self._unheard.values(), default=now)
        if self._has_heard_all and now - oldest > limits.UNHEARD_SECONDS:
            raise DaemonGone(
                "The daemon runs, but takes no pictures; your photo is untouched.",
                "Run `selcolor stop --force` and try again.",
            )
        if now - self._last_ping < limits.PING_SECONDS:
            return
        if self._unanswered >= limits.MISSED_PINGS:
            raise DaemonGone(
                "The daemon stopped answering; your photo is untouched.",
                "Try again; the daemon is started anew.",
            )
        self.send(Ping(session))
        self._unanswered += 1
        self._last_ping = now
