"""What a segmenter is shown: pictures, masks and classes that stay together."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from drawn_photos import photos_of
from small_recipes import small_mask_recipe
from torch import Tensor

from selcolor_training.data import Row
from selcolor_training.mask_samples import (
    Cuts,
    MaskBatch,
    MaskSamples,
    framed_views,
    paste,
    shape_of,
)
from selcolor_training.photos import Photos
from selcolor_training.recipe import MaskRecipe
from selcolor_training.subjects import BACKGROUND, CLASSES, OF_SUBJECT, VOC_CLASSES
from selcolor_training.trainer import Step

DOG = VOC_CLASSES.index("dog")


def gray(value: int, height: int, width: int) -> Tensor:
    return torch.full((3, height, width), value, dtype=torch.uint8)


def bright_on_dark(height: int, width: int) -> tuple[Tensor, Tensor]:
    """A bright square on dark ground, and its mask."""
    picture, mask = gray(20, height, width), torch.zeros(height, width, dtype=torch.uint8)
    mask[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = 255
    picture[:, mask > 0] = 230
    return picture, mask


@pytest.fixture
def photos() -> Photos:
    """Two wide and two tall photos: the first of each has a map with a dog, the others are cats."""
    pictures, masks = zip(
        *(bright_on_dark(*size) for size in [(60, 80), (80, 60), (66, 90), (90, 66)]), strict=True
    )
    rows = [
        Row("train", f"drawn/{n}.webp", "mask", "animal", "map" if n < 2 else "", subject)
        for n, subject in enumerate(["", "", "cat", "cat"])
    ]
    mapped = [
        torch.where(mask > 0, DOG, 0) if row.classes else torch.full_like(mask, 255)
        for row, mask in zip(rows, masks, strict=True)
    ]
    classes = torch.cat([each.flatten().to(torch.uint8) for each in mapped])
    return replace(photos_of(pictures, masks), rows=tuple(rows), classes=classes)


def backgrounds() -> Photos:
    return photos_of([gray(120, 60, 80), gray(120, 80, 60)])


def recipe(**changes: float) -> MaskRecipe:
    return replace(small_mask_recipe(), aged_share=0.0, emphasis={}, **changes)


def batch_of(photos: Photos, number: int = 0, **changes: float) -> MaskBatch:
    samples = MaskSamples(photos, backgrounds(), recipe(**changes))
    return samples.batch(Step(first=4 * number, batch=4, size=96, progress=0.0))


def test_pictures_are_wide_or_tall_as_their_photos_are(photos: Photos) -> None:
    seen = {batch_of(photos, number).picture.shape[-2:] for number in range(8)}

    assert seen == {shape_of(96, wide=True), shape_of(96, wide=False)}


def test_mask_and_classes_stay_on_the_subject(photos: Photos) -> None:
    for number in range(6):
        batch = batch_of(photos, number)
        inside, outside = batch.mask[:, 0] > 0.99, batch.mask[:, 0] < 0.01
        assert batch.picture[:, 0][inside].min() > 0.5
        assert batch.picture[:, 0][outside].max() < -0.5
        named = batch.targets != BACKGROUND
        assert (
            torch.equal(named[:, 1:-1, 1:-1], reduced(batch.mask)[:, 1:-1, 1:-1] > 0.5)
            or (named.float().mean() - batch.mask.mean()).abs() < 0.03
        )


def reduced(mask: Tensor) -> Tensor:
    return torch.nn.functional.avg_pool2d(mask, 2)[:, 0]


def test_maps_name_classes_and_masks_leave_them_to_the_subject(photos: Photos) -> None:
    values = torch.cat([batch_of(photos, number).targets.flatten() for number in range(6)])

    assert set(values.tolist()) >= {BACKGROUND, CLASSES.index("dog"), OF_SUBJECT}
    assert CLASSES.index("cat") not in values


def test_a_number_is_the_same_batch_in_every_run(photos: Photos) -> None:
    first, again, other = (batch_of(photos, number, pasted_share=0.5) for number in (3, 3, 4))

    assert torch.equal(first.picture, again.picture)
    assert torch.equal(first.targets, again.targets)
    assert not torch.equal(first.picture[:1, :, :64, :64], other.picture[:1, :, :64, :64])


def test_a_picture_without_a_subject_has_an_empty_mask_and_no_class(photos: Photos) -> None:
    batch = batch_of(photos, empty_share=1.0)

    assert not batch.mask.any()
    assert (batch.targets == BACKGROUND).all()
    assert (batch.background == 1).all()
    assert batch.picture.std() < 1e-3


def test_a_pasted_subject_keeps_the_soft_mask_that_it_was_composed_by() -> None:
    """The picture is the mixture of subject and background that the mask says, also at edges."""
    picture, mask = bright_on_dark(64, 64)
    bright = torch.ones_like(picture) * 0.9
    cuts = Cuts(bright[None], mask[None, None] / 255, torch.full((1, 32, 32), DOG))
    behind = torch.zeros(1, 3, 64, 64)
    place = torch.tensor([[[1.0, 0.0, 0.1], [0.0, 1.0, 0.05]]])

    pasted = paste(cuts, behind, place)

    edges = (pasted.mask > 0.05) & (pasted.mask < 0.95)
    assert edges.any()
    assert torch.allclose(pasted.rgb[:, :1], 0.9 * pasted.mask, atol=1e-5)
    assert (pasted.classes[reduced(pasted.mask) == 0] == 0).all()
    assert (pasted.classes[reduced(pasted.mask) == 1] == DOG).all()


def test_where_the_background_is_ours_it_counts_fully(photos: Photos) -> None:
    batch = batch_of(photos, number=1, pasted_share=1.0, background_weight=0.3)

    assert (batch.background == 1).all()


def test_views_keep_the_proportions_and_often_show_the_whole_photo() -> None:
    photos = photos_of([gray(0, 200, 300)])
    numbers = torch.zeros(200, dtype=torch.int64)

    views = framed_views(photos, numbers, (96, 128), 0.5, torch.Generator().manual_seed(0))

    slants = views.widths / views.heights
    assert (slants / (128 / 96)).log().abs().max() < 0.16
    assert (views.heights >= 198).float().mean() > 0.3
    assert (views.tops + views.heights <= 200).all()
    assert (views.lefts + views.widths <= 300).all()
    area = views.heights * views.widths / (views.heights.max() * views.widths.max())
    assert area.min() > 0.4
