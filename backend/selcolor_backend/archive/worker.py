"""A process that colors photos of a batch: one is painted, while another is read or written.

It uses one core; a batch has one for each. When the process that runs the batch is gone, this one
ends, too, and what it had not finished is done again.
"""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

import torch

from selcolor_backend.archive.entry import Entry
from selcolor_backend.archive.in_stores import do
from selcolor_backend.archive.messages import Ended, GoOn, Ready, Work
from selcolor_backend.models.devices import best_device
from selcolor_backend.models.loading import WarmModels
from selcolor_backend.pixels import tiles


def serve(connection: Connection, at_once: int) -> None:
    """Do what comes until the end comes.

    Args:
        connection: to the process that runs the batch.
        at_once: how many photos are in work.
    """
    # Ctrl+C reaches every process of a terminal; what is under way is finished all the same.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    use_one_core()
    worker = Worker(connection)
    with ThreadPoolExecutor(at_once) as threads:
        while (message := worker.next_message()) is not None:
            if isinstance(message, GoOn):
                worker.go_on(message.number)
            else:
                threads.submit(worker.work, message)


def use_one_core() -> None:
    """Compute with one thread: results are then the same wherever they are made."""
    torch.set_num_threads(1)
    tiles.use_threads(1)


class Worker:
    """What the threads of this process share."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._models = WarmModels(best_device())
        self._turn, self._sending = threading.Lock(), threading.Lock()
        self._waiting: dict[int, threading.Event] = {}

    def next_message(self) -> Work | GoOn | None:
        """Wait for work; None is the end of all."""
        try:
            message: Work | GoOn | None = self._connection.recv()
        except (EOFError, OSError):
            os._exit(1)  # nobody is left to tell of what is under way
        return message

    def go_on(self, number: int) -> None:
        """A photo's files may get their names."""
        self._waiting[number].set()

    def work(self, work: Work) -> None:
        """Do the work for one photo, and tell of it."""
        self._waiting[work.number] = threading.Event()

        def confirm(entry: Entry) -> None:
            self._send(Ready(work.number, entry))
            self._waiting[work.number].wait()

        result = do(work, self._models, self._turn, confirm)
        del self._waiting[work.number]
        self._send(Ended(work.number, result))

    def _send(self, message: Ready | Ended) -> None:
        with self._sending:
            self._connection.send(message)
