"""Results on their way to their clients: kept until they are taken, sent as their clients grant."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from selcolor_backend.daemon.queue import Job
from selcolor_backend.daemon.sessions import Session

Frames = Sequence[Any]


@dataclass(eq=False)
class Delivery:
    """A result on its way.

    Attributes:
        job: whose result it is.
        to_come: pieces that its worker has not given yet.
        bytes: of the result.
        waiting: pieces that are here and not sent.
        granted: how many its client allows.
        taken: when its client last allowed some, by the monotonic clock.
    """

    job: Job
    to_come: int
    bytes: int
    waiting: deque[Frames] = field(default_factory=deque)
    granted: int = 0
    taken: float = field(default_factory=time.monotonic)


class Deliveries:
    """All results that are not taken yet."""

    def __init__(self, send: Callable[[Job, Frames], None]) -> None:
        """Nothing is on its way.

        Args:
            send: sends a message about a job to its client.
        """
        self._send = send
        self._all: dict[tuple[Session, int], Delivery] = {}

    def __iter__(self) -> Iterator[Job]:
        return (delivery.job for delivery in list(self._all.values()))

    @property
    def bytes(self) -> int:
        """Of all results that are kept."""
        return sum(delivery.bytes for delivery in self._all.values())

    def of(self, session: Session) -> int:
        """How many results a session has not taken."""
        return sum(owner is session for owner, _ in self._all)

    def open(self, job: Job, frames: Frames, parts: Sequence[int], to_come: int) -> None:
        """Announce a result to its client.

        Args:
            job: whose result it is.
            frames: the announcement.
            parts: bytes of each of its parts.
            to_come: in how many pieces they come.
        """
        self._all[job.session, job.number] = Delivery(job, to_come, sum(parts))
        self._send(job, frames)

    def add(self, job: Job, frames: Frames) -> None:
        """Keep the next piece, or send it where it may go."""
        if (delivery := self._all.get((job.session, job.number))) is not None:
            delivery.to_come -= 1
            delivery.waiting.append(frames)
            self._proceed(delivery)

    def grant(self, session: Session, number: int, count: int) -> None:
        """Send as many more pieces as the client allows; those of an ended job are not missed."""
        if (delivery := self._all.get((session, number))) is not None:
            delivery.granted += max(0, count)
            delivery.taken = time.monotonic()
            self._proceed(delivery)

    def remove(self, session: Session, number: int) -> Job | None:
        """Keep no more of a result; None when none of this number is on its way."""
        delivery = self._all.pop((session, number), None)
        return None if delivery is None else delivery.job

    def remove_session(self, session: Session) -> None:
        """Forget all results of a session."""
        for key in [key for key in self._all if key[0] is session]:
            del self._all[key]

    def untaken(self, seconds: float) -> list[Session]:
        """Sessions with a result of which nothing was taken for so long."""
        since = time.monotonic() - seconds
        stale = [each for each in self._all.values() if each.waiting and each.taken < since]
        return [delivery.job.session for delivery in stale]

    def _proceed(self, delivery: Delivery) -> None:
        while delivery.granted and delivery.waiting:
            delivery.granted -= 1
            delivery.taken = time.monotonic()
            self._send(delivery.job, delivery.waiting.popleft())
        if not delivery.to_come and not delivery.waiting:
            self.remove(delivery.job.session, delivery.job.number)
