"""Results that their user has copied, locked, filtered or converted before Recomposite."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gimp_pixels import largest_step, pixels
from gimp_process import Gimp

pytestmark = pytest.mark.editors

WIDTH, HEIGHT = 200, 160


def largest_difference(folder: Path, kind: str) -> float:
    """Between what the image shows and what Blended holds, in 8-bit steps."""
    shown, blended = (
        pixels(folder / f"{name}.raw", WIDTH, HEIGHT, kind) for name in ("projection", "blended")
    )
    return largest_step(shown, blended)


def test_a_duplicated_image_is_not_taken_for_the_original(gimp: Gimp, photo: Path) -> None:
    facts = gimp.run("results.duplicated_image", photo=str(photo))

    assert [answer["status"] for answer in facts["answers"]] == ["execution-error"] * 5
    for answer in facts["answers"][:4]:
        assert "a duplicate of a result" in answer["error"]
    assert "no result of Selective Colorize" in facts["answers"][4]["error"]
    assert facts["unchanged"]


def test_a_photo_in_a_duplicated_image_is_colorized_anew(gimp: Gimp, photo: Path) -> None:
    copied, fresh, source = gimp.run("results.duplicated_image", photo=str(photo))["tree"]

    assert copied["children"][1]["name"] == "Blended"
    assert fresh["children"][1]["name"].startswith("Blended")
    assert source["children"] == []


def test_a_duplicated_group_is_not_taken_for_the_original(gimp: Gimp, photo: Path) -> None:
    facts = gimp.run("results.duplicated_group", photo=str(photo))

    assert facts["status"] == "execution-error"
    assert "Select a layer of the original" in facts["error"]
    assert facts["unchanged"]


@pytest.mark.parametrize("name", ["float-linear", "u16-linear", "float-non-linear"])
def test_soft_edges_look_the_same_after_a_conversion(
    gimp: Gimp, photo: Path, place: Path, name: str
) -> None:
    folder = place / f"converted-{name}"
    gimp.run("results.converted", photo=str(photo), folder=str(folder), name=name)

    assert largest_difference(folder, name.partition("-")[0]) <= 1.0


def test_recomposite_takes_the_filters_of_colorized(gimp: Gimp, photo: Path, place: Path) -> None:
    facts = gimp.run("results.filtered", photo=str(photo), folder=str(place / "filtered"))

    assert facts["changed"]
    assert largest_difference(place / "filtered", "u8") <= 1.0


def test_a_locked_blended_is_rendered_and_stays_locked(gimp: Gimp, photo: Path) -> None:
    facts = gimp.run("results.locked_blended", photo=str(photo))

    assert facts["status"] == "success"
    assert facts["changed"]
    assert facts["locks"] == [True, True]
    assert facts["children"] == ["Color Hints", "Blended", "Colorized"]


def test_blended_gets_the_alpha_that_the_photo_got(gimp: Gimp, photo: Path, place: Path) -> None:
    gimp.run("results.alpha_later", photo=str(photo), folder=str(place / "alpha-later"))

    blended = pixels(place / "alpha-later" / "blended.raw", WIDTH, HEIGHT)
    assert set(np.unique(blended[..., 3])) == {128}
