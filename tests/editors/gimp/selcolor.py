"""The command line, with the daemon that GIMP's plug-in has started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from gimp_process import SLOWNESS, environment

SECONDS = 300 * SLOWNESS


def selcolor(place: Path, *arguments: str) -> None:
    """Run `selcolor` to its end.

    Args:
        place: of the tests.
        arguments: such as `blend`, `original.png`, ….
    """
    subprocess.run(
        [sys.executable, "-m", "selcolor_backend", *arguments],
        env=environment(place / "home", place / "run", place / "cli"),
        check=True,
        timeout=SECONDS,
    )
