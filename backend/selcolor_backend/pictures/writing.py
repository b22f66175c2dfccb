"""From a picture to a PNG or TIFF file.

Decides the depth, and labels the curve (sRGB chunk or ICC profile). Whether a file gets its name
is left to the command line, PNG's bytes to `png`, layers to `openraster`.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO

from selcolor_backend.pictures.bands import Banded, in_order
from selcolor_backend.pictures.png import write_png
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.raster import SampleType, TransferCurve


class PictureFormat(str, Enum):
    """The kinds of files that results are written to; the value is the file name's suffix."""

    PNG = "png"
    TIFF = "tiff"
    ORA = "ora"


def format_of(path: Path) -> PictureFormat:
    """Tell PNG or TIFF by the suffix of a file name.

    Raises:
        CannotWrite: it is neither.
    """
    formats = {".png": PictureFormat.PNG, ".tif": PictureFormat.TIFF, ".tiff": PictureFormat.TIFF}
    if path.suffix.lower() not in formats:
        raise CannotWrite(
            f"{path} cannot be written, because its name does not end in .png, .tif or .tiff.",
            "Choose a name with one of these endings.",
        )
    return formats[path.suffix.lower()]


def depth_for(picture_format: str, sample_type: SampleType, asked: int | None = None) -> int | None:
    """Choose the integer depth to convert to for a file; None leaves samples as they are.

    Only TIFF holds floats: elsewhere they become 16-bit integers unless a depth was asked for.

    Args:
        picture_format: a `PictureFormat` or its value.
        sample_type: the number format of the raster.
        asked: 8 or 16 if somebody chose a depth.
    """
    is_float = sample_type in (SampleType.F16, SampleType.F32)
    if asked is None and is_float and PictureFormat(picture_format) is not PictureFormat.TIFF:
        return 16
    return asked


def write_picture(picture: Banded, path: Path) -> None:
    """Write a new file as PNG or TIFF, as the suffix says.

    Args:
        picture: of integers where the file is a PNG.
        path: a name that is not taken.

    Raises:
        CannotWrite: the suffix is unknown.
        OSError: the system refused; what was written until then is left.
    """
    write = write_png if format_of(path) is PictureFormat.PNG else _write_tiff
    with path.open("xb") as file:
        write(picture, file)


def _write_tiff(picture: Banded, file: BinaryIO) -> None:
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
        **layout,
    )
