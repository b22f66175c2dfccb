"""Nothing of the plugin's touches an image while its user paints."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from krita_process import Krita

pytestmark = pytest.mark.editors


def test_a_stroke_in_which_a_result_arrives_is_painted_to_its_end(
    krita: Krita, medium_photo: Path
) -> None:
    assert shutil.which("xdotool"), "apt-get install xdotool"
    facts = krita.run("strokes.held_down", photo=str(medium_photo))

    width, empty = facts["painted"]
    assert facts["waited"]
    assert width >= facts["path"]
    assert empty == 0
