"""Puts a plugin's folder where its editor looks: built aside, and moved into place in one step.

So an editor that starts meanwhile sees the old one or the new one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from selcolor_installer.vendor import fill_vendor


def source_folder(editor: str) -> Path:
    """An adapter's files, `krita` or `gimp`: in a checkout in `plugin`, in a wheel within this."""
    inside = Path(__file__).parent / f"{editor}_plugin"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "plugin" / editor


def build(source: Path, folder: Path, pythons: Sequence[str], wheels: Path | None = None) -> None:
    """Make a plugin's folder with all that it imports.

    Args:
        source: the adapter's files.
        folder: to be made.
        pythons: versions of those inside the editors; none where there are no wheels for them.
        wheels: where wheels lie, to work offline.

    Raises:
        InstallationFailed: what it imports cannot be had.
        OSError: it cannot be written.
    """
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    for program in folder.glob(f"{folder.name}.py"):
        program.chmod(0o755)  # what GIMP starts
    fill_vendor(folder / "vendor", pythons, wheels)


def put(
    source: Path, target: Path, aside: Path, pythons: Sequence[str], wheels: Path | None = None
) -> None:
    """As `build`, and put it into the place of an older one, which is kept on failure.

    It is built in `aside`, a folder on the same disk in which the editor looks for no plugins.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=aside) as place:
        build(source, Path(place) / target.name, pythons, wheels)
        replace_folder(Path(place) / target.name, target, Path(place) / "old")


def replace_folder(new: Path, target: Path, old: Path) -> None:
    """Move a folder into the place of another, which is moved to `old`; all on one disk.

    Raises:
        OSError: it cannot be moved; the other one is where it was.
    """
    had_older = target.exists()
    if had_older:
        os.rename(target, old)
    try:
        os.rename(new, target)
    except OSError:
        if had_older:
            os.rename(old, target)
        raise
