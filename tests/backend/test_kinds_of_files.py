"""Kinds of files beside the usual ones: read in their own depth, or refused by their name."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from drawn_files import HEIGHT, WIDTH, chunk, drawn, interlaced_png, pixels_of, srgb_profile
from PIL import Image, features

from selcolor_backend.pictures.arrays import to_array
from selcolor_backend.pictures.masks import read_mask
from selcolor_backend.pictures.reading import read_photo
from selcolor_backend.pixels.photo import Photo
from selcolor_protocol.errors import UnreadablePicture, UnsupportedPicture
from selcolor_protocol.notes import Note

# Palettes


@pytest.mark.parametrize("suffix", ["png", "gif", "bmp", "tif"])
@pytest.mark.parametrize("colors", ["grays", "sepia", "colors"])
def test_a_palette_becomes_its_colors(tmp_path: Path, suffix: str, colors: str) -> None:
    pixels = drawn(3)
    if colors != "colors":
        tint = np.array([1, 1, 1] if colors == "grays" else [1, 0.8, 0.6])
        pixels = (drawn(1)[..., None] // 16 * 16 * tint).astype(np.uint8)
    image = Image.fromarray(pixels).quantize(64, dither=Image.Dither.NONE)
    image.save(tmp_path / f"a.{suffix}")
    expected = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(
        pixels_of(tmp_path / f"a.{suffix}"), expected[..., 0] if colors == "grays" else expected
    )


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_png_palette_keeps_its_transparency(tmp_path: Path, bits: int) -> None:
    image = Image.fromarray(drawn(3)).quantize(1 << bits)
    alpha = bytes(range(200, 200 + (1 << bits)) if bits < 5 else [100] * 256)
    image.save(tmp_path / "a.png", bits=bits, transparency=alpha)
    with Image.open(tmp_path / "a.png") as saved:
        expected = np.asarray(saved.convert("RGBA"))
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.png"), expected)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "gif", "pbm"])
def test_one_bit_is_black_and_white(tmp_path: Path, suffix: str) -> None:
    bits = drawn(1) > 127
    Image.fromarray(bits).save(tmp_path / f"a.{suffix}")
    np.testing.assert_array_equal(pixels_of(tmp_path / f"a.{suffix}"), bits * np.uint8(255))


@pytest.mark.parametrize("suffix", ["png", "gif", "bmp", "tif"])
def test_a_mask_with_a_palette_is_a_mask(tmp_path: Path, suffix: str) -> None:
    half = np.zeros((HEIGHT, WIDTH), np.uint8)
    half[:, 20:] = 255
    Image.fromarray(half).convert("P", palette=Image.Palette.ADAPTIVE).save(
        tmp_path / f"m.{suffix}"
    )
    mask = read_mask(tmp_path / f"m.{suffix}", WIDTH, HEIGHT)
    np.testing.assert_array_equal(to_array(mask.raster)[..., 0], half)


def test_a_cut_out_with_a_palette_is_a_mask_by_its_alpha(tmp_path: Path) -> None:
    image = Image.fromarray(drawn(3)).quantize(8)
    image.save(tmp_path / "m.png", transparency=bytes([0, 255, 255, 255, 0, 255, 255, 255]))
    mask = read_mask(tmp_path / "m.png", WIDTH, HEIGHT)
    assert mask.is_cutout
    expected = ~np.isin(np.asarray(image), [0, 4]) * np.uint8(255)
    np.testing.assert_array_equal(to_array(mask.raster)[..., 0], expected)


# JPEG 2000


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("codec", ["jp2", "j2k"])
def test_jpeg_2000_is_read_in_its_depth(
    tmp_path: Path, channels: int, bits: int, codec: str
) -> None:
    pixels = drawn(channels, "u1" if bits == 8 else "u2") >> (16 - bits if bits > 8 else 0)
    data = imagecodecs.jpeg2k_encode(pixels, bitspersample=bits, codecformat=codec, reversible=True)
    (tmp_path / f"a.{codec}").write_bytes(data)
    white = 255 if bits == 8 else 65535
    expected = np.rint(pixels.astype(float) * white / ((1 << bits) - 1))
    np.testing.assert_array_equal(pixels_of(tmp_path / f"a.{codec}"), expected)


def test_alpha_of_jpeg_2000_is_kept(tmp_path: Path) -> None:
    Image.fromarray(drawn(4)).save(tmp_path / "a.jp2", irreversible=False)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.jp2"), drawn(4))


@pytest.mark.parametrize("cut", [30, 60, 300, 600])
def test_a_jpeg_2000_cut_short_is_refused(tmp_path: Path, cut: int) -> None:
    Image.fromarray(drawn(1, height=64, width=64)).save(tmp_path / "a.jp2")
    data = (tmp_path / "a.jp2").read_bytes()
    (tmp_path / "a.jp2").write_bytes(data[:-cut] if cut > 100 else data[:cut])
    with pytest.raises(UnreadablePicture):
        read_photo(tmp_path / "a.jp2")


# PGM and PPM


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("most", [15, 255, 1023, 65535])
def test_pgm_and_ppm_are_read_in_their_depth(tmp_path: Path, channels: int, most: int) -> None:
    pixels = drawn(channels, "u2").astype(int) * most // 65535
    header = f"P{5 if channels == 1 else 6}\n# SANE data follows\n{WIDTH} {HEIGHT}\n{most}\n"
    data = pixels.astype(">u2" if most > 255 else "u1").tobytes()
    (tmp_path / "a.pnm").write_bytes(header.encode() + data)
    white = 255 if most <= 255 else 65535
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.pnm"), np.rint(pixels * (white / most)))
    (tmp_path / "a.pnm").write_bytes(header.encode() + data[:-1])
    with pytest.raises(UnreadablePicture, match="ends early"):
        read_photo(tmp_path / "a.pnm")


def test_pgm_in_words_is_read(tmp_path: Path) -> None:
    words = " ".join(map(str, drawn(1).ravel()))
    (tmp_path / "a.pgm").write_text(f"P2 {WIDTH} {HEIGHT} 255\n{words}\n")
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.pgm"), drawn(1))


# JPEG beyond Pillow


def smooth(channels: int, white: int) -> Any:
    rows, columns = np.mgrid[0:64, 0:96]
    ramp = (rows + columns) / 160 * white
    return (ramp if channels == 1 else np.stack([ramp, white - ramp, ramp], -1)).astype(np.uint16)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_jpeg_of_12_bits_is_read(tmp_path: Path, channels: int) -> None:
    pixels = smooth(channels, 4095)
    (tmp_path / "a.jpg").write_bytes(imagecodecs.jpeg8_encode(pixels, level=95, bitspersample=12))
    read = pixels_of(tmp_path / "a.jpg")
    assert read.dtype == np.uint16
    assert np.abs(read.astype(float) - pixels * (65535 / 4095)).mean() < 65535 / 200


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_a_lossless_jpeg_is_read(tmp_path: Path, bits: int) -> None:
    pixels = smooth(1, (1 << bits) - 1).astype("u1" if bits == 8 else "u2")
    data = imagecodecs.jpeg8_encode(pixels, lossless=True, bitspersample=bits)
    (tmp_path / "a.jpg").write_bytes(data)
    expected = np.rint(pixels * ((255 if bits == 8 else 65535) / ((1 << bits) - 1)))
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.jpg"), expected)


def test_a_deep_jpeg_keeps_profile_and_orientation(tmp_path: Path) -> None:
    data = imagecodecs.jpeg8_encode(smooth(3, 4095), level=95, bitspersample=12)
    exif = Image.Exif()
    exif[0x0112] = 6
    usual = tmp_path / "usual.jpg"
    Image.fromarray(drawn(3)).save(usual, exif=exif, icc_profile=srgb_profile())
    head = usual.read_bytes()
    (tmp_path / "a.jpg").write_bytes(head[: head.index(b"\xff\xdb")] + data[2:])
    raster = read_photo(tmp_path / "a.jpg").raster
    assert (raster.format.width, raster.format.height) == (64, 96)
    assert raster.icc_profile == srgb_profile()


# Known by name

NAMED = {
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "JPEG XL": b"\xff\x0a" + bytes(40),
    "Photoshop": b"8BPS\0\x01" + bytes(40),
    "GIMP": b"gimp xcf v011\0" + bytes(40),
    "PDF": b"%PDF-1.7\n" + bytes(40),
    "OpenEXR": b"v/1\x01" + bytes(40),
    "SVG": b"<?xml version='1.0'?><svg/>",
    "DICOM": bytes(128) + b"DICM" + bytes(40),
}


@pytest.mark.parametrize("kind", NAMED)
def test_a_kind_that_is_not_read_is_called_by_its_name(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.jpg").write_bytes(NAMED[kind])
    with pytest.raises(UnsupportedPicture, match=kind) as caught:
        read_photo(tmp_path / "a.jpg")
    assert "damaged" not in caught.value.sentence
    assert (
        "ave it" in caught.value.hint or "xport" in caught.value.hint or "page" in caught.value.hint
    )


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_avif_is_read_where_pillow_can(tmp_path: Path) -> None:
    Image.fromarray(smooth(3, 255).astype(np.uint8)).save(tmp_path / "a.avif", quality=95)
    assert pixels_of(tmp_path / "a.avif").shape == (64, 96, 3)


# PNG's own colors


def png_with(pieces: bytes, pixels: Any) -> bytes:
    png = imagecodecs.png_encode(pixels)
    return png[:33] + pieces + png[33:]


ADOBE = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.6])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_a_pngs_gamma_is_heeded(tmp_path: Path, gamma: float, channels: int, dtype: str) -> None:
    stored = chunk(b"gAMA", struct.pack(">I", round(100_000 / gamma)))
    (tmp_path / "a.png").write_bytes(png_with(stored, drawn(channels, dtype)))
    photo = Photo(read_photo(tmp_path / "a.png").raster)
    assert photo.profile_note is None
    unit = drawn(channels, dtype) / np.iinfo(dtype).max
    linear = unit**gamma
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    shown = np.moveaxis(photo.encoded_srgb(0, HEIGHT).numpy(), 0, -1)
    assert np.abs(shown.squeeze() - srgb).max() < 2 / 255


@pytest.mark.parametrize("pieces", [b"", chunk(b"sRGB", b"\0")])
def test_a_gamma_that_means_srgb_is_srgb(tmp_path: Path, pieces: bytes) -> None:
    stored = 45455 if not pieces else 30000  # sRGB's own chunk says more than a gamma
    data = png_with(pieces + chunk(b"gAMA", struct.pack(">I", stored)), drawn(1))
    (tmp_path / "a.png").write_bytes(data)
    assert read_photo(tmp_path / "a.png").raster.icc_profile is None


def test_primaries_of_a_png_are_heeded(tmp_path: Path) -> None:
    pieces = chunk(b"gAMA", struct.pack(">I", 45455)) + chunk(b"cHRM", struct.pack(">8I", *ADOBE))
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[:, :18, 1], pixels[:, 18:] = 200, 90
    (tmp_path / "a.png").write_bytes(png_with(pieces, pixels))
    photo = Photo(read_photo(tmp_path / "a.png").raster)
    green = photo.space.to_xyz[1][1]
    assert green == pytest.approx(0.627, abs=0.01)  # Adobe RGB's, and 0.715 in sRGB
    gray = photo.encoded_srgb(0, 1).numpy()[:, 0, -1]
    assert np.ptp(gray) < 0.004


@pytest.mark.parametrize("stored", [0, 1, 4_000_000_000])
def test_a_gamma_that_makes_no_sense_is_ignored(tmp_path: Path, stored: int) -> None:
    data = png_with(chunk(b"gAMA", struct.pack(">I", stored)), drawn(1))
    (tmp_path / "a.png").write_bytes(data)
    assert read_photo(tmp_path / "a.png").raster.icc_profile is None


# Nothing is printed


def test_no_library_prints_anything(tmp_path: Path) -> None:
    icc = chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(srgb_profile()))
    (tmp_path / "profile.png").write_bytes(png_with(icc, drawn(1)))
    (tmp_path / "interlaced.png").write_bytes(interlaced_png())
    (tmp_path / "comment.png").write_bytes(png_with(b"\0\0\0\x01tEXtx\0\0\0\0", drawn(1)))
    Image.fromarray(drawn(3)).save(tmp_path / "a.tif", compression="jpeg")
    script = """
import sys
from pathlib import Path
from selcolor_backend.pictures.reading import read_photo
for name in sys.argv[1:]:
    read_photo(Path(name))
"""
    command = [sys.executable, "-c", script, *map(str, tmp_path.iterdir())]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (result.stdout, result.stderr) == ("", "")


def test_notes_on_ignored_profiles_come_once(tmp_path: Path) -> None:
    icc = chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(srgb_profile()))
    (tmp_path / "a.png").write_bytes(png_with(icc, drawn(1)))
    photo = read_photo(tmp_path / "a.png")
    assert photo.notes == ()
    assert Photo(photo.raster).profile_note is Note.PROFILE_WAS_IGNORED


@pytest.mark.parametrize(("said", "notes"), [(b"\1\x0d\0\1", ()), (b"\x09\x10\0\1", None)])
def test_a_png_that_names_its_colors_by_number_is_srgb_or_told(
    tmp_path: Path, said: bytes, notes: tuple[Note, ...] | None
) -> None:
    (tmp_path / "a.png").write_bytes(png_with(chunk(b"cICP", said), drawn(3)))
    photo = read_photo(tmp_path / "a.png")
    assert photo.notes == ((Note.PROFILE_WAS_IGNORED,) if notes is None else notes)
