"""Color, correct by hand, see it: results are refined by brush and updated in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from by_command import colored_by_command
from krita_process import Krita
from numpy.typing import NDArray
from PIL import Image
from raw import gray, rgba, save_png
from skimage import data

pytestmark = pytest.mark.editors

WIDTH, HEIGHT = 200, 160
WHITE = {"selection": np.s_[10:60, 20:80], "everything": np.s_[:], "nothing": np.s_[:0]}
"""Where the mask is white, by what was chosen."""


@pytest.fixture(scope="module")
def folder(place: Path) -> Path:
    return place / "refining"


@pytest.fixture(scope="module")
def refined(krita: Krita, photo: Path, folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = krita.run("refining.whole", photo=str(photo), folder=str(folder))
    return facts


@pytest.fixture(scope="module")
def second(krita: Krita, photo: Path, folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = krita.run("refining.second_run", photo=str(photo), folder=str(folder))
    return facts


def layer(folder: Path, name: str) -> NDArray[np.generic]:
    return rgba(folder / f"{name}.raw", WIDTH, HEIGHT)


def test_the_mask_is_active_after_each_step(refined: dict[str, Any]) -> None:
    assert refined["active"] == ["transparencymask"] * 3


def test_hints_and_mask_give_the_pixels_of_the_command_line(
    refined: dict[str, Any], place: Path, folder: Path
) -> None:
    hints = save_png(layer(folder, "hints"), folder / "hints.png")
    expected = colored_by_command(place, folder, "hinted", (WIDTH, HEIGHT), "--hints", str(hints))

    assert refined["changed"]
    for kind, pixels in expected.items():
        assert np.array_equal(layer(folder, f"hinted-{kind}")[..., :3], pixels), kind


def test_the_photo_is_untouched_and_there_is_one_group(refined: dict[str, Any]) -> None:
    assert refined["untouched"]
    assert len(refined["tree"]["children"]) == 2


def test_one_undo_takes_an_update_with_hints_back(refined: dict[str, Any]) -> None:
    assert refined["undone"]
    assert refined["redone"]


def test_a_second_run_updates_the_one_group_under_the_painted_mask(
    second: dict[str, Any], place: Path, folder: Path
) -> None:
    expected = colored_by_command(place, folder, "second", (WIDTH, HEIGHT), "--saturation", "2")

    assert second["groups"] == 1
    assert second["active"] == "transparencymask"
    assert not gray(folder / "second-mask.raw", WIDTH, HEIGHT)[:, : WIDTH // 2].any()
    for kind, pixels in expected.items():
        assert np.array_equal(layer(folder, f"second-{kind}")[..., :3], pixels), kind


def test_one_undo_takes_a_second_run_back(second: dict[str, Any]) -> None:
    assert second["undone"]
    assert second["redone"]


def test_an_image_behind_another_tab_gets_its_results(
    krita: Krita, photo: Path, medium_photo: Path
) -> None:
    facts = krita.run("refining.behind_another", photo=str(photo), medium_photo=str(medium_photo))

    assert facts["front"]
    assert facts["colorized"] == facts["updated"] == [1, 0]


@pytest.mark.parametrize("kind", ["everything", "selection", "nothing"])
def test_what_was_chosen_is_colored(krita: Krita, photo: Path, folder: Path, kind: str) -> None:
    selection = [20, 10, 60, 50] if kind == "selection" else None
    arguments = {"kind": kind, "folder": str(folder), "selection": selection}
    facts = krita.run("refining.subject", photo=str(photo), **arguments)

    mask = gray(folder / f"{kind}.raw", WIDTH, HEIGHT)
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    expected[WHITE[kind]] = 255
    assert np.array_equal(mask, expected)
    assert facts["prefilled"] == ("selection" if kind == "selection" else "main")


def test_a_rough_selection_takes_one_of_three_people(
    krita: Krita, place: Path, folder: Path
) -> None:
    person = Image.fromarray(data.astronaut()).convert("L").resize((220, 220))
    three = Image.new("RGB", (660, 220))
    for number in range(3):
        three.paste(person, (220 * number, 0))
    path = place / "three.png"
    three.save(path)
    arguments = {"kind": "main", "folder": str(folder), "selection": [215, 5, 230, 210]}
    krita.run("refining.subject", photo=str(path), **arguments)

    mask = gray(folder / "main.raw", 660, 220)
    outside = np.ones_like(mask, bool)
    outside[5:215, 215:445] = False
    assert not mask[outside].any()
    assert mask[60:200, 260:380].mean() > 120


def test_hints_of_another_photo_can_be_copied_into_the_group(
    krita: Krita, photo: Path, place: Path, folder: Path
) -> None:
    facts = krita.run("refining.copied_hints", photo=str(photo), folder=str(folder))
    hints = save_png(layer(folder, "copied-hints"), folder / "hints-copied.png")
    expected = colored_by_command(place, folder, "copied", (WIDTH, HEIGHT), "--hints", str(hints))

    assert "Color Hints" in facts["name"]
    for kind, pixels in expected.items():
        assert np.array_equal(layer(folder, f"copied-{kind}")[..., :3], pixels), kind


def test_a_result_is_refined_by_the_dockers_buttons(krita: Krita, photo: Path, place: Path) -> None:
    folder = place / "docker"
    folder.mkdir()
    facts = krita.run("refining.docker", photo=str(photo), folder=str(folder))
    hints = save_png(layer(folder, "hints"), folder / "hints.png")
    expected = colored_by_command(
        place, folder, "docker", (WIDTH, HEIGHT), "--hints", str(hints), "--saturation", "2"
    )
    shots = Path(__file__).parents[3] / "build" / "screenshots" / "krita-1x"
    shots.mkdir(parents=True, exist_ok=True)
    (folder / "shown.png").replace(shots / "docker.png")

    assert not facts["before"]
    assert facts["hints"] == facts["hints_then"] == "Color Hints"
    assert facts["mask"] == "transparencymask"
    assert facts["blended"]
    for kind, pixels in expected.items():
        assert np.array_equal(layer(folder, f"docker-{kind}")[..., :3], pixels), kind
