"""A script's whole way in GIMP: colorize, paint on the layer mask, recomposite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from driven import selcolor
from gimp_pixels import largest_step, pixels, save_png
from gimp_process import Gimp
from numpy.typing import NDArray
from PIL import Image

pytestmark = pytest.mark.editors

WIDTH, HEIGHT = 200, 160
GROUP = "Selective Colorize"
COLORIZED = "Colorized"


@pytest.fixture(scope="module")
def folder(place: Path) -> Path:
    return place / "story"


@pytest.fixture(scope="module")
def story(gimp: Gimp, photo: Path, folder: Path) -> dict[str, Any]:
    """What happened; the pixels lie in `folder`."""
    facts: dict[str, Any] = gimp.run("story.whole", photo=str(photo), folder=str(folder))
    return facts


@pytest.fixture(scope="module")
def soft(gimp: Gimp, photo: Path, place: Path) -> Path:
    """The folder of the same way with a mask that has broad soft edges."""
    folder = place / "soft"
    gimp.run("story.whole", photo=str(photo), folder=str(folder), feather=30.0)
    return folder


def layer(folder: Path, name: str) -> NDArray[np.generic]:
    return pixels(folder / f"{name}.raw", WIDTH, HEIGHT)


def test_both_entries_are_in_the_menu_colors(gimp: Gimp) -> None:
    facts = gimp.run("story.ready")

    assert facts["version"].startswith("3.")
    assert facts["labels"] == ["Selective Colorize…", "Update Selective Colorize"]
    assert facts["menus"] == [["<Image>/Colors"], ["<Image>/Colors"]]


def test_the_procedures_have_typed_arguments(gimp: Gimp) -> None:
    colorize, recomposite = gimp.run("story.ready")["arguments"]

    assert colorize[3:] == [
        *("classes", "invert", "colorizer", "segmenter", "gain", "saturation", "refine"),
        *("feather", "background"),
    ]
    assert recomposite[3:] == ["refine-again"]


def test_one_group_lies_directly_above_the_source(story: dict[str, Any]) -> None:
    group, source = story["tree"]

    assert group["name"] == GROUP
    assert [source] == story["before"]


def test_the_groups_layers_are_as_planned(story: dict[str, Any]) -> None:
    hints, blended, colorized = story["tree"][0]["children"]

    assert (hints["name"], hints["visible"], hints["mask"]) == ("Color Hints", True, False)
    assert (blended["name"], blended["visible"], blended["mask"]) == ("Blended", False, False)
    assert (colorized["name"], colorized["visible"]) == (COLORIZED, True)
    assert colorized["mask"]


def test_painting_would_go_onto_the_mask(story: dict[str, Any]) -> None:
    _hints, _blended, colorized = story["tree"][0]["children"]

    assert story["selected"] == [colorized["id"]]
    assert colorized["edits_mask"]


def test_the_source_is_untouched(story: dict[str, Any]) -> None:
    assert story["source_is_untouched"]


def test_gimp_would_ask_before_losing_the_result(story: dict[str, Any]) -> None:
    assert story["is_dirty"]


def test_the_pixels_are_those_of_the_command_line(
    story: dict[str, Any], place: Path, photo: Path, folder: Path
) -> None:
    selcolor(place, "colorize", str(photo), "-o", str(folder / "cli"))

    for kind in ("colorized", "blended"):
        wanted = np.asarray(Image.open(folder / "cli" / f"photo-{kind}.png").convert("RGB"))
        assert np.array_equal(layer(folder, f"first-{kind}")[..., :3], wanted), kind
    wanted = np.asarray(Image.open(folder / "cli" / "photo-mask.png"))
    found = layer(folder, "first-mask")[..., 0]
    assert np.array_equal(found, wanted)
    assert 0 < np.count_nonzero(found) < found.size


def test_the_image_shows_what_blended_holds_also_at_soft_edges(soft: Path) -> None:
    mask = layer(soft, "first-mask")
    assert np.count_nonzero((mask > 60) & (mask < 196)) > 500, "the mask has no soft edge"

    shown, blended = layer(soft, "first-projection"), layer(soft, "first-blended")
    assert largest_step(shown, blended) <= 1.0


def test_painting_the_mask_black_shows_the_original_there(
    story: dict[str, Any], folder: Path
) -> None:
    shown, original = layer(folder, "painted-projection"), layer(folder, "source")
    left = np.s_[:, : WIDTH // 2]

    assert np.array_equal(shown[left], original[left])
    assert not np.array_equal(shown, original)
    assert not np.array_equal(shown, layer(folder, "first-projection"))


def test_recomposite_gives_the_pixels_of_selcolor_blend(
    story: dict[str, Any], place: Path, folder: Path
) -> None:
    files = [
        save_png(layer(folder, "source")[..., :3], folder / "original.png"),
        save_png(layer(folder, "painted-colorized")[..., :3], folder / "colorized.png"),
        save_png(layer(folder, "painted-mask"), folder / "mask.png"),
    ]
    selcolor(place, "blend", *map(str, files), "-o", str(folder / "blend.png"))

    wanted = np.asarray(Image.open(folder / "blend.png").convert("RGB"))
    assert np.array_equal(layer(folder, "recomposited-blended")[..., :3], wanted)
    assert not np.array_equal(layer(folder, "first-blended")[..., :3], wanted)


def test_recomposite_replaces_blended_and_nothing_else(story: dict[str, Any]) -> None:
    before, after = story["tree"][0], story["recomposited"]

    assert after["children"][::2] == before["children"][::2]
    assert without_id(after["children"][1]) == without_id(before["children"][1])
    assert len(after["children"]) == 3
    assert without_id(story["again"]["children"][1]) == without_id(after["children"][1])


def without_id(layer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in layer.items() if key != "id"}
