"""Files with a blemish that leaves every pixel whole, and those where pixels are missing."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from drawn_files import chunk, drawn, interlaced_png, pixels_of, srgb_profile
from PIL import Image

from selcolor_backend.pictures.png_reading import read_chunks
from selcolor_backend.pictures.reading import read_photo
from selcolor_protocol.errors import UnreadablePicture
from selcolor_protocol.notes import Note

BLEMISH = (Note.FILE_IS_BLEMISHED,)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(interlaced: bool = False) -> bytes:
    """A PNG with a comment, its pixels in several chunks."""
    whole = imagecodecs.png_encode(drawn(3)) if not interlaced else interlaced_png()
    parts = [(piece.kind, piece.data) for piece in read_chunks(whole)]
    pixels = b"".join(data for kind, data in parts if kind == b"IDAT")
    pieces = [chunk(b"IHDR", parts[0][1]), chunk(b"tEXt", b"Comment\0by a scanner")]
    pieces += [chunk(b"IDAT", pixels[at : at + 500]) for at in range(0, len(pixels), 500)]
    return whole[:8] + b"".join(pieces) + chunk(b"IEND", b"")


def spoiled(data: bytes, kind: bytes, offset: int) -> bytes:
    """The same with one byte changed in the first chunk of a kind, counted from its kind."""
    at = data.index(kind) + offset
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


PNG = png()
IDAT_CHECKSUM = 4 + 500
WHOLE = {
    "a comment that changed": spoiled(PNG, b"tEXt", 14),
    "a checksum of a comment": spoiled(PNG, b"tEXt", 4 + 20),
    "a checksum of pixels": spoiled(PNG, b"IDAT", IDAT_CHECKSUM),
    "a checksum at the end": spoiled(PNG, b"IEND", 4),
    "no end": PNG[:-12],
    "an end cut short": PNG[:-5],
    "no checksum of all pixels": PNG[:-20],
    "interlaced without an end": png(interlaced=True)[:-12],
}


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_a_png_whose_pixels_are_whole_is_read_with_a_note(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.png").write_bytes(data)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.png"), drawn(3))
    assert read_photo(tmp_path / "a.png").notes == BLEMISH


@pytest.mark.parametrize(
    "data",
    [spoiled(PNG, b"IDAT", 100), spoiled(PNG, b"IHDR", 7), PNG[:-60], PNG[:1200]],
    ids=["a pixel changed", "another width", "the last pixels missing", "half"],
)
def test_a_png_whose_pixels_are_not_whole_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(UnreadablePicture, match="damaged"):
        read_photo(tmp_path / "a.png")


def test_what_follows_a_pngs_end_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG + b"thumbnails of some camera" * 40)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.png"), drawn(3))
    assert read_photo(tmp_path / "a.png").notes == ()


def picture(mode: str = "L") -> Image.Image:
    rows, columns = np.mgrid[0:64, 0:96]
    noise = np.random.default_rng(0).integers(0, 40, (64, 96))
    return Image.fromarray((rows * 2 + columns + noise).astype(np.uint8)).convert(mode)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("cut", [1, 2])
def test_a_jpeg_without_its_end_is_read_with_a_note(tmp_path: Path, mode: str, cut: int) -> None:
    whole = saved(picture(mode), "JPEG", quality=90)
    (tmp_path / "whole.jpg").write_bytes(whole)
    (tmp_path / "a.jpg").write_bytes(whole[:-cut])
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.jpg"), pixels_of(tmp_path / "whole.jpg"))
    assert read_photo(tmp_path / "a.jpg").notes == BLEMISH


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_a_jpeg_that_lacks_pixels_is_refused(tmp_path: Path, options: Any) -> None:
    whole = saved(picture(), "JPEG", quality=90, **options)
    for cut in (8, 20, 200, 1000):
        (tmp_path / "a.jpg").write_bytes(whole[:-cut])
        with pytest.raises(UnreadablePicture):
            read_photo(tmp_path / "a.jpg")


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "BMP", "WEBP", "TIFF"])
def test_garbage_behind_a_picture_does_not_matter(tmp_path: Path, kind: str) -> None:
    data = saved(picture(), kind)
    (tmp_path / "whole").write_bytes(data)
    (tmp_path / "a").write_bytes(data + b"\xff\xd8garbage" * 100)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a"), pixels_of(tmp_path / "whole"))


def test_a_gif_without_its_end_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(saved(picture(), "GIF")[:-1])
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.gif"), np.asarray(picture()))


@pytest.mark.parametrize("kind", ["JPEG", "BMP", "WEBP"])
def test_wrong_sizes_in_a_header_do_not_matter_where_pixels_are_whole(
    tmp_path: Path, kind: str
) -> None:
    data = saved(picture(), kind)
    (tmp_path / "whole").write_bytes(data)
    if kind == "JPEG":
        data = data[:2] + b"\xff\xe1\0\x0aExif\0\0xx" + data[2:]  # EXIF that is none
    else:
        at = 2 if kind == "BMP" else 4
        data = data[:at] + struct.pack("<I", len(data) + 1000) + data[at + 4 :]
    (tmp_path / "a").write_bytes(data)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a"), pixels_of(tmp_path / "whole"))


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_a_profile_of_which_a_part_is_missing_is_ignored_with_a_note(
    tmp_path: Path, name: str
) -> None:
    picture().save(tmp_path / name, icc_profile=srgb_profile())
    data = (tmp_path / name).read_bytes()
    if name == "a.jpg":
        at = data.index(b"ICC_PROFILE\0") + 12
        data = data[: at + 1] + b"\x02" + data[at + 2 :]  # the first of two parts
    else:
        iccp = next(piece for piece in read_chunks(data) if piece.kind == b"iCCP")
        broken = chunk(b"iCCP", iccp.data[:12] + b"nothing that is packed")
        data = data.replace(chunk(b"iCCP", iccp.data), broken)
    (tmp_path / name).write_bytes(data)
    photo = read_photo(tmp_path / name)
    assert photo.notes == (Note.PROFILE_WAS_IGNORED,)
    assert photo.raster.icc_profile is None


def test_a_profile_too_large_to_send_is_ignored_with_a_note(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.tif", icc_profile=srgb_profile() + bytes(5_000_000))
    photo = read_photo(tmp_path / "a.tif")
    assert photo.notes == (Note.PROFILE_WAS_IGNORED,)
    assert photo.raster.icc_profile is None
