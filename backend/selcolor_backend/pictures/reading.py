"""From a picture file to a raster: upright, labeled with its curve, alpha straight.

Reads JPEG, PNG, WebP, BMP and TIFF in the depth that they have. Gray stays gray, and becomes gray
again where it is stored as three equal colors without a profile. Samples without a usable ICC
profile are taken as sRGB when they are integers, and as linear when they are floats. (Krita,
Photoshop and rendering programs do the latter; GIMP assumes the sRGB curve. A profile in the file
settles it.) The PNG chunks gAMA and cICP are ignored. Other metadata is left behind; what pixels
mean to the networks is the pipeline's concern.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from selcolor_backend.pictures import checks
from selcolor_backend.pictures.arrays import Pixels, as_gray, drop_colors, is_gray, to_raster
from selcolor_backend.pictures.icc import label
from selcolor_backend.pictures.tiff import SIGNATURES as TIFF_SIGNATURES
from selcolor_backend.pictures.tiff import Decoded, decode_tiff
from selcolor_protocol.errors import (
    PictureNotFound,
    SelectiveColorizeError,
    UnreadablePicture,
)
from selcolor_protocol.raster import Raster, TransferCurve

# Every size is checked against our own limits between opening (the header) and decoding. Pillow's
# guard warns at a smaller size and cannot name the picture.
Image.MAX_IMAGE_PIXELS = None

_PILLOW_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"BM", b"GIF8")
_ORIENTATION = 0x0112
_BAND_PIXELS = 1 << 18


def read_picture(path: Path) -> Raster:
    """Read a photo.

    Args:
        path: a JPEG, PNG, WebP, BMP or TIFF file.

    Returns:
        The upright picture: 8- or 16-bit integers or 16- or 32-bit floats, GRAY, GRAYA, RGB or
        RGBA, little-endian, with the file's ICC profile or a named curve.

    Raises:
        PictureNotFound: there is no such file, or it is a folder.
        UnreadablePicture: it is no picture, or damaged, or may not be read.
        UnsupportedPicture: it is CMYK, indexed, animated, too large, too small or too narrow.
    """
    decoded = decode(path, partial(checks.check_photo, path.name))
    pixels = decoded.pixels if decoded.profile else as_gray(decoded.pixels)
    pixels = upright(pixels, decoded.orientation)
    unlabeled = TransferCurve.LINEAR if pixels.dtype.kind == "f" else TransferCurve.SRGB
    return to_raster(pixels, *label(decoded.profile, pixels.shape[2] <= 2, unlabeled))


def decode(path: Path, check: checks.Check) -> Decoded:
    """Decode a file by the decoder that its first bytes ask for.

    Args:
        path: the file.
        check: called before memory is taken for pixels.

    Raises:
        PictureNotFound: there is no such file, or it is a folder.
        UnreadablePicture: it is no picture, or damaged, or may not be read.
        UnsupportedPicture: it is of a kind that is refused, or `check` refuses it.
    """
    try:
        _check_is_file(path)
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if not start:
                raise checks.unreadable(path.name, empty=True)
            if start in TIFF_SIGNATURES:
                return decode_tiff(path, check)
            return _decode_other(path.name, file, start, check)
    except (FileNotFoundError, NotADirectoryError):
        raise PictureNotFound(
            f"There is no file {path}.", "Check the name and the folder."
        ) from None
    except PermissionError:
        raise UnreadablePicture(
            f"{path} may not be read by you.", "Change the permissions of the file, or copy it."
        ) from None
    except (SelectiveColorizeError, MemoryError):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise UnreadablePicture(
                f"{path} cannot be read, because the system refuses it ({error.strerror}).",
                "Check the name, the folder and the disk.",
            ) from error
        # Decoders raise nearly anything on bytes that nobody ever meant as a picture.
        raise checks.damaged(path.name, error) from error


def _check_is_file(path: Path) -> None:
    if path.is_dir():
        raise PictureNotFound(
            f"{path} is a folder, not a picture.", "Name the pictures in it, such as folder/*.jpg."
        )
    if path.exists() and not path.is_file():
        raise PictureNotFound(f"{path} is not a regular file.", "Name a picture file.")


def _decode_other(name: str, file: BinaryIO, start: bytes, check: checks.Check) -> Decoded:
    """Decode all but TIFF: Pillow reads headers, imagecodecs PNG pixels, Pillow the rest."""
    try:
        image = Image.open(file, formats=_PILLOW_FORMATS)
    except UnidentifiedImageError:
        if start.startswith(_SIGNATURES):
            raise checks.damaged(name, "its header cannot be read") from None
        raise checks.unreadable(name) from None
    with image:
        bits = _png_depth(file) if image.format == "PNG" else 8
        check(_header_of(image, bits))
        _check_kind(name, image)
        profile = image.info.get("icc_profile")
        if image.format == "PNG" and bits >= 8:
            from imagecodecs import png_decode  # late: most photos are JPEGs

            # Pillow would cut 16-bit colors down to 8 bits.
            file.seek(0)
            data = file.read()
            pixels = png_decode(data)
            return Decoded(_with_channels(pixels), profile, _png_orientation(image, data))
        pixels = _pillow_pixels(name, image, may_be_gray=profile is None)
        return Decoded(pixels, profile, _orientation(image))


def _header_of(image: Image.Image, bits: int) -> checks.Header:
    samples = len(image.getbands()) + ("transparency" in image.info)
    return checks.Header(*image.size, samples, 2 if bits == 16 else 1)


def _check_kind(name: str, image: Image.Image) -> None:
    # A phone's JPEG may carry a depth or gain map behind the photo ("MPO"): no animation.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise checks.several_pictures(name)
    if image.mode in ("P", "PA"):
        raise checks.palette(name)
    if image.mode == "CMYK":
        raise checks.cmyk(name)


def _pillow_pixels(name: str, image: Image.Image, may_be_gray: bool) -> Pixels:
    """Decode by Pillow; three equal colors become one gray if they may."""
    wanted = {"1": "L", "L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA"}.get(image.mode)
    if wanted is None:
        raise checks.unsupported(
            name,
            f"is a picture of the mode {image.mode}",
            "Open it in an editor, and save it as an RGB or grayscale PNG.",
        )
    if "transparency" in image.info and wanted in ("L", "RGB"):
        wanted = {"L": "LA", "RGB": "RGBA"}[wanted]
    image.load()
    if may_be_gray and len(wanted) >= 3:
        gray = np.empty((image.height, image.width, len(wanted) - 2), np.uint8)
        if all(_keep_gray(band, gray[rows]) for rows, band in _pillow_bands(image, wanted)):
            return gray
        del gray
    pixels = np.empty((image.height, image.width, len(wanted)), np.uint8)
    for rows, band in _pillow_bands(image, wanted):
        pixels[rows] = band
    return pixels


def _pillow_bands(image: Image.Image, mode: str) -> Iterator[tuple[slice, Pixels]]:
    """Copy samples `[rows, W, C]` out of Pillow, which would hold the whole picture three times."""
    step = max(1, _BAND_PIXELS // image.width)
    for top in range(0, image.height, step):
        band = image.crop((0, top, image.width, min(top + step, image.height)))
        pixels = np.asarray(band if band.mode == mode else band.convert(mode))
        yield slice(top, top + step), _with_channels(pixels)


def _keep_gray(band: Pixels, gray: Pixels) -> bool:
    """Copy a band without its colors; whether it has none."""
    if not is_gray(band):
        return False
    gray[...] = drop_colors(band)
    return True


def _with_channels(pixels: Pixels) -> Pixels:
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def _png_depth(file: BinaryIO) -> int:
    """Bits of a sample: the ninth byte of IHDR, which the standard puts first."""
    file.seek(24)
    return file.read(1)[0]


def _png_orientation(image: Image.Image, data: bytes) -> int:
    """As `_orientation`, but spares Pillow's decoding, which it does to look behind the pixels."""
    return _orientation(image) if "exif" in image.info or b"eXIf" in data else 1


def _orientation(image: Image.Image) -> int:
    """Find the EXIF orientation; broken EXIF data means upright, as the picture itself is sound."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:
        return 1


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo an EXIF or TIFF orientation of 1 to 8; any other number means upright."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
