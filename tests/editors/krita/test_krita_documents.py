"""Images of all kinds: depths, gray, layers of other sizes and types, selections."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from krita_process import Krita
from raw import (
    GRAY_LINEAR,
    GRAY_SRGB,
    LINEAR,
    SRGB,
    TYPES,
    as_floats,
    gray,
    luminance,
    photo_values,
    rgba,
    write_pixels,
)
from skimage import data

pytestmark = pytest.mark.editors

WIDTH, HEIGHT = 160, 120


@pytest.mark.parametrize(
    ("model", "depth", "profile"),
    [
        ("RGBA", "U8", SRGB),
        ("RGBA", "U16", LINEAR),
        ("RGBA", "F16", LINEAR),
        ("RGBA", "F32", LINEAR),
        ("RGBA", "U8", "sRGB built-in"),
        ("GRAYA", "U8", GRAY_SRGB),
        ("GRAYA", "U16", GRAY_LINEAR),
        ("GRAYA", "F16", GRAY_LINEAR),
        ("GRAYA", "F32", GRAY_LINEAR),
    ],
)
def test_luminance_and_alpha_are_kept_and_gray_stays_neutral_outside_the_mask(
    krita: Krita, place: Path, model: str, depth: str, profile: str
) -> None:
    folder = place / f"{model}-{depth}-{profile.rsplit(maxsplit=1)[-1]}"
    values, ramp = photo_values(data.camera(), WIDTH, HEIGHT), np.s_[: HEIGHT // 5]
    values[ramp] = np.linspace(0, 1, WIDTH)
    alpha = np.ones_like(values)
    alpha[-HEIGHT // 5 :] = 0.5
    pixels = write_pixels(values, model, depth, folder / "pixels.raw", alpha)
    facts = krita.run(
        "documents.colorize_pixels",
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
    # Editors mix encoded samples: at soft edges two colors of one luminance give nearly that one.
    soft_edge = (mask > 0) & (mask < 255)
    for found, limit in ((colorized, 1.0), (blended, np.where(soft_edge, 2.0, 1.0))):
        difference = np.abs(luminance(found, is_linear) - luminance(original, is_linear))
        assert (difference <= limit).all()
        assert np.array_equal(found[..., 3], samples[..., -1])
    assert np.ptp(as_floats(colorized[..., :3]), axis=-1).max() > 0.02, "nothing was colored"
    outside = blended[mask == 0][..., :3]
    assert (mask[ramp] == 0).any()
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
        "documents.colorize_pixels",
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
    facts = krita.run("documents.layer_kinds", photo=str(photo))

    for name, found in facts.items():
        assert found["above"].startswith("Selective Colorize"), (name, found)
        assert found["untouched"], name
        assert found["bounds"][0] == found["bounds"][1], (name, found)


@pytest.mark.parametrize(
    ("model", "depth"), [("CMYKA", "U8"), ("LABA", "U16"), ("XYZA", "F32"), ("YCbCrA", "U8")]
)
def test_another_color_model_is_refused_with_the_way_out(
    krita: Krita, model: str, depth: str
) -> None:
    facts = krita.run("documents.refused", model=model, depth=depth)

    assert model in facts["text"]
    assert "Convert Image Color Space" in facts["text"]
    assert facts["unchanged"]


def test_a_layer_of_another_color_model_is_refused_with_the_way_out(
    krita: Krita, photo: Path
) -> None:
    facts = krita.run("documents.refused_layer", photo=str(photo), model="LABA", depth="U16")

    assert "LABA" in facts["text"]
    assert "Convert Layer Color Space" in facts["text"]
    assert facts["unchanged"]


def test_the_selection_limits_the_mask_also_of_a_layer_that_lies_elsewhere(
    krita: Krita, place: Path
) -> None:
    layer, selection = (20, -10, 120, 100), (50, 30, 40, 200)
    masks = []
    for name, selected in (("without", None), ("within", selection)):
        folder = place / f"{name}-selection"
        values = photo_values(data.camera(), layer[2], layer[3])
        krita.run(
            "documents.colorize_pixels",
            folder=str(folder),
            size=[WIDTH, HEIGHT],
            color=["RGBA", "U8", SRGB],
            pixels=str(write_pixels(values, "RGBA", "U8", folder / "pixels.raw")),
            layer=layer,
            selection=selected,
        )
        masks.append(gray(folder / "result-mask.raw", layer[2], layer[3]))

    free, limited = masks
    inside = np.s_[40:, 30:70]
    wanted = np.zeros_like(free)
    wanted[inside] = free[inside]
    assert wanted.any()
    assert np.array_equal(limited, wanted)


def test_a_layer_inside_a_group_gets_its_result_beside_it(krita: Krita, photo: Path) -> None:
    facts = krita.run("documents.inside_a_group", photo=str(photo))

    names = [node["name"] for node in facts["after"]["children"]]
    assert names[:2] == ["below", "source"]
    assert names[2].startswith("Selective Colorize")
    assert names[3] == "above"
    assert facts["undone"] == facts["before"]
