"""A real GIMP 3 in Debian 13, with the plug-in in its user's home."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import psutil
import trixie
from driven import DAEMON, Editor

from selcolor_installer.gimp import GimpFolders, install
from selcolor_installer.vendor import EditorPython
from selcolor_plugin.daemon import write_record

HERE = Path(__file__).parent
PYTHON_OF_TRIXIE = "3.13"


class Gimp(Editor):
    """One running GIMP."""

    def __init__(
        self,
        variables: Mapping[str, str],
        folder: Path,
        display: str | None = None,
        scale: int = 1,
    ) -> None:
        """Start it; it may not be ready yet.

        Args:
            variables: its user's environment.
            folder: for requests, results and the log; made here.
            display: of an X server, for the user interface; None for none.
            scale: of the user interface.
        """
        run_driver = f"exec(open({str(HERE / 'driver.py')!r}).read())"
        batch = ["--batch-interpreter", "python-fu-eval", "-b", run_driver]
        if display is None:
            command = ["gimp-console-3.0", "--no-interface", *batch, "--quit"]
        else:
            command = ["gimp-3.0", "--new-instance", "--no-splash", *batch]
            variables = {**variables, "DISPLAY": display, "GDK_SCALE": str(scale)}
        super().__init__(trixie.within(command), variables, folder, HERE / "scenarios")

    def plugin_process(self) -> psutil.Process | None:
        """The process of our plug-in while it runs."""
        for process in psutil.Process(self._process.pid).children(recursive=True):
            try:
                if "selective-colorize.py" in " ".join(process.cmdline()):
                    return process
            except psutil.NoSuchProcess:
                continue
        return None


def install_plugin(home: Path) -> None:
    """What a user's installation looks like.

    The daemon is the machine's own: the plug-in in Debian 13 starts it as its user's record says.
    SELCOLOR_WHEELS may name a folder of wheels, to work offline.
    """
    wheels = os.environ.get("SELCOLOR_WHEELS")
    install(
        GimpFolders.of_home(home), EditorPython(PYTHON_OF_TRIXIE), Path(wheels) if wheels else None
    )
    write_record(trixie.on_host(DAEMON), home / ".config/selective-colorize/daemon.json")
