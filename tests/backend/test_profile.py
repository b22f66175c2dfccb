"""Profiles beside Pillow's ImageCms, and curves beside their formulas."""

import io
from collections.abc import Callable

import icc
import numpy as np
import pytest
import torch
from PIL import Image, ImageCms
from rasters import make_raster

from selcolor_backend.pixels.curves import SRGB_CURVE, Curve
from selcolor_backend.pixels.profile import (
    LINEAR,
    SRGB,
    ColorSpace,
    TableSpace,
    convert_linear,
    profile_of,
)
from selcolor_protocol.notes import Note
from selcolor_protocol.raster import Channels, Raster, SampleType, TransferCurve

LINEAR_TABLE = icc.table_curve([0, 65535])
SRGB_TABLE = icc.table_curve(
    [round(float(SRGB_CURVE.decode(torch.tensor(i / 1023))) * 65535) for i in range(1024)]
)
SRGB_PARAMETRIC = icc.parametric_curve(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def rgb_raster(profile: bytes) -> Raster:
    return make_raster(np.zeros((16, 16, 3)), icc=profile)


def gray_raster(profile: bytes) -> Raster:
    return make_raster(np.zeros((16, 16, 1)), Channels.GRAY, icc=profile)


def curve_of(tag: bytes) -> Curve:
    space = profile_of(gray_raster(icc.gray_profile(tag))).space
    assert isinstance(space, ColorSpace)
    return space.curves[0]


def damaged_tag_table() -> bytes:
    profile = bytearray(icc.rgb_profile(icc.gamma_curve(2.2)))
    profile[132:168] = b"\xff" * 36
    return bytes(profile)


def without_tag(name: bytes) -> bytes:
    return icc.rgb_profile(icc.gamma_curve(2.2)).replace(name, b"none")


def created_srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize(
    "profile",
    [
        created_srgb(),
        icc.rgb_profile(icc.gamma_curve(1.8)),
        icc.rgb_profile(icc.identity_curve()),
        icc.rgb_profile(SRGB_TABLE),
        icc.rgb_profile(SRGB_PARAMETRIC),
        icc.rgb_profile(icc.gamma_curve(2.199), icc.ADOBE_COLORANTS),
        icc.profile_of_channels((icc.gamma_curve(1.8), icc.gamma_curve(2.2), SRGB_TABLE)),
        icc.scanner_profile(),
    ],
    ids=["created", "gamma 1.8", "linear", "table", "parametric", "Adobe", "channels", "scanner"],
)
def test_colors_agree_with_image_cms_within_one_step(profile: bytes) -> None:
    picture = np.random.default_rng(3).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    expected = ImageCms.profileToProfile(
        Image.fromarray(picture),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.HIGHRESPRECALC | ImageCms.Flags.NOOPTIMIZE,
    )
    space = profile_of(rgb_raster(profile)).space
    planes = torch.from_numpy(picture).permute(2, 0, 1).float() / 255
    ours = SRGB.encode(convert_linear(space.decode(planes), space, SRGB)).clamp(0, 1) * 255
    assert np.abs(ours.permute(1, 2, 0).round().numpy() - np.asarray(expected)).max() <= 1


@pytest.mark.parametrize("make", [icc.gray_profile, icc.gray_lab_profile])
def test_a_gray_profile_agrees_with_image_cms_within_one_step(
    make: Callable[[bytes], bytes],
) -> None:
    profile = make(icc.gamma_curve(2.2))
    ramp = np.arange(256, dtype=np.uint8)[None]
    expected = ImageCms.profileToProfile(
        Image.fromarray(ramp),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        outputMode="RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.NOOPTIMIZE,
    )
    space = profile_of(gray_raster(profile)).space
    ours = SRGB.encode(space.decode(torch.from_numpy(ramp).float()[None] / 255))[0] * 255
    assert np.abs(ours.round().numpy() - np.asarray(expected)[..., 1]).max() <= 1


PARAMETRIC = {
    0: ((2.2,), lambda x: x**2.2),
    1: (
        (2.2, 1.1, -0.1),
        lambda x: np.where(x >= 0.1 / 1.1, np.maximum(1.1 * x - 0.1, 0) ** 2.2, 0),
    ),
    2: (
        (2.2, 1.1, -0.1, 0.05),
        lambda x: np.where(x >= 0.1 / 1.1, np.maximum(1.1 * x - 0.1, 0) ** 2.2, 0) + 0.05,
    ),
    3: (
        (2.4, 0.9479, 0.0521, 0.0774, 0.0405),
        lambda x: np.where(x >= 0.0405, (0.9479 * x + 0.0521) ** 2.4, 0.0774 * x),
    ),
    4: (
        (2.4, 0.9, 0.05, 0.08, 0.04, 0.01, 0.005),
        lambda x: np.where(x >= 0.04, (0.9 * x + 0.05) ** 2.4 + 0.01, 0.08 * x + 0.005),
    ),
}


@pytest.mark.parametrize("kind", PARAMETRIC)
def test_every_parametric_curve_follows_its_formula(kind: int) -> None:
    values, formula = PARAMETRIC[kind]
    curve = curve_of(icc.parametric_curve(kind, *values))
    x = np.linspace(0, 1, 1001)
    ours = curve.decode(torch.from_numpy(x).float()).numpy()
    assert np.abs(ours - formula(x)).max() < 1e-4


@pytest.mark.parametrize(
    "tag",
    [
        icc.identity_curve(),
        icc.gamma_curve(1.8),
        SRGB_TABLE,
        LINEAR_TABLE,
        SRGB_PARAMETRIC,
        icc.parametric_curve(0, 2.2),
    ],
)
def test_encoding_undoes_decoding_outside_the_usual_range_too(tag: bytes) -> None:
    curve = curve_of(tag)
    x = torch.linspace(-3.0, 3.0, 4001)
    x = x[(x.abs() > 0.003)]
    assert (curve.encode(curve.decode(x)) - x).abs().max() < 2e-4


def test_curves_are_odd_functions() -> None:
    x = torch.linspace(0.0, 2.0, 100)
    for tag in (icc.gamma_curve(2.2), SRGB_TABLE, SRGB_PARAMETRIC):
        curve = curve_of(tag)
        assert torch.equal(curve.decode(-x), -curve.decode(x))


def test_a_table_that_is_flat_at_its_end_keeps_white() -> None:
    curve = curve_of(icc.table_curve([0, 30000, 65535, 65535]))
    assert float(curve.encode(torch.tensor([1.0]))) == 1.0


def test_white_is_neutral_to_the_last_digit() -> None:
    space = profile_of(rgb_raster(icc.rgb_profile(LINEAR_TABLE, icc.ADOBE_COLORANTS))).space
    sums = np.array(space.to_xyz).sum(axis=1)
    assert np.allclose(sums, (0.95047, 1.0, 1.08883), atol=1e-12)


def test_layers_of_a_gray_photo_get_the_curve_that_they_can_have() -> None:
    as_is = profile_of(gray_raster(icc.gray_profile(SRGB_TABLE))).label
    linear = profile_of(gray_raster(icc.gray_profile(icc.identity_curve()))).label
    other = profile_of(gray_raster(icc.gray_profile(icc.gamma_curve(1.8)))).label
    assert (as_is.curve, as_is.icc_profile) == (TransferCurve.SRGB, None)
    assert (linear.curve, linear.space) == (TransferCurve.LINEAR, LINEAR)
    assert (other.curve, other.space) == (TransferCurve.SRGB, SRGB)


@pytest.mark.parametrize(
    "profile",
    [
        icc.rgb_profile(icc.gamma_curve(2.2), icc.ADOBE_COLORANTS),
        icc.profile_of_channels((icc.gamma_curve(1.8), icc.gamma_curve(2.2), SRGB_TABLE)),
    ],
    ids=["Adobe RGB", "a curve for each channel"],
)
def test_layers_of_a_color_photo_keep_its_profile(profile: bytes) -> None:
    found = profile_of(rgb_raster(profile))
    assert (found.label.icc_profile, found.note) == (profile, None)


def test_floats_with_a_broken_profile_are_linear_as_without_one() -> None:
    found = profile_of(
        make_raster(np.zeros((16, 16, 3)), sample_type=SampleType.F32, icc=b"broken")
    )
    assert (found.space, found.note) == (LINEAR, Note.PROFILE_WAS_IGNORED)


def test_layers_of_a_photo_with_a_table_profile_are_srgb_with_a_note() -> None:
    found = profile_of(rgb_raster(icc.scanner_profile()))
    assert isinstance(found.space, TableSpace)
    assert (found.label.space, found.label.curve) == (SRGB, TransferCurve.SRGB)
    assert found.note is Note.COLORS_BECAME_SRGB


def test_a_table_that_says_no_more_than_a_matrix_is_used_like_one() -> None:
    found = profile_of(rgb_raster(icc.matrix_as_table(icc.ADOBE_COLORANTS)))
    matrix = profile_of(rgb_raster(icc.rgb_profile(LINEAR_TABLE, icc.ADOBE_COLORANTS)))
    assert isinstance(found.space, ColorSpace)
    assert found.space.agrees_with(matrix.space)
    assert found.note is None


@pytest.mark.parametrize(
    "profile",
    [
        b"nonsense",
        b"",
        icc.profile(b"CMYK", {}),
        icc.profile(b"RGB ", {}),
        icc.rgb_profile(icc.gamma_curve(2.2))[:300],
        damaged_tag_table(),
        without_tag(b"rTRC"),
        without_tag(b"gXYZ"),
        icc.profile(b"RGB ", {}, pcs=b"Lab "),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
        icc.rgb_profile(b"curv\0\0\0\0\0\0\xff\xff"),
        icc.rgb_profile(b"mft2\0\0\0\0"),
        icc.rgb_profile(icc.table_curve([65535, 0])),
        icc.rgb_profile(icc.parametric_curve(9)),
        icc.gray_profile(icc.gamma_curve(2.2)),
    ],
)
def test_a_profile_that_is_broken_or_for_other_channels_is_ignored_with_a_note(
    profile: bytes,
) -> None:
    raster = make_raster(np.zeros((16, 16, 3)), icc=profile or b"\0")
    found = profile_of(raster)
    assert (found.space, found.label.curve) == (SRGB, TransferCurve.SRGB)
    assert (found.label.icc_profile, found.note) == (None, Note.PROFILE_WAS_IGNORED)
