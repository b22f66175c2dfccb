"""Samples by number: the same in every run, with the augmentation that a recipe asks for."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from drawn_data import draw_data
from selcolor_training.augment import age, center_square, paste, random_square, random_view
from selcolor_training.samples import ANY_CLASS, ColorSamples, MaskSamples, Order, Sides
from small_recipes import small_color_recipe, small_mask_recipe

from selcolor_training.data import Photo, load_photos


@pytest.fixture
def photos(tmp_path: Path) -> list[Photo]:
    return load_photos(draw_data(tmp_path), "train", masked=True)


def test_each_epoch_shows_every_photo_once_in_another_order() -> None:
    order = Order(20, seed=0)

    epochs = [[order[20 * epoch + place] for place in range(20)] for epoch in range(2)]

    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(20))
    assert epochs[0] != epochs[1]


def test_a_sample_is_the_same_whichever_came_before(photos: list[Photo]) -> None:
    recipe = replace(small_color_recipe(), aged_share=1.0)
    one, other = (ColorSamples(photos, recipe, Sides(64, 0, 64)) for _ in range(2))

    forth = [one[number] for number in range(12)]
    back = [other[number] for number in reversed(range(12))][::-1]

    for first, second in zip(forth, back, strict=True):
        assert torch.equal(first[0], second[0])
        assert torch.equal(first[1], second[1])


def test_luminance_and_chroma_are_scaled_as_in_the_paper(photos: list[Photo]) -> None:
    luminance, chroma = ColorSamples(photos, small_color_recipe(), Sides(64, 0, 64))[0]

    assert luminance.shape == (1, 64, 64)
    assert chroma.shape == (2, 64, 64)
    assert -1 <= luminance.min() < luminance.max() <= 1
    assert 0.1 < chroma.abs().max() < 1.1


def test_portraits_come_more_often(photos: list[Photo]) -> None:
    portrait = replace(photos[0], row=replace(photos[0].row, kind="portrait"))
    recipe = replace(small_color_recipe(), portrait_weight=3)

    assert len(ColorSamples([portrait, *photos[1:]], recipe, Sides(64, 0, 64))) == 3 + 5


def test_a_mask_stays_on_its_subject_when_both_are_cut(photos: list[Photo]) -> None:
    recipe = replace(small_mask_recipe(), gray_share=0.0, aged_share=0.0)
    picture, mask, _ = MaskSamples(photos, [], recipe)[3]

    inside, outside = (picture[:, plane[0]] for plane in (mask > 0.99, mask < 0.01))

    assert inside.shape[1] > 100
    assert (inside.mean(dim=1) - outside.mean(dim=1)).norm() > 0.3


def test_a_photo_without_subject_has_an_empty_mask_of_no_class(photos: list[Photo]) -> None:
    recipe = replace(small_mask_recipe(), empty_share=1.0)

    _, mask, class_index = MaskSamples(photos, photos, recipe)[0]

    assert not mask.any()
    assert class_index == ANY_CLASS


def test_a_pasted_subject_stands_before_the_other_background() -> None:
    subject = torch.zeros(4, 64, 64)
    subject[0, 16:48, 16:48] = subject[3, 16:48, 16:48] = 1.0
    background = torch.full((3, 64, 64), 0.25)

    pasted = paste(subject, background, random.Random(0))

    inside, outside = pasted[3] > 0.99, pasted[3] < 0.01
    assert 100 < inside.sum() < 3000
    assert torch.allclose(pasted[:3, outside].mean(dim=1), torch.full((3,), 0.25), atol=0.02)
    assert pasted[0, inside].mean() > 0.9


@pytest.mark.parametrize("cut", [random_square, random_view])
def test_cuts_have_the_size_and_range(photos: list[Photo], cut: type) -> None:
    result = cut(photos[0].rgb, 48, random.Random(0), 0.5)

    assert result.shape == (3, 48, 48)
    assert 0 <= result.min() <= result.max() <= 1


def test_the_central_square_is_the_middle_of_the_photo() -> None:
    stripe = torch.zeros(3, 40, 80, dtype=torch.uint8)
    stripe[:, :, 20:60] = 255

    assert center_square(stripe, 40).min() == 1
    assert center_square(stripe, 20).shape == (3, 20, 20)


def test_aging_changes_a_picture_within_its_range() -> None:
    picture = torch.rand(1, 16, 16, generator=torch.Generator().manual_seed(0))

    aged = age(picture, random.Random(0))

    assert not torch.equal(aged, picture)
    assert 0 <= aged.min() <= aged.max() <= 1
