"""Where this program keeps its files; what the files hold is left to the modules that write them.

Each folder follows the platform's habit (platformdirs), and an environment variable moves it:
SELCOLOR_MODELS_DIR for downloaded and imported weights, SELCOLOR_LOG_DIR for logs,
SELCOLOR_CONFIG_DIR for settings, SELCOLOR_ARCHIVES_DIR for what is here of archives in stores.
None of these functions creates a folder.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APPLICATION = "selective-colorize"
MODELS_DIR_VARIABLE = "SELCOLOR_MODELS_DIR"
LOG_DIR_VARIABLE = "SELCOLOR_LOG_DIR"
CONFIG_DIR_VARIABLE = "SELCOLOR_CONFIG_DIR"
ARCHIVES_DIR_VARIABLE = "SELCOLOR_ARCHIVES_DIR"

PACKAGE = Path(__file__).resolve().parent


def _from_environment(variable: str) -> Path | None:
    value = os.environ.get(variable, "")
    try:
        return Path(value).expanduser() if value else None
    except RuntimeError:
        return None  # the home of a user that there is not


def data_folder() -> Path:
    """The user's data folder of this program."""
    return platformdirs.user_data_path(APPLICATION, appauthor=False)


def models_folder() -> Path:
    """Where downloaded and imported weights lie; SELCOLOR_MODELS_DIR overrides it."""
    return _from_environment(MODELS_DIR_VARIABLE) or data_folder() / "models"


def log_folder() -> Path:
    """Where logs are written; SELCOLOR_LOG_DIR overrides it."""
    return _from_environment(LOG_DIR_VARIABLE) or platformdirs.user_log_path(
        APPLICATION, appauthor=False
    )


def config_folder() -> Path:
    """Where settings lie, those of the plugins too; SELCOLOR_CONFIG_DIR overrides it."""
    return _from_environment(CONFIG_DIR_VARIABLE) or platformdirs.user_config_path(
        APPLICATION, appauthor=False, roaming=True
    )


def archives_folder() -> Path:
    """Where manifests of archives in stores lie, and photos while they are in work.

    SELCOLOR_ARCHIVES_DIR overrides it.
    """
    return _from_environment(ARCHIVES_DIR_VARIABLE) or (
        platformdirs.user_state_path(APPLICATION, appauthor=False) / "archives"
    )


def embedded_weights_folder() -> Path:
    """Where the weights lie that come with the program.

    The wheel puts them inside the package; a checkout has them beside it, in `backend/weights`.
    """
    installed = PACKAGE / "weights"
    return installed if installed.is_dir() else PACKAGE.parent / "weights"
