"""A user's whole way in Krita: colorize, undo, redo, paint on the mask, recomposite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from driven import selcolor
from krita_process import Krita
from numpy.typing import NDArray
from PIL import Image
from raw import gray, rgba, save_png

pytestmark = pytest.mark.editors

WIDTH, HEIGHT = 200, 160
GROUP = "Selective Colorize"


@pytest.fixture(scope="module")
def folder(place: Path) -> Path:
    return place / "story"


@pytest.fixture(scope="module")
def story(krita: Krita, photo: Path, folder: Path) -> dict[str, Any]:
    """What happened; the pixels lie in `folder`."""
    facts: dict[str, Any] = krita.run("story.whole", photo=str(photo), folder=str(folder))
    return facts


def layer(folder: Path, name: str) -> NDArray[np.generic]:
    return rgba(folder / f"{name}.raw", WIDTH, HEIGHT)


def children(node: dict[str, Any]) -> list[str]:
    return [child["name"] for child in node["children"]]


def test_the_menu_has_three_actions_with_shortcuts(krita: Krita) -> None:
    facts = krita.run("story.ready")

    assert facts["texts"] == [
        "Selective Colorize…",
        "Selective Colorize Again",
        "Update Selective Colorize",
    ]
    assert facts["shortcuts"] == ["Ctrl+Alt+K", "Ctrl+Alt+Shift+K", "Ctrl+Alt+B"]


def test_one_group_lies_directly_above_the_source(story: dict[str, Any]) -> None:
    assert children(story["tree"])[1:] == [GROUP]
    assert story["tree"]["children"][0]["id"] == story["source"]["id"]


def test_the_groups_layers_are_as_planned(story: dict[str, Any]) -> None:
    colorized, blended, hints = story["tree"]["children"][1]["children"]

    assert (colorized["name"], colorized["visible"]) == ("Colorized", True)
    assert (blended["name"], blended["visible"]) == ("Blended", False)
    assert (hints["name"], hints["visible"]) == ("Color Hints", True)
    (mask,) = colorized["children"]
    assert (mask["name"], mask["type"]) == ("Mask", "transparencymask")


def test_the_source_is_untouched(story: dict[str, Any]) -> None:
    assert story["after"] == story["before"]


def test_krita_would_ask_before_losing_the_result(story: dict[str, Any]) -> None:
    assert story["modified"]


def test_the_pixels_are_those_of_the_command_line(
    story: dict[str, Any], place: Path, photo: Path, folder: Path
) -> None:
    selcolor(place, "colorize", str(photo), "-o", str(folder / "cli"))

    for kind in ("colorized", "blended"):
        wanted = np.asarray(Image.open(folder / "cli" / f"photo-{kind}.png").convert("RGB"))
        assert np.array_equal(layer(folder, f"first-{kind}")[..., :3], wanted), kind
    wanted = np.asarray(Image.open(folder / "cli" / "photo-mask.png"))
    found = gray(folder / "first-mask.raw", WIDTH, HEIGHT)
    assert np.array_equal(found, wanted)
    assert 0 < np.count_nonzero(found) < found.size


def test_one_undo_removes_everything_and_one_redo_brings_it_back(
    story: dict[str, Any], folder: Path
) -> None:
    assert story["undone"]["children"] == [story["source"]]
    assert story["redone"] == story["tree"]
    for kind in ("colorized", "mask", "blended"):
        first = (folder / f"first-{kind}.raw").read_bytes()
        assert (folder / f"redone-{kind}.raw").read_bytes() == first, kind


def test_painting_the_mask_black_shows_the_original_there(
    story: dict[str, Any], folder: Path
) -> None:
    shown, original = layer(folder, "painted-projection"), layer(folder, "source")
    left = np.s_[:, : WIDTH // 2]

    assert np.array_equal(shown[left], original[left])
    assert not np.array_equal(shown, original)


def test_recomposite_gives_the_pixels_of_selcolor_blend(
    story: dict[str, Any], place: Path, folder: Path
) -> None:
    files = [
        save_png(layer(folder, "source")[..., :3], folder / "original.png"),
        save_png(layer(folder, "painted-colorized")[..., :3], folder / "colorized.png"),
        save_png(gray(folder / "painted-mask.raw", WIDTH, HEIGHT), folder / "mask.png"),
    ]
    selcolor(place, "blend", *map(str, files), "-o", str(folder / "blend.png"))

    wanted = np.asarray(Image.open(folder / "blend.png").convert("RGB"))
    assert np.array_equal(layer(folder, "recomposited-blended")[..., :3], wanted)
    assert not np.array_equal(layer(folder, "first-blended")[..., :3], wanted)


def test_recomposite_replaces_blended_and_nothing_else(story: dict[str, Any]) -> None:
    before, after = story["redone"]["children"][1], story["recomposited"]["children"][1]

    assert children(after) == children(before)
    assert after["children"][0] == before["children"][0]
    assert after["children"][1]["visible"] is False
    assert children(story["again"]) == children(story["tree"])


def test_one_undo_takes_recomposite_back_and_one_redo_repeats_it(
    story: dict[str, Any], folder: Path
) -> None:
    assert story["recomposite_undone"] == story["redone"]
    assert story["recomposite_redone"] == story["recomposited"]
    for undone, kept in (("recomposite-undone", "first"), ("recomposite-redone", "recomposited")):
        found = (folder / f"{undone}-blended.raw").read_bytes()
        assert found == (folder / f"{kept}-blended.raw").read_bytes(), undone
