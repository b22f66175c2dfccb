"""What is to be colored, as a small soft mask: chosen classes, and the connected one at a point."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from selcolor_backend.models.registry import all_models
from selcolor_protocol.errors import InvalidOptions
from selcolor_protocol.options import Subject, SubjectKind

SUBJECT_SHARE = 0.001
"""What was asked for covers at least this share of the picture; less is noise."""

CERTAIN = 0.94
CERTAIN_SHARE = 0.005
"""A main subject that nobody pointed at is certain on at least this share of the picture.

In every landscape and wall something stands out a little. Chosen on photos of the train split
without a subject (nine in ten hold nothing then) and on `val` (2 of 100 subjects are missed).
"""

PANORAMA = 3
"""A longer picture counts as if its longer side were as many times the shorter one."""


def class_indices(subject: Subject, known: tuple[str, ...]) -> tuple[int, ...]:
    """Find classes by name.

    Args:
        subject: one that is to be found; the main one is everything but the background.
        known: the segmenter's classes, the background first.

    Raises:
        InvalidOptions: the segmenter does not know a name.
    """
    if subject.kind is SubjectKind.MAIN:
        return tuple(range(1, len(known)))
    for name in subject.classes:
        if name not in known:
            raise InvalidOptions(
                f"The segmenter does not know “{name}”; it knows "
                f"{', '.join((SubjectKind.MAIN.value, *known[1:]))}.",
                who_knows(name),
            )
    return tuple(dict.fromkeys(known.index(name) for name in subject.classes))


def who_knows(name: str) -> str:
    """What to do where a segmenter does not know a class, as one sentence."""
    able = [model for model in all_models().values() if name in model.offered]
    if not able:
        return "Choose one of these; no other segmenter knows it, either."
    return f"Choose one of these, or a segmenter that knows it: --segmenter {able[0].name}."


def select_classes(probabilities: Tensor, indices: tuple[int, ...]) -> Tensor:
    """Sum the probabilities `[K, h, w]` of some classes, to `[h, w]` in [0, 1]."""
    return probabilities[list(indices)].sum(dim=0).clamp(0.0, 1.0)


def subject_probability(probabilities: Tensor, subject: Subject, known: tuple[str, ...]) -> Tensor:
    """How likely each pixel belongs to a subject that is to be found.

    Args:
        probabilities: of the classes, `[K, h, w]`.
        subject: the main one is whatever is not background. That need not be the sum of the
            classes: a passer-by is a person, but may not be what the picture is about.
        known: the segmenter's classes, the background first.

    Returns:
        `[h, w]` in [0, 1].

    Raises:
        InvalidOptions: the segmenter does not know a class.
    """
    if subject.kind is SubjectKind.MAIN:
        return 1.0 - probabilities[0]
    return select_classes(probabilities, class_indices(subject, known))


def shows_subject(soft: Tensor, subject: Subject) -> bool:
    """Whether a soft mask `[h, w]` shows what was asked for: else nothing was found.

    The main subject has to be certain somewhere; a class, or what the user points at, is named by
    somebody who sees it.
    """
    short, long = sorted(soft.shape)
    pixels = short * min(long, PANORAMA * short)
    if subject.kind is SubjectKind.MAIN and subject.at is None:
        return int((soft >= CERTAIN).sum()) >= CERTAIN_SHARE * pixels
    return int((soft >= 0.5).sum()) >= SUBJECT_SHARE * pixels


def without_doubtful_parts(soft: Tensor) -> Tensor:
    """A soft mask `[h, w]` without islands and holes of which the segmenter is nowhere certain.

    Hysteresis as Canny (1986) has it: a part that is connected with a certain one counts, however
    faint it is; one that is faint everywhere is noise, inside the subject and outside.
    """
    likely = soft.numpy()
    islands = _faint_parts(likely, likely >= 0.5, np.ones((3, 3)))
    holes = _faint_parts(np.float32(1.0) - likely, likely < 0.5, None)
    filled = torch.where(torch.from_numpy(holes), 1.0, soft)
    return torch.where(torch.from_numpy(islands), 0.0, filled)


def prevailing_class(probabilities: Tensor, soft: Tensor, known: tuple[str, ...]) -> str:
    """The class that most of a subject is.

    Args:
        probabilities: of the classes, `[K, h, w]`.
        soft: how likely each pixel belongs to the subject, `[h, w]`.
        known: the segmenter's classes, the background first.
    """
    return known[1 + int((probabilities[1:] * soft).sum(dim=(1, 2)).argmax())]


def _faint_parts(
    likely: NDArray[np.float32], inside: NDArray[np.bool_], neighbors: NDArray[np.float64] | None
) -> NDArray[np.bool_]:
    """The connected parts of `inside` that are certain at no pixel."""
    parts, count = ndimage.label(inside, structure=neighbors)
    highest = ndimage.maximum(likely, parts, np.arange(1, count + 1))
    faint: NDArray[np.bool_] = np.concatenate([[False], np.asarray(highest) < CERTAIN])[parts]
    return faint


def connected_part(soft: Tensor, at: tuple[float, float]) -> Tensor:
    """The part of a soft mask that is connected with a place.

    Args:
        soft: the probability of any subject, `[h, w]`.
        at: how far right and how far down the place is, as shares of width and height.

    Returns:
        `soft` where that part is, and 0 elsewhere; 0 everywhere when nothing is at the place.
    """
    height, width = soft.shape
    column, row = min(int(at[0] * width), width - 1), min(int(at[1] * height), height - 1)
    parts, _ = ndimage.label(soft.numpy() >= 0.5, structure=np.ones((3, 3)))
    chosen = torch.from_numpy((parts == parts[row, column]) & (parts > 0))
    return torch.where(chosen, soft, 0.0)
