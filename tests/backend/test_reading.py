"""Reading pictures: what arrives as a raster, and what is refused with a sentence and a hint."""

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
from PIL import Image, ImageCms, ImageOps

from selcolor_backend.pictures.arrays import to_array
from selcolor_backend.pictures.reading import read_mask, read_picture
from selcolor_protocol import limits
from selcolor_protocol.errors import (
    FileError,
    PictureNotFound,
    UnreadablePicture,
    UnsupportedPicture,
)
from selcolor_protocol.raster import Channels, SampleType, TransferCurve

HEIGHT, WIDTH = 24, 36


def drawn(channels: int, dtype: str = "u1", height: int = HEIGHT, width: int = WIDTH) -> Any:
    noise = np.random.default_rng(channels).random((height, width, channels))
    if np.dtype(dtype).kind != "f":
        noise = noise * np.iinfo(dtype).max
    pixels = noise.astype(dtype)
    return pixels[..., 0] if channels == 1 else pixels


def pixels_of(path: Path) -> Any:
    pixels = to_array(read_picture(path))
    return pixels[..., 0] if pixels.shape[2] == 1 else pixels


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


LOSSLESS = {"png": "L RGB RGBA", "bmp": "L RGB", "tiff": "L RGB RGBA", "webp": "RGB"}


@pytest.mark.parametrize(
    ("suffix", "mode"),
    [(suffix, mode) for suffix, modes in LOSSLESS.items() for mode in modes.split()],
)
def test_8_bit_pictures_arrive_bit_exact(tmp_path: Path, suffix: str, mode: str) -> None:
    pixels = drawn(len(mode))
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(pixels).save(path, **({"lossless": True} if suffix == "webp" else {}))
    raster = read_picture(path)
    assert raster.format.sample_type is SampleType.U8
    assert raster.format.curve is TransferCurve.SRGB
    np.testing.assert_array_equal(pixels_of(path), pixels)


def test_a_gray_jpeg_stays_gray(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(drawn(1)).save(path, quality=95)
    assert read_picture(path).format.channels is Channels.GRAY


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_16_bit_png_keeps_16_bits(tmp_path: Path, channels: int) -> None:
    pixels = drawn(channels, "u2")
    path = tmp_path / "a.png"
    path.write_bytes(imagecodecs.png_encode(pixels))
    np.testing.assert_array_equal(pixels_of(path), pixels)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f2", "f4"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("variant", ["plain", "big", "lzw", "tiled", "planar"])
def test_tiff_of_every_layout(tmp_path: Path, dtype: str, channels: int, variant: str) -> None:
    pixels = drawn(channels, dtype)
    layout: dict[str, Any] = {
        "plain": {},
        "big": {"byteorder": ">"},
        "lzw": {"compression": "lzw", "predictor": True, "rowsperstrip": 5},
        "tiled": {"tile": (16, 16), "compression": "zlib"},
        "planar": {},
    }[variant]
    stored = pixels
    if channels > 1:
        layout["planarconfig"] = "separate" if variant == "planar" else "contig"
        stored = np.moveaxis(pixels, -1, 0) if variant == "planar" else pixels
    tifffile.imwrite(
        tmp_path / "a.tif",
        stored,
        photometric="rgb" if channels >= 3 else "minisblack",
        extrasamples=["unassalpha"] if channels in (2, 4) else None,
        **layout,
    )
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), pixels)


def test_a_float_tiff_without_profile_is_linear(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", drawn(3, "f4"), photometric="rgb")
    assert read_picture(tmp_path / "a.tif").format.curve is TransferCurve.LINEAR


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_white_is_zero_is_turned_around(tmp_path: Path, dtype: str) -> None:
    pixels = drawn(1, dtype)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="miniswhite")
    white = 1 if dtype == "f4" else np.iinfo(dtype).max
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), (white - pixels).astype(dtype))


def test_associated_alpha_becomes_straight(tmp_path: Path) -> None:
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[...] = (40, 100, 20, 100)
    pixels[0, 0] = 0
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", extrasamples=["assocalpha"])
    straight = pixels_of(tmp_path / "a.tif")
    assert straight[1, 1].tolist() == [102, 255, 51, 100]
    assert straight[0, 0].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_a_bilevel_tiff_becomes_black_and_white(tmp_path: Path, photometric: str) -> None:
    bits = drawn(1) > 127
    tifffile.imwrite(tmp_path / "a.tif", bits, photometric=photometric)
    expected = bits if photometric == "minisblack" else ~bits
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), expected * np.uint8(255))


def test_a_tiff_with_a_thumbnail_is_one_picture(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(drawn(3), photometric="rgb")
        file.write(drawn(3, height=16, width=16), photometric="rgb", subfiletype=1)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), drawn(3))


def test_a_one_bit_png_becomes_gray(tmp_path: Path) -> None:
    Image.fromarray(drawn(1)).convert("1").save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").format.channels is Channels.GRAY
    assert set(np.unique(pixels_of(tmp_path / "a.png"))) == {0, 255}


@pytest.mark.parametrize(("channels", "dtype"), [(1, "u1"), (3, "u1"), (1, "u2"), (3, "u2")])
def test_a_transparent_color_becomes_alpha(tmp_path: Path, channels: int, dtype: str) -> None:
    pixels = drawn(channels, dtype)
    png = imagecodecs.png_encode(pixels)
    key = struct.pack(f">{channels}H", *np.atleast_1d(pixels[0, 0]).tolist())
    (tmp_path / "a.png").write_bytes(png[:33] + chunk(b"tRNS", key) + png[33:])
    read = pixels_of(tmp_path / "a.png")
    assert read.shape[2] == channels + 1
    assert read[0, 0, -1] == 0
    assert read[..., -1].max() == np.iinfo(dtype).max


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "png16", "png-late", "tif"])
def test_every_orientation_is_applied(tmp_path: Path, orientation: int, kind: str) -> None:
    image = Image.fromarray(drawn(3))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{kind[:4].rstrip('1-6')}"
    if kind == "tif":
        tags = [(274, "H", 1, orientation, True)]
        tifffile.imwrite(path, drawn(3), photometric="rgb", extratags=tags)
    elif kind in ("png16", "png-late"):
        png = imagecodecs.png_encode(drawn(3).astype("u2") * 257 if kind == "png16" else drawn(3))
        at = 33 if kind == "png16" else len(png) - 12  # the standard allows both places
        path.write_bytes(png[:at] + chunk(b"eXIf", exif.tobytes()[6:]) + png[at:])
    else:
        options = {"webp": {"lossless": True}, "jpg": {"quality": 95}}.get(kind, {})
        image.save(path, exif=exif, **options)
    if kind in ("jpg", "webp", "png"):
        with Image.open(path) as saved:
            expected = np.asarray(ImageOps.exif_transpose(saved))
    else:
        image.getexif()[0x0112] = orientation
        expected = np.asarray(ImageOps.exif_transpose(image)).astype("u2")
        expected = expected * 257 if kind == "png16" else expected
    np.testing.assert_array_equal(pixels_of(path), expected)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_a_profile_is_kept(tmp_path: Path, suffix: str) -> None:
    path, profile = tmp_path / f"a.{suffix}", srgb_profile()
    Image.fromarray(drawn(3)).save(path, icc_profile=profile)
    raster = read_picture(path)
    assert raster.icc_profile == profile
    assert raster.format.curve is None


def test_a_profile_for_other_channels_is_dropped(tmp_path: Path) -> None:
    Image.fromarray(drawn(1)).save(tmp_path / "a.jpg", icc_profile=srgb_profile())
    assert read_picture(tmp_path / "a.jpg").format.curve is TransferCurve.SRGB


def test_a_nonsense_profile_is_dropped(tmp_path: Path) -> None:
    Image.fromarray(drawn(3)).save(tmp_path / "a.png", icc_profile=b"nonsense" * 40)
    assert read_picture(tmp_path / "a.png").format.curve is TransferCurve.SRGB


def test_a_phones_jpeg_with_a_second_picture_is_a_photo(tmp_path: Path) -> None:
    first, second = Image.fromarray(drawn(3)), Image.fromarray(drawn(1))
    first.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[second])
    assert read_picture(tmp_path / "a.jpg").format.channels is Channels.RGB


# Refusals


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
    for cut in np.linspace(4, len(data) - 20, 25).astype(int):
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


@pytest.mark.parametrize("suffix", ["png", "gif", "bmp", "tif"])
def test_a_palette_is_refused(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(drawn(3)).convert("P").save(tmp_path / f"a.{suffix}")
    refused(tmp_path / f"a.{suffix}", UnsupportedPicture, "palette")


@pytest.mark.parametrize("suffix", ["png", "gif", "webp", "tif"])
def test_several_frames_are_refused(tmp_path: Path, suffix: str) -> None:
    frames = [Image.fromarray(drawn(3)), Image.fromarray(255 - drawn(3))]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])
    refused(tmp_path / f"a.{suffix}", UnsupportedPicture, "animated")


@pytest.mark.parametrize(
    ("pixels", "photometric"),
    [
        (drawn(3), 8),
        (drawn(3), 6),
        (drawn(1, "i2"), 1),
        (drawn(1, "u4"), 1),
        (drawn(1, "f8"), 1),
        (np.zeros((HEIGHT, WIDTH, 6), "u1"), 2),
    ],
    ids=["Lab", "YCbCr", "signed", "32 bits", "double", "six samples"],
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


@pytest.mark.parametrize("size", [(50_000, 50_000), (70_000, 100), (12_000, 11_000)])
def test_a_decompression_bomb_is_refused_by_its_header(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + data)
    limit = f"{limits.MAX_PIXELS // 1_000_000} megapixels"
    refused(tmp_path / "a.png", UnsupportedPicture, limit, str(size[0]))


# Masks


def test_a_mask_of_equal_channels_is_gray(tmp_path: Path) -> None:
    values = drawn(1)
    Image.fromarray(np.dstack([values] * 3)).save(tmp_path / "m.png")
    mask = read_mask(tmp_path / "m.png", WIDTH, HEIGHT)
    assert mask.format.channels is Channels.GRAY
    np.testing.assert_array_equal(to_array(mask)[..., 0], values)


@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_a_deep_mask_becomes_8_bits_without_a_curve(tmp_path: Path, dtype: str) -> None:
    values = drawn(1)
    deep = values.astype("u2") * 257 if dtype == "u2" else values.astype("f4") / 255
    tifffile.imwrite(tmp_path / "m.tif", deep)
    read = to_array(read_mask(tmp_path / "m.tif", WIDTH, HEIGHT))
    np.testing.assert_array_equal(read[..., 0], values)


def test_what_is_transparent_is_masked_out(tmp_path: Path) -> None:
    pixels = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    pixels[:5, :, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "m.png")
    read = to_array(read_mask(tmp_path / "m.png", WIDTH, HEIGHT))
    assert read[:5].max() == 0
    assert read[5:].min() == 255


def test_a_mask_in_color_is_refused(tmp_path: Path) -> None:
    Image.fromarray(drawn(3)).save(tmp_path / "m.png")
    with pytest.raises(UnsupportedPicture, match="shows colors"):
        read_mask(tmp_path / "m.png", WIDTH, HEIGHT)


def test_a_mask_of_another_size_is_refused_naming_both(tmp_path: Path) -> None:
    Image.fromarray(drawn(1)).save(tmp_path / "m.png")
    with pytest.raises(UnsupportedPicture, match=r"36 × 24 pixels.*has 40 × 30"):
        read_mask(tmp_path / "m.png", 40, 30)
