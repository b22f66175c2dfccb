"""Long work in short turns: an editor's thread is given back before a user notices."""

from __future__ import annotations

import time

TURN_SECONDS = 0.02
PATIENCE_SECONDS = 0.5
STRIP_BYTES = 4 << 20
"""What is read or written in one call; the editor's own calls cannot be interrupted."""


class Pace:
    """Tells when it is time to end a turn."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def is_due(self) -> bool:
        """Whether the turn has lasted long enough; the next one begins now."""
        now = time.monotonic()
        if now - self._since < TURN_SECONDS:
            return False
        self._since = now
        return True


def strips(rows: int, row_bytes: int) -> list[tuple[int, int]]:
    """Cut rows into strips.

    Args:
        rows: how many there are.
        row_bytes: what one holds.

    Returns:
        First row and number of rows of each strip.
    """
    height = max(1, STRIP_BYTES // max(1, row_bytes))
    return [(top, min(height, rows - top)) for top in range(0, rows, height)]


class Patience:
    """Tells when a wait has become long enough to be spoken of."""

    def __init__(self, seconds: float = PATIENCE_SECONDS) -> None:
        self._until = time.monotonic() + seconds

    def is_over(self) -> bool:
        """Whether the user should know by now what is waited for."""
        return time.monotonic() >= self._until
