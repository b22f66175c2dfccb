"""A session whose daemon says what the test tells it to: a stand-in for `launch.Opening`.

The real daemon is met by tests/backend and by the tests in real editors; here only what the core
makes of its words is of interest.
"""

from __future__ import annotations

from typing import Any

from selcolor_plugin.version import VERSION
from selcolor_protocol.connection import ConnectionInfo
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.messages import Message, ModelState, ModelSummary, Welcome

MODELS = (
    ModelSummary("vit-lsgan", "colorizer", ModelState.LOCAL_ONLY),
    ModelSummary("vit-lsgan-lite", "colorizer", ModelState.EMBEDDED),
    ModelSummary(
        "foreground-lite", "segmenter", ModelState.EMBEDDED, ("background", "person", "cat")
    ),
    ModelSummary(
        "deeplabv3-resnet101",
        "segmenter",
        ModelState.AVAILABLE,
        ("background", "dog"),
        244_545_539,
        "BSD-3-Clause",
        "Twenty kinds of things.",
    ),
)
WELCOME = Welcome("token", VERSION, None, MODELS)


class ScriptedClient:
    def __init__(self) -> None:
        self.info = ConnectionInfo("control", "data", 1, VERSION, 4711, 0.0)
        self.welcome = WELCOME
        self.arriving: list[Message | SelectiveColorizeError] = []
        self.calls: list[Any] = []

    def poll(self) -> list[Message]:
        arrived, self.arriving = self.arriving, []
        for item in arrived:
            if isinstance(item, SelectiveColorizeError):
                raise item
        return [item for item in arrived if isinstance(item, Message)]

    def colorize(self, request: Message) -> int:
        self.calls.append(request)
        return 1

    blend = colorize

    def fetch(self, model: str) -> int:
        self.calls.append(("fetch", model))
        return 5

    def ask_status(self) -> None:
        self.calls.append("status")

    def cancel(self, job: int) -> None:
        self.calls.append(("cancel", job))

    def close(self, linger: int = 200) -> None:
        self.calls.append("close")


class ScriptedOpening:
    """Opens after `steps` polls, or raises `error`."""

    def __init__(self, steps: int = 0, error: SelectiveColorizeError | None = None) -> None:
        self.client = ScriptedClient()
        self.starting = steps > 1
        self._steps = steps
        self._error = error

    def poll(self) -> ScriptedClient | None:
        if self._error is not None:
            raise self._error
        self._steps -= 1
        return self.client if self._steps < 0 else None

    def close(self) -> None:
        return
