"""What can go wrong in a training that a person can mend.

The tree:

    SelectiveColorizeError
    └── TrainingError
        ├── DatasetError        the photos cannot be trained on
        ├── RecipeError         a recipe is missing or cannot be followed
        ├── PretrainedMissing   weights to start from cannot be had
        └── Diverged            a loss is not a number any more
"""

from __future__ import annotations

from pathlib import Path

from selcolor_protocol.errors import SelectiveColorizeError


class TrainingError(SelectiveColorizeError):
    """The root of all that a training raises on purpose."""

    code = "training_error"


class DatasetError(TrainingError):
    """The photos are missing, unreadable, or not what can be trained on."""

    code = "dataset_error"


class RecipeError(TrainingError):
    """A recipe is missing, or it says something that cannot be followed."""

    code = "recipe_error"


class PretrainedMissing(TrainingError):
    """Weights to start from could not be had."""

    code = "pretrained_missing"


class Diverged(TrainingError):
    """A loss is not a number any more."""

    code = "diverged"

    def __init__(self, steps: int, folder: Path) -> None:
        """Tell when, and what is left.

        Args:
            steps: how many had been taken.
            folder: of the training.
        """
        super().__init__(
            f"The training diverged: before step {steps} a loss was not a number any more.",
            f"{folder} keeps the weights of the last validation and a checkpoint from before. "
            "Begin anew from those weights (--start), with smaller rates (--set optimizer.rate=…).",
        )
