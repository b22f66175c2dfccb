"""Blending beside its formula, for every kind of raster."""

import icc
import numpy as np
import pytest
from rasters import WHITES, make_raster, to_array
from skimage import color

from selcolor_backend.mask import PaintedMask
from selcolor_backend.paint import paint_blended
from selcolor_backend.pixels.photo import Photo
from selcolor_protocol.options import Background
from selcolor_protocol.raster import (
    ByteOrder,
    ChannelOrder,
    Channels,
    Raster,
    SampleType,
    TransferCurve,
)

HEIGHT, WIDTH = 20, 24


def random_mask() -> np.ndarray:
    generator = np.random.default_rng(9)
    mask = generator.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
    mask[:8], mask[8:14] = 0, 255
    return mask


def blend_rasters(
    original: Raster,
    colorized: Raster,
    mask: np.ndarray,
    background: Background,
    order: ChannelOrder = ChannelOrder.RGB,
) -> Raster:
    above, painted = Photo(colorized), PaintedMask(mask)
    return paint_blended(Photo(original), above, painted, background, order, lambda _: None)


def random_picture(seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).random((HEIGHT, WIDTH, count))


@pytest.mark.parametrize("byte_order", ByteOrder)
@pytest.mark.parametrize("sample_type", SampleType)
@pytest.mark.parametrize("channels", Channels)
def test_a_blend_is_the_formula_and_exact_at_both_ends(
    channels: Channels, sample_type: SampleType, byte_order: ByteOrder
) -> None:
    order = ChannelOrder.BGR if "BGR" in channels.value else ChannelOrder.RGB
    layer = order.channels(channels.has_alpha)
    original = make_raster(random_picture(1, channels.samples), channels, sample_type, byte_order)
    colorized = make_raster(random_picture(2, layer.samples), layer, sample_type, byte_order)
    mask = random_mask()
    below, above = to_array(original)[..., : layer.samples], to_array(colorized)
    if channels.is_gray:
        below = np.repeat(below[..., :1], 3, axis=-1)

    result = to_array(blend_rasters(original, colorized, mask, Background.KEEP, order))

    share = mask[..., None] / 255
    expected = share * above[..., :3] + (1 - share) * below[..., :3]
    tolerance = 0.51 if WHITES[sample_type.value] > 1 else 1e-3
    assert np.abs(result[..., :3] - expected).max() <= tolerance
    for level, source in ((0, below), (255, above)):
        at = mask == level
        assert result[..., :3][at].tobytes() == source[..., :3][at].tobytes()
    if layer.has_alpha:
        assert np.array_equal(result[..., -1], to_array(original)[..., -1])


def test_even_nonsense_floats_of_the_background_come_through_bit_by_bit() -> None:
    picture = random_picture(1, 3)
    picture[0, 0], picture[1, 1] = np.nan, np.inf
    original = make_raster(picture, sample_type=SampleType.F32)
    colorized = make_raster(random_picture(2, 3), sample_type=SampleType.F32)
    result = blend_rasters(original, colorized, random_mask(), Background.KEEP)
    assert to_array(result)[:8].tobytes() == to_array(original)[:8].tobytes()


@pytest.mark.parametrize("channels", [Channels.RGB, Channels.BGRA])
def test_a_gray_background_has_the_luminance_of_the_photo(channels: Channels) -> None:
    picture = random_picture(1, channels.samples)
    original = make_raster(picture, channels, SampleType.F32)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    result = to_array(blend_rasters(original, original, mask, Background.GRAY))[..., :3]
    rgb = picture[..., 2::-1] if channels is Channels.BGRA else picture
    lab = color.rgb2lab(result.astype(np.float64))
    assert np.abs(lab[..., 0] - color.rgb2lab(rgb)[..., 0]).max() < 1e-2
    assert np.abs(lab[..., 1:]).max() < 0.02


def test_a_gray_background_of_a_gray_photo_is_the_photo() -> None:
    original = make_raster(random_picture(1, 1), Channels.GRAY)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    colorized = make_raster(random_picture(2, 3))
    result = to_array(blend_rasters(original, colorized, mask, Background.GRAY))
    assert np.array_equal(result, np.repeat(to_array(original), 3, axis=-1))


def test_a_gray_photo_with_a_curve_of_its_own_is_converted() -> None:
    values = random_picture(1, 1)
    original = make_raster(
        values, Channels.GRAY, SampleType.F32, icc=icc.gray_profile(icc.gamma_curve(1.8))
    )
    colorized = make_raster(random_picture(2, 3), sample_type=SampleType.F32)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    result = blend_rasters(original, colorized, mask, Background.KEEP)
    linear = values ** (round(1.8 * 256) / 256)
    expected = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    assert result.format.curve is TransferCurve.SRGB
    assert np.abs(to_array(result) - expected).max() < 1e-5


def test_an_edited_layer_in_another_number_format_is_converted() -> None:
    original = make_raster(random_picture(1, 3), sample_type=SampleType.U16)
    colorized = make_raster(random_picture(2, 4), Channels.RGBA)
    mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
    result = to_array(blend_rasters(original, colorized, mask, Background.KEEP))
    assert np.array_equal(result, to_array(colorized)[..., :3].astype(np.uint16) * 257)
