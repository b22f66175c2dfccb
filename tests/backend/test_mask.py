"""Masks: choice of classes, edges, feather, selection."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from selcolor_backend import mask as masks
from selcolor_backend.feather import feather
from selcolor_backend.models.registry import find_model
from selcolor_backend.pixels.tiles import Tile, tiles
from selcolor_backend.sketch import Sketch
from selcolor_backend.subjects import (
    class_indices,
    connected_part,
    shows_subject,
    subject_probability,
    without_doubtful_parts,
)
from selcolor_protocol.errors import InvalidOptions
from selcolor_protocol.options import Point, Subject

CLASSES = ("background", "person", "dog")


def sketch_of(luminance: torch.Tensor) -> Sketch:
    return Sketch(luminance.expand(3, -1, -1) / 100, luminance)


def whole(mask: masks.Mask, luminance: torch.Tensor) -> torch.Tensor:
    return mask.evaluate(sketch_of(luminance), Tile(0, luminance.shape[0], 0, luminance.shape[1]))


def disk(height: int, width: int, radius: float) -> torch.Tensor:
    y, x = np.mgrid[:height, :width]
    inside = np.hypot(y - height / 2, x - width / 2) < radius
    return torch.from_numpy(inside.astype(np.float32))


def test_main_is_whatever_is_not_background_whichever_classes_there_are() -> None:
    probabilities = torch.rand(3, 4, 5)
    soft = subject_probability(probabilities, Subject(), CLASSES)
    assert torch.allclose(soft, 1 - probabilities[0], atol=1e-6)


def test_a_class_is_found_where_it_is_whether_or_not_it_is_the_main_subject() -> None:
    probabilities = torch.rand(3, 4, 5)
    soft = subject_probability(probabilities, Subject.named("dog"), CLASSES)
    assert torch.equal(soft, probabilities[2])


def test_classes_are_added_and_count_once() -> None:
    assert class_indices(Subject.named("dog,person,dog"), CLASSES) == (2, 1)


def test_an_unknown_class_names_those_that_are_known() -> None:
    with pytest.raises(InvalidOptions, match=r"main, person, dog.*no other segmenter"):
        class_indices(Subject.named("unicorn"), CLASSES)


@pytest.mark.parametrize(
    ("name", "who"), [("person", "foreground-lite"), ("sofa", "deeplabv3-resnet101")]
)
def test_a_segmenter_that_lacks_a_class_says_who_has_it(name: str, who: str) -> None:
    with pytest.raises(InvalidOptions, match=rf"main, object.*--segmenter {who}"):
        class_indices(Subject.named(name), find_model("birefnet-lite").classes)


def soft_mask(count: int, likely: float, height: int = 100, width: int = 100) -> torch.Tensor:
    """Some pixels of that probability, the others just below 1/2."""
    soft = torch.full((height, width), 0.49)
    soft.view(-1)[:count] = likely
    return soft


@pytest.mark.parametrize("asked", [Subject.named("dog"), Subject(at=Point(0, 0))])
@pytest.mark.parametrize(("count", "found"), [(0, False), (9, False), (10, True)])
def test_what_was_named_or_pointed_at_covers_a_thousandth(
    asked: Subject, count: int, found: bool
) -> None:
    assert shows_subject(soft_mask(count, 0.5), asked) is found


@pytest.mark.parametrize(
    ("count", "likely", "found"), [(49, 0.99, False), (50, 0.95, True), (5000, 0.9, False)]
)
def test_a_main_subject_that_nobody_pointed_at_is_certain_somewhere(
    count: int, likely: float, found: bool
) -> None:
    assert shows_subject(soft_mask(count, likely), Subject()) is found


def test_in_a_panorama_a_subject_counts_as_in_the_part_that_shows_it() -> None:
    strip = soft_mask(150, 1.0, height=100, width=4500)
    assert shows_subject(strip, Subject())


def test_islands_and_holes_of_which_nothing_is_certain_are_noise() -> None:
    soft = torch.zeros(40, 60)
    soft[5:35, 5:30] = 0.99
    soft[10:14, 28:36] = 0.6  # faint, but connected with what is certain
    soft[20:25, 40:50] = 0.7  # faint on its own
    soft[15:18, 10:13] = 0.3  # a hole that may be none
    soft[25:28, 10:13] = 0.01  # a hole for certain

    kept = without_doubtful_parts(soft)

    assert kept[12, 34] == soft[12, 34]
    assert kept[22, 45] == 0
    assert kept[16, 11] == 1
    assert kept[26, 11] == soft[26, 11]


def test_far_from_edges_a_refined_mask_is_exactly_black_or_white() -> None:
    luminance = torch.rand(200, 300, generator=torch.Generator().manual_seed(1)) * 100
    hazy = disk(20, 30, 6) * 0.5 + 0.3
    mask = masks.quantize(whole(masks.fit_probability(hazy, sketch_of(luminance)), luminance))
    distance = ndimage.distance_transform_edt(disk(200, 300, 60))
    assert set(mask[distance > 55].tolist()) == {255}
    assert set(mask[~disk(200, 300, 125).bool().numpy()].tolist()) == {0}


def test_a_refined_edge_lies_where_the_luminance_has_it() -> None:
    truth = disk(240, 320, 80)
    luminance = truth * 60 + 20
    coarse = disk(24, 32, 8.6)
    plane = whole(masks.fit_probability(coarse, sketch_of(luminance)), luminance)
    rough = (whole(masks.SoftMask(coarse, 2.0), luminance) - truth).abs().mean()
    assert (plane - truth).abs().mean() < 0.5 * rough


def test_refining_keeps_even_areas_of_gray_that_a_hand_has_painted() -> None:
    luminance = torch.rand(200, 300, generator=torch.Generator().manual_seed(1)) * 100
    painted = np.full((200, 300), 100, np.uint8)
    painted[:, 150:] = 255
    again = masks.fit_painted(masks.PaintedMask(painted), sketch_of(luminance))
    assert set(masks.quantize(whole(again, luminance))[:, :100].flatten().tolist()) == {100}


@pytest.mark.parametrize("reduction", [1, 2, 4])
@pytest.mark.parametrize("sigma", [0.5, 3.0, 5.9, 7.0, 15.0, 30.0])
def test_feather_agrees_with_scipy(sigma: float, reduction: int) -> None:
    plane = disk(180, 260, 60)
    expected = ndimage.gaussian_filter(plane.double().numpy(), sigma, mode="nearest", truncate=5)
    painted = masks.PaintedMask(masks.quantize(plane))
    sketch = sketch_of(torch.zeros(180 // reduction, 260 // reduction))
    ours = whole(feather(painted, 2 * sigma, sketch, 260), torch.zeros(180, 260))
    inside = slice(reduction, -reduction)
    assert np.abs(ours.numpy() - expected)[inside, inside].max() < 1 / 250


def test_feather_gives_the_same_whatever_the_tile() -> None:
    painted = masks.PaintedMask(masks.quantize(disk(180, 260, 60)))
    sketch = sketch_of(torch.zeros(90, 130))
    canvas = sketch_of(torch.zeros(180, 260))
    for width in (4, 14):
        soft = feather(painted, width, sketch, 260)
        at_once = whole(soft, canvas.luminance)
        for tile in tiles(Tile(0, 180, 0, 260), 41, 67):
            assert torch.equal(soft.evaluate(canvas, tile), at_once[tile.area])


def test_feather_of_nothing_changes_nothing() -> None:
    mask = masks.EvenMask(1.0)
    assert feather(mask, 0.0, sketch_of(torch.zeros(20, 20)), 20) is mask


def test_a_point_chooses_the_subject_that_is_connected_to_it() -> None:
    soft = torch.zeros(20, 40)
    soft[4:16, 4:14] = 0.9
    soft[4:16, 24:36] = 0.8
    chosen = connected_part(soft, (0.75, 0.5))
    assert torch.equal(chosen[:, 20:], soft[:, 20:])
    assert chosen[:, :20].max() == 0
    assert connected_part(soft, (0.5, 0.05)).max() == 0
