"""What is measured of a segmenter, on networks whose answers are known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from drawn_photos import photos_of
from torch import Tensor, nn

from selcolor_training import mask_measure
from selcolor_training.data import Row
from selcolor_training.mask_measure import class_table, masks_table, measure
from selcolor_training.photos import Photos
from selcolor_training.subjects import BACKGROUND, CLASSES, VOC_CLASSES

DOG, CAT = CLASSES.index("dog"), CLASSES.index("cat")


class Seer(nn.Module):
    """Knows of bright pixels that they are the main subject, and of one class."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, picture: Tensor) -> Tensor:
        bright = (picture[:, 0] > 0).float() * 20 - 10
        logits = torch.zeros(len(picture), 1 + len(CLASSES), *picture.shape[-2:])
        logits[:, 0], logits[:, 1 + self.index] = bright, bright
        logits[:, 1 + BACKGROUND] = -bright
        return logits


def photo(bright: bool = True) -> Tensor:
    picture = torch.full((3, 96, 128), 10, dtype=torch.uint8)
    picture[:, 32:64, 32:96] = 250 if bright else 10
    return picture


@pytest.fixture
def photos() -> Photos:
    """A photo with a map of a dog, one whose whole mask is a dog, one where nothing is bright."""
    pictures = [photo(), photo(), photo(bright=False)]
    masks = [(photo()[0] > 128).to(torch.uint8) * 255 for _ in pictures]
    rows = (
        Row("val", "zoo/1.webp", "mask", "animal", "map", ""),
        Row("val", "home/2.webp", "mask", "animal", "", "dog"),
        Row("val", "home/3.webp", "mask", "animal", "", ""),
    )
    dog = torch.where(masks[0] > 0, VOC_CLASSES.index("dog"), 0).to(torch.uint8)
    unknown = torch.full_like(dog, 255)
    classes = torch.cat([dog.flatten(), unknown.flatten(), unknown.flatten()])
    return replace(photos_of(pictures, masks), rows=rows, classes=classes)


def test_a_network_that_knows_everything_is_perfect(photos: Photos) -> None:
    figures = measure(Seer(DOG), photos, [photo(bright=False)])

    home, zoo = figures.masks
    assert zoo.figures.iou > 0.97
    assert zoo.figures.wrong_regions == 0
    assert home.missed == 0.5
    assert home.figures.wrong_regions == 0.5
    assert figures.found_none == 1
    dog = figures.classes[DOG - 1]
    assert dog.name == "dog"
    assert (dog.photos, dog.subjects) == (1, 1)
    assert min(dog.iou or 0, dog.subject_iou or 0) > 0.97


def test_a_network_that_calls_a_dog_a_cat_is_told_so(photos: Photos) -> None:
    figures = measure(Seer(CAT), photos, [photo()])

    dog, cat = figures.classes[DOG - 1], figures.classes[CAT - 1]
    assert (dog.iou, dog.subject_iou) == (0, 0)
    assert (cat.photos, cat.false_alarms) == (0, 1)
    assert figures.masks[1].figures.iou > 0.97
    assert figures.found_none == 0


def test_the_tables_tell_what_was_measured(photos: Photos) -> None:
    figures = measure(Seer(DOG), photos, [photo(bright=False)])

    assert "| home | 2 |" in masks_table(figures)
    assert "On 1 pictures without a subject it finds nothing in 100%." in masks_table(figures)
    assert "| bird | 0 | – |" in class_table(figures)


def test_figures_survive_their_json(photos: Photos) -> None:
    from dataclasses import asdict

    figures = measure(Seer(DOG), photos, [])

    assert mask_measure.figures_from(asdict(figures)) == replace(figures, found_none=None)
