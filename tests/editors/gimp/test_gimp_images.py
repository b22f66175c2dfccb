"""Images of all kinds in GIMP: precisions, profiles, gray, offsets, selections, groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from driven import selcolor
from gimp_pixels import TYPES, largest_step, pixels, save_tiff
from gimp_process import Gimp

pytestmark = pytest.mark.editors

WIDTH, HEIGHT = 200, 160
KINDS = ("u8", "u16", "u32", "half", "float", "double")
CURVES = ("non-linear", "linear", "perceptual")
PLAIN = [(f"{kind}-{curve}", False, False) for kind in KINDS for curve in CURVES]
GRAY = [(name, True, False) for name in ("u8-non-linear", "u16-linear", "float-perceptual")]
PROFILED = [
    (name, False, True)
    for name in ("u8-non-linear", "u16-linear", "half-perceptual", "float-non-linear")
]
CASES = PLAIN + GRAY + PROFILED


def label(case: tuple[str, bool, bool]) -> str:
    name, is_gray, has_profile = case
    return f"{name}{'-gray' if is_gray else ''}{'-adobe' if has_profile else ''}"


@pytest.fixture(scope="module")
def colored(gimp: Gimp, photo: Path, place: Path) -> Path:
    """The folder with every case: what GIMP has, and what the command line makes of the same."""
    folder = place / "precisions"
    folder.mkdir()
    profile = folder / "adobe.icc"
    gimp.run("documents.save_profile", path=str(profile))
    files = []
    for case in CASES:
        name, is_gray, has_profile = case
        own = folder / label(case)
        facts = gimp.run(
            "documents.of_precision",
            photo=str(photo),
            folder=str(own),
            name=name,
            is_gray=is_gray,
            profile=str(profile) if has_profile else "",
        )
        assert (facts["precision"], facts["base"]) == (name, "rgb"), case
        assert facts["profile"] == has_profile
        source = pixels(own / "source.raw", WIDTH, HEIGHT, name.split("-", maxsplit=1)[0])
        icc = (own / "source.icc").read_bytes()
        files.append(save_tiff(source, icc, folder / f"{label(case)}.tiff"))
    options = ["--feather", "12", "--format", "tiff", "-o", str(folder / "cli")]
    selcolor(place, "colorize", *map(str, files), *options)
    return folder


@pytest.mark.parametrize("case", CASES, ids=label)
def test_every_precision_and_profile_gets_the_pixels_of_the_command_line(
    colored: Path, case: tuple[str, bool, bool]
) -> None:
    kind = case[0].split("-", maxsplit=1)[0]
    for layer in ("colorized", "blended"):
        wanted = tifffile.imread(colored / "cli" / f"{label(case)}-{layer}.tiff")
        found = pixels(colored / label(case) / f"first-{layer}.raw", WIDTH, HEIGHT, kind)
        assert wanted.dtype == np.dtype(TYPES[kind])
        assert largest_step(found, wanted) <= 1.0, layer
        assert np.ptp(wanted.astype(np.float64), axis=-1).max() > 0, "nothing was colored"


@pytest.mark.parametrize("case", CASES, ids=label)
def test_every_precision_and_profile_shows_what_blended_holds(
    colored: Path, case: tuple[str, bool, bool]
) -> None:
    kind = case[0].split("-", maxsplit=1)[0]
    shown, blended = (
        pixels(colored / label(case) / f"{name}.raw", WIDTH, HEIGHT, kind)
        for name in ("projection", "first-blended")
    )
    mask = pixels(colored / label(case) / "first-mask.raw", WIDTH, HEIGHT)
    assert np.count_nonzero((mask > 60) & (mask < 196)) > 100, "the mask has no soft edge"
    assert largest_step(shown[..., :3], blended) <= 1.0


def test_a_layer_keeps_its_place(gimp: Gimp, photo: Path) -> None:
    group, source = gimp.run("documents.at_offset", photo=str(photo), left=40, top=-30)

    assert source["rectangle"] == [40, -30, WIDTH, HEIGHT]
    assert group["rectangle"] == source["rectangle"]
    assert all(child["rectangle"] == source["rectangle"] for child in group["children"])


def test_alpha_is_kept(gimp: Gimp, photo: Path, place: Path) -> None:
    folder = place / "alpha"
    gimp.run("documents.half_transparent", photo=str(photo), folder=str(folder))

    alpha = pixels(folder / "source.raw", WIDTH, HEIGHT)[..., 3]
    assert set(np.unique(alpha)) == {128, 255}
    for layer in ("colorized", "blended"):
        found = pixels(folder / f"first-{layer}.raw", WIDTH, HEIGHT)
        assert np.array_equal(found[..., 3], alpha), layer


def test_the_selection_limits_the_mask_but_not_recomposite(
    gimp: Gimp, photo: Path, place: Path
) -> None:
    folder = place / "selection"
    facts = gimp.run(
        "documents.within_selection",
        photo=str(photo),
        folder=str(folder),
        selection=[0, 0, WIDTH // 2, HEIGHT],
    )

    mask = pixels(folder / "selected-mask.raw", WIDTH, HEIGHT)[..., 0]
    assert not mask[:, WIDTH // 2 :].any()
    assert mask[:, : WIDTH // 2].any()
    assert facts["selected"], "the selection is gone"
    first, again = (
        (folder / f"{name}-blended.raw").read_bytes() for name in ("selected", "recomposited")
    )
    assert first == again


def test_each_of_several_layers_gets_its_group(gimp: Gimp, photo: Path) -> None:
    facts = gimp.run("documents.two_layers", photo=str(photo), names=["lower", "upper"])

    names = [layer["name"] for layer in facts["tree"]]
    assert [names[1], names[3]] == ["upper", "lower"]
    assert names[0].startswith("Selective Colorize")
    assert names[2].startswith("Selective Colorize")
    assert facts["untouched"]


def test_a_layer_in_a_group_and_the_group_itself(gimp: Gimp, photo: Path) -> None:
    facts = gimp.run("documents.in_and_as_group", photo=str(photo))

    names = [child["name"] for child in facts["within"]["children"]]
    assert names[0].startswith("Selective Colorize")
    assert len(names) == 2
    assert [layer["name"] for layer in facts["as_group"]] == [facts["group"]["name"], "Folder"]


def test_what_a_photos_own_mask_hides_is_not_colored(gimp: Gimp, photo: Path, place: Path) -> None:
    folder = place / "masked"
    _group, source = gimp.run("documents.masked_source", photo=str(photo), folder=str(folder))

    assert source["mask"]
    alpha = pixels(folder / "first-colorized.raw", WIDTH, HEIGHT)[..., 3]
    assert not alpha[:, WIDTH // 2 :].any()
    assert (alpha[:, : WIDTH // 2] == 255).all()


def test_a_locked_group_gets_the_same_result(gimp: Gimp, photo: Path, place: Path) -> None:
    folder = place / "locked"
    gimp.run("documents.in_locked_group", photo=str(photo), folder=str(folder))

    for layer in ("colorized", "mask", "blended"):
        locked, free = ((folder / f"{of}-{layer}.raw").read_bytes() for of in ("locked", "free"))
        assert locked == free, layer


def test_a_group_is_read_through_its_mask_and_its_filters(
    gimp: Gimp, photo: Path, place: Path
) -> None:
    folder = place / "group-mask"
    gimp.run("documents.group_with_mask_and_filter", photo=str(photo), folder=str(folder))

    left = np.s_[:, : WIDTH // 2]
    blended = pixels(folder / "first-blended.raw", WIDTH, HEIGHT)
    assert not blended[:, WIDTH // 2 :, 3].any()
    assert (blended[left][..., 3] == 255).all()
    outside = pixels(folder / "first-mask.raw", WIDTH, HEIGHT)[left][..., 0] == 0
    inverted = 255 - pixels(folder / "source.raw", WIDTH, HEIGHT)[left][..., :3]
    assert outside.any()
    assert np.array_equal(blended[left][..., :3][outside], inverted[outside])


def test_a_gray_image_with_a_linear_profile_shows_what_blended_holds(
    gimp: Gimp, photo: Path, place: Path
) -> None:
    folder = place / "gray-linear"
    gimp.run("documents.gray_with_linear_profile", photo=str(photo), folder=str(folder))

    shown = pixels(folder / "projection.raw", WIDTH, HEIGHT)
    assert largest_step(shown, pixels(folder / "first-blended.raw", WIDTH, HEIGHT)) <= 1.0


def test_a_selected_mask_stands_for_its_photo_whose_result_is_updated(
    gimp: Gimp, photo: Path
) -> None:
    tree = gimp.run("documents.mask_stands_for_its_layer", photo=str(photo))

    assert [len(layer["children"]) for layer in tree] == [3, 0]
    assert tree[0]["name"] == "Selective Colorize"


def test_recomposite_works_after_saving_and_opening(gimp: Gimp, photo: Path, place: Path) -> None:
    tree = gimp.run("documents.saved_and_opened", photo=str(photo), path=str(place / "saved.xcf"))

    group, _source = tree
    assert group["children"][1]["name"] == "Blended"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("indexed", "Image › Mode › RGB"),
        ("floating selection", "Layer › To New Layer"),
        ("channel", "Select the photo's layer"),
        ("empty group", "is empty"),
        ("too small", "16"),
        ("one too small", "“tiny”: "),
        ("another image's layer", "not in this image"),
        ("nothing colored", "Use Selective Colorize first"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_way_out(
    gimp: Gimp, photo: Path, kind: str, said: str
) -> None:
    facts = gimp.run("documents.refused", photo=str(photo), kind=kind)

    assert facts["status"] == "execution-error"
    assert said in facts["error"]
    assert facts["unchanged"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"classes": "unicorn"}, "unicorn"),
        ({"classes": ""}, "No class to color was chosen"),
        ({"classes": None}, "No class to color was chosen"),
        ({"colorizer": None}, "no colorizer"),
        ({"colorizer": "nobody"}, "nobody"),
    ],
)
def test_arguments_that_cannot_be_met_are_refused(
    gimp: Gimp, photo: Path, arguments: dict[str, Any], said: str
) -> None:
    facts = gimp.run("documents.bad_arguments", photo=str(photo), arguments=arguments)

    assert facts["status"] == "execution-error"
    assert said in facts["error"]
    assert facts["unchanged"]


def test_without_windows_nobody_can_be_asked(gimp: Gimp, photo: Path) -> None:
    facts = gimp.run("documents.bad_arguments", photo=str(photo), arguments={}, mode="user")

    assert facts["status"] == "execution-error"
    assert "GIMP runs without windows" in facts["error"]
    assert facts["unchanged"]


@pytest.mark.parametrize(
    ("role", "said"), [("mask", "the mask of Colorized"), ("source", "the photo's layer")]
)
def test_recomposite_names_what_is_missing(gimp: Gimp, photo: Path, role: str, said: str) -> None:
    facts = gimp.run("documents.without", photo=str(photo), role=role)

    assert facts["status"] == "execution-error"
    assert said in facts["error"]


def test_recomposite_makes_a_deleted_blended_anew(gimp: Gimp, photo: Path) -> None:
    facts = gimp.run("documents.without", photo=str(photo), role="blended")

    assert facts["status"] == "success"
    _hints, blended, _colorized = facts["tree"][0]["children"]
    assert (blended["name"], blended["visible"]) == ("Blended", False)


def test_repeat_takes_the_settings_of_the_last_dialog(gimp: Gimp, photo: Path, home: Path) -> None:
    settings = home / ".config/selective-colorize/settings.json"
    settings.write_text('{"feather": 40.0, "refine": false}')
    soft = gimp.run("documents.with_last_values", photo=str(photo))
    settings.unlink()
    hard = gimp.run("documents.with_last_values", photo=str(photo))

    assert soft["mask_values"] > hard["mask_values"]
