"""The GIMP plug-in, put where GIMP 3 looks for it.

    CONFIG/plug-ins/selective-colorize/selective-colorize.py     what GIMP starts, executable
    CONFIG/plug-ins/selective-colorize/selcolor_gimp/            the adapter
    CONFIG/plug-ins/selective-colorize/vendor/                   what both import

GIMP takes every folder there whose executable file has the folder's name: nothing has to be
switched on. The folder is built aside and moved into place in one step, so that a GIMP that starts
meanwhile sees the old one or the new one.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from selcolor_installer.krita import replace_folder
from selcolor_installer.vendor import EditorPython, VendoringFailed, fill_vendor
from selcolor_plugin.daemon import write_record
from selcolor_protocol.errors import CannotWrite

NAME = "selective-colorize"
OLDEST = "3.0"
OUR_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class GimpFolders:
    """Where one GIMP keeps its user's things.

    Attributes:
        config: such as `~/.config/GIMP/3.0`.
    """

    config: Path

    @classmethod
    def of_home(cls, home: Path, version: str = OLDEST) -> GimpFolders:
        """As Linux distributions have it.

        Args:
            home: the user's.
            version: of GIMP's folder, such as `3.0`.
        """
        return cls(home / ".config/GIMP" / version)

    @property
    def plug_ins(self) -> Path:
        """Where GIMP looks for its user's plug-ins."""
        return self.config / "plug-ins"


def versions_of_home(home: Path) -> list[str]:
    """The folders of GIMP 3 that a user has, such as `3.0`; that of 3.0 when there is none yet."""
    found = sorted(path.name for path in (home / ".config/GIMP").glob("3.*") if path.is_dir())
    return found or [OLDEST]


def source_folder() -> Path:
    """The adapter's files: in a checkout beside this component, in a wheel inside it."""
    inside = Path(__file__).parent / "gimp_plugin"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "plugin" / "gimp"


def install(folders: GimpFolders, python: EditorPython, wheels: Path | None = None) -> Path:
    """Install the plug-in or replace an older one; its folder.

    Args:
        folders: of the GIMP to install into.
        python: the one that this GIMP uses.
        wheels: where wheels lie, to work offline.

    Raises:
        VendoringFailed: its dependencies cannot be had; an older plug-in is kept.
        OSError: a folder cannot be written.
    """
    folders.plug_ins.mkdir(parents=True, exist_ok=True)
    # Aside is beside `plug-ins`, not in it: GIMP would take what is built for a plug-in.
    with tempfile.TemporaryDirectory(prefix=f".{NAME}.", dir=folders.config) as aside:
        built, old = Path(aside) / NAME, Path(aside) / "old"
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(source_folder() / NAME, built, ignore=ignored)
        (built / f"{NAME}.py").chmod(0o755)
        fill_vendor(built / "vendor", python, wheels)
        target = folders.plug_ins / NAME
        replace_folder(built, target, old)
    return target


def cannot_write(error: OSError) -> CannotWrite:
    """What to say when a folder of the user's cannot be written."""
    return CannotWrite(
        f"{error.filename or 'A folder of GIMP'} cannot be written ({error.strerror or error}); "
        "a plug-in that was there before is kept.",
        "Make it writable, or free some space, and install again.",
    )


def main() -> int:
    """`python -m selcolor_installer.gimp`: install for a user of this machine."""
    parser = argparse.ArgumentParser(description="Install the GIMP plug-in.")
    parser.add_argument("--home", type=Path, default=Path.home(), help="the user's home folder")
    parser.add_argument("--gimp", help="version of GIMP's folder (default: all that are there)")
    parser.add_argument("--python", default=OUR_VERSION, help="version GIMP uses (%(default)s)")
    parser.add_argument("--wheels", type=Path, help="take dependencies from this folder")
    chosen = parser.parse_args()
    record = chosen.home / ".config" / "selective-colorize" / "daemon.json"
    try:
        for version in [chosen.gimp] if chosen.gimp else versions_of_home(chosen.home):
            folders = GimpFolders.of_home(chosen.home, version)
            place = install(folders, EditorPython(chosen.python), chosen.wheels)
            print(f"The plug-in is in {place}. Start GIMP: Colors › Selective Colorize…")
        write_record([sys.executable, "-m", "selcolor_backend", "daemon", "--foreground"], record)
    except (VendoringFailed, OSError) as error:
        print(error if isinstance(error, VendoringFailed) else cannot_write(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
