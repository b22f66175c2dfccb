"""The private environments that `installer/install.py` makes, seen from inside.

    DATA/environments/1, 2, …      virtual environments; `complete` in one says that it may be used
    DATA/environments/current      the number of the one in use
    DATA/environments/failure.json what ended the last installation, if it did not end well
    DATA/environments/made.json    folders and the link `selcolor` that were made outside

`install.py` has the same names; a test holds them equal.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from selcolor_backend import folders

FOLDER = "environments"
CURRENT = "current"
COMPLETE = "complete"
FAILURE = "failure.json"
MADE = "made.json"


@dataclass(frozen=True)
class Failure:
    """What ended an installation: code, sentence and hint, as `install.py` left them."""

    code: str
    sentence: str
    hint: str


def root() -> Path:
    """The folder of all environments; it need not exist."""
    return folders.data_folder() / FOLDER


def incomplete() -> list[Path]:
    """Environments that an installation left half made."""
    if not root().is_dir():
        return []
    numbered = [path for path in sorted(root().iterdir()) if path.name.isdigit()]
    return [path for path in numbered if not (path / COMPLETE).exists()]


def last_failure() -> Failure | None:
    """What ended the last installation; None when it ended well."""
    try:
        content = json.loads((root() / FAILURE).read_text(encoding="utf-8"))
        return Failure(*(str(content[name]) for name in ("code", "sentence", "hint")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remove_incomplete() -> None:
    """Remove what is half made, and the note of why."""
    for path in incomplete():
        shutil.rmtree(path)
    (root() / FAILURE).unlink(missing_ok=True)


def made_folders() -> list[Path]:
    """The folders outside that `install.py` made; to be removed last, if they are empty."""
    return [Path(path) for path in _made().get("folders", [])]


def _made() -> dict[str, list[str]]:
    try:
        return dict(json.loads((root() / MADE).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def remove_launchers() -> None:
    """Remove the link `selcolor`, if it is still ours."""
    for launcher in map(Path, _made().get("launchers", [])):
        if launcher.is_symlink() and root() in Path(os.readlink(launcher)).parents:
            launcher.unlink()


def remove_all() -> Iterator[str]:
    """Remove all environments and the launcher; says what was and what could not be removed."""
    if not root().exists():
        return
    remove_launchers()
    if sys.platform == "win32" and root() in Path(sys.executable).parents:
        # Windows does not let a running program be removed; `install.py` does that afterwards.
        yield f"Left: {root()}. Run `py install.py --uninstall`, or delete that folder."
        return
    shutil.rmtree(root())
    yield f"Removed: {root()}"
