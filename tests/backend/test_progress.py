"""The progress bar of the command line, on a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from daemon_home import DaemonHome

pytestmark = pytest.mark.slow


def test_a_terminal_shows_each_photo_with_its_stages(home: DaemonHome, folder: Path) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    command = [sys.executable, "-m", "selcolor_backend", "colorize", str(folder / "photo.png")]

    process = subprocess.Popen(
        [*command, "-o", str(folder / "out")],
        env=home.environment,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = read_all(ours).decode()

    assert process.wait(60) == 0
    assert "photo.png: queued" in shown
    assert "photo.png: colorize" in shown
    assert "100%" not in shown


def read_all(terminal: int) -> bytes:
    """What a terminal was written until everybody left it."""
    data = b""
    while True:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # how Linux says that nobody writes any more
            chunk = b""
        if not chunk:
            os.close(terminal)
            return data
        data += chunk
