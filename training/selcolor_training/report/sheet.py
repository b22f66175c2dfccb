"""Contact sheets of old photographs, colored by the models that we ship, to be looked at.

The photos are not ours: the sheets belong in a build folder and are never committed.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from selcolor_backend import jobs
from selcolor_backend.models.devices import best_device
from selcolor_backend.models.loading import WarmModels
from selcolor_backend.models.predictions import Decisions
from selcolor_backend.models.registry import Kind
from selcolor_backend.paint import Layers
from selcolor_backend.pictures.arrays import to_array, to_raster
from selcolor_backend.plan import Networks, Stage
from selcolor_protocol.messages import Colorize
from selcolor_protocol.notes import Note
from selcolor_protocol.options import ColorizeOptions
from selcolor_protocol.raster import Raster
from selcolor_training.errors import DatasetError
from selcolor_training.report.grids import paste_rows, save

SPLIT = "historic"
LONGEST_SIDE = 800
"""Photos are made smaller than this first; a sheet shows no more."""

CELL = 320
ROWS = 5


def make_historic_sheets(data: Path, folder: Path) -> list[Path]:
    """Color every photo of the historic split with the default models.

    A row shows the photo in gray, colorized, selectively colored, and the mask.

    Args:
        data: where `historic-*.tar` lie.
        folder: for the pages, `historic-01.jpg` and so on; made if it is not there.

    Returns:
        The pages.

    Raises:
        DatasetError: there is no such photo.
    """
    photos = list(historic_photos(data))
    if not photos:
        raise DatasetError(
            f"{data} holds no photo of the split “{SPLIT}”.",
            f"Name a folder with {SPLIT}-00.tar with --data.",
        )
    models = WarmModels(best_device())
    rows = [
        labelled_row(name, photo, models) for name, photo in tqdm(photos, desc="color old photos")
    ]
    return write_pages(rows, folder)


def historic_photos(data: Path) -> Iterator[tuple[str, Image.Image]]:
    """Each photo's name and the photo in gray, no side longer than LONGEST_SIDE."""
    for shard in sorted(data.glob(f"{SPLIT}-*.tar")):
        with tarfile.open(shard) as archive:
            for member in archive:
                if (file := archive.extractfile(member)) is not None:
                    photo = Image.open(io.BytesIO(file.read())).convert("L")
                    photo.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                    yield member.name, photo


def labelled_row(
    name: str, photo: Image.Image, models: WarmModels
) -> tuple[str, list[Image.Image]]:
    """A photo's label and its four pictures: gray, colorized, blended, mask."""
    raster = to_raster(np.asarray(photo)[..., None])
    layers = color(raster, models)
    if Note.NOTHING_FOUND in layers.notes:
        name += " (no subject found)"
    shown = (layers.colorized, layers.blended, layers.mask)
    return name, [photo, *(to_picture(layer) for layer in shown)]


def color(photo: Raster, models: WarmModels) -> Layers:
    """The layers of a photo as users get them."""
    options = ColorizeOptions()
    networks = Networks(
        models.open(options.colorizer, Kind.COLORIZER),
        models.open(options.segmenter, Kind.SEGMENTER),
        Decisions(),
    )
    return jobs.colorize(Colorize("", 0, options, photo), networks, ignore_progress)


def ignore_progress(_stage: Stage, _share: float) -> None:
    """The bar counts photos, not stages."""


def to_picture(raster: Raster) -> Image.Image:
    """An 8-bit raster, gray or RGB, as a picture."""
    return Image.fromarray(np.squeeze(to_array(raster)))


def write_pages(rows: list[tuple[str, list[Image.Image]]], folder: Path) -> list[Path]:
    """Write labelled rows as pages of ROWS rows; returns the pages."""
    pages = []
    for first in range(0, len(rows), ROWS):
        names, pictures = zip(*rows[first : first + ROWS], strict=True)
        sheet = paste_rows(pictures, names, CELL)
        pages.append(save(sheet, folder / f"{SPLIT}-{first // ROWS + 1:02}.jpg"))
    return pages
