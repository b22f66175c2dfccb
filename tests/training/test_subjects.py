"""What masks, maps of classes and subjects teach, pixel by pixel."""

from __future__ import annotations

import pytest
import torch

from selcolor_training.data import Row
from selcolor_training.photos import UNKNOWN_CLASS
from selcolor_training.recipe import Doubt
from selcolor_training.subjects import (
    BACKGROUND,
    CLASSES,
    OBJECT,
    OF_SUBJECT,
    PERSON,
    THING,
    VOC_CLASSES,
    class_of,
    subject_shares,
    targets_of,
)

DOG, SOFA = VOC_CLASSES.index("dog"), VOC_CLASSES.index("sofa")


def row(subject: str = "", classes: str = "", source: str = "some") -> Row:
    return Row("train", f"{source}/1.webp", "1.mask.png", "object", classes, subject)


def taught(inside: bool, voc: int, mapped: bool) -> int:
    """What one pixel teaches."""
    mask, classes = torch.tensor([[[inside]]]), torch.tensor([[[voc]]])
    return int(targets_of(mask, classes, torch.tensor([mapped])))


@pytest.mark.parametrize("name", ["person", "cat", "dog", "horse", "sheep", "cow"])
def test_a_map_teaches_the_class_of_each_pixel(name: str) -> None:
    for inside in (True, False):
        assert taught(inside, VOC_CLASSES.index(name), mapped=True) == CLASSES.index(name)


def test_a_thing_without_a_class_of_its_own_is_an_object_where_it_is_the_subject() -> None:
    assert taught(inside=True, voc=SOFA, mapped=True) == OBJECT
    assert taught(inside=False, voc=SOFA, mapped=True) == THING


def test_where_mask_and_map_disagree_nothing_is_taught() -> None:
    assert taught(inside=True, voc=0, mapped=True) == UNKNOWN_CLASS
    assert taught(inside=True, voc=255, mapped=True) == UNKNOWN_CLASS


def test_without_a_map_only_the_mask_counts() -> None:
    assert taught(inside=True, voc=DOG, mapped=False) == OF_SUBJECT
    assert taught(inside=False, voc=DOG, mapped=False) == BACKGROUND


def test_a_subject_of_a_known_class_is_only_that() -> None:
    (shares,) = subject_shares([row("cat")], weak=(), doubt=Doubt())

    assert shares[CLASSES.index("cat")] == 1
    assert shares.sum() == 1


def test_a_weak_subject_leaves_room_for_the_person_that_holds_it() -> None:
    (shares,) = subject_shares([row("dog", source="duts")], weak=("duts",), doubt=Doubt())

    assert shares[CLASSES.index("dog")] == 1
    assert 0 < shares[PERSON] < 0.5
    assert (shares > 0).sum() == 2


def test_an_unnamed_subject_may_be_anything_but_background() -> None:
    (shares,) = subject_shares([row()], weak=(), doubt=Doubt())

    assert shares[BACKGROUND] == 0
    assert (shares[1:] > 0).all()
    assert shares.argmax() == OBJECT


def test_how_much_doubt_counts_is_the_recipes_matter() -> None:
    doubt = Doubt(person=0.25, unnamed=0.5)
    unnamed, weak = subject_shares([row(), row("dog", source="duts")], ("duts",), doubt)

    assert unnamed[PERSON] == 0.5
    assert weak[PERSON] == 0.25


def test_a_subject_without_a_class_of_its_own_is_an_object() -> None:
    assert class_of("bottle") == class_of("object") == OBJECT
