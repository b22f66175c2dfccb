"""Trains slowly, with a checkpoint after every step, until it is killed or asked to end."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch
from drawn_photos import drawn_disks
from test_trainer import trainer
from torch import nn

from selcolor_training import trainer as trainers
from selcolor_training.trainer import State

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    trainers.CHECKPOINT_SECONDS = 0.0
    trainers.NOTE_STEPS = 1

    def export(network: nn.Module, state: State) -> None:
        weight = network.get_parameter("to_chroma.weight").detach()
        torch.save({"steps": state.steps, "weight": weight}, folder / "killed" / "exported.pt")

    run = trainer(drawn_disks(folder / "data"), folder / "killed", export=export)
    learn = run.learner.learn

    def slowly(step):  # type: ignore[no-untyped-def]
        time.sleep(1.0)
        return learn(step)

    run.learner.learn = slowly  # type: ignore[method-assign]
    run.train()
