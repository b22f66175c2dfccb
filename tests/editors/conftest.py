"""What both editors are shown; `place` and `photo` are each editor's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture(scope="module")
def scan(place: Path, photo: Path) -> Path:
    """A TIFF of 600 dpi with a maker."""
    path = place / "scan.tif"
    with Image.open(photo) as image:
        image.convert("L").save(path, dpi=(600, 600), tiffinfo={271: "EPSON"})
    return path
