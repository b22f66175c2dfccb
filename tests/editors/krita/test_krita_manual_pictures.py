"""`make manual-pictures`: what the manual shows of Krita, and that the steps do what it says."""

from __future__ import annotations

from pathlib import Path

import manual_pictures
import pytest
from krita_process import Krita
from manual_pictures import ORANGE, PARTS, SIDE, SUIT, colorfulness, keep

pytestmark = [pytest.mark.manual, pytest.mark.timeout(1200)]

KEYS = {
    "KritaShape/KisToolBrush": "B",
    "reset_fg_bg": "D",
    "toggle_fg_bg": "X",
    "deselect": "Ctrl+Shift+A",
    "decrease_brush_size": "[",
    "increase_brush_size": "]",
}
"""Keys that the manual names."""

BELOW = [
    [[5, 290], [30, 190], [60, 280], [90, 190], [110, 290]],
    [[110, 270], [190, 190], [190, 270]],
    [[30, 165], [50, 140], [80, 140], [60, 170]],
    [[112, 165], [128, 185]],
    [[150, 200], [200, 160]],
]


@pytest.fixture(scope="module")
def photo(place: Path) -> Path:
    """The portrait in black and white."""
    return manual_pictures.gray_portrait(place / "portrait.png")


@pytest.fixture(scope="module")
def folder() -> Path:
    """For what is seen; it stays for who wants to look."""
    path = PARTS / "krita"
    path.mkdir(parents=True, exist_ok=True)
    return path


def test_the_first_photo(krita: Krita, photo: Path, folder: Path) -> None:
    keys = krita.run("pictures.first_photo", photo=str(photo), folder=str(folder))
    for name in ("menu", "dialog", "more", "docker"):
        keep(f"krita-{name}.png", folder / f"{name}.png")
    keep("krita-result.png", folder / "result.png", folder / "layers.png")

    assert keys == KEYS
    assert colorfulness(folder / "result.png", 100, 60, 200, 280) > 12


def test_the_mask_is_mended(krita: Krita, photo: Path, folder: Path) -> None:
    kind = krita.run("pictures.mended", photo=str(photo), strokes=BELOW, folder=str(folder))
    keep("mask.jpg", folder / "unmended.png", folder / "mended.png")

    assert kind == "transparencymask"
    suit, face = (60, 200, 110, 260), (110, 50, 150, 90)
    assert colorfulness(folder / "unmended.png", *suit) > 30
    assert colorfulness(folder / "mended.png", *suit) < 4
    assert colorfulness(folder / "mended.png", *face) > 20


def test_a_thing_takes_its_color(krita: Krita, photo: Path, folder: Path) -> None:
    options = {"color": ORANGE, "strokes": SUIT, "folder": str(folder)}
    krita.run("pictures.hinted", photo=str(photo), **options)
    keep("hints.jpg", folder / "strokes.png", folder / "hinted.png")

    assert colorfulness(folder / "hinted.png", 60, 200, 110, 260) > 50


def test_one_of_two_people(krita: Krita, place: Path, folder: Path) -> None:
    photo = manual_pictures.two_people(place / "two.png")
    area = [20, 10, SIDE - 70, SIDE - 10]
    found = krita.run("pictures.one_of_two", photo=str(photo), area=area, folder=str(folder))
    keep("people-selected.jpg", folder / "selected.png")
    keep("people-one.jpg", folder / "one.png")

    assert found == "selection"
    assert colorfulness(folder / "one.png", 100, 60, 200, 280) > 12
    assert colorfulness(folder / "one.png", SIDE + 30, 60, 2 * SIDE - 30, 280) < 2


def test_an_old_print(krita: Krita, place: Path, folder: Path) -> None:
    photo = manual_pictures.yellowed(place / "yellowed.png")
    krita.run("pictures.over_gray", photo=str(photo), folder=str(folder))
    keep("scans.jpg", folder / "print.png", folder / "over-gray.png")

    assert colorfulness(folder / "over-gray.png", 200, 5, 225, 80) < 2


def test_what_it_cannot_know(krita: Krita, photo: Path, place: Path, folder: Path) -> None:
    krita.run("pictures.everything", photo=str(photo), folder=str(folder))
    truth = place / "truth.png"
    manual_pictures.portrait().save(truth)
    keep("limits.jpg", folder / "everything.png", truth)
