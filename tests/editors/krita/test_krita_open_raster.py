"""OpenRaster files of the command line, opened in Krita: the same layers, sample by sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from krita_process import Krita
from numpy.typing import NDArray
from open_raster import as_rgba, layers_in, write_file
from raw import TYPES, as_floats, rgba

pytestmark = pytest.mark.editors

WIDTH, HEIGHT = 200, 160


@pytest.fixture(scope="module", params=["8", "16"])
def depth(request: pytest.FixtureRequest) -> str:
    """Bits of a sample."""
    return str(request.param)


@pytest.fixture(scope="module")
def folder(place: Path, photo: Path, depth: str, krita: Krita) -> Path:
    """The command line's file, and what Krita reads from it."""
    return write_file(place, photo, depth)


@pytest.fixture(scope="module")
def opened(krita: Krita, folder: Path) -> dict[str, Any]:
    """What Krita says of it; the pixels lie in `folder`."""
    facts: dict[str, Any] = krita.run(
        "documents.open_layered", path=str(folder / "photo.ora"), folder=str(folder)
    )
    return facts


def test_krita_shows_the_layers_of_the_file(opened: dict[str, Any], folder: Path) -> None:
    found = [(layer["name"], layer["visible"]) for layer in reversed(opened["tree"]["children"])]

    assert found == [(layer.name, layer.is_visible) for layer in layers_in(folder / "photo.ora")]


def test_every_sample_arrives_with_its_bits(
    opened: dict[str, Any], folder: Path, depth: str
) -> None:
    assert opened["colors"]["Colorized"] == ["RGBA", f"U{depth}"]
    for layer in layers_in(folder / "photo.ora"):
        found = read(folder / f"{layer.name}.raw", *opened["colors"][layer.name])
        assert np.array_equal(found, layer.pixels), layer.name


def test_the_visible_layers_show_what_blended_holds(opened: dict[str, Any], folder: Path) -> None:
    """With 8 bits: so many has every image that Krita's reader makes."""
    shown = read(folder / "projection.raw", *opened["image"])
    blended = next(each for each in layers_in(folder / "photo.ora") if each.name == "Blended")

    assert opened["image"] == ["RGBA", "U8"]
    assert np.abs(as_floats(shown) - as_floats(blended.pixels)).max() <= 1.0 / 255


def read(path: Path, model: str, depth: str) -> NDArray[np.generic]:
    """Pixels as RGBA; gray layers are gray in Krita, too."""
    if model == "RGBA":
        return rgba(path, WIDTH, HEIGHT, depth)
    return as_rgba(np.frombuffer(path.read_bytes(), TYPES[depth]).reshape(HEIGHT, WIDTH, 2))
