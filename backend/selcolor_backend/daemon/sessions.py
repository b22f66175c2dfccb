"""Who is connected: sessions, their tokens, and how long each has been silent."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from selcolor_protocol import limits
from selcolor_protocol.errors import Busy, UnknownSession


@dataclass(eq=False)
class Session:
    """One client's conversation.

    Attributes:
        client: the name and version from its Hello.
        control: its address on the control lane.
        data: its address on the data lane, once it has used it.
        token: what its messages carry; known to it alone.
        newest_job: the highest job number it has used.
        cancelled_early: jobs whose cancel overtook them.
        is_open: False once it was closed.
        last_heard: when it last said anything, by the monotonic clock.
    """

    client: str
    control: bytes
    data: bytes | None = None
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    newest_job: int = 0
    cancelled_early: set[int] = field(default_factory=set)
    is_open: bool = True
    last_heard: float = field(default_factory=time.monotonic)

    def silence(self) -> float:
        """Seconds since it last said anything."""
        return time.monotonic() - self.last_heard


class Sessions:
    """All sessions, found by token."""

    def __init__(self) -> None:
        self._by_token: dict[str, Session] = {}

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._by_token.values()))

    def __len__(self) -> int:
        return len(self._by_token)

    @property
    def are_all_taken(self) -> bool:
        """Whether there are MAX_SESSIONS."""
        return len(self._by_token) >= limits.MAX_SESSIONS

    def open(self, client: str, control: bytes) -> Session:
        """Begin a session.

        Raises:
            Busy: there are MAX_SESSIONS already.
        """
        if self.are_all_taken:
            raise Busy(
                f"The daemon already serves {limits.MAX_SESSIONS} programs.",
                "Close an editor window and try again.",
            )
        session = Session(client, control)
        self._by_token[session.token] = session
        return session

    def heard(self, token: str) -> Session:
        """The session of a token, noted as alive.

        Raises:
            UnknownSession: there is none.
        """
        session = self._by_token.get(token)
        if session is None:
            raise UnknownSession("The daemon does not know this session any more.", "Try again.")
        session.last_heard = time.monotonic()
        return session

    def close(self, session: Session) -> None:
        """Forget a session; closing twice is harmless."""
        session.is_open = False
        self._by_token.pop(session.token, None)
