"""`make demo-hints`: strokes on scikit-image's sample photos, colored by the real command line.

Makes the picture of the guide's page on hints: for each photo its strokes, the colors without them
and the colors with them. Runs a daemon of its own and leaves none behind.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from selcolor_backend.cli.main import main as selcolor
from selcolor_backend.demo import beside, write_gray
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.runtime import RUNTIME_DIR_VARIABLE

ROW_HEIGHT = 300
BRUSH = 7
Color = tuple[int, int, int]
ORANGE, NO_COLOR = (226, 118, 58), (128, 128, 128)
SKY, GRASS, NAVY = (110, 160, 225), (96, 140, 60), (48, 66, 120)
GLAZE, COFFEE, WOOD = (70, 105, 190), (120, 72, 36), (150, 104, 66)


@dataclass(frozen=True)
class Stroke:
    """A stroke: its color and the points that it goes through, across and down."""

    color: Color
    points: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Scene:
    """A photo of scikit-image's, and what is painted on it."""

    name: str
    photo: str
    strokes: tuple[Stroke, ...]


SCENES = (
    Scene(
        "jacket",
        "astronaut",
        (
            Stroke(ORANGE, ((70, 330), (110, 420), (200, 350))),
            Stroke(ORANGE, ((300, 290), (325, 330))),
            Stroke(ORANGE, ((90, 280), (130, 240))),
            Stroke(NO_COLOR, ((12, 330), (30, 420))),
            Stroke(NO_COLOR, ((350, 120), (360, 200))),
        ),
    ),
    Scene(
        "wall",
        "astronaut",
        (Stroke(NO_COLOR, ((100, 40), (130, 100))), Stroke(NO_COLOR, ((320, 40), (370, 120)))),
    ),
    Scene(
        "sky",
        "camera",
        (
            Stroke(SKY, ((30, 60), (140, 50), (300, 40), (480, 80))),
            Stroke(GRASS, ((200, 470), (260, 330), (480, 400))),
            Stroke(NAVY, ((60, 280), (150, 230))),
        ),
    ),
    Scene(
        "two-things",
        "coffee",
        (
            Stroke(GLAZE, ((105, 250), (150, 320), (240, 350))),
            Stroke(GLAZE, ((430, 210), (410, 280), (350, 340))),
            Stroke(COFFEE, ((220, 165), (300, 170))),
            Stroke(WOOD, ((490, 360), (580, 250))),
            Stroke(WOOD, ((40, 200), (60, 330), (130, 385))),
            Stroke(WOOD, ((330, 395), (430, 370))),
        ),
    ),
)


def paint_hints(scene: Scene, photo: Path, path: Path) -> None:
    """Begin a picture with `selcolor hints`, and paint on it."""
    selcolor(["hints", str(photo), "-o", str(path), "--overwrite"])
    hints = Image.open(path)
    brush = ImageDraw.Draw(hints)
    for stroke in scene.strokes:
        brush.line(stroke.points, (*stroke.color, 255), BRUSH, joint="curve")
    hints.save(path)


def color(scene: Scene, folder: Path) -> list[Image.Image]:
    """Color a photo without and with its hints.

    Returns:
        The strokes on the photo, and both results.

    Raises:
        SelectiveColorizeError: one of them failed.
    """
    photo = write_gray(scene.photo, folder)
    hints = folder / f"{scene.name}-hints.png"
    paint_hints(scene, photo, hints)
    shown = [Image.alpha_composite(Image.open(photo).convert("RGBA"), Image.open(hints))]
    for name, options in (("without", []), ("with", ["--hints", str(hints)])):
        out = folder / f"{scene.name}-{name}"
        command = ["colorize", str(photo), "-o", str(out), "--color", "everything", "--overwrite"]
        if selcolor([*command, *options]):
            raise SelectiveColorizeError(f"{photo} was not colored.", "See above.")
        shown.append(Image.open(out / f"{photo.stem}-colorized.png"))
    return [picture.convert("RGB") for picture in shown]


def run(target: Path, folder: Path) -> int:
    """Write a row for each scene to `target`; what it is made of goes to `folder`."""
    target.mkdir(parents=True, exist_ok=True)
    try:
        for scene in SCENES:
            path = target / f"hints-{scene.name}.jpg"
            beside(color(scene, folder), ROW_HEIGHT).save(path, quality=88)
            print(path)
    finally:
        selcolor(["stop"])
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run the demo with a private runtime folder, so that it disturbs no daemon of the user's."""
    with tempfile.TemporaryDirectory(prefix="selcolor-demo-") as folder:
        os.environ[RUNTIME_DIR_VARIABLE] = folder
        return run(Path(arguments[0] if arguments else "demo"), Path(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
