"""Nothing leaves the machine: photos are colored without a network, and no door to one is open."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from daemon_home import DaemonHome, colorize

from selcolor_protocol.raster import Raster

pytestmark = pytest.mark.slow

WITHOUT_NETWORK = ["unshare", "--map-root-user", "--net"]
"""A program in a network namespace of its own, in which there is not even a loopback."""


def can_cut_off() -> bool:
    """Whether this machine lets a user run programs without a network."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not can_cut_off(), reason="no network namespaces here")
def test_photos_are_colored_on_a_machine_without_a_network(home: DaemonHome, folder: Path) -> None:
    command = [sys.executable, "-m", "selcolor_backend", "colorize", "photo.png", "-o", "out"]
    done = subprocess.run(
        [*WITHOUT_NETWORK, *command],
        cwd=folder,
        env=home.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "out" / "photo-colorized.png").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there the programs meet on a loopback port")
def test_daemon_and_worker_open_no_connection_beyond_the_machine(
    home: DaemonHome, photo: Raster
) -> None:
    process = home.start()
    with home.client() as client:
        client.wait(client.colorize(colorize(photo)))
        daemon = psutil.Process(process.pid)
        family = [daemon, *daemon.children(recursive=True)]
        assert len(family) > 1
        assert [member.net_connections("inet") for member in family] == [[] for _ in family]
