"""Recipes: all of them can be read, and a wrong one says what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from selcolor_training import recipe as recipes
from selcolor_training.checks import check_recipe
from selcolor_training.errors import RecipeError
from selcolor_training.recipe import ColorRecipe, MaskRecipe, load_recipe, recipe_names, settings_of
from selcolor_training.report.results import recipes_of


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_can_be_followed(name: str) -> None:
    recipe = load_recipe(name)

    assert isinstance(recipe, ColorRecipe | MaskRecipe)
    check_recipe(name, recipe, started=True)


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


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"loss": "l2"}, "loss must be l1 or squared or chroma-weighted, not l2"),
        ({"generator": "vit"}, "generator must be"),
        ({"start": "here"}, "start must be"),
        ({"size": 100}, "size must be a multiple of 16, not 100"),
        ({"late_size": 0}, "late_size must be"),
        ({"chroma_target": 0.9}, "chroma_target is for hybrid-vit"),
        ({"size": 100, "loss": "l2"}, "loss .*; .*size"),
    ],
)
def test_a_recipe_that_cannot_be_followed_says_why_before_it_trains(
    changes: dict[str, Any], said: str
) -> None:
    recipe = recipes.settings_from(ColorRecipe, values(**changes), "mine.toml")

    with pytest.raises(RecipeError, match=said):
        check_recipe("mine", recipe, started=False)


@pytest.mark.parametrize(
    ("part", "changes", "said"),
    [
        ("optimizer", {"schedule": "linear"}, "schedule must be cosine or constant"),
        ("adversarial", {"criterion": "hinge"}, "criterion must be"),
        ("adversarial", {"discriminator": "pixel"}, "discriminator must be"),
        ("adversarial", {"discriminator": "vit-small"}, "a ViT as discriminator needs whole"),
    ],
)
def test_so_does_one_with_a_wrong_part(part: str, changes: dict[str, Any], said: str) -> None:
    settings = settings_of(load_recipe("vit-lsgan-lite"))
    settings[part] |= changes
    recipe = recipes.settings_from(ColorRecipe, settings, "mine.toml")

    with pytest.raises(RecipeError, match=said):
        check_recipe("mine", recipe, started=False)


def test_a_last_run_asks_for_the_weights_it_goes_on_with() -> None:
    with pytest.raises(RecipeError, match="goes on with") as raised:
        check_recipe("mine", load_recipe("vit-lsgan-lite-finish"), started=False)

    assert "--start" in raised.value.hint
