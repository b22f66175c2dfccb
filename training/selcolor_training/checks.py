"""Finds out before a training what a recipe asks for in vain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from selcolor_training.descent import SCHEDULES
from selcolor_training.errors import RecipeError
from selcolor_training.losses import COLOR_LOSSES, CRITERIA
from selcolor_training.recipe import ColorRecipe, Recipe
from selcolor_training.systems import DISCRIMINATORS, GENERATORS

PRETRAINED, NOTHING, WEIGHTS = "pretrained", "nothing", "weights"
"""Where a recipe's weights may start."""

SIDES = {"resnet18-unet": 32, "vit-base": 16, "hybrid-vit": 16, "foreground-lite": 16}
"""What a picture's sides must be multiples of for each network."""

SEGMENTERS = ("foreground-lite",)

QUARTER_SIZE = "hybrid-vit"
"""Predicts at a quarter of the size, and has the `to_chroma` that calibration scales."""


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
    if isinstance(recipe, ColorRecipe):
        yield from wrong_in_color(recipe)
    else:
        yield from unknown("segmenter", recipe.segmenter, SEGMENTERS)
        yield from uneven("size", recipe.size, SIDES.get(recipe.segmenter, 1))


def wrong_in_color(recipe: ColorRecipe) -> Iterator[str]:
    """Yield what is wrong in a recipe of a generator."""
    yield from unknown("generator", recipe.generator, GENERATORS)
    yield from unknown("loss", recipe.loss, COLOR_LOSSES)
    yield from unknown("criterion", recipe.adversarial.criterion, CRITERIA)
    yield from unknown("discriminator", recipe.adversarial.discriminator, DISCRIMINATORS)
    step = SIDES.get(recipe.generator, 1)
    yield from uneven("size", recipe.size, step)
    yield from uneven("late_size", recipe.late_size, step)
    if recipe.chroma_target and recipe.generator != QUARTER_SIZE:
        yield f"chroma_target is for {QUARTER_SIZE}, not for {recipe.generator}"
    if recipe.adversarial.discriminator.startswith("vit") and recipe.generator == QUARTER_SIZE:
        yield f"a ViT as discriminator needs whole pictures, and {QUARTER_SIZE} predicts a quarter"


def unknown(setting: str, value: str, known: Iterable[str]) -> Iterator[str]:
    """Yield a clause if `value` is not one of `known`."""
    names = list(known)
    if value not in names:
        yield f"{setting} must be {' or '.join(names)}, not {value}"


def uneven(setting: str, value: int, step: int) -> Iterator[str]:
    """Yield a clause if a size is no positive multiple of `step`."""
    if value <= 0 or value % step:
        yield f"{setting} must be a multiple of {step}, not {value}"
