"""How long Krita's event loop stands still."""

from __future__ import annotations

import time
from pathlib import Path

from PyQt5 import sip
from PyQt5.QtCore import QTimer


def calm(seconds, longest=0.03):
    """Wait until Krita itself has stopped stalling: thumbnails and canvas of a new image."""
    since = last = undisturbed_time()
    while last - since < seconds:
        yield lambda: True
        now = undisturbed_time()
        since = now if now - last > longest else since
        last = now


class GapMeter:
    """Measures the longest time in which the event loop did not turn while a window is shown.

    Two things are left out: the gap in which the window goes away, for the pixels are inserted in
    it; and the time that the loop's thread stood in line for a processor, for what else the
    machine does is not the plugin's doing.
    """

    def __init__(self, window):
        self.longest = 0.0
        self.seconds = 0.0
        self._window = window
        self._last = undisturbed_time()
        self._started = time.monotonic()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(5)

    @property
    def is_running(self):
        """Whether the window is still there."""
        return not sip.isdeleted(self._window) and self._window.isVisible()

    def _tick(self):
        if not self.is_running:
            self._timer.stop()
            return
        now = undisturbed_time()
        self.longest = max(self.longest, now - self._last)
        self.seconds = time.monotonic() - self._started
        self._last = now


def undisturbed_time():
    """Seconds on a clock that stands still while this thread waits for a processor."""
    _running, waiting, _slices = Path("/proc/thread-self/schedstat").read_text().split()
    return time.monotonic() - int(waiting) / 1e9
