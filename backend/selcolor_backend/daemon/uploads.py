"""Photos that arrive: announced, granted piece by piece, one after the other in each session."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from selcolor_backend.daemon.queue import Job
from selcolor_backend.daemon.sessions import Session
from selcolor_protocol import pieces
from selcolor_protocol.errors import ProtocolError
from selcolor_protocol.messages import Piece

Tell = Callable[[Session, int, int], None]


@dataclass(eq=False)
class Upload:
    """A job whose photo arrives.

    Attributes:
        job: the job.
        expected: the pieces that have not come.
        credit: how many of them may come now.
        heard: when one came, or was first granted, by the monotonic clock.
    """

    job: Job
    expected: pieces.Expected
    credit: pieces.Credit
    heard: float = field(default_factory=time.monotonic)


class Uploads:
    """All photos that arrive; in each session the first is granted, the others wait."""

    def __init__(self, grant: Tell) -> None:
        """Nothing arrives.

        Args:
            grant: tells a session that so many pieces of one of its jobs may be sent.
        """
        self._grant = grant
        self._by_session: dict[Session, dict[int, Upload]] = {}

    def __iter__(self) -> Iterator[Job]:
        return (upload.job for own in self._by_session.values() for upload in own.values())

    def open(self, job: Job, parts: Sequence[int]) -> None:
        """Expect a photo.

        Args:
            job: whose it is.
            parts: bytes of each part.
        """
        upload = Upload(job, pieces.Expected(parts), pieces.Credit(pieces.count(parts)))
        self._by_session.setdefault(job.session, {})[job.number] = upload
        self._let_come(job.session)

    def take(self, session: Session, piece: Piece, frames: Sequence[Any]) -> Job | None:
        """Take a piece; the job once all of it is here.

        Raises:
            ProtocolError: it is none that may come; then the job is forgotten.
        """
        upload = self._by_session.get(session, {}).get(piece.job)
        if upload is None:
            if piece.job <= session.newest_job:
                return None  # of a job that has ended since
            raise ProtocolError("A piece of a picture came that nobody announced.")
        try:
            upload.credit.came()
            upload.expected.take(piece.data)
        except ProtocolError:
            self.remove(session, piece.job)
            raise
        upload.job.messages.append(frames)
        upload.heard = time.monotonic()
        if not upload.expected.left:
            return self.remove(session, piece.job)
        self._let_come(session)
        return None

    def remove(self, session: Session, number: int) -> Job | None:
        """Expect no more of a job; None when none of this number arrives."""
        own = self._by_session.get(session, {})
        upload = own.pop(number, None)
        if upload is None:
            return None
        if not own:
            del self._by_session[session]
        self._let_come(session)
        return upload.job

    def remove_session(self, session: Session) -> None:
        """Forget all that a session sends."""
        self._by_session.pop(session, None)

    def stalled(self, seconds: float) -> list[Job]:
        """Jobs of which pieces were granted, and none has come for so long."""
        since = time.monotonic() - seconds
        firsts = [next(iter(own.values())) for own in self._by_session.values()]
        return [upload.job for upload in firsts if upload.heard < since]

    def _let_come(self, session: Session) -> None:
        """Grant what is due to the first upload of a session."""
        first = next(iter(self._by_session.get(session, {}).values()), None)
        if first is not None and (granted := first.credit.due()):
            first.heard = time.monotonic()
            self._grant(session, first.job.number, granted)
