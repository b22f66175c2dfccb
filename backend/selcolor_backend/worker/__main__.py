"""The worker process: started by `daemon.worker_handle`, it leaves when the socket process does.

What it works on is the concern of `serving`, or of `fetching`, imported late: torch takes seconds,
and this process must notice from its first moment on when nobody needs it any more.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading

import zmq

from selcolor_backend.logs import start_logging
from selcolor_backend.worker.link import FETCHER, PIECES_UNDER_WAY, WorkerSetup
from selcolor_protocol.sockets import IO_THREADS, connect_socket

log = logging.getLogger(__name__)


def leave_with_parent() -> None:
    """End this process when the socket process is gone: then standard input ends."""
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Connect to the socket process that started this one, and serve it."""
    setup = WorkerSetup.from_json(sys.stdin.buffer.readline())
    threading.Thread(target=leave_with_parent, daemon=True).start()
    # To standard error, which `daemon.worker_handle` keeps in a file.
    faulthandler.enable()
    start_logging(f"worker-{setup.name}")
    try:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context(IO_THREADS)
        context.sndhwm = PIECES_UNDER_WAY
        serve(setup, connect_socket(context, zmq.PAIR, setup.address, setup.keys))
    except Exception:
        log.exception("worker failed")
        raise


def serve(setup: WorkerSetup, socket: zmq.Socket[bytes]) -> None:
    """Do what this process was started for."""
    if setup.name == FETCHER:
        from selcolor_backend.worker.fetching import Fetcher

        Fetcher(socket).serve()
    else:
        from selcolor_backend.worker.serving import Worker

        Worker(socket).serve()


if __name__ == "__main__":
    main()
