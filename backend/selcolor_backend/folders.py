"""The folders of `selcolor_protocol.folders`, and those that the backend alone has.

None of these functions creates a folder.
"""

from __future__ import annotations

from pathlib import Path

from selcolor_protocol.folders import (
    CONFIG_DIR_VARIABLE,
    LOG_DIR_VARIABLE,
    MODELS_DIR_VARIABLE,
    config_folder,
    data_folder,
    from_environment,
    log_folder,
    models_folder,
    state_folder,
)

ARCHIVES_DIR_VARIABLE = "SELCOLOR_ARCHIVES_DIR"
PACKAGE = Path(__file__).resolve().parent


def archives_folder() -> Path:
    """Where manifests of archives in stores lie, and photos while they are in work.

    SELCOLOR_ARCHIVES_DIR overrides it.
    """
    return from_environment(ARCHIVES_DIR_VARIABLE) or state_folder() / "archives"


def embedded_weights_folder() -> Path:
    """Where the weights lie that come with the program.

    The wheel puts them inside the package; a checkout has them beside it, in `backend/weights`.
    """
    installed = PACKAGE / "weights"
    return installed if installed.is_dir() else PACKAGE.parent / "weights"


__all__ = [
    "ARCHIVES_DIR_VARIABLE",
    "CONFIG_DIR_VARIABLE",
    "LOG_DIR_VARIABLE",
    "MODELS_DIR_VARIABLE",
    "archives_folder",
    "config_folder",
    "data_folder",
    "embedded_weights_folder",
    "log_folder",
    "models_folder",
]
