"""A daemon whose worker gives each photo back as it came: what is left is the way of the pixels."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from selcolor_backend.daemon import main, worker_handle
from selcolor_backend.worker import __main__ as worker_main
from selcolor_backend.worker import serving
from selcolor_protocol.messages import Colorize, Done

HERE = str(Path(__file__))
Popen = subprocess.Popen


def start_echo(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start this file instead of the worker."""
    return Popen([command[0], HERE, "worker"], **options)


def echo(_worker: serving.Worker, request: Colorize, _clock: object) -> Done:
    """The photo as the result."""
    return Done(request.job, "", "", "cpu", (), request.photo)


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        serving.Worker._colorize = echo  # type: ignore[method-assign]
        worker_main.main()
    else:
        worker_handle.subprocess.Popen = start_echo  # type: ignore[misc,assignment]
        main.run_daemon(sys.argv[1], stay=True, foreground=True)
