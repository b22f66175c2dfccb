"""Real editors of an installed user: the plugin is the installer's, the daemon the plugin's.

What drives an editor stays outside of the home, so that everything in there is the installer's or
the editor's.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
from pathlib import Path

import gimp_process
import krita_process
from installed_user import User


class InstalledKrita(krita_process.Krita):
    """Krita with what it finds in its user's home; `story.ready` is for the test to ask."""

    def __init__(self, user: User, folder: Path) -> None:
        """Start it.

        Args:
            user: who has it.
            folder: for the driver, requests, results and the log; made here.
        """
        self.home = user.home
        self._folder = folder
        self._numbers = itertools.count(1)
        folder.mkdir(parents=True)
        with (folder / "krita.log").open("wb") as log:
            self._process = subprocess.Popen(
                ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", "krita", "--nosplash"],
                env=user.variables | driver_of_krita(folder),
                cwd=user.home,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def driver_of_krita(folder: Path) -> dict[str, str]:
    """Put the driver where a distribution puts plugins, switched on; the variables that say so."""
    plugins, config = folder / "share/krita/pykrita", folder / "xdg"
    shutil.copytree(
        krita_process.HERE / "driver", plugins, ignore=shutil.ignore_patterns("__pycache__")
    )
    config.mkdir()
    (config / "kritarc").write_text(f"[python]\nenable_{krita_process.DRIVER}=true\n")
    return {
        "XDG_DATA_DIRS": f"{folder / 'share'}:/usr/local/share:/usr/share",
        "XDG_CONFIG_DIRS": f"{config}:/etc/xdg",
        "SELCOLOR_DRIVER_DIR": str(folder),
        "SELCOLOR_DRIVER_PATIENCE": str(krita_process.SCENARIO_SECONDS * 0.9),
    }


class InstalledGimp(gimp_process.Gimp):
    """GIMP 3 with what it finds in its user's home; `story.ready` is for the test to ask."""

    def __init__(self, user: User, folder: Path) -> None:
        """Start it without windows.

        Args:
            user: who has it; one of Debian 13.
            folder: for requests, results and the log; made here.
        """
        self.home = user.home
        self._folder = folder
        self._numbers = itertools.count(1)
        folder.mkdir(parents=True)
        variables = user.variables | {"SELCOLOR_DRIVER_DIR": str(folder)}
        self._process = gimp_process.start_gimp(variables, folder / "gimp.log", None)
