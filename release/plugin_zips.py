"""The plugins as zip files, for who installs them by the editor's own means and not by our program.

One file serves every system and every Python: there is nothing compiled in it, and the plugin
reaches the daemon through a relay, as where there is no pyzmq (decision 120).
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from selcolor_installer import gimp, krita
from selcolor_installer.putting import build, source_folder
from selcolor_plugin.version import VERSION

EVERY_PYTHON = ()


def make_krita_zip(folder: Path) -> Path:
    """The file for Krita's *Import Python Plugin from File*.

    Krita takes the module's folder, the file that describes it, and the shortcuts, wherever they
    lie; everything that the plugin imports must be in that folder.
    """
    with tempfile.TemporaryDirectory() as staging:
        source = source_folder("krita")
        build(source / krita.NAME, Path(staging) / krita.NAME, EVERY_PYTHON)
        for ending in ("desktop", "action"):
            shutil.copy(source / f"{krita.NAME}.{ending}", staging)
        return _packed(staging, folder / f"{gimp.NAME}-krita-{VERSION}")


def make_gimp_zip(folder: Path) -> Path:
    """The folder to unpack into GIMP's folder of plug-ins; its program stays executable."""
    with tempfile.TemporaryDirectory() as staging:
        build(source_folder("gimp") / gimp.NAME, Path(staging) / gimp.NAME, EVERY_PYTHON)
        return _packed(staging, folder / f"{gimp.NAME}-gimp-{VERSION}")


def _packed(staging: str, name: Path) -> Path:
    """A zip with entries for its folders, by which Krita finds the module."""
    return Path(shutil.make_archive(str(name), "zip", staging))
