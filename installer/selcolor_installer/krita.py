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
    """Install the plugin into Krita's resources, such as `~/.local/share/krita`, by its kritarc.

    An older one is replaced; its folder. The rest is as for `put`.
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
    config.parent.mkdir(parents=True, exist_ok=True)
    replace_text(config, enabled(read_config(config)))


def read_config(config: Path) -> str:
    """The text of a kritarc, if there is one; what is not UTF-8 is kept until it is written."""
    return config.read_text("utf-8", "surrogateescape") if config.exists() else ""


def replace_text(config: Path, text: str) -> None:
    """Write a kritarc so that Krita reads the old one or all of the new; links and modes stay."""
    whole = config.resolve()
    partial = whole.with_name(f".{whole.name}.selcolor")
    partial.write_text(text, "utf-8", "surrogateescape")
    if whole.exists():
        shutil.copymode(whole, partial)
    os.replace(partial, whole)


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
    text = read_config(config)
    if not (left := disabled(text)):
        config.unlink(missing_ok=True)
    elif left != text:
        replace_text(config, left)


def disabled(text: str) -> str:
    """The text of a kritarc without the plugin; a section that held nothing else goes with it.

    Krita writes down where the plugin's docker was; that goes, too.
    """
    docker = rf"(?m)^\[MainWindow\]\[DockWidget {NAME}_docker\]\n(?:[^\[\n].*\n|\n)*"
    without = re.sub(rf"(?m)^enable_{NAME}=.*\n?", "", re.sub(docker, "", text))
    return re.sub(r"(?m)^\[python\]\n+(?=\[|\Z)", "", without)
