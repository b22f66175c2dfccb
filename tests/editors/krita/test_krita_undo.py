"""One Undo takes everything back and one Redo restores it, in every depth, also in gray images."""

from __future__ import annotations

from pathlib import Path

import pytest
from krita_process import Krita
from raw import GRAY_LINEAR, GRAY_SRGB, LINEAR, photo_values, write_photo, write_pixels
from skimage import data

pytestmark = pytest.mark.editors

WIDTH, HEIGHT = 160, 120


@pytest.mark.parametrize(
    ("model", "depth", "profile"),
    [
        ("RGBA", "U16", LINEAR),
        ("RGBA", "F32", LINEAR),
        ("GRAYA", "U8", GRAY_SRGB),
        ("GRAYA", "U16", GRAY_LINEAR),
    ],
)
def test_one_undo_and_one_redo_give_the_very_same_layers_and_pixels(
    krita: Krita, place: Path, model: str, depth: str, profile: str
) -> None:
    values = photo_values(data.camera(), WIDTH, HEIGHT)
    pixels = write_pixels(values, model, depth, place / f"undo-{model}-{depth}.raw")

    facts = krita.run(
        "undoing.both_ways",
        size=[WIDTH, HEIGHT],
        color=[model, depth, profile],
        pixels=str(pixels),
    )

    assert facts == dict.fromkeys(
        ("undone", "redone", "recomposite undone", "recomposite redone"), True
    )


def test_other_steps_of_an_image_that_was_gray_are_undone_one_by_one(
    krita: Krita, gray_photo: Path
) -> None:
    facts = krita.run("undoing.other_steps", photo=str(gray_photo))

    assert facts == {
        "removed": True,
        "converted": True,
        "conversion": True,
        "group": True,
        "model": "RGBA",
    }


def test_a_result_that_krita_does_not_take_is_kept_for_another_try(
    krita: Krita, gray_photo: Path
) -> None:
    facts = krita.run("undoing.refused_group", photo=str(gray_photo))

    assert "did not take the new layers" in facts["text"]
    assert "Undo takes back what was done" in facts["text"]
    assert facts["groups"] == 0
    assert facts["later"] == 1


def test_the_channels_docker_does_not_read_an_image_while_it_is_converted(
    krita: Krita, place: Path
) -> None:
    photo = write_photo(place / "conversion.png", 2400, 1800, "L")

    facts = krita.run("converting.convert", photo=str(photo))

    assert facts == {"within": 0, "model": "RGBA"}
