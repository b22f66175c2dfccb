"""The GIMP plug-in, put where GIMP 3 looks for it.

    CONFIG/plug-ins/selective-colorize/selective-colorize.py     what GIMP starts, executable
    CONFIG/plug-ins/selective-colorize/selcolor_gimp/            the adapter
    CONFIG/plug-ins/selective-colorize/vendor/                   what both import

GIMP takes every folder there whose executable file has the folder's name: nothing has to be
switched on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from selcolor_installer.putting import put, source_folder

NAME = "selective-colorize"


def plugin_paths(config: Path) -> tuple[Path, ...]:
    """The folder that `install` puts into GIMP's folder of one version."""
    return (config / "plug-ins" / NAME,)


def install(config: Path, pythons: Sequence[str], wheels: Path | None = None) -> Path:
    """Install the plug-in into GIMP's folder of one version, such as `~/.config/GIMP/3.0`.

    An older one is replaced; its folder. The rest is as for `put`.
    """
    (target,) = plugin_paths(config)
    # Aside is beside `plug-ins`, not in it: GIMP would take what is built for a plug-in.
    put(source_folder("gimp") / NAME, target, config, pythons, wheels)
    return target
