"""Users of real editors whose language is not English. Pictures go to build/screenshots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driven import short_folder
from PIL import Image
from skimage import data

from selcolor_plugin import translation


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A short path (sockets are in it) for everything that the tests make."""
    with short_folder("sella-") as folder:
        yield folder


@pytest.fixture(scope="session")
def photo(place: Path) -> Path:
    """A gray photo in an RGB file."""
    path = place / "astronaut.png"
    Image.fromarray(data.astronaut()).convert("L").convert("RGB").save(path)
    return path


@pytest.fixture(scope="module", params=translation.languages())
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """One of the six; what the plugins say here is said in it, too."""
    translation.use_languages([request.param])
    yield str(request.param)
    translation.use_languages([])
