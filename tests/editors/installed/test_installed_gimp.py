"""One command in a fresh home of Debian 13, then real GIMP 3: from nothing and back.

Debian 13 is a folder here (`roots.py`), with its own Python and without python3-venv and pip, as
Debian installs it. The tests are one story, told in the order of this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import roots
from gimp_pixels import pixels
from installed_editors import start_gimp, start_once, tell_story
from installed_user import User, differences

pytestmark = [pytest.mark.editors, pytest.mark.timeout(3600)]

GIMPS_OWN = (
    ".cache/babl",
    ".cache/fontconfig",
    ".cache/gimp",
    ".config/GIMP/3.0/pluginrc",
    ".config/GIMP/3.0/tags.xml",
)
"""What GIMP itself writes whenever it runs; the rest may not change."""


@pytest.fixture(scope="module")
def user(place: Path) -> Iterator[User]:
    """Somebody who has started GIMP once, so that what it makes for each user is there."""
    assert roots.GIMP_30.folder.is_dir(), "`make editors-installed` makes Debian 13 with GIMP 3"
    user = User(place / "home", place / "session", is_within=True)
    start_once(start_gimp, user, place / "first")
    try:
        yield user
    finally:
        user.end_daemon()


def test_one_command_installs_without_venv_and_pip(installed: str, user: User) -> None:
    assert "Selective Colorize is installed, and has colored a photo" in installed
    assert user.environment.name == "1"


def test_doctor_is_all_green(installed: str, user: User) -> None:
    done = user.selcolor("doctor")

    assert done.returncode == 0
    assert "!!" not in done.stdout


def test_gimp_colors_a_photo(installed: str, user: User, place: Path) -> None:
    user.selcolor("stop")

    facts = tell_story(start_gimp, pixels, user, place / "installed")

    assert facts["version"].startswith("3.")
    assert facts["labels"] == ["Selective Colorize…", "Update Selective Colorize"]
    assert facts["source"] < 0.5
    assert facts["first-colorized"] > 10
    info = user.daemon()
    assert info is not None
    assert psutil.Process(info.pid).cmdline()[0] == str(user.environment / "bin/python")


def test_uninstalling_leaves_the_home_as_it_was(
    installed: str, user: User, before: dict[str, str], place: Path
) -> None:
    assert user.install("--uninstall", "--settings", "--models").returncode == 0

    found = differences(before, user.snapshot())
    print("*** GIMP's own:", [path for paths in found.values() for path in paths], "***")
    for change, paths in found.items():
        assert [path for path in paths if not path.startswith(GIMPS_OWN)] == [], change
    start_once(start_gimp, user, place / "last")
    assert list(user.traces()) == []
    assert user.daemon() is None
    assert list(user.session.glob("selective-colorize*")) == []
