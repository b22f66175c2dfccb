"""Recipes: all of them can be read, and a wrong one says what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from selcolor_training import recipe as recipes
from selcolor_training.errors import RecipeError
from selcolor_training.recipe import ColorRecipe, MaskRecipe, load_recipe, recipe_names, settings_of
from selcolor_training.report.results import recipes_of


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_can_be_read(name: str) -> None:
    assert isinstance(load_recipe(name), ColorRecipe | MaskRecipe)


@pytest.mark.parametrize("name", recipes_of("paper"))
def test_the_paper_size_is_the_papers(name: str) -> None:
    recipe = load_recipe(name)

    assert isinstance(recipe, ColorRecipe)
    assert (recipe.size, recipe.batch, recipe.loss) == (224, 16, "l1")
    assert recipe.head_start_epochs == recipe.adversarial.epochs == 20
    assert (recipe.optimizer.rate, recipe.optimizer.beta1) == (2e-4, 0.5)
    assert recipe.adversarial.color_weight == 100


def test_the_four_systems_differ_in_networks_and_criterion_only() -> None:
    told_apart = {"title", "generator", "adversarial"}
    shared = []
    for name in recipes_of("paper"):
        settings = settings_of(load_recipe(name))
        shared.append({key: value for key, value in settings.items() if key not in told_apart})

    assert all(settings == shared[0] for settings in shared)


def values(**changes: Any) -> dict[str, Any]:
    """A recipe's settings as TOML gives them, some changed."""
    return settings_of(load_recipe("vit-lsgan")) | changes


def test_a_setting_that_is_missing_or_unknown_is_named() -> None:
    with pytest.raises(RecipeError, match="portrait_weigth"):
        recipes.settings_from(ColorRecipe, values(portrait_weigth=2), "mine.toml")


def test_a_setting_of_the_wrong_type_is_named() -> None:
    with pytest.raises(RecipeError, match="batch must be int"):
        recipes.settings_from(ColorRecipe, values(batch="many"), "mine.toml")


def test_an_unknown_recipe_lists_the_known_ones() -> None:
    with pytest.raises(RecipeError, match="vit-lsgan-lite"):
        load_recipe("vit")
