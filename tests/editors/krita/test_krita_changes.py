"""Images that change while their job runs: the result is offered, never forced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from krita_process import Krita

pytestmark = pytest.mark.editors

GROUP = "Selective Colorize"


@pytest.mark.parametrize(
    ("how", "answer", "word", "top"),
    [
        ("close", "Discard", "closed", None),
        ("close", "Open as New Image", "closed", GROUP),
        ("resize", "Insert as New Group", "resized", GROUP),
        ("convert", "Insert as New Group", "color space", GROUP),
        ("edit", "Discard", "edited", "Background"),
        ("move", "Insert as New Group", "moved", GROUP),
        ("remove", "Insert as New Group", "removed", GROUP),
    ],
)
def test_a_result_for_an_image_that_changed_is_offered(
    krita: Krita, medium_photo: Path, how: str, answer: str, word: str, top: str | None
) -> None:
    facts: dict[str, Any] = krita.run(
        "changes.meddle", photo=str(medium_photo), how=how, answer=answer
    )

    assert word in facts["text"]
    assert facts["untouched"]
    if top is None:
        assert facts["images"] == []
    else:
        (image,) = facts["images"]
        assert image["children"][-1]["name"].startswith(top)
        assert facts["models"] == ["CMYKA" if how == "convert" else "RGBA"]


@pytest.mark.parametrize(
    ("how", "answer", "word", "names"),
    [
        ("edit", "Discard", "edited while Blended was rendered", ["photo", GROUP]),
        ("edit", "Insert as New Group", "edited", ["photo", GROUP, GROUP]),
        ("remove", "Insert as New Group", "removed", ["photo", GROUP, GROUP]),
        ("close", "Discard", "closed", None),
        ("close", "Open as New Image", "closed", ["Photo", GROUP]),
    ],
)
def test_recomposite_does_not_overtake_the_brush_and_offers_what_it_has(
    krita: Krita, photo: Path, how: str, answer: str, word: str, names: list[str] | None
) -> None:
    facts = krita.run("changes.meddle_with_recomposite", photo=str(photo), how=how, answer=answer)

    assert word in facts["text"]
    assert "discarded" in facts["hint"]
    assert facts["unchanged"]
    if names is None:
        assert facts["images"] == []
        return
    (layers,) = facts["images"]
    assert len(layers) == len(names)
    assert [layer["name"].startswith(GROUP) for layer in layers] == [
        name == GROUP for name in names
    ]
    colorized, blended, _hints = layers[-1]["children"]
    assert colorized["name"].startswith("Colorized")
    assert colorized["children"][0]["type"] == "transparencymask"
    assert (blended["name"], blended["visible"]) == ("Blended", False)


def test_a_layer_removed_behind_the_dialog_is_told_at_once(krita: Krita, photo: Path) -> None:
    facts = krita.run("changes.remove_behind_dialog", photo=str(photo))

    assert "no longer in the image" in facts["text"]
    assert facts["untouched"]


def test_a_second_job_is_refused_while_one_runs(krita: Krita, large_photo: Path) -> None:
    text = krita.run("changes.two_at_once", large_photo=str(large_photo))

    assert "still at work" in text


def test_a_job_goes_on_when_its_window_is_closed(krita: Krita, large_photo: Path) -> None:
    facts = krita.run("changes.close_window", large_photo=str(large_photo))

    assert facts["is_second"]
    assert facts["tree"]["children"][-1]["name"].startswith(GROUP)


def test_the_mask_of_the_images_selection_has_no_pixels(krita: Krita, photo: Path) -> None:
    facts = krita.run("changes.global_selection_mask", photo=str(photo))

    assert "has no pixels of its own" in facts["text"]
    assert facts["untouched"]
