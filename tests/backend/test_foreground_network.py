"""The segmenter's two answers: what the main subject is, and of what class each pixel is."""

from __future__ import annotations

import torch

from selcolor_backend.networks.foreground import ForegroundDeepLab, answers


def test_background_is_what_does_not_belong_to_the_main_subject() -> None:
    logits = torch.randn(1 + 3, 8, 8)

    likely = answers(logits)

    assert likely.shape == (3, 8, 8)
    assert torch.allclose(likely[0], 1 - logits[0].sigmoid(), atol=1e-6)


def test_a_passer_by_is_a_person_and_yet_background() -> None:
    outside, background, person, thing = -8.0, -8.0, 8.0, -8.0
    logits = torch.tensor([outside, background, person, thing]).view(4, 1, 1)

    likely = answers(logits).flatten()

    assert likely[0] > 0.99
    assert likely[1] > 0.99


def test_where_doubt_is_spread_the_likeliest_class_counts() -> None:
    outside, background, person, dog, thing = 0.0, 1.0, 2.0, 1.5, 1.5
    likely = answers(torch.tensor([outside, background, person, dog, thing]).view(5, 1, 1))

    assert likely.flatten()[1] > 0.5 > likely.flatten()[2:].max()


def test_answers_take_batches() -> None:
    logits = torch.randn(2, 5, 4, 6)

    assert torch.allclose(answers(logits)[1], answers(logits[1]))


@torch.no_grad()
def test_a_line_of_one_pixel_changes_the_answer_where_it_is() -> None:
    """The decoder sees the picture's own pixels, not only their means."""
    torch.manual_seed(0)
    network = ForegroundDeepLab(4).eval()
    plain = torch.zeros(1, 3, 64, 64)
    line = plain.clone()
    line[..., 33] = 1.0
    backbone = network.backbone(plain)
    network.backbone.forward = lambda _picture: backbone  # type: ignore[method-assign]

    change = (network(line) - network(plain)).abs().sum(dim=(0, 1, 2))

    assert change[16] > 0
    assert change.argmax() in (15, 16, 17)
    assert change[:12].max() == change[21:].max() == 0
