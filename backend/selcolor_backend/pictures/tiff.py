"""Decoding TIFF: 1- to 16-bit integers, 16- and 32-bit floats, gray or RGB, alpha or none.

Finding the file and turning samples into a raster is left to `reading`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from selcolor_backend.pictures import checks
from selcolor_backend.pictures.arrays import Pixels

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_MINISWHITE, _MINISBLACK, _RGB, _PALETTE, _CMYK = 0, 1, 2, 3, 5
_UNSIGNED, _FLOAT = 1, 3
_ASSOCIATED_ALPHA = 1
_REDUCED_OR_MASK = 0b101
_TILE_STEP = 16
"""Sides of tiles are multiples of this."""
_USUAL_TILE_PIXELS = 1024 * 1024
"""Tiles up to this size are common also around smaller pictures."""
_ORIENTATION, _PROFILE = 274, 34675
_SAMPLES = {(1, _UNSIGNED), (8, _UNSIGNED), (16, _UNSIGNED), (16, _FLOAT), (32, _FLOAT)}

# Without a handler, tifffile's remarks on odd tags would be printed between our progress bars.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Decoded:
    """A file's samples before they are turned upright.

    Attributes:
        pixels: `[H, W, C]`, alpha straight.
        profile: the embedded ICC profile, if any.
        orientation: 1 to 8 as in EXIF.
    """

    pixels: Pixels
    profile: bytes | None
    orientation: int


def decode_tiff(path: Path, check: checks.Check) -> Decoded:
    """Decode the only page of a TIFF.

    Args:
        path: the file.
        check: called with the header before memory is taken for pixels.

    Raises:
        UnsupportedPicture: several pages, or samples of a kind that is refused.
        Exception: whatever tifffile raises for a damaged file.
    """
    # Imported late: tifffile takes a quarter of a second, and most photos are no TIFFs.
    from tifffile import TiffFile

    with TiffFile(path) as file:
        page = _only_page(path.name, file)
        _check_kind(path.name, page)
        check(_header_of(page))
        _check_segments(path.name, page)
        _check_complete(path, page)
        pixels = _samples(page)
        tags = {
            code: page.tags[code].value for code in (_ORIENTATION, _PROFILE) if code in page.tags
        }
    profile = tags.get(_PROFILE)
    return Decoded(
        _straight(_upright_black(pixels, page), page),
        None if profile is None else bytes(profile),
        int(tags.get(_ORIENTATION, 1)),
    )


def _only_page(name: str, file: Any) -> Any:
    """Find the picture itself; thumbnails and transparency masks beside it do not count."""
    found = None
    for page in file.pages:
        if int(getattr(page, "subfiletype", 0) or 0) & _REDUCED_OR_MASK:
            continue
        if found is not None:
            raise checks.several_pictures(name)
        found = page
    if found is None:
        raise checks.damaged(name, "it has no page")
    return found


def _check_kind(name: str, page: Any) -> None:
    photometric = int(page.photometric)
    if photometric == _PALETTE:
        raise checks.palette(name)
    if photometric == _CMYK:
        raise checks.cmyk(name)
    save_again = "Open it in an editor, and save it as an RGB or grayscale PNG or TIFF."
    colors = {_MINISWHITE: 1, _MINISBLACK: 1, _RGB: 3}.get(photometric)
    if colors is None:
        kind = getattr(page.photometric, "name", str(photometric))
        raise checks.unsupported(name, f"is a TIFF of the kind {kind}", save_again)
    if page.samplesperpixel not in (colors, colors + 1):
        raise checks.unsupported(name, f"has {page.samplesperpixel} samples a pixel", save_again)
    if (page.bitspersample, int(page.sampleformat)) not in _SAMPLES:
        raise checks.unsupported(
            name,
            f"has samples of {page.bitspersample} bits in a number format that is not read",
            "Save it with 8- or 16-bit integers, or 16- or 32-bit floats.",
        )


def _header_of(page: Any) -> checks.Header:
    sample_bytes = max(1, page.bitspersample // 8)
    return checks.Header(page.imagewidth, page.imagelength, page.samplesperpixel, sample_bytes)


def _check_segments(name: str, page: Any) -> None:
    """Refuse tiles that take far more memory than the picture: whole ones are decoded."""
    if page.imagedepth != 1 or page.tiledepth != 1:
        raise checks.several_pictures(name)
    size, tile = (page.imagelength, page.imagewidth), (page.tilelength, page.tilewidth)
    if not page.is_tiled or tile[0] * tile[1] <= _USUAL_TILE_PIXELS:
        return
    if any(part > whole + _TILE_STEP - 1 for part, whole in zip(tile, size, strict=True)):
        raise checks.damaged(name, f"its tiles of {tile[1]} × {tile[0]} pixels exceed the picture")


def _check_complete(path: Path, page: Any) -> None:
    """Every strip or tile must lie in the file: tifffile fills missing ones with zeros."""
    size = path.stat().st_size
    segments = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    whole = all(count > 0 and offset + count <= size for offset, count in segments)
    if not whole or len(segments) < int(np.prod(page.chunked)):
        raise checks.damaged(path.name, "strips of pixels are missing")


def _samples(page: Any) -> Pixels:
    """Decode to `[H, W, C]` in native byte order; one-bit pixels become 0 and 255."""
    planar = int(page.planarconfig) != 1 and page.samplesperpixel > 1
    pixels: Pixels = np.asarray(page.asarray())
    shape = (page.samplesperpixel, page.imagelength, page.imagewidth)
    pixels = np.moveaxis(pixels.reshape(shape), 0, -1) if planar else pixels
    pixels = pixels.reshape(page.imagelength, page.imagewidth, page.samplesperpixel)
    if page.bitspersample == 1:
        pixels = pixels.astype(np.uint8) * np.uint8(255)
    native: Pixels = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    return native if native.flags.writeable else native.copy()


def _white(pixels: Pixels) -> float:
    return 1.0 if pixels.dtype.kind == "f" else float(np.iinfo(pixels.dtype).max)


def _upright_black(pixels: Pixels, page: Any) -> Pixels:
    """Turn MINISWHITE samples around in place, so that 0 is black."""
    if int(page.photometric) != _MINISWHITE:
        return pixels
    np.subtract(pixels.dtype.type(_white(pixels)), pixels[..., 0], out=pixels[..., 0])
    return pixels


def _straight(pixels: Pixels, page: Any) -> Pixels:
    """Divide colors by associated (premultiplied) alpha, in place.

    An unspecified extra sample is straight alpha. Where alpha is 0 the colors are 0 already and
    stay so.
    """
    extra = [int(kind) for kind in page.extrasamples]
    if pixels.shape[2] not in (2, 4) or extra[:1] != [_ASSOCIATED_ALPHA]:
        return pixels
    white = _white(pixels)
    for row in range(pixels.shape[0]):
        alpha = pixels[row, :, -1:].astype(np.float64)
        scale = np.divide(white, alpha, out=np.zeros_like(alpha), where=alpha > 0)
        colors = pixels[row, :, :-1] * scale
        if pixels.dtype.kind != "f":
            colors = np.minimum(np.rint(colors), white)
        pixels[row, :, :-1] = colors
    return pixels
