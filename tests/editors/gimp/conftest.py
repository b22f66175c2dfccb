"""One GIMP for all batch tests, with a daemon that its plug-in has to start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driven import environment, short_folder
from gimp_process import ROOT, Gimp, install_plugin
from PIL import Image
from skimage import data


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A short path (sockets are in it) for everything that the tests make."""
    assert ROOT.folder.is_dir(), f"{ROOT.title} is not there; `make editors-all` makes it"
    with short_folder("selgi-") as folder:
        yield folder


@pytest.fixture(scope="session")
def home(place: Path) -> Path:
    """A user's home with the plug-in installed."""
    install_plugin(place / "home")
    return place / "home"


@pytest.fixture(scope="session")
def gimp(place: Path, home: Path) -> Iterator[Gimp]:
    """The GIMP that the batch tests use."""
    with Gimp(environment(home, place / "run"), place / "driver") as gimp:
        yield gimp


@pytest.fixture(scope="session")
def photo(place: Path) -> Path:
    """A gray photo of 200 × 160 pixels in an RGB file, as scanners write it."""
    path = place / "photo.png"
    gray = Image.fromarray(data.astronaut()).convert("L").resize((200, 200)).crop((0, 0, 200, 160))
    gray.convert("RGB").save(path)
    return path


@pytest.fixture(scope="session")
def portrait(place: Path) -> Path:
    """A gray photo as large as a picture of it on the screen."""
    return write_photo(place / "portrait.png", 640, 640)


@pytest.fixture(scope="session")
def medium_photo(place: Path) -> Path:
    """A gray photo that leaves time to kill something."""
    return write_photo(place / "medium.png", 2400, 1800)


@pytest.fixture(scope="session")
def large_photo(place: Path) -> Path:
    """A gray photo that takes more than three seconds."""
    return write_photo(place / "large.png", 4800, 3600)


def write_photo(path: Path, width: int, height: int) -> Path:
    """A gray photo in an RGB file."""
    gray = Image.fromarray(data.astronaut()).convert("L").resize((width, height))
    gray.convert("RGB").save(path, compress_level=1)
    return path


@pytest.fixture(autouse=True)
def default_settings(home: Path) -> None:
    """No test inherits what another one has chosen in the dialog."""
    (home / ".config/selective-colorize/settings.json").unlink(missing_ok=True)


@pytest.fixture(scope="session")
def runtime(place: Path) -> Path:
    """Where the daemon of these tests is announced."""
    return place / "run"
