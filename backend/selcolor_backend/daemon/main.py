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

from selcolor_backend import deaths
from selcolor_backend.daemon.presence import Presence
from selcolor_backend.daemon.server import Server
from selcolor_backend.daemon.sockets import Sockets
from selcolor_backend.logs import open_last_words, start_logging
from selcolor_backend.memory import keep_nothing_large
from selcolor_backend.models.registry import summaries
from selcolor_backend.version import VERSION
from selcolor_protocol import limits
from selcolor_protocol.connection import ConnectionInfo
from selcolor_protocol.processes import beginning
from selcolor_protocol.runtime import RUNTIME_DIR_VARIABLE, private_runtime_folder

PRIVATE = 0o077
"""Nobody else may read what this process and its workers write: logs name files."""
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
        DaemonError: no socket could be bound, or the folder cannot be written.
    """
    os.umask(PRIVATE)
    folder = private_runtime_folder()
    # It stays there, whichever folders come and go meanwhile.
    os.environ[RUNTIME_DIR_VARIABLE] = str(folder)
    with Presence(folder) as presence:
        start_logging("daemon", foreground)
        if presence.predecessor:
            deaths.note_predecessor(presence.predecessor)
        faulthandler.enable(open_last_words("daemon"))
        keep_nothing_large()
        serve(folder, transport, stay, presence)


def serve(folder: Path, transport: str, stay: bool, presence: Presence) -> None:
    """Bind, announce, serve; the connection file is there exactly while clients can connect."""
    with Sockets(folder, transport) as sockets:
        server = Server(sockets, summaries, stay, is_ours=presence.is_kept)
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
            began=beginning(os.getpid()),
        )
        presence.announce(info)
        log.info("daemon starts", extra={"version": VERSION, "address": info.control})
        try:
            server.run()
        except Exception:
            # Standard error leads nowhere here: without this line nobody would ever know why.
            log.exception("daemon failed")
            raise
        finally:
            log.info("daemon ends")


def stop_on_signals(server: Server) -> None:
    """End in good order on SIGTERM and Ctrl+C."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
