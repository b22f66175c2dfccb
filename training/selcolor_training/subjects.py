"""What the photos tell of their subjects: a mask, perhaps a map of classes, perhaps one class.

Where a map of Pascal VOC classes is known, every pixel teaches its class. Where only one class is
known for the whole mask, its pixels are of that class. Where nothing is known, a mask teaches that
its pixels belong to a subject of some class, whichever the network finds likeliest. The names of
data sets say nothing here: all of it comes from the manifest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from selcolor_backend.models.registry import find_model
from selcolor_training.data import Row
from selcolor_training.photos import UNKNOWN_CLASS
from selcolor_training.recipe import Doubt

VOC_CLASSES = find_model("deeplabv3-resnet101").classes
"""Names of the numbers that maps of classes hold."""

CLASSES = find_model("foreground-lite").classes
"""What the segmenter tells apart, the background first and `object` last."""

BACKGROUND, PERSON, OBJECT = 0, CLASSES.index("person"), CLASSES.index("object")

OF_SUBJECT = 252
"""A target: the pixel belongs to the subject, and `shares` says of which classes that may be."""

THING = 253
"""A target: a thing without a class of its own, which the photographer may not have meant."""


def known_targets() -> Tensor:
    """For each value of a map of classes, the class that it teaches, int64 `[256]`."""
    targets = torch.full((256,), UNKNOWN_CLASS, dtype=torch.int64)
    for number, name in enumerate(VOC_CLASSES):
        targets[number] = CLASSES.index(name) if name in CLASSES else OBJECT
    return targets


KNOWN = known_targets()


def targets_of(mask: Tensor, classes: Tensor, mapped: Tensor) -> Tensor:
    """What each pixel teaches.

    Args:
        mask: where the subject is, bool `[N, H, W]`.
        classes: VOC classes, 255 for unknown, int64 `[N, H, W]`.
        mapped: which photos have a map of classes, bool `[N]`.

    Returns:
        int64 `[N, H, W]`: a class, OF_SUBJECT, THING, or UNKNOWN_CLASS.
    """
    alone = torch.where(mask, OF_SUBJECT, BACKGROUND)
    known = KNOWN.to(classes.device)[classes]
    known = torch.where((known == OBJECT) & ~mask, THING, known)
    known = torch.where((known == BACKGROUND) & mask, UNKNOWN_CLASS, known)
    return torch.where(mapped.view(-1, 1, 1), known, alone)


def subject_shares(rows: Sequence[Row], weak: Collection[str], doubt: Doubt) -> Tensor:
    """How much each class counts for the pixels of a subject, `[N, K]`, at most 1.

    Args:
        rows: of the photos.
        weak: data sets in whose masks people may be, whatever the subject is said to be.
        doubt: how much a class counts that is not certain.
    """
    return torch.stack([shares_of(row, row.source in weak, doubt) for row in rows])


def shares_of(row: Row, weak: bool, doubt: Doubt) -> Tensor:
    """How much each class counts for the subject of one photo, `[K]`."""
    if not row.subject or row.classes:
        shares = torch.full((len(CLASSES),), doubt.unnamed)
        shares[BACKGROUND], shares[OBJECT] = 0.0, 1.0
        return shares
    shares = torch.zeros(len(CLASSES))
    shares[PERSON] = doubt.person if weak else 0.0
    shares[class_of(row.subject)] = 1.0
    return shares


def class_of(name: str) -> int:
    """The class that a subject is: a class without a name of its own is an object."""
    return CLASSES.index(name) if name in CLASSES else OBJECT
