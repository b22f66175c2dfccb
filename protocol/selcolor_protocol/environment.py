"""What a process outside an editor inherits from it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

FLATPAK = Path("/.flatpak-info")
"""In every Flatpak, and nowhere else (Flatpak's documentation, "Sandbox permissions")."""
EDITORS_OWN = frozenset({"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONNOUSERSITE"})
"""Variables that an editor sets for its own Python and that would mislead another one."""


def in_flatpak() -> bool:
    """Whether this runs in a sandbox, in which no program of the machine can be started."""
    return FLATPAK.exists()


def outside_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The editor's environment without what concerns only the editor's Python.

    An AppImage keeps the user's own LD_LIBRARY_PATH in LD_LIBRARY_PATH_ORIG or nowhere; its own
    libraries must not be loaded by another Python.
    """
    inherited = dict(os.environ if environment is None else environment)
    kept = {name: value for name, value in inherited.items() if name not in EDITORS_OWN}
    if "APPIMAGE" in inherited or "APPDIR" in inherited:
        kept.pop("LD_LIBRARY_PATH", None)
        if original := inherited.get("LD_LIBRARY_PATH_ORIG"):
            kept["LD_LIBRARY_PATH"] = original
    return kept
