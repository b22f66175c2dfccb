"""What an OpenRaster file of the command line holds, to be compared with what an editor reads."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import imagecodecs
import numpy as np
from driven import selcolor
from numpy.typing import NDArray


class FileLayer(NamedTuple):
    """One layer.

    Attributes:
        name: what an editor shows.
        is_visible: whether it is shown.
        pixels: RGBA, `[H, W, 4]`, of 8 or 16 bits.
    """

    name: str
    is_visible: bool
    pixels: NDArray[np.generic]


def write_file(place: Path, photo: Path, depth: str) -> Path:
    """Have the command line colorize a photo; the folder with its OpenRaster file.

    Args:
        place: of the tests.
        photo: to be colorized.
        depth: bits of a sample.
    """
    folder = place / f"open-raster-{depth}"
    options = ["--format", "ora", "--depth", depth, "--feather", "20"]
    selcolor(place, "colorize", str(photo), "-o", str(folder), *options)
    return folder


def layers_in(path: Path) -> list[FileLayer]:
    """All layers, top to bottom."""
    with zipfile.ZipFile(path) as archive:
        stack = ElementTree.fromstring(archive.read("stack.xml")).find("stack")
        assert stack is not None
        return [
            FileLayer(
                layer.attrib["name"],
                layer.attrib.get("visibility") != "hidden",
                as_rgba(imagecodecs.png_decode(archive.read(layer.attrib["src"]))),
            )
            for layer in stack
        ]


def as_rgba(pixels: NDArray[np.generic]) -> NDArray[np.generic]:
    """Gray or colored samples, with or without alpha, as RGBA."""
    samples = pixels.reshape(*pixels.shape[:2], -1)
    has_alpha = samples.shape[-1] in (2, 4)
    alpha = (
        samples[..., -1:]
        if has_alpha
        else np.full_like(samples[..., :1], np.iinfo(samples.dtype).max)
    )
    colors = samples[..., :-1] if has_alpha else samples
    return np.concatenate([np.broadcast_to(colors, (*colors.shape[:2], 3)), alpha], -1)
