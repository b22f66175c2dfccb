"""`make manual-pictures`: what the manual shows of GIMP, and that the steps do what it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import manual_pictures
import numpy as np
import pytest
from driven import environment
from gimp_user import DIALOG, PICTURES, User, somebody
from manual_pictures import ORANGE, PARTS, SIDE, SUIT, colorfulness, keep
from PIL import Image

pytestmark = [pytest.mark.manual, pytest.mark.timeout(1200)]

FOLDER = PARTS / "gimp"
MENU, LEFT_OUT = (286, 20, 560, 778), slice(110, 600)
"""The menu Colors on a screen of 1600 × 1000, and rows in its middle that say nothing of ours."""

CANVAS = (225, 130, 1060, 920)
"""Where an image lies between GIMP's docks."""

LAYERS = (1102, 686, 1400, 886)
EDGE = 4
"""What is left out all around an image: GIMP marks the edges of a layer."""


@pytest.fixture(scope="module")
def user(place: Path, home: Path) -> Iterator[User]:
    """Somebody at GIMP's windows."""
    with somebody(environment(home, place / "run"), place / "manual") as user:
        yield user


@pytest.fixture(scope="module")
def photo(place: Path) -> Path:
    """The portrait in black and white."""
    return manual_pictures.gray_portrait(place / "portrait.png")


def cut(name: str, seen: Path, area: tuple[int, int, int, int]) -> Path:
    """A part of what was seen, as a file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    Image.open(seen).convert("RGB").crop(area).save(FOLDER / f"{name}.png")
    return FOLDER / f"{name}.png"


def menu_in(seen: Path) -> Path:
    """The menu's first and last entries."""
    path = cut("menu", seen, MENU)
    pixels = np.asarray(Image.open(path)).copy()
    pixels[LEFT_OUT.start - 4 : LEFT_OUT.start] = 255
    Image.fromarray(np.delete(pixels, LEFT_OUT, axis=0)).save(path)
    return path


def image_in(name: str, seen: Path) -> Path:
    """The image between the docks, which is what differs from the gray around it."""
    left, top, right, bottom = CANVAS
    pixels = np.asarray(Image.open(seen).convert("RGB")).astype(int)[top:bottom, left:right]
    rows, columns = np.nonzero((pixels != pixels[0, 0]).any(axis=-1))
    middle = left + (columns.min() + columns.max()) // 2, top + (rows.min() + rows.max()) // 2
    half = SIDE // 2 - EDGE
    area = (middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half)
    return cut(name, seen, area)


def test_the_first_photo_and_its_hints(user: User, photo: Path) -> None:
    user.open(photo)
    user.choose(picture="manual-menu")
    keep("gimp-menu.png", menu_in(PICTURES / "gimp-manual-menu.png"))
    dialog = user.screen.wait_for_window(DIALOG)
    shown = FOLDER / "dialog.png"
    user.screen.wait(
        lambda: colorfulness(user.screen.shoot(shown, dialog), 300, 190, 460, 340) > 8, "a preview"
    )
    keep("gimp-dialog.png", shown)
    user.screen.press("Return", window=dialog)
    user.wait_for_layers(2)
    seen = user.shoot("manual-result")
    result = image_in("result", seen)
    keep("gimp-result.png", result, cut("layers", seen, LAYERS))
    user.gimp.run("manual.paint_hints", color=ORANGE, size=12, strokes=SUIT)
    seen = user.shoot("manual-hints")
    keep("gimp-hints.png", image_in("hints", seen), cut("hints-layers", seen, LAYERS))
    user.update()
    user.gimp.run("manual.hide_hints")
    hinted = image_in("hinted", user.shoot("manual-hinted"))

    assert colorfulness(result, 100, 60, 200, 280) > 12
    assert colorfulness(hinted, 60, 200, 110, 260) > 50
