"""How long each network takes on this machine: `selcolor models try` measures and keeps it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from selcolor_backend import folders


def speeds_file() -> Path:
    """Where the figures are kept, beside the weights."""
    return folders.models_folder() / "speeds.json"


def read_speeds() -> dict[str, float]:
    """Seconds a photo by the model's name, of those that were tried here."""
    try:
        kept = json.loads(speeds_file().read_text(encoding="utf-8"))
        return {str(name): float(seconds) for name, seconds in kept.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        # Figures that are gone or spoiled are measured anew; nothing else depends on them.
        return {}


def remember_speed(name: str, seconds: float) -> None:
    """Keep one figure.

    Raises:
        OSError: it cannot be written.
    """
    file = speeds_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    written = file.with_name(file.name + ".new")
    written.write_text(json.dumps(read_speeds() | {name: seconds}) + "\n", encoding="utf-8")
    os.replace(written, file)
