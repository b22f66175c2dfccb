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


def test_recomposite_does_not_overtake_the_brush(krita: Krita, photo: Path) -> None:
    facts = krita.run("changes.edited_while_recompositing", photo=str(photo))

    assert "edited while Blended was rendered" in facts["text"]
    assert "Recomposite again" in facts["hint"]
    assert facts["unchanged"]
