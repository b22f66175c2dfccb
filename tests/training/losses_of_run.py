"""Runs a small training and prints its losses; started once alone and once as two processes."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import torch
from selcolor_training.samples import ColorSamples, Sides
from small_recipes import SmallGenerator, small_color_recipe

from selcolor_training.colorizer import AdversarialPhase, HeadStart
from selcolor_training.data import load_photos
from selcolor_training.trainer import Phase, Trainer, process_state


def main(data: Path, build: Path) -> None:
    """Train both phases and print every step's losses, averaged over the processes."""
    torch.manual_seed(0)
    photos = load_photos(data, "train", masked=False)
    recipe = small_color_recipe()
    samples = ColorSamples(photos, recipe, Sides(64, 0, 64))
    generator = SmallGenerator()
    losses: list[dict[str, float]] = []
    phase = Phase("head start", 4, recipe.batch, len(samples), average=0.9)
    for learner in (HeadStart, AdversarialPhase):
        trainer = Trainer(phase, learner(generator, recipe, photos), samples, build)
        learn = trainer.learner.learn

        def noting(batch, progress, learn=learn, trainer=trainer):  # type: ignore[no-untyped-def]
            found = learn(batch, progress)
            means = trainer.accelerator.reduce(found, reduction="mean")
            losses.append({name: loss.item() for name, loss in means.items()})
            return found

        trainer.learner.learn = noting  # type: ignore[method-assign]
        generator = trainer.train()
        phase = replace(phase, name="adversarial", first=16)
    state = process_state()
    if state.is_main_process:
        print(json.dumps({"processes": state.num_processes, "losses": losses}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
