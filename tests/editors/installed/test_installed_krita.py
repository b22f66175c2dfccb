"""One command in a fresh home, then real Krita: the way of a user from nothing and back.

The tests are one story, told in the order of this file. PyTorch is downloaded: some minutes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from installed_editors import start_krita, start_once, tell_story
from installed_user import CHECKOUT, User, differences
from raw import rgba

pytestmark = [pytest.mark.editors, pytest.mark.timeout(3600)]

UPGRADE = "0.1.1"
KRITAS_OWN = (
    ".cache/krita",
    ".config/krita",
    ".local/share/krita-sysinfo.log",
    ".local/share/krita.log",
    ".local/share/krita/resourcecache.sqlite",
)
"""What Krita itself writes whenever it runs (its kritarc among them); the rest may not change."""
KRITAS_LOGS = [".local/share/krita-sysinfo.log", ".local/share/krita.log"]
"""In which Krita itself lists its plugins and the names of images."""


@pytest.fixture(scope="module")
def user(place: Path) -> Iterator[User]:
    """Somebody who has started Krita once, so that what it makes for each user is there."""
    user = User(place / "home", place / "session")
    start_once(start_krita, user, place / "first")
    try:
        yield user
    finally:
        user.end_daemon()


@pytest.fixture(scope="module")
def newer(place: Path) -> Path:
    """A checkout of a newer version."""
    names = ("backend", "installer", "plugin", "protocol", "training")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in names:
        shutil.copytree(CHECKOUT / name, place / "newer" / name, ignore=ignored)
    for name in ("README.md", "LICENSE", "pyproject.toml"):
        shutil.copy(CHECKOUT / name, place / "newer")
    (place / "newer/plugin/selcolor_plugin/version.py").write_text(f'VERSION = "{UPGRADE}"\n')
    return place / "newer"


def assert_colors(user: User, folder: Path) -> None:
    """The actions are in the menu; the photo is gray and its colorized layer is not."""
    facts = tell_story(start_krita, rgba, user, folder)
    assert facts["texts"] == [
        "Selective Colorize…",
        "Selective Colorize Again",
        "Update Selective Colorize",
    ]
    assert facts["source"] < 0.5
    assert facts["first-colorized"] > 10


def test_one_command_installs(installed: str, user: User) -> None:
    assert "Selective Colorize is installed, and has colored a photo" in installed
    assert user.environment.name == "1"


def test_doctor_is_all_green(installed: str, user: User) -> None:
    done = user.selcolor("doctor")

    assert done.returncode == 0
    assert "!!" not in done.stdout


def test_krita_shows_the_actions_and_colors_a_photo(
    installed: str, user: User, place: Path
) -> None:
    user.selcolor("stop")

    assert_colors(user, place / "installed")

    info = user.daemon()
    assert info is not None
    program = psutil.Process(info.pid).cmdline()[0]
    assert program == str(user.environment / "bin/python")


def test_installing_again_repairs_plugin_and_environment(
    installed: str, user: User, place: Path
) -> None:
    packages = next(user.environment.glob("lib/python3*/site-packages"))
    plugin = user.home / ".local/share/krita/pykrita/selective_colorize"
    lost = [
        plugin / "extension.py",
        plugin / "vendor/zmq/__init__.py",
        packages / "torchvision/ops/__init__.py",
        packages / "selcolor_backend/jobs.py",
    ]
    user.selcolor("stop")
    for path in lost:
        path.unlink()
    cut = packages / "selcolor_protocol/errors.py"
    cut.write_bytes(cut.read_bytes()[:100])
    assert user.selcolor("colorize", place / "installed.png", "-o", place / "no").returncode != 0

    done = user.install()

    assert done.returncode == 0
    assert user.environment.name == "1"
    assert [path for path in lost if not path.exists()] == []
    assert user.selcolor("doctor").returncode == 0
    assert_colors(user, place / "repaired")


def test_an_upgrade_that_is_killed_leaves_the_old_one_working(
    installed: str, user: User, newer: Path, place: Path
) -> None:
    user.install_and_kill("[3/6]", 30, "--project", str(newer))

    assert user.environment.name == "1"
    assert (user.data / "environments/2").exists()
    done = user.selcolor("doctor")
    assert "An installation or upgrade was interrupted" in done.stdout
    assert done.stdout.count("!!") == 1
    assert_colors(user, place / "interrupted")


def test_the_upgrade_goes_on_where_it_was_killed(
    installed: str, user: User, newer: Path, place: Path
) -> None:
    assert user.install("--project", str(newer)).returncode == 0

    assert user.environment.name == "2"
    assert not (user.data / "environments/1").exists()
    done = user.selcolor("doctor")
    assert done.returncode == 0
    assert f"version      {UPGRADE}" in done.stdout
    assert_colors(user, place / "upgraded")


def test_uninstalling_leaves_the_home_as_it_was(
    installed: str, user: User, before: dict[str, str]
) -> None:
    assert user.install("--uninstall", "--settings", "--models").returncode == 0

    found = differences(before, user.snapshot())
    print("*** Krita's own:", [path for paths in found.values() for path in paths], "***")
    for change, paths in found.items():
        assert [path for path in paths if not path.startswith(KRITAS_OWN)] == [], change
    assert [path for path in user.traces() if path not in KRITAS_LOGS] == []
    assert user.daemon() is None
    assert list(user.session.glob("selective-colorize*")) == []
