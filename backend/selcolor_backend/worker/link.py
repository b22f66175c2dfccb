"""What the socket process and a worker say to each other: jobs, their ends, and Cancel.

Pieces of a photo are passed on to the worker as they came, those of a result to the client, so that
pixels are never put together or copied in between. Nothing is granted here: a photo comes when it
is wanted, and a result is taken at once.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import ClassVar

from selcolor_protocol import limits
from selcolor_protocol.connection import Keys
from selcolor_protocol.messages import (
    Blend,
    Cancel,
    Cancelled,
    Colorize,
    Done,
    Failed,
    Fetch,
    Fetched,
    Message,
    Piece,
    Progress,
    by_kind,
)

PIECES_UNDER_WAY = limits.WINDOW_PIECES
"""Of a result, at each end of the link: what is under way can be cancelled no more."""

FETCHER = "fetcher"
"""The worker that downloads networks and does nothing else."""


@dataclass(frozen=True)
class Ready(Message):
    """The worker can take its first job.

    Attributes:
        device: where its networks run, such as `cpu`; empty where it runs none.
    """

    kind: ClassVar[str] = "ready"
    device: str


@dataclass(frozen=True)
class WorkerSetup:
    """What a new worker reads from its standard input, one line of JSON.

    Attributes:
        name: `network`, `light` or `fetcher`: what it is for.
        address: where to connect.
        keys: for TCP.
    """

    name: str
    address: str
    keys: Keys | None

    def to_json(self) -> bytes:
        """One line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_json(cls, line: bytes) -> WorkerSetup:
        """Read back what `to_json` wrote."""
        content = json.loads(line)
        keys = content["keys"]
        return cls(content["name"], content["address"], Keys(**keys) if keys else None)


WORKER_REQUESTS = by_kind(Colorize, Blend, Cancel, Piece)
FETCHER_REQUESTS = by_kind(Fetch, Cancel)
WORKER_REPLIES = by_kind(Ready, Progress, Done, Fetched, Cancelled, Failed, Piece)
