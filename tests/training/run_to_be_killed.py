"""Trains slowly, with a checkpoint after every step, until it is killed."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from test_trainer import trainer

from selcolor_training import trainer as trainers
from selcolor_training.data import load_photos

if __name__ == "__main__":
    trainers.CHECKPOINT_SECONDS = 0.0
    run = trainer(load_photos(Path(sys.argv[1]), "train", masked=False), Path(sys.argv[2]))
    learn = run.learner.learn

    def slowly(batch, progress):  # type: ignore[no-untyped-def]
        time.sleep(1.0)
        return learn(batch, progress)

    run.learner.learn = slowly  # type: ignore[method-assign]
    run.train()
