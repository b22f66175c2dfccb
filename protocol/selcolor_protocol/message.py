"""What all messages share; which there are stands in `control` and `jobs`."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar


class Message:
    """What all messages share: `kind`, their name on the wire."""

    kind: ClassVar[str]


class JobState(str, Enum):
    """Where a job that has not ended stands."""

    QUEUED = "queued"
    RUNNING = "running"
