"""Starts the socket process: the lock, the logs, the connection file, the signals, the loop."""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from filelock import FileLock, Timeout

from selcolor_backend.daemon.server import Server
from selcolor_backend.daemon.sockets import Sockets
from selcolor_backend.logs import open_last_words, start_logging
from selcolor_backend.memory import keep_nothing_large
from selcolor_backend.models.registry import summaries
from selcolor_backend.version import VERSION
from selcolor_protocol import limits
from selcolor_protocol.connection import (
    ConnectionInfo,
    connection_path,
    private_runtime_folder,
    write_connection,
)
from selcolor_protocol.errors import DaemonAlreadyRunning

LOCK_NAME = "daemon.lock"
RELAY = ("-m", "selcolor_protocol.relay")

log = logging.getLogger(__name__)


def run_daemon(transport: str, stay: bool, foreground: bool) -> None:
    """Be the daemon until stopped.

    Args:
        transport: `auto`, `ipc` or `tcp`.
        stay: do not leave when idle for long.
        foreground: log to the terminal too.

    Raises:
        DaemonAlreadyRunning: this user has one already.
        ConnectionFileError: the runtime folder cannot be trusted.
        DaemonError: no socket could be bound.
    """
    folder = private_runtime_folder()
    try:
        with FileLock(folder / LOCK_NAME, timeout=0):
            start_logging("daemon", foreground)
            faulthandler.enable(open_last_words("daemon"))
            keep_nothing_large()
            serve(folder, transport, stay)
    except Timeout as error:
        raise DaemonAlreadyRunning from error


def serve(folder: Path, transport: str, stay: bool) -> None:
    """Bind, announce, serve; the connection file is there exactly while clients can connect."""
    with Sockets(folder, transport) as sockets:
        server = Server(sockets, summaries, stay)
        stop_on_signals(server)
        info = ConnectionInfo(
            control=server.control_address,
            data=server.data_address,
            protocol=limits.PROTOCOL_VERSION,
            version=VERSION,
            pid=os.getpid(),
            started=time.time(),
            keys=sockets.keys,
            relay=(sys.executable, *RELAY),
        )
        write_connection(info, connection_path())
        log.info("daemon starts", extra={"version": VERSION, "address": info.control})
        try:
            server.run()
        except Exception:
            # Standard error leads nowhere here: without this line nobody would ever know why.
            log.exception("daemon failed")
            raise
        finally:
            connection_path().unlink(missing_ok=True)
            log.info("daemon ends")


def stop_on_signals(server: Server) -> None:
    """End in good order on SIGTERM and Ctrl+C."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
