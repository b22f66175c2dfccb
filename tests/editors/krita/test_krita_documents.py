"""Images of all kinds: depths, gray, layers of other sizes and types, and images that change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from krita_process import Krita
from raw import TYPES, as_floats, gray, luminance, photo_values, rgba, write_pixels
from skimage import data

pytestmark = pytest.mark.editors

WIDTH, HEIGHT = 160, 120
SRGB, LINEAR = "sRGB-elle-V2-srgbtrc.icc", "sRGB-elle-V2-g10.icc"
GRAY_SRGB, GRAY_LINEAR = "Gray-D50-elle-V2-srgbtrc.icc", "Gray-D50-elle-V2-g10.icc"


@pytest.mark.parametrize(
    ("model", "depth", "profile"),
    [
        ("RGBA", "U8", SRGB),
        ("RGBA", "U16", LINEAR),
        ("RGBA", "F32", LINEAR),
        ("RGBA", "U8", "sRGB built-in"),
        ("GRAYA", "U8", GRAY_SRGB),
        ("GRAYA", "U16", GRAY_LINEAR),
    ],
)
def test_luminance_is_kept_and_gray_stays_neutral_outside_the_mask(
    krita: Krita, place: Path, model: str, depth: str, profile: str
) -> None:
    folder = place / f"{model}-{depth}-{profile.rsplit(maxsplit=1)[-1]}"
    values = photo_values(data.camera(), WIDTH, HEIGHT)
    values[: HEIGHT // 5] = np.linspace(0, 1, WIDTH)
    pixels = write_pixels(values, model, depth, folder / "pixels.raw")
    facts = krita.run(
        "colorize_pixels",
        folder=str(folder),
        size=[WIDTH, HEIGHT],
        color=[model, depth, profile],
        pixels=str(pixels),
    )

    is_linear = "g10" in profile
    samples = np.frombuffer(pixels.read_bytes(), TYPES[depth]).reshape(HEIGHT, WIDTH, -1)
    original = np.repeat(samples[..., :1], 3, axis=-1)
    colorized = rgba(folder / "result-colorized.raw", WIDTH, HEIGHT, depth)
    blended = rgba(folder / "result-blended.raw", WIDTH, HEIGHT, depth)
    mask = gray(folder / "result-mask.raw", WIDTH, HEIGHT)
    for found in (colorized, blended):
        difference = np.abs(luminance(found, is_linear) - luminance(original, is_linear))
        assert difference.max() <= 1.0
    assert np.ptp(as_floats(colorized[..., :3]), axis=-1).max() > 0.02, "nothing was colored"
    outside = blended[mask == 0][..., :3]
    assert len(outside)
    assert np.ptp(as_floats(outside), axis=-1).max() <= 1e-6
    assert facts["colorized"][:2] == ["RGBA", depth]
    assert facts["image"][0] == "RGBA"


@pytest.mark.parametrize("layer", [(20, 10, 100, 80), (-30, -20, 220, 170)])
def test_a_layer_smaller_or_larger_than_the_canvas_keeps_its_place_and_size(
    krita: Krita, place: Path, layer: tuple[int, int, int, int]
) -> None:
    folder = place / f"layer-{layer[2]}"
    values = photo_values(data.camera(), layer[2], layer[3])
    pixels = write_pixels(values, "RGBA", "U8", folder / "pixels.raw")
    facts = krita.run(
        "colorize_pixels",
        folder=str(folder),
        size=[WIDTH, HEIGHT],
        color=["RGBA", "U8", SRGB],
        pixels=str(pixels),
        layer=layer,
    )

    source, colorized, _mask, blended = (tuple(found) for found in facts["bounds"])
    assert source == colorized == blended == layer
    found = rgba(folder / "result-colorized.raw", layer[2], layer[3])
    original = rgba(folder / "source.raw", layer[2], layer[3])
    assert np.abs(luminance(found, False) - luminance(original, False)).max() <= 1.0


def test_every_kind_of_layer_is_colorized_as_it_is_seen(krita: Krita, photo: Path) -> None:
    facts = krita.run("layer_kinds", photo=str(photo))

    for name, found in facts.items():
        assert "message" not in found, (name, found)
        assert found["above"].startswith("Selective Colorize"), (name, found)
        assert found["before"] == found["after"], name
        assert found["bounds"][0] == found["bounds"][1], (name, found)


def test_another_color_model_is_refused_with_the_way_out(krita: Krita) -> None:
    facts = krita.run("refused", model="CMYKA", depth="U8")

    assert "CMYKA" in facts["text"]
    assert "Convert Image Color Space" in facts["hint"]
    assert facts["unchanged"]


def test_the_selection_limits_the_mask(krita: Krita, photo: Path, place: Path) -> None:
    krita.run("within_selection", photo=str(photo), folder=str(place / "selection"))

    mask = gray(place / "selection" / "selected-mask.raw", 200, 160)
    assert not mask[:, 100:].any()
    assert mask[:, :100].any()


@pytest.mark.parametrize(
    ("how", "answer", "word"),
    [
        ("close", "Discard", "closed"),
        ("close", "Open as New Image", "closed"),
        ("resize", "Insert as New Group", "resized"),
        ("edit", "Discard", "edited"),
        ("remove", "Insert as New Group", "removed"),
    ],
)
def test_a_result_for_an_image_that_changed_is_offered(
    krita: Krita, medium_photo: Path, how: str, answer: str, word: str
) -> None:
    facts: dict[str, Any] = krita.run("meddle", photo=str(medium_photo), how=how, answer=answer)

    assert word in facts["text"]
    assert facts.get("untouched", True)
    assert facts["inserted"] == (answer != "Discard")


def test_recomposite_says_what_it_misses(krita: Krita, photo: Path) -> None:
    facts = krita.run("damaged_result", photo=str(photo))

    assert "no result" in facts["none"]
    assert "the mask of Colorized" in facts["no mask"]


def test_recomposite_finds_layers_that_were_renamed_and_shown(krita: Krita, photo: Path) -> None:
    tree = krita.run("moved_group", photo=str(photo))

    group = next(node for node in tree["children"] if node["name"] == "mine")
    assert [(node["name"], node["visible"]) for node in group["children"]] == [
        ("color", True),
        ("Blended", True),
    ]


def test_a_result_is_found_again_after_saving_and_opening(
    krita: Krita, photo: Path, place: Path
) -> None:
    facts = krita.run("saved_and_reopened", photo=str(photo), path=str(place / "saved.kra"))

    assert facts["reopened"]["children"] == facts["before"]["children"]
    names = [node["name"] for node in facts["recomposited"]["children"][1]["children"]]
    assert names == ["Colorized (vit-lsgan-lite, cpu)", "Blended"]
