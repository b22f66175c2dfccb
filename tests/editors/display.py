"""An X server without a monitor, for the editors that want to see one."""

from __future__ import annotations

import os
import subprocess


class Display:
    """One X server, ready as soon as it is made, for the programs of whoever runs the tests.

    X chooses the number itself, so that several may be started at once (`xvfb-run --auto-servernum`
    looks for a free one before it starts the server, and waits three seconds for it).
    It stays as it is when the last program leaves: X would begin anew otherwise, and throw out who
    comes at that moment. Krita comes and goes a few times before it shows anything.

    Attributes:
        name: such as `:7`.
    """

    def __init__(self, width: int = 1600, height: int = 1000) -> None:
        """Start it.

        Args:
            width: of the screen in pixels.
            height: the same.
        """
        read, write = os.pipe()
        screen = ["-screen", "0", f"{width}x{height}x24"]
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), *screen, "-nolisten", "tcp", "-noreset"],
            pass_fds=[write],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb ended before it was ready"
        self.name = f":{number}"

    def end(self) -> None:
        """End it."""
        self._server.terminate()
        self._server.wait()
