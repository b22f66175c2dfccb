"""What every message is: a request of a client or a reply of the daemon, on one of two lanes."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import ClassVar


class Lane(IntEnum):
    """Which of the two connections between a client and the daemon a message travels on."""

    CONTROL = 0
    """Short messages that must overtake a large picture."""

    DATA = 1
    """A job's whole life, in order, with its pixels."""


class Message:
    """A message: a frozen dataclass whose fields `codec` packs in their order.

    Attributes:
        kind: its name on the wire.
    """

    kind: ClassVar[str]


class Request(Message):
    """A message that a client sends and the daemon understands.

    Attributes:
        lane: the lane that it travels on.
    """

    lane: ClassVar[Lane]


class Reply(Message):
    """A message that the daemon sends, asked or unasked, and a client understands.

    Attributes:
        lane: the lane that it travels on.
    """

    lane: ClassVar[Lane]


class JobState(str, Enum):
    """Where a job that has not ended stands."""

    QUEUED = "queued"
    RUNNING = "running"
