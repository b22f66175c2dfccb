"""Writing pictures: bit-exact, labeled, quick to compare, and never half-written."""

from __future__ import annotations

import errno
import io
import os
import resource
from itertools import product
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from selcolor_backend.pictures.arrays import DTYPES, to_array, to_raster
from selcolor_backend.pictures.icc import profile_of
from selcolor_backend.pictures.reading import read_picture
from selcolor_backend.pictures.writing import (
    PictureFormat,
    convert_depth,
    depth_for,
    encode_png,
    write_atomically,
    write_picture,
)
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.raster import (
    ByteOrder,
    Channels,
    Raster,
    RasterFormat,
    SampleType,
    TransferCurve,
)

HEIGHT, WIDTH = 20, 30
INTEGERS = (SampleType.U8, SampleType.U16)


def drawn(
    channels: Channels = Channels.RGB,
    sample_type: SampleType = SampleType.U8,
    curve: TransferCurve | None = TransferCurve.SRGB,
    icc_profile: bytes | None = None,
    height: int = HEIGHT,
) -> Raster:
    dtype = np.dtype(DTYPES[sample_type])
    noise = np.random.default_rng(channels.samples).random((height, WIDTH, channels.samples))
    scale = 1.5 if dtype.kind == "f" else np.iinfo(dtype).max
    return to_raster((noise * scale).astype(dtype), curve, icc_profile, channels)


def foreign_profile(gray: bool) -> bytes:
    """One that is not ours: a built profile with another name inside."""
    return profile_of(TransferCurve.SRGB, gray).replace("s".encode("utf-16-be"), b"\0z")


COMBINATIONS = [
    *product(["png"], Channels, INTEGERS),
    *product(["tif", "tiff"], Channels, SampleType),
]


@pytest.mark.parametrize("curve", [*TransferCurve, None])
@pytest.mark.parametrize(("suffix", "channels", "sample_type"), COMBINATIONS)
def test_a_round_trip_is_bit_exact(
    tmp_path: Path,
    suffix: str,
    channels: Channels,
    sample_type: SampleType,
    curve: TransferCurve | None,
) -> None:
    profile = foreign_profile(channels.is_gray) if curve is None else None
    raster = drawn(channels, sample_type, curve, profile)
    write_picture(raster, tmp_path / f"a.{suffix}")
    back = read_picture(tmp_path / f"a.{suffix}")
    expected = to_array(raster)
    if channels in (Channels.BGR, Channels.BGRA):
        expected = expected[..., [2, 1, 0, 3][: channels.samples]]
    np.testing.assert_array_equal(to_array(back), expected)
    assert back.format.sample_type is sample_type
    assert back.format.curve is curve
    assert back.icc_profile == profile


def test_a_big_endian_raster_is_written_right(tmp_path: Path) -> None:
    values = to_array(drawn(sample_type=SampleType.U16))
    form = RasterFormat(WIDTH, HEIGHT, Channels.RGB, SampleType.U16, ByteOrder.BIG)
    for suffix in ("png", "tif"):
        write_picture(Raster(form, values.astype(">u2").tobytes()), tmp_path / f"a.{suffix}")
        np.testing.assert_array_equal(to_array(read_picture(tmp_path / f"a.{suffix}")), values)


def test_pillow_reads_our_png_and_its_profile() -> None:
    profile = foreign_profile(gray=False)
    raster = drawn(curve=None, icc_profile=profile)
    with Image.open(io.BytesIO(encode_png(raster))) as image:
        np.testing.assert_array_equal(np.asarray(image), to_array(raster))
        assert image.info["icc_profile"] == profile


def test_a_profile_for_other_channels_stays_out_of_a_png() -> None:
    raster = drawn(Channels.GRAY, curve=None, icc_profile=foreign_profile(gray=False))
    assert b"iCCP" not in encode_png(raster)


def test_pillow_reads_our_tiff(tmp_path: Path) -> None:
    write_picture(drawn(Channels.RGBA), tmp_path / "a.tif")
    with Image.open(tmp_path / "a.tif") as image:
        assert image.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(image), to_array(drawn(Channels.RGBA)))


def test_floats_become_16_bits_in_a_png(tmp_path: Path) -> None:
    raster = drawn(sample_type=SampleType.F32, curve=TransferCurve.LINEAR)
    write_picture(raster, tmp_path / "a.png")
    back = read_picture(tmp_path / "a.png")
    assert back.format.sample_type is SampleType.U16
    assert back.format.curve is TransferCurve.LINEAR


# Depth


def test_8_bits_become_16_and_back_exactly() -> None:
    every = to_raster(np.arange(256, dtype=np.uint8).reshape(16, 16, 1))
    deep = convert_depth(every, 16)
    np.testing.assert_array_equal(to_array(deep), to_array(every).astype("u2") * 257)
    np.testing.assert_array_equal(to_array(convert_depth(deep, 8)), to_array(every))


def test_16_bits_are_rounded_to_8() -> None:
    every = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
    expected = np.rint(every / 257).astype(np.uint8)
    np.testing.assert_array_equal(to_array(convert_depth(to_raster(every), 8)), expected)


@pytest.mark.parametrize("dtype", ["f2", "f4"])
@pytest.mark.parametrize("bits", [8, 16])
def test_floats_are_clipped_and_rounded_and_keep_their_curve(dtype: str, bits: int) -> None:
    values = np.array([-1, 0, 0.25, 1, 2, np.inf, -np.inf, np.nan], dtype).reshape(1, 8, 1)
    raster = convert_depth(to_raster(values, TransferCurve.LINEAR), bits)
    top = 2**bits - 1
    quarter = round(top / 4)
    assert to_array(raster).ravel().tolist() == [0, 0, quarter, top, top, top, 0, 0]
    assert raster.format.curve is TransferCurve.LINEAR


def test_conversion_in_blocks_covers_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("selcolor_backend.pictures.writing._BLOCK_SAMPLES", 7 * WIDTH * 3)
    raster = drawn(sample_type=SampleType.U8, height=23)
    expected = to_array(raster).astype("u2") * 257
    np.testing.assert_array_equal(to_array(convert_depth(raster, 16)), expected)


@pytest.mark.parametrize(
    ("picture_format", "sample_type", "asked", "depth"),
    [
        (PictureFormat.PNG, SampleType.U8, None, None),
        (PictureFormat.PNG, SampleType.F32, None, 16),
        (PictureFormat.ORA, SampleType.F16, None, 16),
        (PictureFormat.TIFF, SampleType.F32, None, None),
        (PictureFormat.TIFF, SampleType.F32, 8, 8),
        (PictureFormat.PNG, SampleType.U16, 8, 8),
    ],
)
def test_the_depth_that_a_format_needs(
    picture_format: PictureFormat, sample_type: SampleType, asked: int | None, depth: int | None
) -> None:
    assert depth_for(picture_format, sample_type, asked) == depth
    assert depth_for(picture_format.value, sample_type, asked) == depth


# Profiles of our own


def converted(image: Image.Image, profile: bytes, target: Any, mode: str) -> Any:
    # Little CMS would otherwise put a coarse table in place of the curve.
    exact = ImageCms.Flags.NOOPTIMIZE
    source = io.BytesIO(profile)
    result = ImageCms.profileToProfile(image, source, target, outputMode=mode, flags=exact)
    return np.asarray(result).astype(int)


def encoded(linear: Any) -> Any:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("gray", [False, True])
def test_the_linear_profile_is_the_srgb_curve_away_from_srgb(gray: bool) -> None:
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
    image = ramp if gray else ramp.convert("RGB")
    profile = profile_of(TransferCurve.LINEAR, gray)
    got = converted(image, profile, ImageCms.createProfile("sRGB"), "RGB")[..., 0]
    expected = encoded(np.arange(256).reshape(16, 16) / 255) * 255
    assert np.abs(got - expected).max() <= 1


def test_the_srgb_profile_changes_nothing() -> None:
    pixels = to_array(drawn())
    profile = profile_of(TransferCurve.SRGB, gray=False)
    got = converted(Image.fromarray(pixels), profile, ImageCms.createProfile("sRGB"), "RGB")
    assert np.abs(got - pixels).max() <= 1


@pytest.mark.parametrize("curve", list(TransferCurve))
@pytest.mark.parametrize("gray", [False, True])
def test_a_profile_names_itself(curve: TransferCurve, gray: bool) -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(profile_of(curve, gray)))
    assert profile.profile.profile_description in {
        "sRGB",
        "Linear sRGB",
        "Linear gray",
        "Gray with the sRGB curve",
    }
    assert profile.profile.xcolor_space.strip() == ("GRAY" if gray else "RGB")


# Failures


def refused(path: Path, *words: str) -> None:
    with pytest.raises(CannotWrite) as caught:
        write_picture(drawn(), path)
    for word in (str(path), *words):
        assert word in caught.value.sentence


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_missing_folder_and_a_file_as_folder_are_refused(tmp_path: Path, suffix: str) -> None:
    refused(tmp_path / "none" / f"a.{suffix}", "does not exist")
    (tmp_path / "file").touch()
    refused(tmp_path / "file" / f"a.{suffix}", "is a file")


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "a.jpg", "does not end in")


def test_a_folder_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    refused(tmp_path / "a.png", "folder of that name")
    assert os.listdir(tmp_path) == ["a.png"]


def test_a_pipe_in_the_way_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    refused(tmp_path / "a.png")
    assert (tmp_path / "a.png").is_fifo()


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_write_that_breaks_off_keeps_the_earlier_file(tmp_path: Path, suffix: str) -> None:
    """The system really refuses in the middle of the file: its size is limited."""
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"earlier")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        refused(path, "larger than is allowed")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"earlier"
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize(
    ("function", "number", "words"),
    [
        ("os.fsync", errno.ENOSPC, "disk is full"),
        ("os.replace", errno.EROFS, "read-only"),
        ("os.replace", errno.EACCES, "may not be written"),
    ],
)
def test_simulated_refusals_of_the_system_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, number: int, words: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(function, refuse)
    refused(tmp_path / "a.png", words)
    assert os.listdir(tmp_path) == []


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    def interrupted(file: BinaryIO) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.png", interrupted)
    assert os.listdir(tmp_path) == []


def test_a_file_gets_the_permissions_that_others_get(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_picture(drawn(), tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("channels", [1, 3])
def test_16_bits_carry_a_profile_because_krita_would_take_them_for_linear(
    tmp_path: Path, channels: int
) -> None:
    pixels = np.zeros((HEIGHT, WIDTH, channels), np.uint16)
    write_picture(to_raster(pixels), tmp_path / "deep.png")

    written = (tmp_path / "deep.png").read_bytes()

    assert b"iCCP" in written[:64]
    assert read_picture(tmp_path / "deep.png").format.curve is TransferCurve.SRGB
