"""The data lane: fetching a network that its authors have published, on the user's word only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from selcolor_protocol.messages.base import Lane, Reply, Request
from selcolor_protocol.messages.control import ModelSummary


@dataclass(frozen=True)
class Fetch(Request):
    """Asks for a network to be downloaded; the only message that makes the daemon use the internet.

    From where and with which digest, the daemon's own registry says.

    Attributes:
        session: the token from Welcome.
        job: a number that the client chooses, new for each job of the session.
        model: its name in the registry.
    """

    kind: ClassVar[str] = "fetch"
    lane: ClassVar[Lane] = Lane.DATA
    session: str
    job: int
    model: str


@dataclass(frozen=True)
class Fetched(Reply):
    """A network was downloaded, or was here already.

    Attributes:
        job: its number.
        models: all that the registry knows, as they are now.
    """

    kind: ClassVar[str] = "fetched"
    lane: ClassVar[Lane] = Lane.DATA
    job: int
    models: tuple[ModelSummary, ...]
