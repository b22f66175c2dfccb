"""Color, correct by hand, see it: results are refined by brush and updated in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from driven import selcolor
from gimp_pixels import pixels, save_png
from gimp_process import Gimp
from numpy.typing import NDArray
from PIL import Image
from skimage import data

pytestmark = pytest.mark.editors

WIDTH, HEIGHT = 200, 160
SELECTED = (20, 10, 60, 50)
WHITE = {"selection": np.s_[10:60, 20:80], "everything": np.s_[:], "nothing": np.s_[:0]}
"""Where the mask is white, by what was chosen."""


@pytest.fixture(scope="module")
def folder(place: Path) -> Path:
    return place / "refining"


@pytest.fixture(scope="module")
def refined(gimp: Gimp, photo: Path, folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = gimp.run("refining.whole", photo=str(photo), folder=str(folder))
    return facts


@pytest.fixture(scope="module")
def second(gimp: Gimp, photo: Path, folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = gimp.run("refining.second_run", photo=str(photo), folder=str(folder))
    return facts


def layer(folder: Path, name: str) -> NDArray[np.generic]:
    return pixels(folder / f"{name}.raw", WIDTH, HEIGHT)


def wanted(place: Path, folder: Path, name: str, *options: str) -> dict[str, NDArray[np.generic]]:
    """What the command line makes of the photo under the mask that was painted."""
    photo = save_png(layer(folder, "source")[..., :3], folder / f"{name}.png")
    mask = save_png(layer(folder, f"{name}-mask"), folder / f"{name}-mask.png")
    out = folder / f"cli-{name}"
    arguments = (str(photo), "-o", str(out), "--mask", str(mask), "--no-refine", *options)
    selcolor(place, "colorize", *arguments)
    return {
        kind: np.asarray(Image.open(out / f"{name}-{kind}.png").convert("RGB"))
        for kind in ("colorized", "blended")
    }


def test_the_mask_stays_the_one_that_is_painted_on(refined: dict[str, Any]) -> None:
    assert refined["edited"] == [["Colorized", True]] * 3


def test_hints_and_mask_give_the_pixels_of_the_command_line(
    refined: dict[str, Any], place: Path, folder: Path
) -> None:
    hints = save_png(layer(folder, "hints"), folder / "hints.png")
    expected = wanted(place, folder, "hinted", "--hints", str(hints))

    assert refined["recolored"]
    assert not layer(folder, "hinted-mask")[:, : WIDTH // 2].any()
    for kind, shown in expected.items():
        assert np.array_equal(layer(folder, f"hinted-{kind}")[..., :3], shown), kind


def test_the_photo_is_untouched_and_there_is_one_group(refined: dict[str, Any]) -> None:
    assert refined["untouched"]
    assert len(refined["tree"]) == 2
    names = [child["name"] for child in refined["tree"][0]["children"]]
    assert names == ["Color Hints", "Blended", "Colorized"]


def test_a_second_run_updates_the_one_group_under_the_painted_mask(
    second: dict[str, Any], place: Path, folder: Path
) -> None:
    expected = wanted(place, folder, "second", "--saturation", "2")

    assert second["same"]
    assert len(second["tree"]) == 2
    assert second["edited"] == ["Colorized", True]
    assert not layer(folder, "second-mask")[:, : WIDTH // 2].any()
    for kind, shown in expected.items():
        assert np.array_equal(layer(folder, f"second-{kind}")[..., :3], shown), kind


@pytest.mark.parametrize("kind", ["everything", "selection", "nothing"])
def test_what_was_chosen_is_colored(gimp: Gimp, photo: Path, folder: Path, kind: str) -> None:
    selection = SELECTED if kind == "selection" else None
    arguments = {"selection": selection, "refine": False}
    gimp.run("refining.subject", photo=str(photo), kind=kind, folder=str(folder), **arguments)

    expected = np.zeros((HEIGHT, WIDTH, 1), np.uint8)
    expected[WHITE[kind]] = 255
    assert np.array_equal(layer(folder, kind), expected)


def test_a_rough_selection_takes_one_of_three_people(gimp: Gimp, place: Path, folder: Path) -> None:
    person = Image.fromarray(data.astronaut()).convert("L").resize((220, 220))
    three = Image.new("RGB", (660, 220))
    for number in range(3):
        three.paste(person, (220 * number, 0))
    path = place / "three.png"
    three.save(path)
    selection = (215, 5, 230, 210)
    arguments = {"folder": str(folder), "selection": selection}
    gimp.run("refining.subject", photo=str(path), kind="main", **arguments)

    mask = pixels(folder / "main.raw", 660, 220)[..., 0]
    within = np.zeros_like(mask)
    within[5:215, 215:445] = 255
    assert not (mask[within == 0]).any()
    assert mask[60:200, 260:380].mean() > 120


def test_hints_of_another_photo_can_be_copied_into_the_group(
    gimp: Gimp, photo: Path, place: Path, folder: Path
) -> None:
    names = gimp.run("refining.copied_hints", photo=str(photo), folder=str(folder))
    hints = save_png(layer(folder, "copied"), folder / "hints-copied.png")
    expected = wanted(place, folder, "copied", "--hints", str(hints))

    assert names[0].startswith("Color Hints")
    for kind, shown in expected.items():
        assert np.array_equal(layer(folder, f"copied-{kind}")[..., :3], shown), kind
