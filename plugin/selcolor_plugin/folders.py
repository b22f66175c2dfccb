"""Where the plugin keeps its two small files; what is in them is left to the modules that know.

Both editors and the installer use the same folder, which SELCOLOR_CONFIG_DIR moves.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

APPLICATION = "selective-colorize"
CONFIG_DIR_VARIABLE = "SELCOLOR_CONFIG_DIR"


def config_folder() -> Path:
    """The folder of settings, after the platform's habit; not created here."""
    if chosen := os.environ.get(CONFIG_DIR_VARIABLE):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming") / APPLICATION
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / APPLICATION
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / APPLICATION


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that readers see the old one or all of the new; makes the folder.

    Raises:
        OSError: it cannot be written; the old file is kept.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(partial, path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
