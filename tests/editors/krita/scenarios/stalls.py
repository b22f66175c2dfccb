"""How long Krita's event loop stands still."""

from __future__ import annotations

import time

from helpers import widget
from PyQt5.QtCore import QTimer


def calm(seconds, longest=0.03):
    """Wait until Krita itself has stopped stalling: thumbnails and canvas of a new image."""
    since = last = time.monotonic()
    while last - since < seconds:
        yield lambda: True
        now = time.monotonic()
        since = now if now - last > longest else since
        last = now


class GapMeter:
    """Measures the longest time in which the event loop did not turn while a window is shown.

    The gap in which the window goes away is left out: the pixels are inserted in it.
    """

    def __init__(self, name):
        self._name = name
        self._last = time.monotonic()
        self.longest = 0.0
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(5)

    def _tick(self):
        if widget(self._name) is None:
            self._timer.stop()
            return
        now = time.monotonic()
        self.longest = max(self.longest, now - self._last)
        self._last = now
