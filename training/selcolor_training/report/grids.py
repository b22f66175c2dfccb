"""Grids of pictures, as the paper's figures are: inputs on top, predictions, then the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont, ImageOps
from skimage import data
from torch import Tensor

Colorize = Callable[[Tensor], Tensor]
"""RGB, uint8 `[3, H, W]`, to RGB of the same size; it may look at the luminance only."""

SAMPLES = ("astronaut", "coffee", "chelsea", "rocket")
"""Photos that come with scikit-image and may be shown anywhere."""

SIDE = 224
GAP = 6
LABEL_HEIGHT = 20
QUALITY = 80


def sample_photos(side: int = SIDE) -> list[Tensor]:
    """The central squares of `SAMPLES`, uint8 `[3, side, side]`."""
    return [square(Image.fromarray(getattr(data, name)()), side) for name in SAMPLES]


def square(photo: Image.Image, side: int = SIDE) -> Tensor:
    """The central square of a photo, uint8 `[3, side, side]`."""
    return to_tensor(ImageOps.fit(photo.convert("RGB"), (side, side)))


def figure_grid(photos: Sequence[Tensor], colorize: Colorize) -> Image.Image:
    """Three rows, a column for each photo: the gray input, the prediction, the truth.

    Args:
        photos: in color, uint8 `[3, H, W]`.
        colorize: what is shown.
    """
    truths = [to_picture(photo) for photo in photos]
    inputs = [truth.convert("L") for truth in truths]
    predictions = [to_picture(colorize(photo)) for photo in photos]
    return paste_rows([inputs, predictions, truths], ["input", "prediction", "truth"])


def write_sample_grid(colorize: Colorize, path: Path) -> Path:
    """Write the grid of scikit-image's photos as a JPEG below 150 kB; returns `path`."""
    return save(figure_grid(sample_photos(), colorize), path)


def save(picture: Image.Image, path: Path) -> Path:
    """Write a picture in the format that its name says, making the folder; returns `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, quality=QUALITY)
    return path


def paste_rows(
    rows: Sequence[Sequence[Image.Image]], labels: Sequence[str], side: int = SIDE
) -> Image.Image:
    """Lay out rows of pictures on white, a label below each row.

    Args:
        rows: pictures of any size and mode; each is made to fit a square.
        labels: one line for each row.
        side: of a square in pixels.
    """
    fitted = [
        [ImageOps.contain(picture.convert("RGB"), (side, side)) for picture in row] for row in rows
    ]
    heights = [max(picture.height for picture in row) for row in fitted]
    width = max(len(row) for row in rows) * (side + GAP) - GAP
    sheet = Image.new("RGB", (width, sum(heights) + LABEL_HEIGHT * len(rows)), "white")
    pen, font, top = ImageDraw.Draw(sheet), ImageFont.load_default(size=13), 0
    for row, height, label in zip(fitted, heights, labels, strict=True):
        for column, picture in enumerate(row):
            sheet.paste(picture, (column * (side + GAP), top))
        pen.text((2, top + height + 2), label, fill="black", font=font)
        top += height + LABEL_HEIGHT
    return sheet


def to_picture(rgb: Tensor) -> Image.Image:
    """A uint8 tensor `[3, H, W]` as a picture."""
    return Image.fromarray(rgb.permute(1, 2, 0).contiguous().cpu().numpy())


def to_tensor(picture: Image.Image) -> Tensor:
    """An RGB picture as a uint8 tensor `[3, H, W]`."""
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous()
