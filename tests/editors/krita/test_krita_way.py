"""The user's whole way, which `make editors-all` goes in every version of Krita."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from by_command import colored_by_command
from krita_process import Krita
from raw import gray, rgba, save_png

pytestmark = [pytest.mark.editors, pytest.mark.timeout(1800)]

SIZE = (200, 160)


@pytest.fixture(scope="module")
def folder(place: Path) -> Path:
    return place / "way"


@pytest.fixture(scope="module")
def way(krita: Krita, photo: Path, folder: Path) -> dict[str, Any]:
    """What happened; the pixels lie in `folder`."""
    facts: dict[str, Any] = krita.run("way.whole", photo=str(photo), folder=str(folder))
    print(f"Krita {facts['version']}")
    return facts


@pytest.mark.parametrize("step", ["updated", "again"])
def test_an_update_gives_the_pixels_of_the_command_line(
    way: dict[str, Any], place: Path, folder: Path, step: str
) -> None:
    hints = save_png(rgba(folder / "updated-hints.raw", *SIZE), folder / "hints.png")
    wanted = colored_by_command(place, folder, step, SIZE, "--hints", str(hints))

    for kind, pixels in wanted.items():
        assert np.array_equal(rgba(folder / f"{step}-{kind}.raw", *SIZE)[..., :3], pixels), kind


def test_the_stroke_gives_its_color(way: dict[str, Any], folder: Path) -> None:
    painted = rgba(folder / "updated-blended.raw", *SIZE)[60:80, 90:130]
    red, green, blue = painted[..., :3].reshape(-1, 3).mean(axis=0)

    assert green > red + 20
    assert green > blue + 20


def test_one_undo_takes_the_update_back_and_one_redo_repeats_it(way: dict[str, Any]) -> None:
    assert way["changed"]
    assert way["undone"]
    assert way["redone"]


def test_a_saved_image_holds_the_same_layers(way: dict[str, Any], folder: Path) -> None:
    assert way["reopened"] == way["saved"]
    for kind in ("colorized", "mask", "blended", "hints"):
        found = (folder / f"reopened-{kind}.raw").read_bytes()
        assert found == (folder / f"updated-{kind}.raw").read_bytes(), kind


def test_what_was_painted_on_the_mask_stays(way: dict[str, Any], folder: Path) -> None:
    mask = gray(folder / "again-mask.raw", *SIZE)

    assert not mask[:40].any()
    assert not mask[:, :30].any()
    assert (mask[40:140, 60:160] == 255).all()


def test_the_photo_is_untouched(way: dict[str, Any]) -> None:
    assert way["photo_then"] == way["photo"]
