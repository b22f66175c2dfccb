"""Color hints in files: a picture with alpha, or the layer of that name in an OpenRaster file.

What is transparent says nothing, everything else says which color is wanted there. What that does
to a photo is the backend's `hints`.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from selcolor_backend.pictures import checks
from selcolor_backend.pictures.arrays import Pixels, to_raster
from selcolor_backend.pictures.bands import Banded
from selcolor_backend.pictures.decoded import Decoded
from selcolor_backend.pictures.icc import label
from selcolor_backend.pictures.orientation import upright
from selcolor_backend.pictures.reading import decode
from selcolor_protocol.errors import UnreadablePicture, UnsupportedPicture
from selcolor_protocol.hints_names import HINTS_NAME, HINTS_NAMES
from selcolor_protocol.raster import Channels, Raster, TransferCurve

HINTS_SUFFIXES = (".png", ".ora", ".tif", ".tiff")
"""Of files of hints, the likelier ones first."""

_ZIP = b"PK\x03\x04"
_STACK_BYTES = 1 << 20
"""The most that the list of an OpenRaster file's layers may have."""

_PNG_BYTES = 1 << 16
"""What a PNG file has at most beyond its samples, unless somebody means ill."""


def read_hints(path: Path, width: int, height: int) -> Raster:
    """Read the hints for a photo of the given size.

    Args:
        path: a PNG or TIFF file with alpha, or an OpenRaster file with a layer “Color Hints”.
        width: pixels of the photo in a row.
        height: rows of the photo.

    Returns:
        RGBA in the depth and profile of the file.

    Raises:
        PictureNotFound: there is no such file.
        UnreadablePicture: it is no picture, or damaged.
        UnsupportedPicture: it has another size, no alpha, no such layer, or is of a kind that is
            refused.
    """
    if not _is_zip(path):
        decoded = decode(path, partial(checks.check_size, path.name))
        pixels = upright(decoded.pixels, decoded.orientation)
        _check_size(path.name, (pixels.shape[1], pixels.shape[0]), (width, height))
        if pixels.shape[2] in (1, 3):
            raise UnsupportedPicture(
                f"The color hints {path.name} have no transparency, so that nothing says where "
                "they are.",
                "Paint them on a transparent layer, and save that with its transparency.",
            )
        return _raster(decoded, pixels)
    with _damage_told(path.name), zipfile.ZipFile(path) as archive:
        return _read_layer(path.name, archive, (width, height))


def _is_zip(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == _ZIP


@contextmanager
def _damage_told(name: str) -> Iterator[None]:
    """Tell of an OpenRaster file that does not hold together.

    Raises:
        UnreadablePicture: it does not.
    """
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        ElementTree.ParseError,
        KeyError,
        ValueError,
        EOFError,
        RuntimeError,  # encrypted
    ) as error:
        raise checks.damaged(name, error) from error


def _read_layer(name: str, archive: zipfile.ZipFile, size: tuple[int, int]) -> Raster:
    """The layer of hints, on a canvas of the picture's size, `(width, height)`."""
    with archive.open("stack.xml") as file:
        listing = file.read(_STACK_BYTES)
    if b"<!" in listing.replace(b"<!--", b""):
        raise checks.damaged(name, "its list of layers defines things of its own")
    image = ElementTree.fromstring(listing)  # noqa: S314 - there are no entities in it
    _check_size(name, (int(image.get("w", "0")), int(image.get("h", "0"))), size)
    layers = {layer.get("name", ""): layer for layer in image.iter("layer")}
    found = next((known for known in HINTS_NAMES if known in layers), None)
    if found is None:
        listed = ", ".join(f"“{layer}”" for layer in layers) or "none"
        raise UnsupportedPicture(
            f"{name} has no layer “{HINTS_NAME}”; its layers are {listed}.",
            f"Rename the layer that you painted the hints on to “{HINTS_NAME}”.",
        )
    layer = layers[found]
    decoded = _decode_png(name, archive, layer.get("src", ""), size)
    place = int(layer.get("x", "0")), int(layer.get("y", "0"))
    return _raster(decoded, _on_canvas(_with_alpha(decoded.pixels), place, size))


def _decode_png(name: str, archive: zipfile.ZipFile, source: str, size: tuple[int, int]) -> Decoded:
    """Decode a layer, by way of a file, as the decoders want one."""
    entry = archive.getinfo(source)
    # An editor's layer may be a little larger than the canvas.
    if entry.file_size > 16 * 4 * size[0] * size[1] + _PNG_BYTES:
        raise UnreadablePicture(
            f"The layer “{HINTS_NAME}” of {name} is far larger than the picture.",
            "Save the file again in the editor that wrote it.",
        )
    with tempfile.TemporaryDirectory(prefix="selcolor-") as folder:
        path = Path(folder, "layer.png")
        with archive.open(entry) as packed, path.open("xb") as file:
            shutil.copyfileobj(packed, file)
        return decode(path, partial(checks.check_size, f"The layer “{HINTS_NAME}” of {name}"))


def _on_canvas(pixels: Pixels, place: tuple[int, int], size: tuple[int, int]) -> Pixels:
    """Put a layer `[h, w, C]` to its place `(x, y)` on a transparent canvas `(width, height)`."""
    left, top = place
    canvas = np.zeros((size[1], size[0], pixels.shape[2]), pixels.dtype)
    part = pixels[max(0, -top) : max(0, size[1] - top), max(0, -left) : max(0, size[0] - left)]
    top, left = max(0, top), max(0, left)
    canvas[top : top + part.shape[0], left : left + part.shape[1]] = part
    return canvas


def _with_alpha(pixels: Pixels) -> Pixels:
    """Samples `[h, w, 2|4]`: a layer without alpha is opaque."""
    if pixels.shape[2] in (2, 4):
        return pixels
    opaque = 1 if pixels.dtype.kind == "f" else np.iinfo(pixels.dtype).max
    return np.concatenate([pixels, np.full_like(pixels[..., :1], opaque)], axis=2)


def _raster(decoded: Decoded, pixels: Pixels) -> Raster:
    """Samples `[h, w, 2|4]` as RGBA, labeled as their file labels them."""
    unlabeled = TransferCurve.LINEAR if pixels.dtype.kind == "f" else TransferCurve.SRGB
    curve, profile = label(decoded.profile, pixels.shape[2] == 2, unlabeled)
    if pixels.shape[2] == 2:  # gray has no chroma, whatever its curve
        return to_raster(pixels[..., [0, 0, 0, 1]], unlabeled)
    return to_raster(pixels, curve, profile)


def _check_size(name: str, found: tuple[int, int], wanted: tuple[int, int]) -> None:
    """Refuse hints that are not of the photo's size, `(width, height)`.

    Raises:
        UnsupportedPicture: they are not.
    """
    if found != wanted:
        raise UnsupportedPicture(
            f"The color hints {name} have {found[0]} × {found[1]} pixels, but the picture has "
            f"{wanted[0]} × {wanted[1]}.",
            "Scale them to the size of the picture, or begin anew with `selcolor hints`.",
        )


def no_hints(width: int, height: int) -> Banded:
    """An empty layer to paint hints on: transparent, 8 bits, sRGB."""

    def rows(top: int, bottom: int) -> Pixels:
        return np.zeros((bottom - top, width, 4), np.uint8)

    return Banded(width, height, Channels.RGBA, np.dtype("u1"), TransferCurve.SRGB, None, rows)
