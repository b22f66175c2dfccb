"""Reading pictures: what arrives as a raster, and what is refused with a sentence and a hint."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from drawn_files import chunk, drawn, pixels_of, srgb_profile
from PIL import Image, ImageOps

from selcolor_backend.pictures.reading import read_picture
from selcolor_protocol.raster import Channels, SampleType, TransferCurve

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


@pytest.mark.parametrize("profile", [srgb_profile(), b"nonsense" * 40], ids=["RGB", "nonsense"])
def test_a_profile_that_says_nothing_is_left_to_the_job_which_ignores_it_with_a_note(
    tmp_path: Path, profile: bytes
) -> None:
    Image.fromarray(drawn(1)).save(tmp_path / "a.jpg", icc_profile=profile)
    assert read_picture(tmp_path / "a.jpg").icc_profile == profile


def test_a_phones_jpeg_with_a_second_picture_is_a_photo(tmp_path: Path) -> None:
    first, second = Image.fromarray(drawn(3)), Image.fromarray(drawn(1))
    first.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[second])
    assert read_picture(tmp_path / "a.jpg").format.channels is Channels.RGB


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "tif"])
def test_a_gray_picture_stored_as_colors_is_gray(tmp_path: Path, suffix: str) -> None:
    gray = Image.fromarray(drawn(1))
    gray.convert("RGB").save(tmp_path / f"a.{suffix}")
    raster = read_picture(tmp_path / f"a.{suffix}")
    assert raster.format.channels is Channels.GRAY
    if suffix != "jpg":
        np.testing.assert_array_equal(pixels_of(tmp_path / f"a.{suffix}"), drawn(1))


def test_gray_colors_keep_their_alpha(tmp_path: Path) -> None:
    pixels = drawn(2)
    Image.fromarray(pixels[..., [0, 0, 0, 1]]).save(tmp_path / "a.png")
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.png"), pixels)


def test_gray_colors_with_a_profile_of_colors_keep_both(tmp_path: Path) -> None:
    gray = Image.fromarray(drawn(1)).convert("RGB")
    gray.save(tmp_path / "a.jpg", icc_profile=srgb_profile())
    raster = read_picture(tmp_path / "a.jpg")
    assert raster.format.channels is Channels.RGB
    assert raster.icc_profile == srgb_profile()


@pytest.mark.parametrize("where", ["first", "last"])
def test_one_pixel_of_color_makes_a_color_photo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr("selcolor_backend.pictures.pillow_reading._BAND_PIXELS", 5 * 36)
    pixels = np.repeat(drawn(1)[..., None], 3, axis=2)
    pixels[(0, 0) if where == "first" else (-1, -1)] = (200, 100, 0)
    for suffix in ("bmp", "png"):
        Image.fromarray(pixels).save(tmp_path / f"a.{suffix}")
        np.testing.assert_array_equal(pixels_of(tmp_path / f"a.{suffix}"), pixels)
