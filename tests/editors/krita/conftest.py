"""One Krita for all tests, with a daemon that its plugin has to start."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import roots
from driven import environment, short_folder
from krita_process import Krita, install_plugins
from raw import write_photo


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A short path (sockets are in it) for everything that the tests make."""
    root = roots.chosen()
    if root:
        assert root.folder.is_dir(), f"{root.title} is not there; `make editors-all` makes it"
    else:
        assert shutil.which("krita"), "Krita is not installed; `make editors-krita` installs it"
    with short_folder("selkr-") as folder:
        yield folder


@pytest.fixture(scope="session")
def home(place: Path) -> Path:
    """A user's home with the plugin installed."""
    install_plugins(place / "home")
    return place / "home"


@pytest.fixture(scope="session")
def krita(place: Path, home: Path) -> Iterator[Krita]:
    """The Krita that most tests use."""
    with Krita(environment(home, place / "run"), place / "driver") as krita:
        yield krita


@pytest.fixture(scope="session")
def photo(place: Path) -> Path:
    """A gray photo of 200 × 160 pixels in an RGB file, as some scanners write it."""
    return write_photo(place / "photo.png", 200, 160)


@pytest.fixture(scope="session")
def gray_photo(place: Path) -> Path:
    """The same in a grayscale file, as most scanners write it."""
    return write_photo(place / "gray.png", 200, 160, "L")


@pytest.fixture(scope="session")
def medium_photo(place: Path) -> Path:
    """A gray photo that leaves time to meddle with its image."""
    return write_photo(place / "medium.png", 2400, 1800)


@pytest.fixture(scope="session")
def large_photo(place: Path) -> Path:
    """A gray photo that takes more than three seconds."""
    return write_photo(place / "large.png", 4800, 3600)


@pytest.fixture(autouse=True)
def default_settings(home: Path) -> None:
    """No test inherits what another one has chosen in the dialog."""
    (home / ".config/selective-colorize/settings.json").unlink(missing_ok=True)


@pytest.fixture(scope="session")
def second_home(place: Path) -> Path:
    """Another home: in one home, a second Krita hands over to the first and ends."""
    install_plugins(place / "home-2")
    return place / "home-2"


@pytest.fixture
def runtime(place: Path) -> Path:
    """Where the daemon of these tests is announced."""
    return place / "run"
