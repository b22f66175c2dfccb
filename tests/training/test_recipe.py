"""Recipes: all of them can be read, and a wrong one says what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from selcolor_training import recipe as recipes
from selcolor_training.checks import check_recipe
from selcolor_training.errors import RecipeError
from selcolor_training.recipe import (
    ColorRecipe,
    MaskRecipe,
    Stage,
    load_recipe,
    packaged,
    recipe_name,
    recipe_names,
    settings_of,
)
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
    assert [(stage.size, stage.batch) for stage in recipe.stages] == [(224, 16)]
    assert (recipe.epochs, recipe.adversarial.start) == (40, 0.5)
    assert (recipe.optimizer.rate, recipe.optimizer.beta1) == (2e-4, 0.5)
    assert (recipe.loss, recipe.adversarial.color_weight) == ("l1", 100)
    assert recipe.squash
    assert not recipe.screened
    assert not recipe.half


@pytest.mark.parametrize("name", recipes_of("laptop"))
def test_the_laptop_systems_get_equal_samples_and_pretrained_encoders(name: str) -> None:
    recipe = load_recipe(name)

    assert isinstance(recipe, ColorRecipe)
    assert (recipe.samples, recipe.start) == (60_000, "pretrained")


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
    with pytest.raises(RecipeError, match="smalest_crop"):
        recipes.settings_from(ColorRecipe, values(smalest_crop=0.5), "mine.toml")


def test_a_setting_of_the_wrong_type_is_named() -> None:
    with pytest.raises(RecipeError, match="side must be int"):
        recipes.settings_from(ColorRecipe, values(side="many"), "mine.toml")


def test_a_recipe_can_be_any_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        (packaged("recipes") / "vit-lsgan-lite.toml").read_text().replace("seed = 0", "seed = 7")
    )

    assert recipe_name(str(file)) == "mine"
    assert load_recipe(str(file)) == load_recipe("vit-lsgan-lite")


def test_single_settings_can_be_changed() -> None:
    changes = ["seed=3", "optimizer.rate=1e-3", "loss=distribution", "emphasis.food=0.5"]

    recipe = load_recipe("vit-lsgan-lite", changes)

    assert isinstance(recipe, ColorRecipe)
    assert (recipe.seed, recipe.optimizer.rate, recipe.emphasis["food"]) == (3, 1e-3, 0.5)
    stages = load_recipe("vit-lsgan-lite", ["stages=[{until=1.0,size=64,batch=2}]"]).stages
    assert stages == (Stage(1.0, 64, 2),)


@pytest.mark.parametrize("change", ["seed", "=3", "seed.more=1", "sead=1", "seed=many"])
def test_a_change_that_is_no_setting_is_refused(change: str) -> None:
    with pytest.raises(RecipeError):
        load_recipe("vit-lsgan-lite", [change])


def test_an_unknown_recipe_lists_the_known_ones() -> None:
    with pytest.raises(RecipeError, match="vit-lsgan-lite"):
        load_recipe("vit")


SMALL = {"until": 1.0, "size": 64, "batch": 4}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"loss": "l2"}, "loss must be l1 or squared, not l2"),
        ({"loss": "distribution"}, "loss must be l1 or squared"),
        ({"generator": "vit"}, "generator must be"),
        ({"start": "here"}, "start must be"),
        ({"stages": [SMALL | {"size": 100}]}, "size must be a multiple of 16, not 100"),
        ({"stages": [SMALL | {"batch": 0}]}, "batch must be at least 1"),
        ({"stages": [SMALL | {"until": 0.5}]}, "the last one until 1"),
        ({"stages": []}, "stages must follow"),
        ({"smallest_crop": 0.0}, "smallest_crop must be"),
        ({"temperature": 0.0}, "temperature must be"),
        ({"start": "here", "loss": "l2"}, "start .*; .*loss"),
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
        check_recipe("mine", load_recipe("foreground-lite-finish"), started=False)

    assert "--start" in raised.value.hint
