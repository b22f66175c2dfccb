"""The workers of a batch: started, given work, heard, and replaced when one dies."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess

import psutil

from selcolor_backend.archive.messages import Ended, GoOn, Ready, Work
from selcolor_backend.cli.staging import sweep
from selcolor_backend.cores import available_cores, use_one_blas_thread

PHOTOS_AT_ONCE = 2
"""Of one worker: while one photo is painted, another is read or written."""

WORKER_BYTES = 1_500_000_000
"""Memory for one worker: torch, networks, and two photos of 12 megapixels."""

HEARD_SECONDS = 1.0
"""The longest time without a look at the clock."""


@dataclass
class Hand:
    """One worker.

    Attributes:
        process: it.
        connection: to it.
        works: what it has, by number.
    """

    process: BaseProcess
    connection: Connection
    works: dict[int, Work] = field(default_factory=dict)


@dataclass(frozen=True)
class Lost:
    """A worker died.

    Attributes:
        works: what it had.
        status: the exit status of its process.
    """

    works: tuple[Work, ...]
    status: int | None


def default_count() -> int:
    """A worker for each core, as far as memory goes."""
    available = int(psutil.virtual_memory().available)
    return max(1, min(available_cores(), available // WORKER_BYTES))


class Crew:
    """All workers; to be closed."""

    def __init__(self, count: int) -> None:
        """Start them.

        Args:
            count: of processes.
        """
        self._context = _context()
        self._hands = [self._start() for _ in range(count)]

    def _start(self) -> Hand:
        from selcolor_backend.archive.worker import serve

        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=serve, args=(theirs, PHOTOS_AT_ONCE), daemon=True)
        process.start()
        theirs.close()
        return Hand(process, ours)

    @property
    def is_idle(self) -> bool:
        """Whether nobody works."""
        return not any(hand.works for hand in self._hands)

    @property
    def room(self) -> int:
        """How many photos more can be handed out."""
        return sum(PHOTOS_AT_ONCE - len(hand.works) for hand in self._hands)

    def hand_out(self, work: Work) -> None:
        """Give work to who has the least."""
        hand = min(self._hands, key=lambda hand: len(hand.works))
        hand.works[work.number] = work
        self._tell(hand, work)

    def go_on(self, number: int) -> None:
        """Let the files of a photo get their names."""
        for hand in self._hands:
            if number in hand.works:
                self._tell(hand, GoOn(number))

    def _tell(self, hand: Hand, message: Work | GoOn) -> None:
        try:
            hand.connection.send(message)
        except OSError:
            return  # it has died, which `heard` will tell

    def heard(self) -> Iterator[tuple[Work, Ready | Ended] | Lost]:
        """All that has been said by now; waits for the first, but not for ever."""
        ready = set(wait([hand.connection for hand in self._hands], HEARD_SECONDS))
        for number, hand in enumerate(self._hands):
            if hand.connection not in ready:
                continue
            try:
                while hand.connection.poll():
                    message: Ready | Ended = hand.connection.recv()
                    work = hand.works[message.number]
                    if isinstance(message, Ended):
                        del hand.works[message.number]
                    yield work, message
            except (EOFError, OSError):
                yield self._bury(hand)
                self._hands[number] = self._start()

    def _bury(self, hand: Hand) -> Lost:
        hand.process.join()
        hand.connection.close()
        _clear(hand.works.values())
        return Lost(tuple(hand.works.values()), hand.process.exitcode)

    def close(self) -> None:
        """Have all workers end once what they have is done."""
        for hand in self._hands:
            try:
                hand.connection.send(None)
            except OSError:
                continue
        for hand in self._hands:
            hand.process.join()
            hand.connection.close()

    def kill(self) -> None:
        """End all workers at once; what they were at is done again another time."""
        for hand in self._hands:
            hand.process.kill()
        for hand in self._hands:
            self._bury(hand)


def _clear(works: Iterable[Work]) -> None:
    """Clear away what dead workers left half-written."""
    for folder in {work.task.outputs.folder for work in works}:
        sweep(folder)


def _context() -> ForkServerContext | SpawnContext:
    """Processes that share what torch's import has made, where the system knows how."""
    use_one_blas_thread()
    if sys.platform in ("win32", "darwin"):
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["selcolor_backend.archive.worker"])
    return context
