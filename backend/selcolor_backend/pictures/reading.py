"""From a picture file to a raster: upright, labeled with its curve, alpha straight.

Reads JPEG, PNG, WebP, BMP and TIFF in the depth and channels that they have: gray stays gray,
16 bits stay 16 bits. Samples without a usable ICC profile are taken as sRGB when they are
integers, and as linear when they are floats. (Krita, Photoshop and rendering programs do the
latter; GIMP assumes the sRGB curve. A profile in the file settles it.) The PNG chunks gAMA and
cICP are ignored. Other metadata is left behind; what pixels mean to the networks is the
pipeline's concern.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np
from PIL import Image, UnidentifiedImageError

from selcolor_backend.pictures import checks
from selcolor_backend.pictures.arrays import Pixels, to_array, to_raster
from selcolor_backend.pictures.icc import label
from selcolor_backend.pictures.tiff import SIGNATURES as TIFF_SIGNATURES
from selcolor_backend.pictures.tiff import Decoded, decode_tiff
from selcolor_backend.pictures.writing import convert_depth
from selcolor_protocol.errors import (
    PictureNotFound,
    SelectiveColorizeError,
    UnreadablePicture,
    UnsupportedPicture,
)
from selcolor_protocol.raster import Raster, TransferCurve

# Every size is checked against our own limits between opening (the header) and decoding. Pillow's
# guard warns at a smaller size and cannot name the picture.
Image.MAX_IMAGE_PIXELS = None

_PILLOW_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"BM", b"GIF8")
_ORIENTATION = 0x0112


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
    decoded = _decode(path, partial(checks.check_photo_size, path.name))
    pixels = _upright(decoded.pixels, decoded.orientation)
    unlabeled = TransferCurve.LINEAR if pixels.dtype.kind == "f" else TransferCurve.SRGB
    return to_raster(pixels, *label(decoded.profile, pixels.shape[2] <= 2, unlabeled))


def read_mask(path: Path, width: int, height: int) -> Raster:
    """Read a mask for a picture of the given size.

    Mask values are coverage, not light: no curve and no profile applies to them. Editors like to
    save gray pictures as RGB, so RGB is taken when its three channels are equal, and refused when
    it shows color: which of the colors would count is anybody's guess. What is transparent is
    masked out.

    Args:
        path: a picture file of any depth that `read_picture` reads.
        width: pixels of the picture in a row.
        height: rows of the picture.

    Returns:
        GRAY, 8 bits, of that size: 255 where the picture is to be in color.

    Raises:
        PictureNotFound: there is no such file.
        UnreadablePicture: it is no picture, or damaged.
        UnsupportedPicture: it has another size, shows color, or is of a kind that is refused.
    """
    decoded = _decode(path, partial(checks.check_limits, path.name))
    pixels = _upright(decoded.pixels, decoded.orientation)
    if pixels.shape[:2] != (height, width):
        raise UnsupportedPicture(
            f"The mask {path.name} has {pixels.shape[1]} × {pixels.shape[0]} pixels, but the "
            f"picture has {width} × {height}.",
            "Scale the mask to the size of the picture.",
        )
    values = to_array(convert_depth(to_raster(pixels), 8))
    count = values.shape[2]
    if count >= 3 and (values[..., :1] != values[..., 1:3]).any():
        raise UnsupportedPicture(
            f"The mask {path.name} shows colors, but a mask is black, white and gray.",
            "Convert it to grayscale in an editor, and save it again.",
        )
    gray = values[..., :1]
    if count in (2, 4):
        gray = ((gray * values[..., -1:].astype(np.uint16) + 127) // 255).astype(np.uint8)
    return to_raster(gray)


def _decode(path: Path, check_size: checks.SizeCheck) -> Decoded:
    """Choose the decoder by the file's first bytes; any surprise in it means a damaged file."""
    if path.is_dir():
        raise PictureNotFound(
            f"{path} is a folder, not a picture.", "Name the pictures in it, such as folder/*.jpg."
        )
    if path.exists() and not path.is_file():
        raise PictureNotFound(f"{path} is not a regular file.", "Name a picture file.")
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if not start:
                raise checks.unreadable(path.name, empty=True)
            if start in TIFF_SIGNATURES:
                return decode_tiff(path, check_size)
            return _decode_other(path.name, file, start, check_size)
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
        # Decoders raise nearly anything on bytes that nobody ever meant as a picture.
        raise checks.damaged(path.name, error) from error


def _decode_other(name: str, file: BinaryIO, start: bytes, check_size: checks.SizeCheck) -> Decoded:
    """Decode all but TIFF: Pillow reads headers, imagecodecs PNG pixels, Pillow the rest."""
    try:
        image = Image.open(file, formats=_PILLOW_FORMATS)
    except UnidentifiedImageError:
        if start.startswith(_SIGNATURES):
            raise checks.damaged(name, "its header cannot be read") from None
        raise checks.unreadable(name) from None
    with image:
        check_size(*image.size)
        _check_kind(name, image)
        profile = image.info.get("icc_profile")
        if image.format == "PNG" and _png_depth(file) >= 8:
            # Pillow would cut 16-bit colors down to 8 bits.
            file.seek(0)
            data = file.read()
            pixels = imagecodecs.png_decode(data)
            return Decoded(_with_channels(pixels), profile, _png_orientation(image, data))
        return Decoded(_pillow_pixels(name, image), profile, _orientation(image))


def _check_kind(name: str, image: Image.Image) -> None:
    # A phone's JPEG may carry a depth or gain map behind the photo ("MPO"): no animation.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise checks.several_pictures(name)
    if image.mode in ("P", "PA"):
        raise checks.palette(name)
    if image.mode == "CMYK":
        raise checks.cmyk(name)


def _pillow_pixels(name: str, image: Image.Image) -> Pixels:
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
    return _with_channels(np.asarray(image if image.mode == wanted else image.convert(wanted)))


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


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo an EXIF or TIFF orientation of 1 to 8; any other number means upright."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
