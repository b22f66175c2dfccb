"""Bytes to planes and back."""

import numpy as np
import pytest
import torch
from rasters import make_raster, to_array

from selcolor_backend.pixels.samples import (
    decode,
    encode,
    view_colors,
    view_samples,
)
from selcolor_protocol.raster import ByteOrder, Channels, SampleType


@pytest.mark.parametrize("byte_order", ByteOrder)
@pytest.mark.parametrize("sample_type", SampleType)
@pytest.mark.parametrize("channels", Channels)
def test_every_kind_of_raster_survives_the_way_there_and_back(
    channels: Channels, sample_type: SampleType, byte_order: ByteOrder
) -> None:
    picture = np.random.default_rng(1).random((5, 7, channels.samples))
    raster = make_raster(picture, channels, sample_type, byte_order)
    colors = view_colors(view_samples(raster), channels)
    planes = decode(colors)
    order = {"RGB": [0, 1, 2], "BGR": [2, 1, 0]}.get(channels.value[:3], [0])
    expected = np.moveaxis(picture[..., order], -1, 0)
    assert np.abs(planes.numpy() - expected).max() < {"u8": 2e-3, "f16": 3e-4}.get(
        sample_type.value, 1e-5
    )

    again = np.zeros_like(colors)
    encode(planes, again)
    assert np.array_equal(again, to_array(raster)[..., order])


@pytest.mark.parametrize("sample_type", [SampleType.U8, SampleType.U16])
def test_integers_are_rounded_and_clipped(sample_type: SampleType) -> None:
    dtype = "u1" if sample_type is SampleType.U8 else "<u2"
    white = np.iinfo(dtype).max
    out = np.zeros((1, 4, 1), dtype)
    encode(torch.tensor([[[-0.5, 1.7, 0.6 / white, 0.4 / white]]]), out)
    assert out.ravel().tolist() == [0, white, 1, 0]


def test_nonsense_floats_become_sane_and_real_highlights_stay() -> None:
    values = np.array([[[np.nan], [np.inf], [-np.inf], [7.5], [-0.25]]])
    raster = make_raster(values, Channels.GRAY, SampleType.F32)
    assert decode(view_samples(raster)).ravel().tolist() == [0, 65504, -65504, 7.5, -0.25]


def test_a_view_is_not_a_copy() -> None:
    raster = make_raster(np.zeros((2, 2, 3)))
    assert np.shares_memory(view_samples(raster), np.frombuffer(raster.pixels, np.uint8))
