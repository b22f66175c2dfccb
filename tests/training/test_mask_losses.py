"""Losses of a segmenter against cases whose answer is plain."""

from __future__ import annotations

import torch
from torch import Tensor

from selcolor_training.mask_losses import class_loss, main_losses
from selcolor_training.photos import UNKNOWN_CLASS
from selcolor_training.subjects import BACKGROUND, CLASSES, OBJECT, OF_SUBJECT, PERSON, THING

SURE = 12.0
DOG = CLASSES.index("dog")


def disk(size: int = 64, radius: float = 0.3) -> Tensor:
    places = (torch.arange(size) + 0.5) / size - 0.5
    return (places.view(-1, 1).hypot(places) < radius).float().expand(1, 1, -1, -1)


def logits_for(mask: Tensor) -> Tensor:
    return (2 * mask - 1) * SURE


def believing(index: int) -> Tensor:
    """Logits of a network that is sure of one class everywhere, `[1, K, 4, 4]`."""
    logits = torch.zeros(1, len(CLASSES), 4, 4)
    logits[:, index] = SURE
    return logits


def loss_of(belief: int, target: int, shares: Tensor | None = None, background: float = 1.0):
    shares = torch.zeros(len(CLASSES)) if shares is None else shares
    targets = torch.full((1, 4, 4), target)
    return float(class_loss(believing(belief), targets, shares[None], torch.tensor([background])))


def test_the_right_mask_costs_nothing_and_the_wrong_one_much() -> None:
    right, wrong = (main_losses(logits_for(mask), disk()) for mask in (disk(), 1 - disk()))

    assert max(right.values()) < 0.01
    assert min(wrong.values()) > 0.9


def test_masks_are_compared_at_the_size_of_the_truth() -> None:
    """A thin line is lost where the truth is reduced: there, finding it could not be learned."""
    line = torch.zeros(1, 1, 64, 64)
    line[..., 31:32] = 1
    nothing = torch.full((1, 1, 32, 32), -SURE)
    blurred = torch.nn.functional.avg_pool2d(logits_for(line), 2)

    assert main_losses(blurred, line)["overlap"] < main_losses(nothing, line)["overlap"]
    assert main_losses(nothing, line)["overlap"] > 0.9


def test_errors_near_the_boundary_cost_more_than_elsewhere() -> None:
    inside = disk()
    near, far = inside.clone(), inside.clone()
    near[..., 12, 30:34] = 1.0
    far[..., 1, 1:5] = 1.0

    near_cost, far_cost = (main_losses(logits_for(each), inside)["entropy"] for each in (near, far))

    assert near_cost > 1.2 * far_cost


def test_pictures_without_a_subject_have_no_overlap_to_lose() -> None:
    empty = torch.zeros(1, 1, 64, 64)

    assert main_losses(logits_for(disk()), empty)["overlap"] == 0
    assert main_losses(logits_for(disk()), empty)["entropy"] > 1


def test_a_certain_class_wants_to_be_found() -> None:
    assert loss_of(DOG, DOG) < 0.01
    assert loss_of(PERSON, DOG) > 5


def test_a_subject_of_unknown_class_is_satisfied_by_whatever_it_may_be() -> None:
    shares = torch.ones(len(CLASSES))
    shares[BACKGROUND] = 0

    assert loss_of(DOG, OF_SUBJECT, shares) < 0.01
    assert loss_of(PERSON, OF_SUBJECT, shares) < 0.01
    assert loss_of(BACKGROUND, OF_SUBJECT, shares) > 5


def test_a_likelier_class_costs_less() -> None:
    shares = torch.zeros(len(CLASSES))
    shares[DOG], shares[PERSON] = 1.0, 0.2

    assert loss_of(DOG, OF_SUBJECT, shares) < loss_of(PERSON, OF_SUBJECT, shares) < 3
    assert loss_of(OBJECT, OF_SUBJECT, shares) > 5


def test_a_thing_may_be_background_or_object() -> None:
    assert loss_of(BACKGROUND, THING) < 0.01
    assert loss_of(OBJECT, THING) < 0.01
    assert loss_of(PERSON, THING) > 5


def test_unknown_pixels_teach_nothing() -> None:
    logits = believing(PERSON).requires_grad_()
    targets = torch.full((1, 4, 4), UNKNOWN_CLASS)
    class_loss(logits, targets, torch.ones(1, len(CLASSES)), torch.ones(1)).backward()

    assert logits.grad is not None
    assert not logits.grad.any()


def test_background_counts_as_little_as_is_said() -> None:
    """Where half of a picture is a dog that is not found, and half background that is not."""
    targets = torch.full((1, 4, 4), DOG)
    targets[:, :2] = BACKGROUND
    logits, shares = believing(BACKGROUND), torch.zeros(1, len(CLASSES))

    lightly, fully = (
        class_loss(logits, targets, shares, torch.tensor([weight])) for weight in (0.0, 3.0)
    )
    assert abs(float(lightly) - SURE) < 0.1
    assert abs(float(fully) - SURE / 2) < 0.1
