"""A real Krita under Xvfb, with the plugin and the driver in its user's home.

It is this machine's, or that of another release of Debian in a folder (`roots.py`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import roots
from display import Display
from driven import DAEMON, Editor

from selcolor_installer.krita import install
from selcolor_plugin.daemon import write_record

HERE = Path(__file__).parent
DRIVER = "selcolor_driver"
ROOT = roots.chosen()


class Krita(Editor):
    """One running Krita and its X server."""

    def __init__(self, variables: Mapping[str, str], folder: Path, scale: int = 1) -> None:
        """Start it; it may not be ready yet.

        Args:
            variables: its user's environment.
            folder: for requests, results and the log; made here.
            scale: factor of the user interface.
        """
        krita = ["krita", "--nosplash"]
        command = ROOT.within(krita) if ROOT else krita
        self._display = Display(1600 * scale, 1000 * scale)
        seen = {"DISPLAY": self._display.name, "QT_SCALE_FACTOR": str(scale)}
        super().__init__(command, {**variables, **seen}, folder, HERE / "scenarios")

    def end(self) -> None:
        """End it, and its X server."""
        super().end()
        self._display.end()


def install_plugins(home: Path) -> None:
    """What a user's installation looks like, and the driver beside it.

    The daemon is the machine's own: a plugin elsewhere starts it as its user's record says.
    SELCOLOR_WHEELS may name a folder of wheels, to work offline.
    """
    resources, config = home / ".local/share/krita", home / ".config/kritarc"
    wheels = os.environ.get("SELCOLOR_WHEELS")
    install(resources, config, (python_of_krita(),), Path(wheels) if wheels else None)
    daemon = roots.on_host(DAEMON) if ROOT else DAEMON
    write_record(daemon, home / ".config/selective-colorize/daemon.json")
    copy_driver(resources / "pykrita")
    text = config.read_text()
    config.write_text(text.replace("[python]\n", f"[python]\nenable_{DRIVER}=true\n"))


def copy_driver(plugins: Path) -> None:
    """Put the driver into a folder of Krita's plugins; it is still to be switched on."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HERE / "driver", plugins, ignore=ignored, dirs_exist_ok=True)


def python_of_krita() -> str:
    """Version of its system's Python, which Debian's Krita embeds; ours may be another."""
    if ROOT:
        return ROOT.python
    command = ["/usr/bin/python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
