"""Results of the command line, opened in GIMP: as large on paper as the scan was, and marked."""

from __future__ import annotations

from pathlib import Path

import pytest
from driven import selcolor
from gimp_process import Gimp

pytestmark = pytest.mark.editors

MARK = "compositeWithTrainedAlgorithmicMedia"


@pytest.mark.parametrize("kind", ["png", "tiff", "jpeg"])
def test_a_result_is_as_large_on_paper_as_the_scan(
    place: Path, scan: Path, gimp: Gimp, kind: str
) -> None:
    out = place / f"printed-{kind}"
    selcolor(place, "colorize", str(scan), "-o", str(out), "--format", kind)
    name = f"scan-blended.{'jpg' if kind == 'jpeg' else kind}"

    found = gimp.run("documents.printed_size", path=str(out / name))

    assert found["resolution"] == pytest.approx([600, 600], abs=0.1)
    assert MARK in found["metadata"]
    assert "EPSON" in found["metadata"]


def test_gimp_itself_gives_no_openraster_its_size(place: Path, scan: Path, gimp: Gimp) -> None:
    """A fact of GIMP's own reader, which looks for nothing beside the layers: README's limits."""
    selcolor(place, "colorize", str(scan), "-o", str(place / "ora"), "--format", "ora")

    found = gimp.run("documents.printed_size", path=str(place / "ora" / "scan.ora"))

    assert found["resolution"] == [300, 300]


def test_a_colored_image_says_that_a_machine_made_its_colors_and_keeps_the_rest(
    gimp: Gimp, scan: Path
) -> None:
    before, after = gimp.run("documents.marks", path=str(scan))

    assert MARK not in before
    assert MARK in after
    assert "vit-lsgan-lite" in after
    assert "EPSON" in before
    assert "EPSON" in after
