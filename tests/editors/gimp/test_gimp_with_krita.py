"""GIMP and Krita at the same time, on one daemon: two jobs each, and every pixel is right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from driven import environment, selcolor
from gimp_pixels import pixels
from gimp_process import Gimp
from krita_process import Krita, install_plugins
from PIL import Image
from raw import rgba
from skimage import data

pytestmark = pytest.mark.editors

SIDE = 160
PICTURES = {
    "gimp-1": data.camera(),
    "krita-1": data.camera()[:, ::-1],
    "gimp-2": data.astronaut()[..., 1],
    "krita-2": data.astronaut()[:, ::-1, 1],
}


@pytest.fixture(scope="module")
def krita(place: Path) -> Iterator[Krita]:
    """A Krita with a home of its own, and the daemon of the tests."""
    install_plugins(place / "krita-home")
    variables = environment(place / "krita-home", place / "run")
    with Krita(variables, place / "krita-driver") as krita:
        yield krita


def test_both_editors_share_one_daemon_and_get_their_own_pixels(
    gimp: Gimp, krita: Krita, place: Path
) -> None:
    folder = place / "shared"
    folder.mkdir()
    photos = {name: write_photo(folder / f"{name}.png", name) for name in PICTURES}
    for number in ("1", "2"):
        tickets = [
            (
                editor,
                editor.begin("story.whole", photo=str(photos[name]), folder=str(folder / name)),
            )
            for editor, name in ((gimp, f"gimp-{number}"), (krita, f"krita-{number}"))
        ]
        for editor, ticket in tickets:
            editor.result(ticket)

    selcolor(place, "colorize", *map(str, photos.values()), "-o", str(folder / "cli"))
    for name in PICTURES:
        read = rgba if name.startswith("krita") else pixels
        for layer in ("colorized", "blended"):
            wanted = np.asarray(Image.open(folder / "cli" / f"{name}-{layer}.png").convert("RGB"))
            found = read(folder / name / f"first-{layer}.raw", SIDE, SIDE)[..., :3]
            assert np.array_equal(found, wanted), (name, layer)


def write_photo(path: Path, name: str) -> Path:
    """A gray photo in an RGB file."""
    Image.fromarray(PICTURES[name]).convert("RGB").resize((SIDE, SIDE)).save(path)
    return path
