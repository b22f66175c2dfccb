"""What networks learn from: aged luminance, hints as users paint them, colors as classes."""

from __future__ import annotations

import pytest
import skimage.data
import torch
from drawn_photos import photos_of
from torch import Tensor

from selcolor_backend.networks.hybrid_vit_bins import HybridViTColorizer
from selcolor_backend.pixels.color import AB_SCALE, srgb_to_lab
from selcolor_training import aging
from selcolor_training.bins import balancing, count_bins, soft_targets, start_bins
from selcolor_training.hints import points, simulated
from selcolor_training.views import chance_of


def photo() -> Tensor:
    """A real photo in [0, 1], `[1, 3, 128, 128]`."""
    return (
        torch.from_numpy(skimage.data.astronaut()[:512:4, :512:4] / 255.0)
        .float()
        .permute(2, 0, 1)[None]
    )


def luminance(rgb: Tensor) -> Tensor:
    return srgb_to_lab(rgb)[:, :1] / 100


def test_aging_changes_the_share_that_it_shall_and_stays_in_range() -> None:
    rgb = photo().expand(200, -1, -1, -1)[..., :32, :32]
    level = luminance(rgb)

    aged = aging.aged(rgb, level, 0.5, chance_of(0, 0))

    changed = (aged != level).flatten(1).any(dim=1).float().mean()
    assert 0.4 < changed < 0.6
    assert 0 <= aged.min() <= aged.max() <= 1


def test_aging_is_the_same_for_the_same_number() -> None:
    rgb = photo().expand(8, -1, -1, -1)

    first, again, other = (
        aging.aged(rgb, luminance(rgb), 1.0, chance_of(0, number)) for number in (5, 5, 6)
    )

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def chance(count: int) -> aging.Chance:
    return aging.Chance(count, torch.device("cpu"), chance_of(0, 0))


def test_film_that_is_blind_to_red_makes_red_dark_and_leaves_gray_alone() -> None:
    red, gray = torch.zeros(300, 3, 8, 8), torch.full((300, 3, 8, 8), 0.5)
    red[:, 0] = 0.9

    seen = aging.seen_by_film(red, luminance(red), chance(300))
    seen_gray = aging.seen_by_film(gray, luminance(gray), chance(300))

    assert seen.min() < 0.5 * luminance(red).max()
    assert torch.allclose(seen_gray, luminance(gray), atol=1e-3)


@pytest.mark.parametrize(
    "effect", [aging.halation, aging.lens, aging.printed, aging.uneven, aging.grain, aging.damage]
)
def test_each_effect_happens_to_some_pictures_and_not_to_others(effect: object) -> None:
    level = luminance(photo()).expand(100, -1, -1, -1)

    changed = (effect(level, chance(100)) - level).abs().flatten(1).amax(dim=1)  # type: ignore[operator]

    assert 0.05 < (changed > 0.01).float().mean() < 0.95


def test_jpeg_makes_blocks_of_eight_pixels() -> None:
    ramp = torch.linspace(0.2, 0.8, 64).view(1, 1, 1, 64).expand(60, 1, 64, 64).contiguous()

    pressed = aging.jpeg(ramp, chance(60))

    changed = pressed[(pressed != ramp).flatten(1).any(dim=1)]
    steps = (changed[..., 1:] - changed[..., :-1]).abs().mean(dim=(0, 1, 2))
    at_borders, within = steps[7::8].mean(), steps[3::8].mean()
    assert at_borders > 1.25 * within
    assert torch.allclose(pressed.mean(), ramp.mean(), atol=0.02)


def test_the_cosines_of_jpeg_are_orthonormal() -> None:
    matrix = aging.cosine_matrix(torch.device("cpu"))

    assert torch.allclose(matrix @ matrix.T, torch.eye(8), atol=1e-6)


def test_half_of_the_pictures_have_no_hint_and_the_others_true_colors() -> None:
    truth = torch.full((400, 2, 32, 32), 0.3)

    hints = simulated(truth, chance_of(0, 0))

    mask = hints[:, 2:]
    hinted = mask.flatten(1).any(dim=1)
    assert 0.4 < hinted.float().mean() < 0.6
    assert set(mask.unique().tolist()) == {0, 1}
    assert not hints[:, :2][mask.expand(-1, 2, -1, -1) == 0].any()
    given = hints[:, :2][mask.expand(-1, 2, -1, -1) == 1]
    assert float(given.mean()) == pytest.approx(0.3, abs=0.01)
    assert 0.002 < mask[hinted].mean() < 0.3


def test_points_are_as_many_and_as_large_as_asked() -> None:
    truth = torch.rand(20, 2, 40, 40)

    hints = points(truth, 3, chance_of(0, 0))

    areas = hints[:, 2].sum(dim=(1, 2))
    assert (areas <= 12).all()
    assert areas.mean() > 11
    assert torch.equal(hints[:, :2], truth * hints[:, 2:])


def test_a_true_color_is_spread_over_the_bins_around_it() -> None:
    centers = torch.cartesian_prod(torch.arange(-20.0, 21, 10), torch.arange(-20.0, 21, 10))
    chroma = torch.tensor([10.0, -10.0]).view(1, 2, 1, 1) / AB_SCALE

    bins, likely = soft_targets(chroma, centers)

    assert centers[bins[0, 0, 0, 0]].tolist() == [10.0, -10.0]
    assert likely.sum() == pytest.approx(1)
    mean = (centers[bins] * likely.unsqueeze(-1)).sum(dim=3).flatten()
    assert mean.tolist() == pytest.approx([10.0, -10.0], abs=0.1)


def test_the_bins_are_the_colors_that_occur() -> None:
    red, blue = (torch.zeros(3, 60, 60, dtype=torch.uint8) for _ in "rb")
    red[0] = blue[2] = 255
    photos = photos_of([red, blue])

    centers, prior = count_bins(photos, torch.tensor([3.0, 1.0]), seed=0)

    assert sorted(centers.tolist()) == [[80.0, -110.0], [80.0, 70.0]]
    assert prior[centers[:, 1] > 0].item() == pytest.approx(0.75, abs=0.03)
    assert prior.sum() == pytest.approx(1)


def test_rare_colors_weigh_more_and_the_mean_weight_is_one() -> None:
    prior = torch.tensor([0.9, 0.09, 0.01])

    weights = balancing(prior, 0.5)

    assert weights[0] < weights[1] < weights[2]
    assert (prior * weights).sum() == pytest.approx(1)
    assert balancing(prior, 0.0).tolist() == pytest.approx([1, 1, 1])


def test_a_network_gets_the_bins_that_were_counted() -> None:
    network = HybridViTColorizer(bins=7)
    centers, prior = torch.rand(9, 2), torch.full((9,), 1 / 9)

    start_bins(network, centers, prior)

    assert network.logits.out_channels == 9
    assert torch.equal(network.centers, centers)
    assert network.distribution(torch.zeros(1, 1, 64, 64)).logits.shape == (1, 9, 16, 16)
