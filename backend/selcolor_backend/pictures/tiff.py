"""Decoding TIFF: integers of 1 to 16 bits, floats, palettes, gray, RGB or Lab, alpha or none.

Which page is the photo is decided in `tiff_pages`, whether all of it is there in `tiff_segments`;
finding the file and turning samples into a raster is left to `reading`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from selcolor_backend.pictures import checks
from selcolor_backend.pictures.arrays import Pixels, spread
from selcolor_backend.pictures.decoded import Decoded
from selcolor_backend.pictures.lab import lab_to_srgb
from selcolor_backend.pictures.metadata import Metadata, from_tiff
from selcolor_backend.pictures.tiff_pages import Choice, check_others, choose_page
from selcolor_backend.pictures.tiff_segments import check_tiles, mend_segments
from selcolor_protocol.notes import Note

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_CIE_LAB, _ICC_LAB = 8, 9
_COLORS = {
    _WHITE_IS_ZERO: 1,
    _BLACK_IS_ZERO: 1,
    _RGB: 3,
    _PALETTE: 1,
    _YCBCR: 3,
    _CIE_LAB: 3,
    _ICC_LAB: 3,
}
_LAB = (_CIE_LAB, _ICC_LAB)
_UNSIGNED, _FLOAT, _UNDEFINED = 1, 3, 4
_ASSOCIATED_ALPHA, _STRAIGHT_ALPHA = 1, 2
_MOST_EXTRA_SAMPLES = 5
_OLD_JPEG, _JPEG = 6, 7
_FAX = (2, 3, 4)
_PHOTOMETRIC, _ORIENTATION, _COLOR_MAP, _PROFILE = 262, 274, 320, 34675


def decode_tiff(path: Path, check: checks.Check, wanted: int | None = None) -> Decoded:
    """Decode the photo of a TIFF.

    Args:
        path: the file.
        check: called with the header before memory is taken for pixels.
        wanted: the page, counted from 1; None for the largest.

    Raises:
        UnsupportedPicture: several photos, or samples of a kind that is refused.
        Exception: whatever tifffile raises for a damaged file.
    """
    # Imported late: tifffile takes a quarter of a second, and most photos are no TIFFs.
    from tifffile import TiffFile

    with TiffFile(path) as file:
        choice = choose_page(path.name, file, wanted)
        pixels, notes = _decode_page(path, file, check, choice.page)
        decode = partial(_decode_page, path, file, partial(checks.check_size, path.name))
        check_others(path.name, choice, pixels, lambda other: decode(other)[0])
        tags = choice.page.tags
        profile, orientation = (
            tags[code].value if code in tags else None for code in (_PROFILE, _ORIENTATION)
        )
        is_lab = _photometric(choice.page) in _LAB  # and sRGB now, whatever its profile
        metadata = _metadata(path, choice.page.offset, file.pages[0].offset)
    return Decoded(
        pixels,
        profile if isinstance(profile, bytes) and not is_lab else None,
        orientation if isinstance(orientation, int) else 1,
        _notes_on(choice) + notes,
        metadata,
    )


def _metadata(path: Path, at: int, first: int) -> Metadata:
    """What the directory of the page has; a page without EXIF has that of the first one."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        found = from_tiff(data, at)
        return found if found.exif else replace(found, exif=from_tiff(data, first).exif)


def _notes_on(choice: Choice) -> tuple[Note, ...]:
    return (Note.OTHER_PICTURES_LEFT_OUT,) if choice.is_told else ()


def _decode_page(
    path: Path, file: Any, check: checks.Check, page: Any
) -> tuple[Pixels, tuple[Note, ...]]:
    """Samples `[H, W, C]` of one page, and what is to be said of them."""
    photometric = _photometric(page)
    _check_kind(path.name, page, photometric)
    check(_header_of(page, photometric))
    check_tiles(path.name, page)
    notes = {
        Note.FILE_IS_BLEMISHED: mend_segments(path, page),
        Note.BLACK_WAS_ASSUMED: _PHOTOMETRIC not in page.tags and photometric != _PALETTE,
    }
    if photometric == _YCBCR and page.compression != _JPEG:
        pixels = _by_libtiff(path, file, page)
    else:
        pixels = _over_whole_range(_samples(page), page)
    if photometric == _PALETTE:
        pixels = _expanded(pixels, page)
    if photometric in _LAB:
        pixels = lab_to_srgb(pixels, is_offset=photometric == _ICC_LAB)
    if photometric == _WHITE_IS_ZERO:
        np.subtract(pixels.dtype.type(_white(pixels)), pixels[..., 0], out=pixels[..., 0])
    pixels, left_out = _with_alpha(pixels, page, 3 if photometric == _PALETTE else None)
    notes[Note.EXTRA_CHANNELS_LEFT_OUT] = left_out
    return pixels, tuple(note for note, holds in notes.items() if holds)


def _photometric(page: Any) -> int:
    """How samples become colors; where the file does not say, what it can only mean."""
    if _PHOTOMETRIC in page.tags:
        return int(page.photometric)
    if _COLOR_MAP in page.tags:
        return _PALETTE
    if page.samplesperpixel >= 3:
        return _RGB
    return _WHITE_IS_ZERO if page.compression in _FAX else _BLACK_IS_ZERO


def _check_kind(name: str, page: Any, photometric: int) -> None:
    from tifffile import TIFF

    if page.imagedepth != 1 or page.tiledepth != 1:
        raise checks.several_pictures(name)
    if photometric == _CMYK:
        raise checks.cmyk(name)
    colors = _COLORS.get(photometric)
    if colors is None:
        kind = getattr(page.photometric, "name", str(photometric))
        raise checks.unsupported(name, f"is a TIFF of the kind {kind}", checks.SAVE_AGAIN)
    if not colors <= page.samplesperpixel <= colors + _MOST_EXTRA_SAMPLES:
        samples = f"has {page.samplesperpixel} samples a pixel"
        raise checks.unsupported(name, samples, checks.SAVE_AGAIN)
    if not _is_readable(page.bitspersample, int(page.sampleformat), photometric):
        raise checks.unsupported(
            name,
            f"has samples of {page.bitspersample} bits in a number format that is not read",
            "Save it with 8- or 16-bit integers, or 16- or 32-bit floats.",
        )
    if page.compression not in TIFF.DECOMPRESSORS:
        kind = getattr(page.compression, "name", str(page.compression))
        raise checks.unsupported(name, f"is compressed by {kind}", checks.SAVE_AGAIN)


def _is_readable(bits: Any, number_format: int, photometric: int) -> bool:
    if number_format == _FLOAT:
        return bits in (16, 32, 64) and photometric not in (_PALETTE, *_LAB)
    if photometric in _LAB:
        return bits in (8, 16) and number_format != _FLOAT
    is_integer = isinstance(bits, int) and 1 <= bits <= 16
    return is_integer and number_format in (_UNSIGNED, _UNDEFINED)


def _header_of(page: Any, photometric: int) -> checks.Header:
    samples = page.samplesperpixel
    samples = samples + 2 if photometric == _PALETTE else samples
    return checks.Header(page.imagewidth, page.imagelength, samples, -(-page.bitspersample // 8))


def _samples(page: Any) -> Pixels:
    """Decode to `[H, W, C]` in native byte order."""
    planar = int(page.planarconfig) != 1 and page.samplesperpixel > 1
    pixels: Pixels = np.asarray(page.asarray())
    shape = (page.samplesperpixel, page.imagelength, page.imagewidth)
    pixels = np.moveaxis(pixels.reshape(shape), 0, -1) if planar else pixels
    pixels = pixels.reshape(page.imagelength, page.imagewidth, page.samplesperpixel)
    if pixels.dtype.kind == "f":
        return pixels.astype("f4" if pixels.dtype.itemsize > 4 else pixels.dtype.newbyteorder("="))
    bits = "u1" if page.bitspersample <= 8 else "u2"
    native: Pixels = pixels.astype(bits, copy=False)
    return native if native.flags.writeable else native.copy()


def _over_whole_range(pixels: Pixels, page: Any) -> Pixels:
    """Spread integers of fewer bits than their type has over its whole range."""
    if pixels.dtype.kind == "f" or _photometric(page) == _PALETTE:
        return pixels
    return spread(pixels, (1 << page.bitspersample) - 1)


def _by_libtiff(path: Path, file: Any, page: Any) -> Pixels:
    """Decode what only libtiff knows: luminance and chroma in other ways than JPEG's usual one."""
    with Image.open(path, formats=("TIFF",)) as image:
        image.seek(next(number for number, one in enumerate(file.pages) if one is page))
        pixels: Pixels = np.asarray(image.convert("RGB")).copy()
        return pixels


def _expanded(pixels: Pixels, page: Any) -> Pixels:
    """Samples `[H, W, C]` whose first one is a place in the palette, as colors in its stead."""
    palette = np.asarray(page.colormap)
    # The standard asks for 16 bits, but some programs write 8; both × 256 and × 257 are usual.
    palette = (palette if palette.max() < 256 else palette >> 8).astype(np.uint8)
    colors = palette.T[np.minimum(pixels[..., 0], palette.shape[1] - 1)]
    return np.concatenate([colors, pixels[..., 1:].astype(np.uint8)], axis=2)


def _white(pixels: Pixels) -> float:
    return 1.0 if pixels.dtype.kind == "f" else float(np.iinfo(pixels.dtype).max)


def _with_alpha(pixels: Pixels, page: Any, colors: int | None) -> tuple[Pixels, bool]:
    """Keep colors and alpha of samples `[H, W, C]`.

    What does not say that it is alpha may be an infrared scan or a selection that was saved.

    Returns:
        The samples, and whether some were left out.
    """
    kinds = [int(kind) for kind in page.extrasamples]
    colors = colors or _COLORS.get(_photometric(page), 3)
    extra = pixels.shape[2] - colors
    kinds = kinds[:extra] + [0] * (extra - len(kinds))
    found = [kind in (_ASSOCIATED_ALPHA, _STRAIGHT_ALPHA) for kind in kinds]
    if not any(found):
        return (np.ascontiguousarray(pixels[..., :colors]) if extra else pixels), extra > 0
    at = found.index(True)
    if extra > 1:
        pixels = pixels[..., [*range(colors), colors + at]]
    return (_straight(pixels) if kinds[at] == _ASSOCIATED_ALPHA else pixels), extra > 1


def _straight(pixels: Pixels) -> Pixels:
    """Divide colors by associated (premultiplied) alpha, in place.

    Where alpha is 0 the colors are 0 already and stay so.
    """
    white = _white(pixels)
    for row in range(pixels.shape[0]):
        alpha = pixels[row, :, -1:].astype(np.float64)
        scale = np.divide(white, alpha, out=np.zeros_like(alpha), where=alpha > 0)
        colors = pixels[row, :, :-1] * scale
        if pixels.dtype.kind != "f":
            colors = np.minimum(np.rint(colors), white)
        pixels[row, :, :-1] = colors
    return pixels
