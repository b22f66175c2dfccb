"""Pictures that are refused, each with a sentence and a way out."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from drawn_files import HEIGHT, WIDTH, chunk, drawn
from PIL import Image

from selcolor_backend.capacity import VARIABLE
from selcolor_backend.pictures.reading import read_picture
from selcolor_protocol.errors import (
    FileError,
    PictureNotFound,
    UnreadablePicture,
    UnsupportedPicture,
)


@pytest.fixture(autouse=True)
def usual_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "256")


def refused(path: Path, error: type[FileError], *words: str) -> None:
    with pytest.raises(error) as caught:
        read_picture(path)
    assert type(caught.value) is error
    for word in (path.name, *words):
        assert word in caught.value.sentence
    assert caught.value.sentence.endswith(".")
    assert caught.value.hint.endswith(".")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "a.jpg", PictureNotFound, "no file")
    refused(tmp_path / "no folder" / "a.jpg", PictureNotFound, "no file")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, PictureNotFound, "folder")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"Dear diary, this is no picture at all.\n" * 9, "not a picture"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\xff\xd8\xff\xe0", "damaged"),
        (b"II*\0", "damaged"),
        (b"II*\0\x08\0\0\0\xff\xff" + bytes(50), "damaged"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "damaged"),
    ],
)
def test_no_picture_is_refused(tmp_path: Path, content: bytes, word: str) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    refused(tmp_path / "a.jpg", UnreadablePicture, word)


@pytest.mark.parametrize("kind", ["png", "png16", "jpg", "webp", "bmp", "tif", "tif-deflate"])
def test_a_picture_cut_short_is_refused_wherever_it_is_cut(tmp_path: Path, kind: str) -> None:
    whole, path = io.BytesIO(), tmp_path / "a"
    if kind == "png16":
        whole.write(imagecodecs.png_encode(drawn(3, "u2")))
    elif kind.startswith("tif"):
        tifffile.imwrite(whole, drawn(3), compression="zlib" if "-" in kind else None)
    else:
        Image.fromarray(drawn(3)).save(whole, {"jpg": "JPEG"}.get(kind, kind.upper()))
    data = whole.getvalue()
    for cut in np.linspace(4, len(data) - 30, 25).astype(int):
        path.write_bytes(data[:cut])
        with pytest.raises(UnreadablePicture):
            read_picture(path)


def test_a_png_with_a_flipped_bit_is_refused(tmp_path: Path) -> None:
    png = bytearray(imagecodecs.png_encode(drawn(3)))
    png[len(png) // 2] ^= 1
    (tmp_path / "a.png").write_bytes(png)
    refused(tmp_path / "a.png", UnreadablePicture, "damaged")


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_cmyk_is_refused(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(drawn(3)).convert("CMYK").save(tmp_path / f"a.{suffix}")
    refused(tmp_path / f"a.{suffix}", UnsupportedPicture, "CMYK")


@pytest.mark.parametrize("suffix", ["png", "gif", "webp", "tif"])
def test_several_frames_are_refused(tmp_path: Path, suffix: str) -> None:
    frames = [Image.fromarray(drawn(3)), Image.fromarray(255 - drawn(3))]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])
    refused(tmp_path / f"a.{suffix}", UnsupportedPicture, "animated")


@pytest.mark.parametrize(
    ("pixels", "photometric"),
    [
        (drawn(3), 10),
        (drawn(1, "i2"), 1),
        (drawn(1, "u4"), 1),
        (np.zeros((HEIGHT, WIDTH, 9), "u1"), 2),
    ],
    ids=["ITU Lab", "signed", "32 bits", "nine samples"],
)
def test_odd_tiffs_are_refused(tmp_path: Path, pixels: Any, photometric: int) -> None:
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="minisblack", planarconfig=None)
    if pixels.ndim == 3:
        planar = {"planarconfig": "contig"}
        tifffile.imwrite(tmp_path / "a.tif", pixels, photometric=photometric, **planar)
    refused(tmp_path / "a.tif", UnsupportedPicture)


@pytest.mark.parametrize(
    ("width", "height", "word"),
    [(1, 1, "too small"), (20_000, 1, "too small"), (3000, 20, "too narrow"), (15, 64, "small")],
)
def test_too_small_or_narrow_is_refused(tmp_path: Path, width: int, height: int, word: str) -> None:
    Image.new("L", (width, height)).save(tmp_path / "a.png")
    refused(tmp_path / "a.png", UnsupportedPicture, word, str(width), str(height))


@pytest.mark.parametrize("size", [(16, 16), (1600, 16)])
def test_the_smallest_and_narrowest_are_read(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("L", size).save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").format.width == size[0]


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ((50_000, 50_000), "256 megapixels are allowed"),
        ((70_000, 1000), "65500 along one side"),
        ((16_001, 16_000), "256 megapixels are allowed"),
    ],
)
def test_a_decompression_bomb_is_refused_by_its_header(
    tmp_path: Path, size: tuple[int, int], words: str
) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + data)
    refused(tmp_path / "a.png", UnsupportedPicture, words, str(size[0]))


def test_a_tiff_of_small_size_with_huge_tiles_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, drawn(1, height=64, width=64), tile=(64, 64), compression="zlib")
    content = bytearray(path.read_bytes())
    for code in (322, 323):  # TileWidth, TileLength
        at = content.index(struct.pack("<HHI", code, 4, 1))
        content[at : at + 12] = struct.pack("<HHII", code, 4, 1, 24_000)
    path.write_bytes(content)
    refused(path, UnreadablePicture, "24000 × 24000", "exceed the picture")


def test_a_small_tiff_in_usual_tiles_is_read(tmp_path: Path) -> None:
    pixels = drawn(1)
    tifffile.imwrite(tmp_path / "a.tif", pixels, tile=(512, 512), compression="zlib")
    assert read_picture(tmp_path / "a.tif").format.width == WIDTH


def test_a_tiff_of_several_slices_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    volume = np.zeros((4, 64, 64), np.uint8)
    tifffile.imwrite(path, volume, tile=(4, 64, 64), volumetric=True, photometric="minisblack")
    refused(path, UnsupportedPicture, "several pages")
