"""The training loop: it resumes exactly, splits over processes, stops early, keeps the best."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from drawn_data import draw_data
from selcolor_training.samples import ColorSamples, Sides
from small_recipes import SmallGenerator, small_color_recipe
from torch import Tensor, nn

from selcolor_training.colorizer import AdversarialPhase, HeadStart
from selcolor_training.data import Photo, load_photos
from selcolor_training.journal import read_history
from selcolor_training.trainer import Phase, Trainer

HERE = Path(__file__).parent
PHASE = Phase("head start", steps=6, batch=4, epoch=6, average=0.9)


class Killed(Exception):
    """Stands for the kill that ends a training in the middle."""


@pytest.fixture
def photos(tmp_path: Path) -> list[Photo]:
    return load_photos(draw_data(tmp_path), "train", masked=False)


def trainer(
    photos: list[Photo],
    build: Path,
    phase: Phase = PHASE,
    learner: type = HeadStart,
    workers: int = 0,
) -> Trainer:
    torch.manual_seed(0)
    recipe = small_color_recipe()
    samples = ColorSamples(photos, recipe, Sides(64, 0, 64))
    return Trainer(phase, learner(SmallGenerator(), recipe, photos), samples, build, workers)


def killed_after(steps: int, trainer: Trainer) -> None:
    """Train, but be killed after some steps; the checkpoint is from then."""
    learn = trainer.learner.learn

    def until_killed(batch: Any, progress: float) -> dict[str, Tensor]:
        if trainer.state.step == steps:
            trainer.save()
            raise Killed
        return learn(batch, progress)

    trainer.learner.learn = until_killed  # type: ignore[method-assign]
    with pytest.raises(Killed):
        trainer.train()


def curve(build: Path) -> list[tuple[int, str, float]]:
    """What the journal has of losses."""
    return [(entry.step, entry.name, entry.value) for entry in read_history(build / "history.csv")]


@pytest.mark.parametrize("learner", [HeadStart, AdversarialPhase])
def test_a_killed_run_resumes_with_the_losses_of_an_undisturbed_one(
    photos: list[Photo], tmp_path: Path, learner: type
) -> None:
    whole = trainer(photos, tmp_path / "whole", learner=learner).train()
    killed_after(3, trainer(photos, tmp_path / "killed", learner=learner))

    resumed = trainer(photos, tmp_path / "killed", learner=learner)
    assert resumed.state.step == 3
    kept = resumed.train()

    expected, got = curve(tmp_path / "whole"), curve(tmp_path / "killed")
    assert [point[:2] for point in got] == [point[:2] for point in expected]
    assert [point[2] for point in got] == pytest.approx([point[2] for point in expected], rel=1e-5)
    for name, tensor in whole.state_dict().items():
        assert torch.allclose(kept.state_dict()[name], tensor, atol=1e-6), name


@pytest.mark.slow
def test_a_run_that_was_killed_outright_resumes_with_the_same_losses(
    photos: list[Photo], tmp_path: Path
) -> None:
    trainer(photos, tmp_path / "whole").train()
    checkpoint = tmp_path / "killed" / "head-start.ckpt"
    run = subprocess.Popen(
        [sys.executable, str(HERE / "run_to_be_killed.py"), str(tmp_path), str(checkpoint.parent)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    while not checkpoint.exists():
        assert run.poll() is None, "it ended before it was killed"
        time.sleep(0.01)
    run.kill()
    assert run.wait() == -signal.SIGKILL

    resumed = trainer(photos, tmp_path / "killed")
    assert 0 < resumed.state.step < PHASE.steps
    resumed.train()

    expected, got = curve(tmp_path / "whole"), curve(tmp_path / "killed")
    assert [point[2] for point in got] == pytest.approx([point[2] for point in expected], rel=1e-5)


@pytest.mark.slow
def test_samples_that_other_processes_make_are_the_same(
    photos: list[Photo], tmp_path: Path
) -> None:
    trainer(photos, tmp_path / "here").train()
    trainer(photos, tmp_path / "workers", workers=2).train()

    assert curve(tmp_path / "workers") == curve(tmp_path / "here")


def test_a_finished_run_is_not_trained_again(photos: list[Photo], tmp_path: Path) -> None:
    first = trainer(photos, tmp_path).train()

    again = trainer(photos, tmp_path).train()

    assert torch.equal(again.to_chroma.weight, first.to_chroma.weight)
    assert len(curve(tmp_path)) == PHASE.steps


@pytest.mark.slow
def test_two_processes_train_as_one_with_the_same_total_batch(tmp_path: Path) -> None:
    data = draw_data(tmp_path)

    alone = losses_of([sys.executable], 1, data, tmp_path / "one")
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    together = losses_of(launch, 2, data, tmp_path / "two")

    assert len(alone) == len(together) == 8
    for one, two in zip(alone, together, strict=True):
        assert two == pytest.approx(one, rel=1e-4)


def losses_of(launch: list[str], processes: int, data: Path, build: Path) -> list[dict[str, float]]:
    """The losses that `losses_of_run.py` prints."""
    done = subprocess.run(
        [*launch, str(HERE / "losses_of_run.py"), str(data), str(build)],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.strip().splitlines()[-1])
    assert said["processes"] == processes
    losses: list[dict[str, float]] = said["losses"]
    return losses


def test_a_phase_without_progress_ends_early_and_keeps_its_best(
    photos: list[Photo], tmp_path: Path
) -> None:
    phase = replace(PHASE, steps=50, validations=50, patience=3)
    run = trainer(photos, tmp_path, phase)
    scores = iter([0.1, 0.5, 0.4, 0.3, 0.2, 0.9])
    best: dict[str, Tensor] = {}

    def validate(network: nn.Module) -> dict[str, float]:
        score = next(scores)
        if score == 0.5:
            best.update({name: tensor.clone() for name, tensor in network.state_dict().items()})
        return {"score": score}

    run.learner.validate = validate  # type: ignore[method-assign]
    kept = run.train()

    assert run.state.step == 5
    assert torch.equal(kept.to_chroma.weight, best["to_chroma.weight"])


def test_curves_and_pictures_reach_tensorboard(photos: list[Photo], tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    trainer(photos, tmp_path, replace(PHASE, validations=1)).train()

    events = EventAccumulator(str(tmp_path / "tensorboard" / "head-start")).Reload()
    assert "color" in events.Tags()["scalars"]
    assert "validation PSNR" in events.Tags()["scalars"]
    assert events.Tags()["images"] == ["samples"]


def test_the_journal_forgets_what_came_after_the_checkpoint(
    photos: list[Photo], tmp_path: Path
) -> None:
    killed_after(3, trainer(photos, tmp_path))
    with (tmp_path / "history.csv").open("a") as lines:
        lines.write("5,head start,3.3,1.0,color,0.5\n")

    trainer(photos, tmp_path).train()

    assert [point[0] for point in curve(tmp_path)] == [1, 2, 3, 4, 5, 6]
