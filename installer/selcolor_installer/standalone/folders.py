"""Where the program keeps its files, as `selcolor_backend.folders` has it; a test holds them equal.

That module asks platformdirs, which is not there before the program is.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

APPLICATION = "selective-colorize"


def data_folder() -> Path:
    """The user's data folder of this program."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    return base / APPLICATION


def log_folder() -> Path:
    """Where the program's logs are."""
    if chosen := os.environ.get("SELCOLOR_LOG_DIR"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        return data_folder() / "Logs"
    if sys.platform == "darwin":
        return Path.home() / "Library/Logs" / APPLICATION
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    return state / APPLICATION / "log"


def models_folder() -> Path:
    """Where downloaded and imported networks are."""
    chosen = os.environ.get("SELCOLOR_MODELS_DIR")
    return Path(chosen).expanduser() if chosen else data_folder() / "models"
