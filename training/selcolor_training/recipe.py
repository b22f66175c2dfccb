"""Recipes: the settings of one training, read from `training/recipes/*.toml` or any other file.

A recipe is all that distinguishes one training from another. Every field is explained here, once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from selcolor_training.errors import RecipeError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Settings = TypeVar("Settings")


@dataclass(frozen=True)
class Stage:
    """What a step looks like in one part of a training.

    Attributes:
        until: the share of the training at which it ends; 1 for the last.
        size: side of a training picture in pixels.
        batch: pictures in a step.
    """

    until: float
    size: int
    batch: int


@dataclass(frozen=True)
class Optimizer:
    """How weights are moved.

    Attributes:
        rate: learning rate of everything that is not named below.
        backbone_rate: of the pretrained `backbone`.
        head_rate: of what makes colors out of features; 0 for `rate`.
        hint_rate: of what takes hints, which start at zero; 0 for `rate`.
        weight_decay: of AdamW; 0 makes it Adam, as in the paper.
        beta1: momentum; 0.5 in the paper, which is usual for GANs.
        schedule: `constant`, or `cosine` with a short warm-up, down to nearly zero.
        hold: share of the training that `cosine` stays at the full rate.
        clip: largest norm of the gradient; 0 for no clipping.
        average: decay of the moving average of the weights, which is what is kept; 0 for none.
    """

    rate: float
    backbone_rate: float
    head_rate: float = 0.0
    hint_rate: float = 0.0
    weight_decay: float = 0.0
    beta1: float = 0.9
    schedule: str = "cosine"
    hold: float = 0.0
    clip: float = 0.0
    average: float = 0.0


@dataclass(frozen=True)
class Adversarial:
    """The last part of a training, generator against discriminator.

    Attributes:
        start: the share of the training at which it begins; 1 leaves it out.
        discriminator: see the table in `systems`.
        criterion: `least-squares` (LSGAN) or `cross-entropy`.
        weight: of the adversarial loss.
        color_weight: of the color loss beside it, the paper's lambda_L1.
        rate: learning rate of the discriminator.
    """

    start: float = 1.0
    discriminator: str = "patch"
    criterion: str = "least-squares"
    weight: float = 1.0
    color_weight: float = 1.0
    rate: float = 2e-4


@dataclass(frozen=True)
class ColorRecipe:
    """Trains a network that predicts ab from L.

    Attributes:
        title: for tables.
        generator: see the table in `systems`.
        start: where its weights start: `pretrained` (the encoder, see that module), `nothing`, or
            `weights` (an earlier training's, named with --start).
        stages: sizes and batches, one part of the training after another.
        epochs: how long, in passes over the photos; --minutes overrides it.
        samples: how long, in pictures, instead of epochs; 0 for epochs.
        optimizer: how weights are moved.
        seed: of weights, data order and augmentation.
        side: short side in pixels at which photos are kept.
        squash: photos are squeezed into squares, whatever their proportions.
        screened: photos that teach no color are left out (`screening`).
        smallest_crop: smallest share of a photo's largest square that a picture shows.
        aged_share: of inputs that are made to look old (`aging`).
        emphasis: how often a photo comes, by its kind or its data set; 1 where nothing is said.
        loss: `l1`, `squared` or `distribution`.
        balance: how far rare colors count more in `distribution`: 0 not at all, 1 all alike.
        mean_weight: of the smooth L1 of the mean color in `distribution`.
        temperature: how decided colors are by default; exported with the weights.
        prior_power: how far rare colors are favored by default; exported with the weights.
        likeness: how alike cells are that agree on a color; exported with the weights.
        vividness: factor on the colors that are read by default; exported with the weights.
        most_chroma: what is stronger is held back by default; exported with the weights.
        mirrored: measured and used with the mirror image as well (`as_used`).
        validations: how many times it is validated and exported.
        half: bfloat16 where a GPU has it.
        adversarial: the last part.
    """

    title: str
    generator: str
    start: str
    stages: tuple[Stage, ...]
    epochs: float
    optimizer: Optimizer
    samples: int = 0
    seed: int = 0
    side: int = 176
    squash: bool = False
    screened: bool = True
    smallest_crop: float = 1.0
    aged_share: float = 0.0
    emphasis: Mapping[str, float] = field(default_factory=dict)
    loss: str = "l1"
    balance: float = 0.5
    mean_weight: float = 2.0
    temperature: float = 0.38
    prior_power: float = 0.0
    likeness: float = 0.0
    vividness: float = 1.0
    most_chroma: float = 0.0
    mirrored: bool = False
    validations: int = 10
    half: bool = True
    adversarial: Adversarial = Adversarial()


@dataclass(frozen=True)
class Doubt:
    """How much a class counts for the pixels of a subject that it may be.

    With more than a few percent, a network that knows people well and nothing else takes every
    subject for one, and stays so; one that knows the classes learns from more.

    Attributes:
        person: a person, where a subject's class is only likely: people hold things.
        unnamed: each named class, in proportion to `object`, where nothing is known.
    """

    person: float = 0.03
    unnamed: float = 0.05


@dataclass(frozen=True)
class MaskRecipe:
    """Trains a segmenter that tells the subject from the background.

    Attributes:
        title: for tables.
        segmenter: `foreground-lite`.
        start, stages, epochs, samples, optimizer, seed, side, mirrored, validations, half: as in
            `ColorRecipe`.
            The size of a stage is that of the long side.
        smallest_area: smallest share of the photo that a picture shows.
        aged_share: of inputs that are made to look old; all of them are gray.
        pasted_share: of inputs whose subject is set before another background.
        empty_share: of inputs that show no subject at all.
        emphasis: as in `ColorRecipe`.
        weak_subjects: data sets whose masks may hold people, whatever the subject is said to be.
        doubt: how much a class counts for a subject whose class is not certain.
        background_weight: how much background counts for the classes where no map says that no
            other person or thing is there.
        frozen_stages: of the backbone, from the first on, that are kept as they are, with all
            statistics of its batch normalization; 0 to train everything.
    """

    title: str
    segmenter: str
    start: str
    stages: tuple[Stage, ...]
    epochs: float
    optimizer: Optimizer
    samples: int = 0
    seed: int = 0
    side: int = 256
    smallest_area: float = 0.35
    aged_share: float = 0.0
    pasted_share: float = 0.0
    empty_share: float = 0.0
    emphasis: Mapping[str, float] = field(default_factory=dict)
    weak_subjects: tuple[str, ...] = ()
    doubt: Doubt = Doubt()
    background_weight: float = 0.3
    frozen_stages: int = 0
    mirrored: bool = False
    validations: int = 10
    half: bool = True


Recipe = ColorRecipe | MaskRecipe


def packaged(name: str) -> Path:
    """A file or folder of ours: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).parent
    inside = package / name
    return inside if inside.exists() else package.parent / name


def recipe_names() -> list[str]:
    """The names of all recipes that come with the program, sorted."""
    return sorted(path.stem for path in packaged("recipes").glob("*.toml"))


def recipe_name(name: str) -> str:
    """What a training by this recipe is called: the name, or a file's without its ending."""
    return Path(name).stem if name.endswith(".toml") else name


def load_recipe(name: str, changes: Iterable[str] = ()) -> Recipe:
    """Read a recipe.

    Args:
        name: of one that comes with the program, or a path that ends with `.toml`.
        changes: settings that differ, such as `optimizer.rate=1e-3`.

    Raises:
        RecipeError: there is none of this name, or a setting is missing, unknown or of the wrong
            type.
    """
    path = Path(name) if name.endswith(".toml") else packaged("recipes") / f"{name}.toml"
    if not path.is_file():
        raise RecipeError(
            f"There is no recipe “{name}”.",
            f"Name a file that ends with .toml, or one of {', '.join(recipe_names())}.",
        )
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} is no TOML file ({error}).", "Mend the file.") from error
    for change in changes:
        set_value(settings, change)
    if "segmenter" in settings:
        return settings_from(MaskRecipe, settings, path.name)
    return settings_from(ColorRecipe, settings, path.name)


def set_value(settings: dict[str, Any], change: str) -> None:
    """Change one setting, `key=value` or `table.key=value`, in place.

    Raises:
        RecipeError: it is no such thing.
    """
    key, equals, text = change.partition("=")
    *tables, last = key.strip().split(".")
    place = settings
    for table in tables:
        place = place.setdefault(table, {})
    if not equals or not last or not isinstance(place, dict):
        raise RecipeError(
            f"“{change}” is no setting.", "Write --set key=value, or table.key=value."
        )
    try:
        place[last] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        place[last] = text.strip()


def settings_from(kind: type[Settings], values: dict[str, Any], place: str) -> Settings:
    """Make a settings dataclass from a TOML table, tables within it included.

    Raises:
        RecipeError: a setting is missing, unknown or of the wrong type.
    """
    types = get_type_hints(kind)
    needed = {
        each.name
        for each in fields(kind)  # type: ignore[arg-type]
        if each.default is MISSING and each.default_factory is MISSING
    }
    wrong = sorted((needed - set(values)) | (set(values) - set(types)))
    if wrong:
        raise RecipeError(
            f"{place} lacks or does not know: {', '.join(wrong)}.",
            "selcolor_training/recipe.py explains every setting.",
        )
    made = {name: value_of(types[name], value, name, place) for name, value in values.items()}
    return kind(**made)


def value_of(wanted: Any, value: Any, name: str, place: str) -> Any:
    """One setting in its type.

    Raises:
        RecipeError: it is of another.
    """
    if is_dataclass(wanted) and isinstance(wanted, type) and isinstance(value, dict):
        return settings_from(wanted, value, f"{place} [{name}]")
    if get_origin(wanted) is tuple and isinstance(value, list):
        return tuple(value_of(get_args(wanted)[0], each, name, place) for each in value)
    if get_origin(wanted) not in (None, tuple) and isinstance(value, dict):
        return {key: value_of(float, each, f"{name}.{key}", place) for key, each in value.items()}
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(wanted, type) and type(value) is wanted:
        return value
    raise RecipeError(
        f"{place}: {name} must be {getattr(wanted, '__name__', wanted)}, not {value!r}.",
        "Mend the file.",
    )


def settings_of(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain values, as they come back from JSON."""
    settings: dict[str, Any] = json.loads(json.dumps(asdict(recipe)))
    return settings
