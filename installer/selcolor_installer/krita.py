"""The Krita plugin, put where Krita looks for it, and switched on.

RESOURCES/pykrita/selective_colorize.desktop     what Krita reads first
RESOURCES/pykrita/selective_colorize/            the adapter, and `vendor/` beside it
RESOURCES/actions/selective_colorize.action      the shortcuts
kritarc: [python] enable_selective_colorize=true
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from selcolor_installer.putting import put, source_folder

NAME = "selective_colorize"


def plugin_paths(resources: Path) -> tuple[Path, ...]:
    """The folder and the files that `install` puts into Krita's resources."""
    return (
        resources / "pykrita" / NAME,
        resources / "pykrita" / f"{NAME}.desktop",
        resources / "actions" / f"{NAME}.action",
    )


def install(
    resources: Path, config: Path, pythons: Sequence[str], wheels: Path | None = None
) -> Path:
    """Install the plugin or replace an older one; its folder.

    Args:
        resources: such as `~/.local/share/krita`.
        config: the file `kritarc`.
        pythons: versions of those inside the Kritas that read these resources.
        wheels: where wheels lie, to work offline.

    Raises:
        VendoringFailed: its dependencies cannot be had; an older plugin is kept.
        OSError: a folder cannot be written.
    """
    source, (target, *files) = source_folder("krita"), plugin_paths(resources)
    put(source / NAME, target, target.parent, pythons, wheels)
    for file in files:
        file.parent.mkdir(exist_ok=True)
        shutil.copy(source / file.name, file)
    enable(config)
    return target


def enable(config: Path) -> None:
    """Switch the plugin on in kritarc; everything else in it is kept."""
    text = config.read_text(encoding="utf-8") if config.exists() else ""
    config.parent.mkdir(parents=True, exist_ok=True)
    replace_text(config, enabled(text))


def replace_text(config: Path, text: str) -> None:
    """Write a kritarc so that Krita reads the old one or all of the new."""
    partial = config.with_name(f".{config.name}.selcolor")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, config)


def enabled(text: str) -> str:
    """The text of a kritarc with the plugin switched on."""
    line = f"enable_{NAME}=true"
    without = re.sub(rf"(?m)^enable_{NAME}=.*\n?", "", text)
    if re.search(r"(?m)^\[python\]$", without):
        return re.sub(r"(?m)^\[python\]$", f"[python]\n{line}", without, count=1)
    gap = "\n" if without and not without.endswith("\n") else ""
    return f"{without}{gap}[python]\n{line}\n"


def disable(config: Path) -> None:
    """Take the plugin's line out of kritarc; a file that held nothing else is removed."""
    if not config.exists():
        return
    text = config.read_text(encoding="utf-8")
    if not (left := disabled(text)):
        config.unlink()
    elif left != text:
        replace_text(config, left)


def disabled(text: str) -> str:
    """The text of a kritarc without the plugin; a section that held nothing else goes with it.

    Krita writes down where the plugin's docker was; that goes, too.
    """
    docker = rf"(?m)^\[MainWindow\]\[DockWidget {NAME}_docker\]\n(?:[^\[\n].*\n|\n)*"
    without = re.sub(rf"(?m)^enable_{NAME}=.*\n?", "", re.sub(docker, "", text))
    return re.sub(r"(?m)^\[python\]\n+(?=\[|\Z)", "", without)
