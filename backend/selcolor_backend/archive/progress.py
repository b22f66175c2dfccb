"""How far a batch is, with its rate and the time that is left."""

from __future__ import annotations

import sys
import time
from collections import deque
from typing import TextIO

WINDOW = 200
"""The rate is that of so many photos, the last ones: machines and photos differ by the hour."""

LINE_SECONDS = 60.0
"""Between two lines where nobody watches, as in the log of a cluster."""


class Progress:
    """Counts photos and tells of them: on one line at a terminal, else once a minute.

    Attributes:
        done: photos that succeeded in this run.
        failed: photos that were set aside in this run.
        unchanged: photos that had been touched, but are the same.
    """

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        """Begin.

        Args:
            total: photos to do.
            stream: where to tell; standard error where left out.
        """
        self.done = 0
        self.failed = 0
        self.unchanged = 0
        self._total = total
        self._stream = sys.stderr if stream is None else stream
        self._is_watched = self._stream.isatty()
        self._times = deque([time.monotonic()], WINDOW)
        self._told = time.monotonic()

    def count(self, has_failed: bool = False, is_unchanged: bool = False) -> None:
        """One photo more."""
        self.failed += has_failed
        self.unchanged += is_unchanged
        self.done += not (has_failed or is_unchanged)
        self._times.append(time.monotonic())

    def tell(self) -> None:
        """Tell how far the batch is, if it is time."""
        now = time.monotonic()
        if self._is_watched:
            print(f"\r\033[K{self.line()}", end="", file=self._stream, flush=True)
        elif now - self._told >= LINE_SECONDS:
            self._told = now
            print(self.line(), file=self._stream, flush=True)

    def say(self, text: str) -> None:
        """Print a line of its own."""
        begin = "\r\033[K" if self._is_watched else ""
        print(f"{begin}{text}", file=self._stream, flush=True)

    def line(self) -> str:
        """Such as `120 of 2000 photos, 1 failed, 41.3 a minute, about 46 min left`."""
        count = self.done + self.failed + self.unchanged
        parts = [f"{count} of {self._total} photos"]
        if self.failed:
            parts.append(f"{self.failed} failed")
        if (rate := self._rate()) > 0:
            left = (self._total - count) / rate
            parts += [f"{60 * rate:.1f} a minute", f"about {in_words(left)} left"]
        return ", ".join(parts)

    def _rate(self) -> float:
        """Photos in a second."""
        spent = self._times[-1] - self._times[0]
        return (len(self._times) - 1) / spent if spent > 0 else 0.0


def in_words(seconds: float) -> str:
    """A duration such as `3 h 12 min`, `5 min`, `40 s`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} days {hours % 24} h"
