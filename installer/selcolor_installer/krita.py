"""The Krita plugin, put where Krita looks for it, and switched on.

    RESOURCES/pykrita/selective_colorize.desktop     what Krita reads first
    RESOURCES/pykrita/selective_colorize/            the adapter, and `vendor/` beside it
    RESOURCES/actions/selective_colorize.action      the shortcuts
    kritarc: [python] enable_selective_colorize=true

The plugin folder is built aside and moved into place in one step, so that a Krita that starts
meanwhile sees the old one or the new one.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from selcolor_installer.vendor import EditorPython, VendoringFailed, fill_vendor
from selcolor_plugin.daemon import write_record
from selcolor_protocol.errors import CannotWrite

NAME = "selective_colorize"
OUR_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class KritaFolders:
    """Where one Krita keeps its user's things.

    Attributes:
        resources: such as `~/.local/share/krita`.
        config: the file `kritarc`.
    """

    resources: Path
    config: Path

    @classmethod
    def of_home(cls, home: Path) -> KritaFolders:
        """As Linux distributions have it."""
        return cls(home / ".local/share/krita", home / ".config/kritarc")


def source_folder() -> Path:
    """The adapter's files: in a checkout beside this component, in a wheel inside it."""
    inside = Path(__file__).parent / "krita_plugin"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "plugin" / "krita"


def install(folders: KritaFolders, python: EditorPython, wheels: Path | None = None) -> Path:
    """Install the plugin or replace an older one; its folder.

    Args:
        folders: of the Krita to install into.
        python: the one inside that Krita.
        wheels: where wheels lie, to work offline.

    Raises:
        VendoringFailed: its dependencies cannot be had; an older plugin is kept.
        OSError: a folder cannot be written.
    """
    source, pykrita = source_folder(), folders.resources / "pykrita"
    pykrita.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{NAME}.", dir=pykrita) as aside:
        built = Path(aside) / NAME
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(source / NAME, built, ignore=ignored)
        fill_vendor(built / "vendor", python, wheels)
        replace_folder(built, pykrita / NAME, Path(aside) / "old")
    shutil.copy(source / f"{NAME}.desktop", pykrita)
    actions = folders.resources / "actions"
    actions.mkdir(exist_ok=True)
    shutil.copy(source / f"{NAME}.action", actions)
    enable(folders.config)
    return pykrita / NAME


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


def plugin_paths(resources: Path) -> tuple[Path, ...]:
    """The folder and the files that `install` puts into Krita's resources."""
    return (
        resources / "pykrita" / NAME,
        resources / "pykrita" / f"{NAME}.desktop",
        resources / "actions" / f"{NAME}.action",
    )


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
    """The text of a kritarc without the plugin; a section that held nothing else goes with it."""
    without = re.sub(rf"(?m)^enable_{NAME}=.*\n?", "", text)
    return re.sub(r"(?m)^\[python\]\n+(?=\[|\Z)", "", without)


def cannot_write(error: OSError) -> CannotWrite:
    """What to say when a folder of the user's cannot be written."""
    return CannotWrite(
        f"{error.filename or 'A folder of Krita'} cannot be written ({error.strerror or error}); "
        "a plugin that was there before is kept.",
        "Make it writable, or free some space, and install again.",
    )


def main() -> int:
    """`python -m selcolor_installer.krita`: install for a user of this machine."""
    parser = argparse.ArgumentParser(description="Install the Krita plugin.")
    parser.add_argument("--home", type=Path, default=Path.home(), help="the user's home folder")
    parser.add_argument("--python", default=OUR_VERSION, help="version inside Krita (%(default)s)")
    parser.add_argument("--wheels", type=Path, help="take dependencies from this folder")
    chosen = parser.parse_args()
    record = chosen.home / ".config" / "selective-colorize" / "daemon.json"
    try:
        place = install(
            KritaFolders.of_home(chosen.home), EditorPython(chosen.python), chosen.wheels
        )
        write_record([sys.executable, "-m", "selcolor_backend", "daemon", "--foreground"], record)
    except (VendoringFailed, OSError) as error:
        print(error if isinstance(error, VendoringFailed) else cannot_write(error), file=sys.stderr)
        return 1
    print(f"The plugin is in {place}. Start Krita: Tools › Scripts › Selective Colorize…")
    return 0


if __name__ == "__main__":
    sys.exit(main())
