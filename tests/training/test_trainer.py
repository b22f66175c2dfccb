"""The training loop: it resumes exactly, keeps to its time, and never ends without weights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from drawn_photos import drawn_disks
from small_recipes import SmallGenerator, small_color_recipe
from torch import Tensor, nn

from selcolor_training import trainer as trainers
from selcolor_training.colorizer import ColorLearner
from selcolor_training.errors import Diverged
from selcolor_training.journal import read_history
from selcolor_training.photos import Photos
from selcolor_training.recipe import Stage
from selcolor_training.trainer import Budget, Plan, State, Step, Trainer

HERE = Path(__file__).parent
STAGES = (Stage(0.5, 64, 4), Stage(1.0, 96, 2))
PLAN = Plan(Budget(samples=16), STAGES, epoch=6, validations=1, average=0.9)


class Killed(Exception):
    """Stands for the kill that ends a training in the middle."""


@pytest.fixture(autouse=True)
def every_step_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainers, "NOTE_STEPS", 1)


@pytest.fixture
def photos(tmp_path: Path) -> Photos:
    return drawn_disks(tmp_path / "data")


def keep_nothing(_network: nn.Module, _state: State) -> None:
    """For runs whose weights do not matter."""


def trainer(
    photos: Photos,
    build: Path,
    plan: Plan = PLAN,
    start: float = 1.0,
    export: Callable[[nn.Module, State], None] = keep_nothing,
) -> Trainer:
    torch.manual_seed(0)
    recipe = small_color_recipe("vit-lsgan-laptop")
    recipe = replace(recipe, adversarial=replace(recipe.adversarial, start=start), aged_share=0.5)
    learner = ColorLearner(SmallGenerator(), recipe, photos, photos)
    return Trainer(plan, learner, build, export)


def killed_after(steps: int, run: Trainer) -> None:
    """Train, but be killed after some steps; the checkpoint is from then."""
    learn = run.learner.learn

    def until_killed(step: Step) -> dict[str, Tensor]:
        if run.state.steps == steps:
            run.save()
            raise Killed
        return learn(step)

    run.learner.learn = until_killed  # type: ignore[method-assign]
    with pytest.raises(Killed):
        run.train()


def curve(build: Path) -> list[tuple[int, str, float]]:
    """What the journal has of losses."""
    return [(entry.step, entry.name, entry.value) for entry in read_history(build / "history.csv")]


@pytest.mark.parametrize("start", [1.0, 0.4])
def test_a_killed_run_resumes_with_the_losses_of_an_undisturbed_one(
    photos: Photos, tmp_path: Path, start: float
) -> None:
    whole = trainer(photos, tmp_path / "whole", start=start)
    whole.train()
    killed_after(3, trainer(photos, tmp_path / "killed", start=start))

    resumed = trainer(photos, tmp_path / "killed", start=start)
    assert resumed.state.steps == 3
    assert resumed.train()

    expected, got = curve(tmp_path / "whole"), curve(tmp_path / "killed")
    assert [point[:2] for point in got] == [point[:2] for point in expected]
    assert [point[2] for point in got] == pytest.approx([point[2] for point in expected], rel=1e-4)
    kept = resumed.average.module.state_dict()
    for name, tensor in whole.average.module.state_dict().items():
        assert torch.allclose(kept[name], tensor, atol=1e-6), name


@pytest.mark.slow
def test_a_run_that_was_killed_outright_resumes_with_the_same_losses(
    photos: Photos, tmp_path: Path
) -> None:
    trainer(photos, tmp_path / "whole").train()
    checkpoint = tmp_path / "killed" / "training.ckpt"
    run = start_slow_run(tmp_path)
    while not checkpoint.exists():
        assert run.poll() is None, "it ended before it was killed"
        time.sleep(0.01)
    run.kill()
    assert run.wait() == -signal.SIGKILL

    resumed = trainer(photos, tmp_path / "killed")
    assert 0 < resumed.state.steps < 6
    resumed.train()

    expected, got = curve(tmp_path / "whole"), curve(tmp_path / "killed")
    assert [point[2] for point in got] == pytest.approx([point[2] for point in expected], rel=1e-4)


@pytest.mark.slow
def test_a_run_that_is_asked_to_end_leaves_its_newest_weights(
    photos: Photos, tmp_path: Path
) -> None:
    run = start_slow_run(tmp_path)
    while not (tmp_path / "killed" / "training.ckpt").exists():
        assert run.poll() is None, "it ended before it was asked to"
        time.sleep(0.01)
    run.terminate()

    assert run.wait(timeout=60) == 0
    exported = torch.load(tmp_path / "killed" / "exported.pt", weights_only=True)
    saved = trainer(photos, tmp_path / "killed")
    assert saved.state.steps == exported["steps"] < 6
    assert torch.equal(saved.average.module.to_chroma.weight, exported["weight"])


def start_slow_run(folder: Path) -> subprocess.Popen[bytes]:
    """`run_to_be_killed.py` on the drawn photos: a second a step, a checkpoint after each."""
    return subprocess.Popen(
        [sys.executable, str(HERE / "run_to_be_killed.py"), str(folder)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def test_a_finished_run_is_not_trained_again(photos: Photos, tmp_path: Path) -> None:
    first = trainer(photos, tmp_path / "run")
    first.train()

    again = trainer(photos, tmp_path / "run")

    assert again.train()
    assert again.state.steps == first.state.steps


def test_progress_is_the_share_of_the_time_or_of_the_samples() -> None:
    assert Budget(minutes=2.0).progress(samples=999, seconds=30.0) == 0.25
    assert Budget(samples=400).progress(samples=100, seconds=999.0) == 0.25
    assert Budget(minutes=1.0).progress(samples=0, seconds=61.0) == 1.0


def test_a_run_with_a_time_ends_when_it_is_used_up(
    photos: Photos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trainer(photos, tmp_path / "run", replace(PLAN, budget=Budget(minutes=1.0)))
    clock = iter(range(0, 10_000, 7))
    monkeypatch.setattr(trainers.time, "monotonic", lambda: float(next(clock)))

    assert run.train()
    assert run.state.seconds >= 60
    assert run.state.samples > 0


def test_each_stage_has_its_size_and_batch(photos: Photos, tmp_path: Path) -> None:
    run = trainer(photos, tmp_path / "run")
    steps: list[Step] = []
    learn = run.learner.learn

    def noting(step: Step) -> dict[str, Tensor]:
        steps.append(step)
        return learn(step)

    run.learner.learn = noting  # type: ignore[method-assign]
    run.train()

    assert [(step.first, step.batch, step.size) for step in steps] == [
        (0, 4, 64),
        (4, 4, 64),
        (8, 2, 96),
        (10, 2, 96),
        (12, 2, 96),
        (14, 2, 96),
    ]


def test_weights_are_exported_at_every_validation_and_at_the_end(
    photos: Photos, tmp_path: Path
) -> None:
    exported: list[int] = []
    plan = replace(PLAN, validations=2)

    trainer(
        photos, tmp_path / "run", plan, export=lambda _, state: exported.append(state.steps)
    ).train()

    assert exported == [2, 6, 6]


def test_the_average_follows_the_weights(photos: Photos, tmp_path: Path) -> None:
    run = trainer(photos, tmp_path / "run", replace(PLAN, average=0.0))

    run.train()

    newest = run.learner.network.state_dict()
    for name, tensor in run.average.module.state_dict().items():
        assert torch.allclose(newest[name].float(), tensor.float()), name


def test_curves_and_pictures_reach_tensorboard(photos: Photos, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    trainer(photos, tmp_path / "run").train()

    events = EventAccumulator(str(tmp_path / "run" / "tensorboard")).Reload()
    assert "color" in events.Tags()["scalars"]
    assert "validation PSNR" in events.Tags()["scalars"]
    assert events.Tags()["images"] == ["samples"]


def test_the_journal_forgets_what_came_after_the_checkpoint(photos: Photos, tmp_path: Path) -> None:
    killed_after(3, trainer(photos, tmp_path / "run"))
    with (tmp_path / "run" / "history.csv").open("a") as lines:
        lines.write("5,3.3,1.0,color,0.5\n")

    trainer(photos, tmp_path / "run").train()

    steps = [step for step, name, _ in curve(tmp_path / "run") if name == "color"]
    assert steps == [1, 2, 3, 4, 5, 6]


def test_a_training_that_diverges_keeps_what_it_had(photos: Photos, tmp_path: Path) -> None:
    """Its second step gives nonsense; weights and checkpoint from before it stay."""
    kept: list[State] = []
    begun = trainer(photos, tmp_path, export=lambda _network, state: kept.append(replace(state)))
    begun.save()
    checkpoint = begun.checkpoint.read_bytes()
    learn = begun.learner.learn

    def learn_nonsense(step: Step) -> dict[str, Tensor]:
        losses = learn(step)
        return (
            {name: loss * float("nan") for name, loss in losses.items()} if step.first else losses
        )

    begun.learner.learn = learn_nonsense  # type: ignore[method-assign]
    with pytest.raises(Diverged, match="not a number") as told:
        begun.train()

    assert "--start" in told.value.hint
    assert begun.checkpoint.read_bytes() == checkpoint
    assert all(state.samples <= STAGES[0].batch for state in kept)
