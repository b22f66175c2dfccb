"""A real GIMP 3 of a release in a folder, with the plug-in in its user's home."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import psutil
import roots
from driven import DAEMON, Editor

from selcolor_installer.gimp import install
from selcolor_plugin.daemon import write_record

HERE = Path(__file__).parent
ROOT = roots.chosen() or roots.GIMP_30


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
            command = ["gimp-console", "--no-interface", *batch, "--quit"]
        else:
            command = ["gimp", "--new-instance", "--no-splash", *batch]
            variables = {**variables, "DISPLAY": display, "GDK_SCALE": str(scale)}
        super().__init__(ROOT.within(command), variables, folder, HERE / "scenarios")

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

    The daemon is the machine's own: the plug-in in the folder starts it as its user's record says.
    SELCOLOR_WHEELS may name a folder of wheels, to work offline.
    """
    wheels = os.environ.get("SELCOLOR_WHEELS")
    config, python = home / ".config/GIMP" / ROOT.gimp, (ROOT.python,)
    install(config, python, Path(wheels) if wheels else None)
    write_record(roots.on_host(DAEMON), home / ".config/selective-colorize/daemon.json")
