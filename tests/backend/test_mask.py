"""Masks: choice of classes, edges, feather, selection."""

import numpy as np
import pytest
import torch
from rasters import make_raster
from scipy import ndimage

from selcolor_backend import mask as masks
from selcolor_backend.feather import feather
from selcolor_protocol.errors import InvalidOptions, UnsupportedRaster
from selcolor_protocol.raster import Channels, SampleType

CLASSES = ("background", "person", "dog")


def disk(height: int, width: int, radius: float) -> torch.Tensor:
    y, x = np.mgrid[:height, :width]
    inside = np.hypot(y - height / 2, x - width / 2) < radius
    return torch.from_numpy(inside.astype(np.float32))


def test_main_is_everything_but_the_background() -> None:
    probabilities = torch.softmax(torch.randn(3, 4, 5), 0)
    soft = masks.select_classes(probabilities, masks.class_indices(("main",), CLASSES))
    assert torch.allclose(soft, 1 - probabilities[0], atol=1e-6)


def test_classes_are_added_and_count_once() -> None:
    assert masks.class_indices(("dog", "person", "dog"), CLASSES) == (2, 1)


def test_an_unknown_class_names_those_that_are_known() -> None:
    with pytest.raises(InvalidOptions, match=r"main, person, dog.*deeplabv3-resnet101"):
        masks.class_indices(("cat",), CLASSES)


@pytest.mark.parametrize(("count", "found"), [(0, False), (9, False), (10, True)])
def test_a_subject_covers_a_thousandth(count: int, found: bool) -> None:
    mask = torch.full((100, 100), 127, dtype=torch.uint8)
    mask.view(-1)[:count] = 128
    assert masks.covers_subject(mask) is found


def test_far_from_edges_a_refined_mask_is_exactly_black_or_white() -> None:
    luminance = torch.rand(200, 300, generator=torch.Generator().manual_seed(1)) * 100
    hazy = disk(20, 30, 6) * 0.5 + 0.3
    plane = masks.refine(masks.fit_probability(hazy, luminance), luminance, lambda _: None)
    mask = masks.quantize(plane)
    distance = ndimage.distance_transform_edt(disk(200, 300, 60)), 1
    assert set(mask[distance[0] > 55].tolist()) == {255}
    assert set(mask[~disk(200, 300, 125).bool()].tolist()) == {0}


def test_a_refined_edge_lies_where_the_luminance_has_it() -> None:
    truth = disk(240, 320, 80)
    luminance = truth * 60 + 20
    coarse = disk(24, 32, 8.6)
    plane = masks.refine(masks.fit_probability(coarse, luminance), luminance, lambda _: None)
    rough = (masks.enlarge(coarse, 240, 320) - truth).abs().mean()
    assert (plane - truth).abs().mean() < 0.5 * rough


def test_refining_keeps_even_areas_of_gray_that_a_hand_has_painted() -> None:
    luminance = torch.rand(200, 300, generator=torch.Generator().manual_seed(1)) * 100
    plane = torch.full((200, 300), 100 / 255)
    plane[:, 150:] = 1.0
    again = masks.refine(masks.fit_painted(plane, luminance), luminance, lambda _: None)
    assert set(masks.quantize(again)[:, :100].flatten().tolist()) == {100}


@pytest.mark.parametrize("sigma", [0.5, 3.0, 5.9, 7.0, 30.0])
def test_feather_agrees_with_scipy(sigma: float) -> None:
    plane = disk(180, 260, 60)
    expected = ndimage.gaussian_filter(plane.double().numpy(), sigma, mode="nearest", truncate=5)
    assert np.abs(feather(plane, sigma).numpy() - expected).max() < 1 / 250


def test_feather_of_nothing_changes_nothing() -> None:
    plane = disk(20, 20, 5)
    assert torch.equal(feather(plane, 0.0), plane)


def test_a_selection_multiplies_the_mask() -> None:
    selection = torch.tensor([[0, 128, 255]], dtype=torch.uint8)
    assert masks.finish(torch.full((1, 3), 1.0), 0.0, selection).tolist() == [[0, 128, 255]]


def test_a_given_mask_comes_through_unchanged() -> None:
    values = np.arange(256).reshape(16, 16, 1) / 255
    raster = make_raster(values, Channels.GRAY)
    plane = masks.mask_from_raster(raster, raster.format).float() / 255
    assert bytes(masks.mask_to_raster(masks.finish(plane, 0.0, None)).pixels) == raster.pixels


def test_a_mask_of_16_bits_is_rounded_to_8() -> None:
    raster = make_raster(np.full((16, 16, 1), 0.5), Channels.GRAY, SampleType.U16)
    assert masks.mask_from_raster(raster, raster.format)[0, 0] == 128


def test_a_mask_of_another_size_or_in_color_is_refused() -> None:
    photo = make_raster(np.zeros((16, 17, 3))).format
    for other in (
        make_raster(np.zeros((16, 16, 1)), Channels.GRAY),
        make_raster(np.zeros((16, 17, 3))),
    ):
        with pytest.raises(UnsupportedRaster):
            masks.mask_from_raster(other, photo)
