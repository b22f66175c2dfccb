"""Link layers and vector layers, which GIMP has since 3.2, are colored and stay what they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gimp_pixels import pixels
from gimp_process import ROOT, Gimp

pytestmark = [
    pytest.mark.editors,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(ROOT.gimp == "3.0", reason="GIMP 3.0 has no such layers"),
]


@pytest.fixture(scope="module", params=["link", "vector"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(place: Path, kind: str) -> Path:
    return place / kind


@pytest.fixture(scope="module")
def facts(gimp: Gimp, photo: Path, kind: str, folder: Path) -> dict[str, Any]:
    """What happened; the pixels lie in `folder`."""
    found: dict[str, Any] = gimp.run(
        "layers_of_32.colored_and_updated", photo=str(photo), kind=kind, folder=str(folder)
    )
    return found


def test_it_stays_what_it_is(facts: dict[str, Any], kind: str) -> None:
    assert facts["kind"] == {"link": "LinkLayer", "vector": "VectorLayer"}[kind]
    assert not facts["is_rasterized"]
    assert facts["untouched"]


def test_its_result_lies_directly_above_it(facts: dict[str, Any]) -> None:
    group, layer, _photo = facts["tree"]

    assert group["name"] == "Selective Colorize"
    assert layer["children"] == []
    assert [child["name"] for child in group["children"]] == ["Color Hints", "Blended", "Colorized"]
    assert group["children"][2]["rectangle"] == layer["rectangle"]


def test_an_update_takes_the_painted_mask(facts: dict[str, Any], folder: Path) -> None:
    first, updated = (
        pixels(folder / f"{step}-blended.raw", *facts["size"]) for step in ("first", "updated")
    )

    red, green, blue, alpha = updated.reshape(-1, 4).T
    assert alpha.any()
    assert (red == green).all()
    assert (green == blue).all()
    assert (first != updated).any()
