"""How long the stages of a job took: for the log, and so for reports of what is slow."""

from __future__ import annotations

import time


class StageClock:
    """Seconds of one job by stage.

    Attributes:
        seconds: of every stage that has ended; a stage that came twice is counted together.
    """

    def __init__(self, stage: str) -> None:
        """Begin with a stage."""
        self.seconds: dict[str, float] = {}
        self._stage = stage
        self._since = time.monotonic()

    def enter(self, stage: str) -> None:
        """End the present stage and begin another; nothing changes when it is the same."""
        if stage != self._stage:
            self.stop()
            self._stage = stage

    def stop(self) -> None:
        """Count the present stage up to now."""
        now = time.monotonic()
        self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._since = now
