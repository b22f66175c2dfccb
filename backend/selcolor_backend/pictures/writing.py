"""From a picture to a file.

Decides the depth, and labels the curve (sRGB chunk or ICC profile). Whether a file gets its name
is left to the command line, PNG's bytes to `png`, JPEG and WebP to `lossy`, layers to `openraster`.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO

from selcolor_backend.pictures.bands import Banded, in_order
from selcolor_backend.pictures.lossy import write_lossy
from selcolor_backend.pictures.metadata import NO_METADATA, Metadata
from selcolor_backend.pictures.metadata_writing import fill_directories, tiff_tags
from selcolor_backend.pictures.png import write_png
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.raster import SampleType, TransferCurve

_MOST_TIFF_BYTES = 2**32 - 2**26
DEFAULT_QUALITY = 92
"""Of JPEG and WebP: what is lost cannot be seen, and files are a fifth of PNG's."""


class PictureFormat(str, Enum):
    """The kinds of files that results are written to."""

    PNG = "png"
    TIFF = "tiff"
    JPEG = "jpeg"
    WEBP = "webp"
    ORA = "ora"

    @property
    def suffix(self) -> str:
        """How names of such files end, without the dot."""
        return "jpg" if self is PictureFormat.JPEG else self.value

    @property
    def is_lossy(self) -> bool:
        """Whether such files hold 8 bits, and not exactly what was written."""
        return self in (PictureFormat.JPEG, PictureFormat.WEBP)


def format_of(path: Path) -> PictureFormat:
    """Tell the format by the suffix of a file name.

    Raises:
        CannotWrite: it is no picture's.
    """
    formats = {
        ".png": PictureFormat.PNG,
        ".tif": PictureFormat.TIFF,
        ".tiff": PictureFormat.TIFF,
        ".jpg": PictureFormat.JPEG,
        ".jpeg": PictureFormat.JPEG,
        ".webp": PictureFormat.WEBP,
    }
    if path.suffix.lower() not in formats:
        raise CannotWrite(
            f"{path} cannot be written, because its name does not end in .png, .tif, .tiff, .jpg "
            "or .webp.",
            "Choose a name with one of these endings.",
        )
    return formats[path.suffix.lower()]


def depth_for(picture_format: str, sample_type: SampleType, asked: int | None = None) -> int | None:
    """Choose the integer depth to convert to for a file; None leaves samples as they are.

    JPEG and WebP hold 8 bits.

    Only TIFF holds floats: elsewhere they become 16-bit integers unless a depth was asked for.

    Args:
        picture_format: a `PictureFormat` or its value.
        sample_type: the number format of the raster.
        asked: 8 or 16 if somebody chose a depth.
    """
    if PictureFormat(picture_format).is_lossy:
        return 8
    is_float = sample_type in (SampleType.F16, SampleType.F32)
    if asked is None and is_float and PictureFormat(picture_format) is not PictureFormat.TIFF:
        return 16
    return asked


def write_picture(
    picture: Banded,
    path: Path,
    metadata: Metadata = NO_METADATA,
    quality: int = DEFAULT_QUALITY,
) -> None:
    """Write a new file in the format that the suffix says.

    Args:
        picture: of integers where the file is a PNG, and of 8 bits where it is lossy.
        path: a name that is not taken.
        metadata: what else belongs to the picture.
        quality: 1 to 100, of what is lossy.

    Raises:
        CannotWrite: the suffix is unknown, or a side is longer than the format allows.
        OSError: the system refused; what was written until then is left.
    """
    picture_format = format_of(path)
    with path.open("x+b") as file:
        if picture_format is PictureFormat.PNG:
            write_png(picture, file, metadata)
        elif picture_format is PictureFormat.TIFF:
            _write_tiff(picture, file, metadata)
        else:
            write_lossy(picture, file, picture_format.value, metadata, quality)


def _write_tiff(picture: Banded, file: BinaryIO, metadata: Metadata) -> None:
    """Encode as deflated TIFF: every sample type, straight alpha, a strip for each band.

    Integers on the sRGB curve go without a profile, as everybody assumes that curve for them.
    """
    # Imported late: tifffile takes a quarter of a second, and most results are no TIFFs.
    from imagecodecs import delta_encode, floatpred_encode, zlib_encode
    from tifffile import imwrite

    def strip(span: tuple[int, int]) -> bytes:
        rows = picture.rows(*span)
        predict = floatpred_encode if rows.dtype.kind == "f" else delta_encode
        return bytes(zlib_encode(predict(rows, axis=1).tobytes(), level=1))

    count = picture.channels.samples
    plain = picture.curve is TransferCurve.SRGB and picture.dtype.kind == "u"
    size = (picture.height, picture.width)
    samples = picture.width * picture.height * picture.channels.samples
    if samples * picture.dtype.itemsize > _MOST_TIFF_BYTES:  # tags of 64 bits follow
        metadata = replace(metadata, exif=replace(metadata.exif, exif={}, gps={}))
    resolution: dict[str, Any] = {}
    if metadata.dpi is not None:
        resolution = {"resolution": metadata.dpi, "resolutionunit": "inch"}
    layout: dict[str, Any] = {} if count == 1 else {"planarconfig": "contig"}
    imwrite(
        file,
        in_order(strip, picture.spans()),
        shape=size if count == 1 else (*size, count),
        dtype=picture.dtype,
        rowsperstrip=picture.band_rows,
        byteorder="<",
        photometric="minisblack" if picture.channels.is_gray else "rgb",
        extrasamples=["unassalpha"] if picture.channels.has_alpha else None,
        compression="zlib",
        predictor=True,
        iccprofile=None if plain else picture.label,
        metadata=None,
        software=False,
        extratags=tiff_tags(metadata),
        **resolution,
        **layout,
    )
    fill_directories(file, metadata)
