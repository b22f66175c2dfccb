"""Results in Krita: as large on paper as the scan was, and marked as a machine's."""

from __future__ import annotations

from pathlib import Path

import pytest
import tifffile
from driven import selcolor
from krita_process import Krita

from selcolor_protocol.marks import DIGITAL_SOURCE_TYPE, STATEMENT

pytestmark = pytest.mark.editors


@pytest.mark.parametrize("kind", ["png", "tiff", "ora", "jpeg"])
def test_a_result_is_as_large_on_paper_as_the_scan(
    place: Path, scan: Path, krita: Krita, kind: str
) -> None:
    out = place / f"printed-{kind}"
    selcolor(place, "colorize", str(scan), "-o", str(out), "--format", kind)
    name = "scan.ora" if kind == "ora" else f"scan-blended.{'jpg' if kind == 'jpeg' else kind}"
    if kind == "tiff":
        with tifffile.TiffFile(out / name) as file:
            assert file.pages[0].tags["Make"].value == "EPSON"

    found = krita.run("documents.printed_size", path=str(out / name))

    assert found == pytest.approx([600, 600], abs=0.1)


def test_a_colored_document_says_once_that_a_machine_made_its_colors(
    krita: Krita, photo: Path
) -> None:
    once, twice = krita.run("documents.marks", path=str(photo))

    assert DIGITAL_SOURCE_TYPE in once
    assert once.count(STATEMENT) == twice.count(STATEMENT) == 1
