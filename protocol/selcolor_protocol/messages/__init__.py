"""Every message of the protocol: `control` has the short ones, `jobs` those of a job's life.

`fetching` has those of a network that is downloaded.

Each message is a frozen dataclass that says what it means, in which direction it goes (`Request`
or `Reply`), and on which `Lane`. How it becomes bytes is `codec`'s concern.
"""

from __future__ import annotations

from typing import TypeVar

from selcolor_protocol.messages.base import JobState, Lane, Message, Reply, Request
from selcolor_protocol.messages.control import (
    Cancel,
    Goodbye,
    Grant,
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
from selcolor_protocol.messages.fetching import Fetch, Fetched
from selcolor_protocol.messages.jobs import (
    Blend,
    Cancelled,
    Colorize,
    Done,
    Failed,
    Piece,
    Progress,
)

AnyMessage = TypeVar("AnyMessage", bound=Message)


def by_kind(*messages: type[AnyMessage]) -> dict[str, type[AnyMessage]]:
    """Messages by their name on the wire, as `codec.decode` wants them."""
    return {message.kind: message for message in messages}


REQUESTS: dict[Lane, dict[str, type[Request]]] = {
    lane: by_kind(*(request for request in Request.__subclasses__() if request.lane is lane))
    for lane in Lane
}
"""What a client may send, by lane and kind."""

REPLIES: dict[Lane, dict[str, type[Reply]]] = {
    lane: by_kind(*(reply for reply in Reply.__subclasses__() if reply.lane is lane))
    for lane in Lane
}
"""What the daemon may send, by lane and kind."""

__all__ = [
    "REPLIES",
    "REQUESTS",
    "Blend",
    "Cancel",
    "Cancelled",
    "Colorize",
    "Done",
    "Failed",
    "Fetch",
    "Fetched",
    "Goodbye",
    "Grant",
    "Hello",
    "JobState",
    "JobSummary",
    "Lane",
    "Message",
    "ModelState",
    "ModelSummary",
    "Piece",
    "Ping",
    "Pong",
    "Progress",
    "Refused",
    "Reply",
    "Request",
    "Status",
    "StatusRequest",
    "Stop",
    "Stopping",
    "Welcome",
    "by_kind",
]
