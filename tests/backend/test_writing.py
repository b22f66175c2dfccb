"""Writing pictures: bit-exact, labeled, in bands."""

from __future__ import annotations

import io
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from selcolor_backend.pictures.arrays import DTYPES, to_array, to_depth, to_raster
from selcolor_backend.pictures.bands import Banded, banded, in_order
from selcolor_backend.pictures.icc import profile_of
from selcolor_backend.pictures.png import write_png
from selcolor_backend.pictures.reading import read_picture
from selcolor_backend.pictures.writing import PictureFormat, depth_for, write_picture
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


def encoded_png(picture: Banded) -> bytes:
    file = io.BytesIO()
    write_png(picture, file)
    return file.getvalue()


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
    write_picture(banded(raster), tmp_path / f"a.{suffix}")
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
        big = Raster(form, values.astype(">u2").tobytes())
        write_picture(banded(big), tmp_path / f"a.{suffix}")
        np.testing.assert_array_equal(to_array(read_picture(tmp_path / f"a.{suffix}")), values)


def test_pillow_reads_our_png_and_its_profile() -> None:
    profile = foreign_profile(gray=False)
    raster = drawn(curve=None, icc_profile=profile)
    with Image.open(io.BytesIO(encoded_png(banded(raster)))) as image:
        np.testing.assert_array_equal(np.asarray(image), to_array(raster))
        assert image.info["icc_profile"] == profile


def test_a_profile_for_other_channels_stays_out_of_a_png() -> None:
    raster = drawn(Channels.GRAY, curve=None, icc_profile=foreign_profile(gray=False))
    assert b"iCCP" not in encoded_png(banded(raster))


def test_pillow_reads_our_tiff(tmp_path: Path) -> None:
    write_picture(banded(drawn(Channels.RGBA)), tmp_path / "a.tif")
    with Image.open(tmp_path / "a.tif") as image:
        assert image.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(image), to_array(drawn(Channels.RGBA)))


def test_floats_become_16_bits_in_a_png(tmp_path: Path) -> None:
    raster = drawn(sample_type=SampleType.F32, curve=TransferCurve.LINEAR)
    depth = depth_for(PictureFormat.PNG, SampleType.F32)
    write_picture(banded(raster, depth), tmp_path / "a.png")
    back = read_picture(tmp_path / "a.png")
    assert back.format.sample_type is SampleType.U16
    assert back.format.curve is TransferCurve.LINEAR


# Depth


def test_8_bits_become_16_and_back_exactly() -> None:
    every = np.arange(256, dtype=np.uint8)
    deep = to_depth(every, 16)
    np.testing.assert_array_equal(deep, every.astype("u2") * 257)
    np.testing.assert_array_equal(to_depth(deep, 8), every)


def test_16_bits_are_rounded_to_8() -> None:
    every = np.arange(65536, dtype=np.uint16)
    np.testing.assert_array_equal(to_depth(every, 8), np.rint(every / 257).astype(np.uint8))


@pytest.mark.parametrize("dtype", ["f2", "f4"])
@pytest.mark.parametrize("bits", [8, 16])
def test_floats_are_clipped_and_rounded(dtype: str, bits: int) -> None:
    values = np.array([-1, 0, 0.25, 1, 2, np.inf, -np.inf, np.nan], dtype)
    top = 2**bits - 1
    quarter = round(top / 4)
    assert to_depth(values, bits).tolist() == [0, 0, quarter, top, top, top, 0, 0]


def test_another_depth_keeps_curve_and_order_of_colors() -> None:
    raster = drawn(Channels.BGR, curve=TransferCurve.LINEAR)
    deep = banded(raster, 16)
    assert (deep.curve, deep.channels) == (TransferCurve.LINEAR, Channels.RGB)
    expected = to_array(raster)[..., ::-1].astype("u2") * 257
    np.testing.assert_array_equal(deep.rows(0, HEIGHT), expected)


# Bands


@pytest.mark.parametrize("sample_type", SampleType)
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_bands_leave_no_seam(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, sample_type: SampleType
) -> None:
    raster = drawn(sample_type=sample_type, height=23)
    depth = depth_for("png" if suffix == "png" else "tiff", sample_type)
    whole = banded(raster, depth).rows(0, 23)
    monkeypatch.setattr("selcolor_backend.pictures.bands._BAND_BYTES", 7 * WIDTH * 3)
    assert len(banded(raster, depth).spans()) > 3
    write_picture(banded(raster, depth), tmp_path / f"a.{suffix}")
    back = to_array(read_picture(tmp_path / f"a.{suffix}"))
    np.testing.assert_array_equal(back, whole)


@pytest.mark.parametrize("width", [1, 2, 3000])
def test_the_narrowest_and_wide_pictures_are_written(width: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, width, 3), np.uint8)
    with Image.open(io.BytesIO(encoded_png(banded(to_raster(pixels))))) as image:
        np.testing.assert_array_equal(np.asarray(image), pixels)


def test_threads_keep_the_order_and_only_a_few_results_wait() -> None:
    begun: list[int] = []

    def note(number: int) -> int:
        begun.append(number)
        return number

    taken = []
    for number in in_order(note, range(200)):
        taken.append(number)
        assert len(begun) <= len(taken) + 20
    assert taken == list(range(200))


def test_an_error_in_a_band_reaches_the_caller() -> None:
    def fail(number: int) -> int:
        raise RuntimeError(f"band {number}")

    with pytest.raises(RuntimeError, match="band 0"):
        list(in_order(fail, range(9)))


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


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="does not end in"):
        write_picture(banded(drawn()), tmp_path / "a.bmp")


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"earlier")
    with pytest.raises(FileExistsError):
        write_picture(banded(drawn()), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == b"earlier"


@pytest.mark.parametrize("channels", [1, 3])
def test_16_bits_carry_a_profile_because_krita_would_take_them_for_linear(
    tmp_path: Path, channels: int
) -> None:
    pixels = np.zeros((HEIGHT, WIDTH, channels), np.uint16)
    write_picture(banded(to_raster(pixels)), tmp_path / "deep.png")

    written = (tmp_path / "deep.png").read_bytes()

    assert b"iCCP" in written[:64]
    assert read_picture(tmp_path / "deep.png").format.curve is TransferCurve.SRGB
