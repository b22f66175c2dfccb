"""Every message of the protocol, and which may come on which lane and way.

Two lanes connect a client with the daemon: `control` has short messages, `jobs` those with pixels.
Each message is a frozen dataclass that says what it means; how it becomes bytes is `codec`'s
concern.

    lane     client → daemon                              daemon → client
    control  Hello Ping Cancel StatusRequest Stop Goodbye Welcome Pong Status Stopping Refused
    data     Colorize Blend                               Progress Done Cancelled Failed Refused
"""

from __future__ import annotations

from selcolor_protocol.control import (
    Cancel,
    Goodbye,
    Hello,
    JobSummary,
    ModelState,
    ModelSummary,
    Ping,
    Pong,
    Refused,
    Status,
    StatusRequest,
    Stop,
    Stopping,
    Welcome,
)
from selcolor_protocol.jobs import Blend, Cancelled, Colorize, Done, Failed, Progress
from selcolor_protocol.message import JobState, Message


def by_kind(*messages: type[Message]) -> dict[str, type[Message]]:
    """Messages by their name on the wire, as `codec.decode` wants them."""
    return {message.kind: message for message in messages}


CONTROL_REQUESTS = by_kind(Hello, Ping, Cancel, StatusRequest, Stop, Goodbye)
CONTROL_REPLIES = by_kind(Welcome, Pong, Status, Stopping, Refused)
DATA_REQUESTS = by_kind(Colorize, Blend)
DATA_REPLIES = by_kind(Progress, Done, Cancelled, Failed, Refused)

__all__ = [
    "CONTROL_REPLIES",
    "CONTROL_REQUESTS",
    "DATA_REPLIES",
    "DATA_REQUESTS",
    "Blend",
    "Cancel",
    "Cancelled",
    "Colorize",
    "Done",
    "Failed",
    "Goodbye",
    "Hello",
    "JobState",
    "JobSummary",
    "Message",
    "ModelState",
    "ModelSummary",
    "Ping",
    "Pong",
    "Progress",
    "Refused",
    "Status",
    "StatusRequest",
    "Stop",
    "Stopping",
    "Welcome",
    "by_kind",
]
