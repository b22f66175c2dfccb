"""Views: cut, resized and mirrored in batches as torch would one by one, in a fixed order."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from drawn_photos import photos_of
from torch import Tensor
from torch.nn import functional

from selcolor_training.views import (
    Order,
    Views,
    central_views,
    chance_of,
    cut,
    cut_classes,
    random_rectangles,
    random_views,
)


def noise(seed: int, height: int, width: int) -> Tensor:
    chance = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (3, height, width), dtype=torch.uint8, generator=chance)


PHOTOS = photos_of([noise(0, 40, 56), noise(1, 64, 48), noise(2, 30, 30)])


@pytest.mark.parametrize("size", [16, 30, 64])
def test_a_view_is_what_torch_cuts_and_resizes(size: int) -> None:
    views = random_views(PHOTOS, torch.tensor([0, 1, 2, 1]), 0.3, chance_of(0, 0))

    found = cut(PHOTOS.rgb, PHOTOS, views, size)

    for place, picture in enumerate(found):
        top, left = int(views.tops[place]), int(views.lefts[place])
        height, width = int(views.heights[place]), int(views.widths[place])
        photo = PHOTOS.picture(int(views.photos[place]))
        part = photo[:, top : top + height, left : left + width].float().unsqueeze(0) / 255
        expected = functional.interpolate(
            part, size=(size, size), mode="bilinear", antialias=True
        ).squeeze(0)
        expected = expected.flip(-1) if views.mirrored[place] else expected
        assert torch.allclose(picture, expected.clamp(0, 1), atol=1e-5)


def test_views_stay_within_their_photos_and_are_as_large_as_asked() -> None:
    numbers = torch.arange(3).repeat(50)

    for views in (
        random_views(PHOTOS, numbers, 0.5, chance_of(1, 0)),
        random_rectangles(PHOTOS, numbers, 0.5, chance_of(1, 0)),
    ):
        assert (views.tops >= 0).all()
        assert (views.tops + views.heights <= PHOTOS.heights[numbers]).all()
        assert (views.lefts + views.widths <= PHOTOS.widths[numbers]).all()
        short = torch.minimum(PHOTOS.heights, PHOTOS.widths)[numbers]
        assert (views.heights >= 0.5 * short - 1).all()
        assert 0.3 < views.mirrored.float().mean() < 0.7


def test_the_central_view_is_the_middle_of_the_photo() -> None:
    stripe = torch.zeros(3, 40, 80, dtype=torch.uint8)
    stripe[:, :, 20:60] = 255
    photos = photos_of([stripe])

    found = cut(photos.rgb, photos, central_views(photos, torch.tensor([0])), 20)

    assert found.min() == 1


def test_masks_and_classes_are_cut_where_their_photo_is() -> None:
    picture = noise(3, 48, 60)
    photos = photos_of([picture], [picture[0]])
    views = random_rectangles(photos, torch.tensor([0, 0]), 0.4, chance_of(2, 0))
    whole = Views(*(torch.tensor([value]) for value in (0, 0, 0, 48, 60, True)))
    assert photos.masks is not None

    mask, rgb = cut(photos.masks, photos, views, 32), cut(photos.rgb, photos, views, 32)
    classes = cut_classes(photos.masks, photos, replace(whole), 12)

    assert torch.allclose(mask[:, 0], rgb[:, 0], atol=1e-6)
    assert torch.equal(classes[0], picture[0].flip(1)[2::4, 2::5].long())


def test_each_epoch_shows_every_photo_once_in_another_order() -> None:
    order = Order(torch.ones(20), seed=0)

    epochs = [order.at(20 * epoch, 20).tolist() for epoch in range(2)]

    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(20))
    assert epochs[0] != epochs[1]


def test_a_batch_over_the_end_of_an_epoch_is_what_single_samples_are() -> None:
    one, other = (Order(torch.ones(7), seed=3) for _ in range(2))

    assert one.at(4, 12).tolist() == [int(other.at(number, 1)) for number in range(4, 16)]


def test_photos_come_as_often_as_they_weigh() -> None:
    order = Order(torch.tensor([2.0, 0.5, 0.0, 1.5]), seed=0)

    counts = torch.bincount(order.at(0, 100 * order.count), minlength=4)

    assert order.count == 4
    assert (counts / 100).tolist() == pytest.approx([2.0, 0.5, 0.0, 1.5], abs=0.15)
