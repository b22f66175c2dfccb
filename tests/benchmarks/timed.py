"""The command `selcolor` with a stopwatch: when it begins to read, to wait for its job, to write.

Nothing of the command is changed; three of its calls are watched. Usage: timed.py FILE ARGUMENTS,
where FILE gets the moments as JSON, on the clock of `time.monotonic`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

moments: dict[str, float] = {}


def watched(function: Callable[..., Any], before: str, after: str) -> Callable[..., Any]:
    """The function; its first call tells when it began, its last one when it had ended."""

    def call(*arguments: Any, **named: Any) -> Any:
        moments.setdefault(before, time.monotonic())
        try:
            return function(*arguments, **named)
        finally:
            moments[after] = time.monotonic()

    return call


def main(file: Path, arguments: list[str]) -> int:
    """Run the command with its calls watched."""
    from selcolor_backend.pictures import reading
    from selcolor_protocol.client import Client

    reading.read_photo = watched(reading.read_photo, "reads", "has_read")
    Client.wait = watched(Client.wait, "waits", "has_waited")  # type: ignore[method-assign]

    from selcolor_backend.cli import main as command

    status = command(arguments)
    file.write_text(json.dumps(moments))
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
