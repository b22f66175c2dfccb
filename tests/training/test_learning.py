"""That something is learned: whatever breaks an optimizer, a gradient or a loss fails here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from drawn_photos import drawn_disks
from small_recipes import SmallGenerator, small_color_recipe, small_mask_recipe
from torch import Tensor, nn

from selcolor_backend.networks.hybrid_vit_bins import HybridViTColorizer
from selcolor_training.bins import count_bins, start_bins
from selcolor_training.colorizer import ColorLearner, reduced_to
from selcolor_training.discriminators import FeatureDiscriminator
from selcolor_training.foreground import MaskLearner, make_segmenter
from selcolor_training.photos import Photos
from selcolor_training.recipe import ColorRecipe, Optimizer
from selcolor_training.systems import start_stem
from selcolor_training.trainer import Step

QUICK = Optimizer(rate=2e-3, backbone_rate=5e-4, head_rate=4e-3, hint_rate=4e-3, clip=1.0)


@pytest.fixture
def four(tmp_path: Path) -> Photos:
    return drawn_disks(tmp_path).only(range(4))


def quick(recipe: ColorRecipe) -> ColorRecipe:
    """Nothing by chance but mirror images: few photos can be learned by heart."""
    return replace(recipe, aged_share=0.0, smallest_crop=1.0, optimizer=QUICK)


def learner_of(photos: Photos, **adversarial: float | str) -> ColorLearner:
    torch.manual_seed(0)
    network = HybridViTColorizer()
    start_stem(network, "")
    start_bins(network, *count_bins(photos, torch.ones(len(photos)), 0))
    recipe = quick(small_color_recipe())
    recipe = replace(recipe, adversarial=replace(recipe.adversarial, **adversarial))
    return ColorLearner(network.train(), recipe, photos, photos)


def step(number: int, size: int = 64) -> Step:
    return Step(first=4 * number, batch=4, size=size, progress=0.6)


def tensors(network: nn.Module) -> list[Tensor]:
    return [weights.detach().clone() for weights in network.parameters()]


def moved(before: list[Tensor], network: nn.Module) -> float:
    """Share of the weights' tensors that are not what they were."""
    pairs = list(zip(before, network.parameters(), strict=True))
    return sum(not torch.equal(old, new) for old, new in pairs) / len(pairs)


def test_four_photos_are_learned_by_heart(four: Photos) -> None:
    learner = learner_of(four)
    learner.descent.steps = 10_000  # past the warm-up

    losses = [learner.learn(step(number)) for number in range(60)]

    for name, share in (("entropy", 0.6), ("mean", 0.3)):
        values = [float(each[name]) for each in losses]
        assert sum(values[-5:]) < share * sum(values[:5]), name
    assert min(explained(learner, step(0))) > 0.5


@torch.no_grad()
def explained(learner: ColorLearner, step: Step) -> list[float]:
    """R² of a and b on the pictures of a step, the statistics of normalization being theirs."""
    batch = learner.batch(step)
    truth = reduced_to(batch.chroma, learner.network(batch.seen))
    error = (learner.network(batch.seen, batch.hints) - truth).square().sum(dim=(0, 2, 3))
    spread = (truth - truth.mean(dim=(0, 2, 3), keepdim=True)).square().sum(dim=(0, 2, 3))
    return (1 - error / spread).tolist()


def test_hints_change_colors_once_they_were_learned(four: Photos) -> None:
    learner = learner_of(four)
    luminance, hints = torch.zeros(1, 1, 64, 64), torch.zeros(1, 3, 16, 16)
    hints[:, :, 4:8, 4:8] = 1.0
    network = learner.network

    def effect() -> float:
        with torch.no_grad():
            return float((network(luminance, hints) - network(luminance)).abs().max())

    assert effect() == 0
    for number in range(3):
        learner.learn(step(number))
    assert effect() > 0


def test_an_adversarial_step_moves_both_networks(four: Photos) -> None:
    learner = learner_of(four, start=0.5)
    judge = learner.discriminator
    assert judge is not None
    before, judge_before = tensors(learner.network), tensors(judge)

    losses = learner.learn(step(0))

    assert {"generator", "discriminator", "entropy", "mean"} == set(losses)
    assert moved(before, learner.network) > 0.9
    assert moved(judge_before, judge) > 0.9


def test_a_frozen_network_that_judges_stays_as_it_is(four: Photos) -> None:
    learner = learner_of(four, start=0.5, discriminator="features")
    judge = learner.discriminator
    assert isinstance(judge, FeatureDiscriminator)
    backbone, heads = tensors(judge.backbone), tensors(judge.heads)
    statistics = [values.clone() for values in judge.backbone.buffers()]

    for number in range(2):
        learner.learn(step(number))

    assert moved(backbone, judge.backbone) == 0
    assert all(map(torch.equal, statistics, judge.backbone.buffers()))
    assert moved(heads, judge.heads) > 0.9


def test_the_discriminator_rests_before_its_part_begins(four: Photos) -> None:
    learner = learner_of(four, start=0.9)
    judge = learner.discriminator
    assert judge is not None
    before = tensors(judge)

    learner.learn(step(0))

    assert moved(before, judge) == 0


def test_no_gradient_leaks_between_the_two_networks(four: Photos) -> None:
    """Each turn leaves gradients in its own network only, and those are of its own loss."""
    learner = learner_of(four, start=0.5)
    judge = learner.discriminator
    assert judge is not None
    seen: list[str] = []
    learner.judge_descent.optimizer.register_step_pre_hook(
        lambda *_: seen.append("judge" if no_gradient(learner.network) else "leak")
    )
    judge_gradients: list[Tensor] = []
    learner.judge_descent.optimizer.register_step_post_hook(
        lambda *_: judge_gradients.extend(
            weights.grad.clone() for weights in judge.parameters() if weights.grad is not None
        )
    )

    learner.learn(step(0))

    assert seen == ["judge"]
    after = [weights.grad for weights in judge.parameters() if weights.grad is not None]
    assert all(torch.equal(old, new) for old, new in zip(judge_gradients, after, strict=True))


def no_gradient(network: nn.Module) -> bool:
    return all(weights.grad is None or not weights.grad.any() for weights in network.parameters())


def test_a_generator_learns_to_fool_the_discriminator(four: Photos) -> None:
    """With the color loss left out, what is minimized is the discriminator's doubt alone."""
    learner = learner_of(four, start=0.5, color_weight=0.0, rate=0.0)
    learner.descent.steps = 10_000

    losses = [float(learner.learn(step(0))["generator"]) for _ in range(12)]

    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.parametrize("loss", ["l1", "squared"])
def test_a_generator_of_single_colors_learns(four: Photos, loss: str) -> None:
    torch.manual_seed(0)
    recipe = replace(quick(small_color_recipe("vit-lsgan-laptop")), loss=loss)
    learner = ColorLearner(SmallGenerator().train(), recipe, four, four)
    learner.descent.steps = 10_000

    losses = [float(learner.learn(replace(step(n), progress=0.0))["color"]) for n in range(60)]

    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])


def mask_learner(folder: Path, frozen_stages: int) -> MaskLearner:
    torch.manual_seed(0)
    photos = drawn_disks(folder, masks=True)
    recipe = replace(small_mask_recipe(), aged_share=0.0, optimizer=QUICK)
    recipe = replace(recipe, frozen_stages=frozen_stages)
    learner = MaskLearner(make_segmenter().train(), recipe, photos, None, photos)
    learner.descent.steps = 10_000
    return learner


def test_a_segmenter_learns_masks_and_classes(tmp_path: Path) -> None:
    learner = mask_learner(tmp_path, frozen_stages=0)

    losses = [learner.learn(step(number)) for number in range(20)]

    for name in ("entropy", "overlap", "classes"):
        values = [float(each[name]) for each in losses]
        assert sum(values[-3:]) < 0.8 * sum(values[:3]), name


def test_frozen_stages_and_statistics_stay_as_they_are(tmp_path: Path) -> None:
    learner = mask_learner(tmp_path, frozen_stages=2)
    backbone = learner.network.backbone
    before = {name: value.clone() for name, value in backbone.state_dict().items()}

    learner.learn(step(0))

    after = backbone.state_dict()
    changed = {name for name, value in before.items() if not torch.equal(value, after[name])}
    assert changed
    assert not any(name.startswith(("stem", "stages.0.", "stages.1.")) for name in changed)
    assert not any("running" in name for name in changed)
