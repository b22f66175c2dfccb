"""What the command line makes of a photo that was refined in Krita."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from driven import selcolor
from numpy.typing import NDArray
from PIL import Image
from raw import gray, rgba, save_png


def colored_by_command(
    place: Path, folder: Path, name: str, size: tuple[int, int], *options: str
) -> dict[str, NDArray[np.generic]]:
    """The layers of the photo in `source.raw` under the mask in `NAME-mask.raw`.

    Args:
        place: of the tests.
        folder: with the pixels that Krita has given, and for files.
        name: of this step.
        size: width and height.
        options: further ones of `selcolor colorize`.
    """
    photo = save_png(rgba(folder / "source.raw", *size)[..., :3], folder / f"{name}.png")
    mask = save_png(gray(folder / f"{name}-mask.raw", *size), folder / f"{name}-mask.png")
    out = folder / f"cli-{name}"
    arguments = (str(photo), "-o", str(out), "--mask", str(mask), "--no-refine", *options)
    selcolor(place, "colorize", *arguments)
    return {
        kind: np.asarray(Image.open(out / f"{name}-{kind}.png").convert("RGB"))
        for kind in ("colorized", "blended")
    }
