"""From a picture file to a raster: upright, labeled with its curve, alpha straight.

Reads JPEG, JPEG 2000, PNG, TIFF, WebP, BMP, GIF, PGM and PPM in the depth that they have, and AVIF
where Pillow can. Gray stays gray, and becomes gray again where it is stored as three equal colors
without a profile; palettes become colors. Samples without a usable ICC profile are taken as sRGB
when they are integers, and as linear when they are floats. (Krita, Photoshop and rendering programs
do the latter; GIMP assumes the sRGB curve. A profile in the file settles it.) Each kind of file has
a module that decodes it; what pixels mean to the networks is the pipeline's concern.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from selcolor_backend.pictures import checks, kinds, pnm
from selcolor_backend.pictures.arrays import as_gray, to_raster
from selcolor_backend.pictures.decoded import Decoded
from selcolor_backend.pictures.icc import label
from selcolor_backend.pictures.jpeg2000 import decode_jpeg_2000
from selcolor_backend.pictures.jpeg_reading import decode_jpeg
from selcolor_backend.pictures.metadata import NO_METADATA, Metadata
from selcolor_backend.pictures.orientation import upright
from selcolor_backend.pictures.pillow_reading import decode_by_pillow
from selcolor_backend.pictures.png import SIGNATURE as PNG_SIGNATURE
from selcolor_backend.pictures.png_reading import decode_png
from selcolor_backend.pictures.quiet import quiet
from selcolor_backend.pictures.tiff import SIGNATURES as TIFF_SIGNATURES
from selcolor_backend.pictures.tiff import decode_tiff
from selcolor_protocol import limits
from selcolor_protocol.errors import (
    PictureNotFound,
    SelectiveColorizeError,
    UnreadablePicture,
)
from selcolor_protocol.notes import Note
from selcolor_protocol.raster import Raster, TransferCurve

_JPEG_STARTS = (b"\xff\xd8\xff",)


@dataclass(frozen=True)
class Picture:
    """A photo as it was read.

    Attributes:
        raster: its pixels, upright.
        notes: what a user should know of how they were read.
        metadata: what else belongs to the photo.
    """

    raster: Raster
    notes: tuple[Note, ...] = ()
    metadata: Metadata = NO_METADATA


def read_picture(path: Path) -> Raster:
    """Read a photo's pixels; as `read_photo`, which tells more of it."""
    return read_photo(path).raster


def read_photo(path: Path, wanted: int | None = None) -> Picture:
    """Read a photo.

    Args:
        path: the file.
        wanted: which of its pages or frames, counted from 1; None for the only one, or for the
            largest where the others go along with it.

    Returns:
        The upright picture: 8- or 16-bit integers or 16- or 32-bit floats, GRAY, GRAYA, RGB or
        RGBA, little-endian, with the file's ICC profile or a named curve.

    Raises:
        PictureNotFound: there is no such file, or it is a folder.
        UnreadablePicture: it is no picture, or damaged, or may not be read.
        UnsupportedPicture: it is of a kind that is refused, too large, too small or too narrow, or
            holds several photos.
    """
    decoded = decode(path, partial(checks.check_photo, path.name), wanted)
    pixels = decoded.pixels if decoded.profile else as_gray(decoded.pixels)
    pixels = upright(pixels, decoded.orientation)
    unlabeled = TransferCurve.LINEAR if pixels.dtype.kind == "f" else TransferCurve.SRGB
    raster = to_raster(pixels, *label(decoded.profile, pixels.shape[2] <= 2, unlabeled))
    return Picture(raster, decoded.notes, decoded.metadata.turned(decoded.orientation))


def decode(path: Path, check: checks.Check, wanted: int | None = None) -> Decoded:
    """Decode a file by the decoder that its first bytes ask for.

    Args:
        path: the file.
        check: called before memory is taken for pixels.
        wanted: which of its pages or frames, counted from 1; None as for `read_photo`.

    Raises:
        PictureNotFound: there is no such file, or it is a folder.
        UnreadablePicture: it is no picture, or damaged, or may not be read.
        UnsupportedPicture: it is of a kind that is refused, or `check` refuses it.
    """
    try:
        _check_is_file(path)
        with path.open("rb") as file, quiet():
            return _without_huge_profile(_decode_open(path, file, check, wanted))
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
        is_told = isinstance(error, (OSError, ValueError, RuntimeError))
        reason = error if is_told else "its structure makes no sense"
        raise checks.damaged(path.name, reason) from error


def _check_is_file(path: Path) -> None:
    if path.is_dir():
        raise PictureNotFound(
            f"{path} is a folder, not a picture.", "Name the pictures in it, such as folder/*.jpg."
        )
    if path.exists() and not path.is_file():
        raise PictureNotFound(f"{path} is not a regular file.", "Name a picture file.")


def _decode_open(path: Path, file: BinaryIO, check: checks.Check, wanted: int | None) -> Decoded:
    start = file.read(kinds.START_BYTES)
    file.seek(0)
    name = path.name
    if not start:
        raise checks.unreadable(name, empty=True)
    if kinds.is_raw(name, start):
        raise kinds.raw(name)
    if start.startswith(TIFF_SIGNATURES):
        return decode_tiff(path, check, wanted)
    decoders = {
        (PNG_SIGNATURE[:4],): decode_png,
        _JPEG_STARTS: decode_jpeg,
        pnm.STARTS: pnm.decode_pnm,
    }
    for starts, decode_data in decoders.items():
        if start.startswith(starts):
            return _only_page(name, wanted, decode_data(name, file.read(), check))
    if kinds.is_jpeg_2000(start):
        return _only_page(name, wanted, decode_jpeg_2000(name, file.read(), check))
    found = decode_by_pillow(name, file, check, wanted)
    if found is None:
        raise kinds.foreign(name, start) or checks.unreadable(name)
    return found


def _only_page(name: str, wanted: int | None, decoded: Decoded) -> Decoded:
    """The picture of a file that cannot have others."""
    checks.check_page(name, wanted or 1, 1)
    return decoded


def _without_huge_profile(decoded: Decoded) -> Decoded:
    """No profile that is larger than anybody's, as it could not be sent."""
    if decoded.profile is None or len(decoded.profile) <= limits.MAX_PROFILE_BYTES:
        return decoded
    notes = (*decoded.notes, Note.PROFILE_WAS_IGNORED)
    return replace(decoded, profile=None, notes=notes)
