"""The user's whole way, which `make editors-all` goes in every version of GIMP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from driven import environment, selcolor
from gimp_pixels import largest_step, pixels, save_png
from gimp_process import ROOT
from gimp_user import DIALOG, User, somebody
from numpy.typing import NDArray
from PIL import Image

pytestmark = [pytest.mark.editors, pytest.mark.timeout(1800)]

WIDTH, HEIGHT = 200, 160
STROKE = {"left": 90, "top": 30, "width": 40, "height": 20}


@pytest.fixture(scope="module")
def user(place: Path, home: Path) -> Iterator[User]:
    """Somebody at GIMP's windows."""
    with somebody(environment(home, place / "run"), place / "way-gimp") as user:
        yield user


@pytest.fixture(scope="module")
def folder(place: Path) -> Path:
    return place / "way"


@pytest.fixture(scope="module")
def way(user: User, photo: Path, folder: Path) -> dict[str, Any]:
    """Open, color, paint mask and hint, Update, undo, redo, save, reopen, Update."""
    facts: dict[str, Any] = {"opened": user.open(photo)}
    user.choose()
    dialog = user.screen.wait_for_window(DIALOG)
    user.shoot(f"way-dialog-{ROOT.gimp}")
    user.screen.press("Return", window=dialog)
    user.wait_for_layers(2)
    user.gimp.run("windows.paint_mask")
    facts["painted"] = user.gimp.run("windows.paint_hint", **STROKE)
    facts["updated"] = update(user, folder, "updated")
    user.press("ctrl+z")
    facts["undone"] = looks_like(user, facts["painted"])
    user.press("ctrl+y")
    facts["redone"] = looks_like(user, facts["updated"])
    facts["version"] = user.gimp.run("windows.save", path=str(folder / "photo.xcf"))
    facts["reopened"] = user.open(folder / "photo.xcf")
    user.gimp.run("windows.dump_layers", folder=str(folder), name="reopened")
    user.gimp.run("windows.paint_hint", **{**STROKE, "top": 60})
    facts["again"] = update(user, folder, "again")
    user.shoot(f"way-{ROOT.gimp}")
    print(f"GIMP {facts['version']}")
    return facts


def update(user: User, folder: Path, name: str) -> dict[str, Any]:
    """Choose Update in the menu; what is there then. The pixels go into files."""
    facts = user.update()
    user.gimp.run("windows.dump_layers", folder=str(folder), name=name)
    return facts


def looks_like(user: User, wanted: dict[str, Any]) -> bool:
    """Wait until the image is as it was once."""
    return user.screen.wait(lambda: user.gimp.run("windows.look") == wanted, "what was before")


def layer(folder: Path, name: str) -> NDArray[np.generic]:
    return pixels(folder / f"{name}.raw", WIDTH, HEIGHT)


@pytest.mark.parametrize("step", ["updated", "again"])
def test_an_update_gives_the_pixels_of_the_command_line(
    way: dict[str, Any], place: Path, folder: Path, step: str
) -> None:
    photo, mask, hints = (
        save_png(samples, folder / f"{step}-{kind}.png")
        for kind, samples in (
            ("photo", layer(folder, f"{step}-source")[..., :3]),
            ("mask", layer(folder, f"{step}-mask")),
            ("hints", layer(folder, f"{step}-hints")),
        )
    )
    given = ("--mask", str(mask), "--no-refine", "--hints", str(hints))
    selcolor(place, "colorize", str(photo), "-o", str(folder / "cli"), *given)

    for kind in ("colorized", "blended"):
        wanted = np.asarray(Image.open(folder / "cli" / f"{step}-photo-{kind}.png").convert("RGB"))
        assert largest_step(layer(folder, f"{step}-{kind}")[..., :3], wanted) <= 1.0, kind


def test_the_strokes_give_their_color(way: dict[str, Any], folder: Path) -> None:
    painted = layer(folder, "again-colorized")
    for top in (STROKE["top"], 60):
        rows = painted[top : top + 20, 90:130, :3].reshape(-1, 3)
        red, green, blue = rows.mean(axis=0)
        assert green > red + 20
        assert green > blue + 20


def test_one_undo_takes_the_update_back_and_one_redo_repeats_it(way: dict[str, Any]) -> None:
    assert way["undone"]
    assert way["redone"]
    assert way["updated"]["digest"] != way["painted"]["digest"]


def test_a_saved_image_holds_the_same_layers(way: dict[str, Any], folder: Path) -> None:
    assert way["reopened"] == way["updated"]
    for kind in ("colorized", "mask", "blended", "hints", "source"):
        found = (folder / f"reopened-{kind}.raw").read_bytes()
        assert found == (folder / f"updated-{kind}.raw").read_bytes(), kind


def test_what_was_painted_on_the_mask_and_the_photo_stay(way: dict[str, Any], folder: Path) -> None:
    assert way["again"]["masks"] == way["painted"]["masks"]
    assert layer(folder, "again-source").tobytes() == layer(folder, "updated-source").tobytes()
    assert way["again"]["tree"][1] == way["opened"]["tree"][0]
