"""Running `selcolor` as an ordinary user where the tests run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from daemon_home import DaemonHome

NOBODY = 65534
IMPORTS = "import selcolor_backend"
STARTS = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{IMPORTS}'], check=True)"
"""Fails where what it starts may not be run, although it may itself: root's powers end late."""

HERE = Path(__file__).parents[2]


@cache
def ordinary_python() -> list[str]:
    """A Python that another user may run, with the packages of this one; the test ends without."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for candidate in (sys.executable, shutil.which(version, path="/usr/bin")):
        if candidate is not None:
            command = ["setpriv", f"--reuid={NOBODY}", "--clear-groups", candidate, "-c", STARTS]
            started = subprocess.run(command, env=os.environ | module_path(), capture_output=True)
            if started.returncode == 0:
                return [candidate]
    pytest.skip("no Python here that another user may run, or no checkout that he may read")


def module_path() -> dict[str, str]:
    """Where that Python finds our packages and those that this one has."""
    folders = [str(HERE / part) for part in ("protocol", "backend", "plugin", "installer")]
    return {"PYTHONPATH": os.pathsep.join([*folders, *sys.path])}


def run_as_ordinary_user(home: DaemonHome, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a `selcolor` command as nobody, or as oneself where one is not root."""
    if os.getuid() != 0:
        return home.run(*arguments)
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    python = ordinary_python()
    user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    os.chown(home.folder, NOBODY, NOBODY)
    environment = home.environment | {"HOME": str(home.folder)} | module_path()
    return subprocess.run(
        [*user, *python, "-m", "selcolor_backend", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
