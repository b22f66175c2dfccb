"""A network that is not here can be downloaded in GIMP's dialog, and then colors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import roots
from driven import DAEMON, end_daemon, environment
from gimp_process import install_plugin
from gimp_user import DIALOG, User, somebody
from own_registry import SMALL, registry_with_small, small_file
from weight_server import HALF, UNWRITTEN, Server, serving

from selcolor_plugin.daemon import write_record

pytestmark = [pytest.mark.editors, pytest.mark.timeout(1200)]

MORE = "alt+m"
"""Unfolds what is seldom needed."""

DOWNLOAD = "alt+d"
"""Presses the button, which is Cancel Download meanwhile."""


@pytest.fixture(scope="module")
def source() -> Iterator[Server]:
    """Where the network is published; it sends half of it, and then waits."""
    with serving() as server:
        server.body, server.hold_at = small_file().read_bytes(), HALF
        yield server


@pytest.fixture(scope="module")
def user(place: Path, source: Server) -> Iterator[User]:
    """A user of a GIMP whose daemon knows of a small network that it has not."""
    home, runtime = place / "home-downloads", place / "run-downloads"
    install_plugin(home)
    variables = registry_with_small(home, source.folder)
    variables["SELCOLOR_MODELS_DIR"] = str(home / "models")
    command = ["env", *(f"{name}={value}" for name, value in variables.items()), *DAEMON]
    record = home / ".config/selective-colorize/daemon.json"
    write_record(roots.on_host(command), record)
    try:
        with somebody(environment(home, runtime), place / "driver-downloads") as user:
            yield user
    finally:
        end_daemon(runtime)


def test_a_network_is_downloaded_in_the_dialog(user: User, source: Server, photo: Path) -> None:
    models = user.gimp.home / "models"
    part = models / "small-published.safetensors.part"
    user.open(photo)
    user.choose()
    dialog = user.screen.wait_for_window(DIALOG)
    user.screen.press(MORE, window=dialog)
    user.screen.still()
    user.shoot("download-offered")

    user.screen.press(DOWNLOAD, window=dialog)
    user.screen.wait(
        lambda: part.exists() and part.stat().st_size > HALF - UNWRITTEN, "half of the network"
    )
    user.screen.still()
    user.shoot("download-running")
    user.screen.press(DOWNLOAD, window=dialog)
    user.screen.still()
    user.shoot("download-cancelled")

    assert source.asked == [None]
    source.go_on.set()
    source.hold_at = None
    user.screen.press(DOWNLOAD, window=dialog)
    user.screen.wait((models / "small.safetensors").exists, "the network")
    user.screen.still()
    user.shoot("download-done")

    assert source.asked[1] is not None, "it goes on from where it was"
    user.screen.press("Return", window=dialog)
    user.wait_for_layers(2)
    assert f"{SMALL} sha256:" in user.gimp.run("networks.record")
