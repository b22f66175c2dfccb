"""Screenshots at 1× and 2× to be looked at, and what a program can judge of the dialog."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from driven import environment
from krita_process import Krita
from PIL import Image
from raw import write_photo
from skimage import data

pytestmark = pytest.mark.editors

LONG_DEVICE = "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition 96GB"
assert len(LONG_DEVICE) == 60

SHOTS = Path(__file__).parents[3] / "build" / "screenshots"


@pytest.fixture(scope="module", params=[1, 2])
def shown(
    request: pytest.FixtureRequest, krita: Krita, place: Path, second_home: Path
) -> tuple[Path, dict[str, Any]]:
    """Where the pictures of one scale lie, and what was seen meanwhile."""
    photo, folder = place / "astronaut.png", SHOTS / f"krita-{request.param}x"
    Image.fromarray(data.astronaut()).convert("L").convert("RGB").save(photo)
    if request.param == 1:
        return folder, krita.run("windows.screenshots", photo=str(photo), folder=str(folder))
    variables = environment(second_home, place / "run")
    with Krita(variables, place / "driver-2x", scale=2) as large:
        return folder, large.run("windows.screenshots", photo=str(photo), folder=str(folder))


def test_the_screenshots_are_there(shown: tuple[Path, dict[str, Any]]) -> None:
    folder, _facts = shown

    for name in ("menu", "dialog", "progress", "layers"):
        assert (folder / f"{name}.png").stat().st_size > 10_000, name


def test_no_text_of_the_dialog_is_cut_off(shown: tuple[Path, dict[str, Any]]) -> None:
    assert shown[1]["clipped"] == []


def test_a_status_of_any_length_is_whole(krita: Krita, photo: Path) -> None:
    facts = krita.run(
        "windows.long_status", photo=str(photo), folder=str(SHOTS / "krita-1x"), device=LONG_DEVICE
    )

    assert facts["device"] == facts["narrow"] == facts["error"] == []
    assert facts["tip"]
    assert facts["width"] < 800


def test_the_progress_shows_a_device_of_any_length(krita: Krita, medium_photo: Path) -> None:
    facts = krita.run(
        "windows.long_progress",
        photo=str(medium_photo),
        folder=str(SHOTS / "krita-1x"),
        device=LONG_DEVICE,
    )

    assert facts["clipped"] == []


def test_the_dialog_says_where_the_daemon_computes(shown: tuple[Path, dict[str, Any]]) -> None:
    assert "on this computer" in shown[1]["status"]
    assert "Built-in" in shown[1]["models"]


def test_the_tab_key_goes_from_top_to_bottom(shown: tuple[Path, dict[str, Any]]) -> None:
    assert shown[1]["order"] == [
        *["QRadioButton"] * 5,
        "QDoubleSpinBox",
        "QToolButton",
        *["QComboBox"] * 3,
        "QPushButton",
        *["QDoubleSpinBox"] * 2,
        "QComboBox",
        *["QCheckBox"] * 3,
        *["QPushButton"] * 4,
    ]


def test_the_preview_follows_the_choices(krita: Krita, place: Path) -> None:
    photo = place / "previewed.png"
    Image.fromarray(data.astronaut()).convert("L").convert("RGB").save(photo)
    facts = krita.run("windows.previewed", photo=str(photo), folder=str(SHOTS / "krita-1x"))

    print({name: round(seen["seconds"], 3) for name, seen in facts.items()})
    assert facts["strong"]["result"]["color"] > 60
    assert facts["gray"]["result"]["color"] <= 4
    assert 20 < facts["gray"]["mask"]["lightness"] < 230
    assert facts["everything"]["mask"]["lightness"] == 255
    assert facts["nothing"]["mask"]["lightness"] == 0


def test_the_preview_shows_all_of_a_photo_of_any_size(krita: Krita, place: Path) -> None:
    photo = write_photo(place / "odd.png", 330, 130)

    assert min(krita.run("windows.preview_of", photo=str(photo))) > 0.98


def test_the_dialog_remembers_what_was_chosen(krita: Krita, photo: Path) -> None:
    assert krita.run("windows.remembered_settings", photo=str(photo), gain=1.3) == [1.3, 1.0]


def test_without_a_class_the_work_cannot_be_started(krita: Krita, photo: Path) -> None:
    facts = krita.run("windows.nothing_chosen", photo=str(photo))

    assert not facts["none"]
    assert "at least one" in facts["why"]
    assert facts["one"]
    assert facts["classes"] == ["person"]
