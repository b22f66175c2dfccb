"""Krita's memory after a job: what is closed is given back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driven import environment
from krita_process import Krita, install_plugins
from raw import SRGB, photo_values, write_pixels
from skimage import data

pytestmark = pytest.mark.editors

SIZE = [2400, 1800]
MEGABYTES = 4 * SIZE[0] * SIZE[1] / 2**20
"""Of one layer of colors."""


@pytest.fixture
def fresh(place: Path) -> Iterator[Krita]:
    """A Krita of its own: what other tests have asked it for, it would keep."""
    install_plugins(place / "home-memory")
    with Krita(environment(place / "home-memory", place / "run"), place / "memory") as krita:
        yield krita


def test_a_closed_image_gives_back_what_its_result_took(fresh: Krita, place: Path) -> None:
    values = photo_values(data.camera(), *SIZE)
    pixels = write_pixels(values, "RGBA", "U8", place / "memory.raw")
    color = ["RGBA", "U8", SRGB]

    found = fresh.run("costs.closed", size=SIZE, color=color, pixels=str(pixels), times=3)

    # The photo and its result are more than five such layers.
    assert found[2] - found[1] < MEGABYTES, found
