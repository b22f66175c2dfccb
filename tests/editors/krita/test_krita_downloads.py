"""A network that is not here can be downloaded in Krita's dialog, and then colors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driven import DAEMON, end_daemon, environment
from krita_process import Krita, install_plugins
from own_registry import SMALL, registry_with_small, small_file
from weight_server import HALF, Server, serving

from selcolor_plugin.daemon import write_record

pytestmark = pytest.mark.editors

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"


@pytest.fixture(scope="module")
def source() -> Iterator[Server]:
    """Where the network is published; it sends half of it, and then waits."""
    with serving() as server:
        server.body, server.hold_at = small_file().read_bytes(), HALF
        yield server


@pytest.fixture(scope="module")
def user(place: Path, source: Server) -> Iterator[Krita]:
    """A Krita whose daemon knows of a small network that it has not."""
    home, runtime = place / "home-downloads", place / "run-downloads"
    install_plugins(home)
    variables = registry_with_small(home, source.folder)
    variables["SELCOLOR_MODELS_DIR"] = str(home / "models")
    command = ["env", *(f"{name}={value}" for name, value in variables.items()), *DAEMON]
    write_record(command, home / ".config/selective-colorize/daemon.json")
    try:
        with Krita(environment(home, runtime), place / "driver-downloads") as krita:
            yield krita
    finally:
        end_daemon(runtime)


def test_a_network_is_downloaded_in_the_dialog(user: Krita, source: Server, photo: Path) -> None:
    ways = {"photo": str(photo), "name": SMALL, "folder": str(PICTURES / "krita")}

    first = user.run("downloads.begin_and_cancel", **ways)

    assert "small (colors, 9 MB)" in first["offered"]
    assert "DDColor, small (colors, 220 MB)" in first["offered"]
    assert first["usable"] == ["vit-lsgan-lite"], "what is not here cannot be chosen"
    assert first["line"] == "Small, for tests. License: Apache-2.0."
    assert first["running"].startswith("Downloading small: ")
    assert first["button"].replace("&", "") == "Cancel Download"
    assert (first["can_start"], first["can_start_again"]) == (False, True)
    assert "is kept" in first["cancelled"]
    assert source.asked == [None]

    source.go_on.set()
    source.hold_at = None
    second = user.run("downloads.download_and_color", **ways)

    assert second["chosen"] == SMALL
    assert SMALL not in second["offered"]
    assert "ddcolor-tiny" in second["offered"]
    assert f"{SMALL} sha256:" in second["record"]
    assert source.asked[1] is not None, "it goes on from where it was"
    assert first["clipped"] == second["clipped"] == []
