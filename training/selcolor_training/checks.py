"""Finds out before a training what a recipe asks for in vain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from selcolor_training.descent import SCHEDULES
from selcolor_training.errors import RecipeError
from selcolor_training.losses import COLOR_LOSSES, CRITERIA, DISTRIBUTION
from selcolor_training.processes import count
from selcolor_training.recipe import ColorRecipe, Recipe
from selcolor_training.systems import DISCRIMINATORS, GENERATORS

PRETRAINED, NOTHING, WEIGHTS = "pretrained", "nothing", "weights"
"""Where a recipe's weights may start."""

SIDE_STEP = 16
"""Sides of training pictures are multiples of this: tokens are of 16 pixels."""

SEGMENTERS = ("foreground-lite",)

BINS = "hybrid-vit-bins"
"""Generators whose name begins so predict a distribution."""


def check_recipe(name: str, recipe: Recipe, started: bool) -> None:
    """Make sure that a recipe can be followed.

    Args:
        name: of the recipe.
        recipe: its settings.
        started: whether weights were named to start from.

    Raises:
        RecipeError: it cannot; all that is wrong is said at once.
    """
    wrong = list(wrong_in(recipe))
    if wrong:
        raise RecipeError(
            f"The recipe “{name}” cannot be followed: {'; '.join(wrong)}.",
            "selcolor_training/recipe.py explains every setting.",
        )
    if recipe.start == WEIGHTS and not started:
        raise RecipeError(
            f"“{name}” goes on with a network that another recipe has trained.",
            "Train that first, and name its safetensors file with --start.",
        )


def wrong_in(recipe: Recipe) -> Iterator[str]:
    """Yield all that is wrong, each as a clause."""
    yield from unknown("start", recipe.start, (PRETRAINED, NOTHING, WEIGHTS))
    yield from unknown("schedule", recipe.optimizer.schedule, SCHEDULES)
    ends = [stage.until for stage in recipe.stages]
    if not ends or ends != sorted(ends) or ends[-1] != 1:
        yield "stages must follow one another, the last one until 1"
    for stage in recipe.stages:
        if stage.size <= 0 or stage.size % SIDE_STEP:
            yield f"size must be a multiple of {SIDE_STEP}, not {stage.size}"
        if stage.batch < 1:
            yield f"batch must be at least 1, not {stage.batch}"
        if stage.batch % count():
            yield f"batch must be a multiple of the {count()} processes, not {stage.batch}"
    if isinstance(recipe, ColorRecipe):
        yield from wrong_in_color(recipe)
    else:
        yield from unknown("segmenter", recipe.segmenter, SEGMENTERS)


def wrong_in_color(recipe: ColorRecipe) -> Iterator[str]:
    """Yield what is wrong in a recipe of a generator."""
    yield from unknown("generator", recipe.generator, GENERATORS)
    losses = [DISTRIBUTION] if recipe.generator.startswith(BINS) else COLOR_LOSSES
    yield from unknown("loss", recipe.loss, losses)
    yield from unknown("criterion", recipe.adversarial.criterion, CRITERIA)
    yield from unknown("discriminator", recipe.adversarial.discriminator, DISCRIMINATORS)
    if not 0 < recipe.smallest_crop <= 1:
        yield f"smallest_crop must be above 0 and at most 1, not {recipe.smallest_crop}"
    for name in ("temperature", "vividness"):
        if getattr(recipe, name) <= 0:
            yield f"{name} must be above 0, not {getattr(recipe, name)}"
    for name in ("likeness", "most_chroma"):
        if getattr(recipe, name) < 0:
            yield f"{name} must be at least 0, not {getattr(recipe, name)}"


def unknown(setting: str, value: str, known: Iterable[str]) -> Iterator[str]:
    """Yield a clause if `value` is not one of `known`."""
    names = list(known)
    if value not in names:
        yield f"{setting} must be {' or '.join(names)}, not {value}"
