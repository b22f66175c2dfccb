"""OpenRaster files of the command line, opened in GIMP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gimp_pixels import largest_step, pixels
from gimp_process import Gimp
from numpy.typing import NDArray
from open_raster import layers_in, write_file

pytestmark = pytest.mark.editors

WIDTH, HEIGHT = 200, 160


@pytest.fixture(scope="module", params=["8", "16"])
def depth(request: pytest.FixtureRequest) -> str:
    """Bits of a sample."""
    return str(request.param)


@pytest.fixture(scope="module")
def folder(place: Path, photo: Path, depth: str, gimp: Gimp) -> Path:
    """The command line's file, and what GIMP reads from it."""
    return write_file(place, photo, depth)


@pytest.fixture(scope="module")
def opened(gimp: Gimp, folder: Path) -> dict[str, Any]:
    """What GIMP says of it; the pixels lie in `folder`."""
    facts: dict[str, Any] = gimp.run(
        "documents.open_layered", path=str(folder / "photo.ora"), folder=str(folder)
    )
    return facts


def test_gimp_shows_the_layers_of_the_file(opened: dict[str, Any], folder: Path) -> None:
    found = [(layer["name"], layer["visible"]) for layer in opened["tree"]]

    assert found == [(layer.name, layer.is_visible) for layer in layers_in(folder / "photo.ora")]


def test_every_sample_arrives_with_8_bits(opened: dict[str, Any], folder: Path) -> None:
    """GIMP's own reader makes an image of 8 bits, whatever the file has."""
    assert opened["precision"] == "u8-non-linear"
    for layer in layers_in(folder / "photo.ora"):
        assert largest_step(read(folder, layer.name), layer.pixels) <= 0.5, layer.name


def test_the_visible_layers_show_what_blended_holds(opened: dict[str, Any], folder: Path) -> None:
    """But for soft edges, where GIMP's reader has it mix in linear light."""
    shown, blended = read(folder, "projection"), read(folder, "Blended")
    mask = read(folder, "Mask")[..., 0]
    is_hard = (mask == 0) | (mask == 255)

    assert 0.2 < is_hard.mean() < 1
    assert largest_step(shown[is_hard], blended[is_hard]) <= 1.0


def read(folder: Path, name: str) -> NDArray[np.generic]:
    """What GIMP wrote."""
    return pixels(folder / f"{name}.raw", WIDTH, HEIGHT)
