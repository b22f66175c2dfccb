"""Where the program keeps a user's files: one place for backend, plugins and installer.

Each folder follows the platform's habit, and an environment variable moves it: SELCOLOR_MODELS_DIR
for downloaded and imported weights, SELCOLOR_LOG_DIR for logs, SELCOLOR_CONFIG_DIR for settings.
What they hold is left to the modules that write them. None of these functions creates a folder.
Runtime files are the concern of `runtime`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

APPLICATION = "selective-colorize"
MODELS_DIR_VARIABLE = "SELCOLOR_MODELS_DIR"
LOG_DIR_VARIABLE = "SELCOLOR_LOG_DIR"
CONFIG_DIR_VARIABLE = "SELCOLOR_CONFIG_DIR"
RECORD_NAME, SETTINGS_NAME = "daemon.json", "settings.json"
"""In the folder of settings: which program is the daemon, and what the dialogs remember."""


def data_folder() -> Path:
    """The user's data folder of this program."""
    return _of("XDG_DATA_HOME", ".local/share") / APPLICATION


def state_folder() -> Path:
    """Where manifests and the like are kept between two runs."""
    return _of("XDG_STATE_HOME", ".local/state") / APPLICATION


def models_folder() -> Path:
    """Where downloaded and imported weights lie; SELCOLOR_MODELS_DIR overrides it."""
    return from_environment(MODELS_DIR_VARIABLE) or data_folder() / "models"


def log_folder() -> Path:
    """Where logs are written; SELCOLOR_LOG_DIR overrides it."""
    if chosen := from_environment(LOG_DIR_VARIABLE):
        return chosen
    if sys.platform == "win32":
        return data_folder() / "Logs"
    if sys.platform == "darwin":
        return Path.home() / "Library/Logs" / APPLICATION
    return state_folder() / "log"


def config_folder() -> Path:
    """Where settings lie, those of the plugins too; SELCOLOR_CONFIG_DIR overrides it."""
    if chosen := from_environment(CONFIG_DIR_VARIABLE):
        return chosen
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming") / APPLICATION
    return _of("XDG_CONFIG_HOME", ".config") / APPLICATION


def from_environment(variable: str) -> Path | None:
    """The folder that a variable names; None where it names none."""
    value = os.environ.get(variable, "")
    try:
        return Path(value).expanduser() if value else None
    except RuntimeError:
        return None  # the home of a user that there is not


def _of(variable: str, usual: str) -> Path:
    """Where all programs of a user have theirs; on Unix, a variable of XDG moves it."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support"
    return Path(os.environ.get(variable) or Path.home() / usual)
