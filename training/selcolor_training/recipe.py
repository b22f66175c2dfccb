"""Recipes: the settings of one training, read from `training/recipes/*.toml`.

A recipe is all that distinguishes one training from another. Every field is explained here, once.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from selcolor_training.errors import RecipeError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Settings = TypeVar("Settings")


@dataclass(frozen=True)
class Optimizer:
    """How weights are moved.

    Attributes:
        rate: learning rate of what starts from nothing.
        backbone_rate: of what was pretrained.
        weight_decay: of AdamW; 0 makes it Adam, as in the paper.
        beta1: momentum; 0.5 in the paper, which is usual for GANs.
        schedule: `constant`, or `cosine` with a short warm-up, down to zero.
        clip: largest norm of the gradient; 0 for no clipping.
        average: decay of the moving average of the weights, which is what is kept; 0 for none.
    """

    rate: float
    backbone_rate: float
    weight_decay: float
    beta1: float
    schedule: str
    clip: float
    average: float


@dataclass(frozen=True)
class Adversarial:
    """The second phase, generator against discriminator.

    Attributes:
        epochs: how long; 0 leaves the phase out.
        discriminator: `patch`, `vit-base` or `vit-small`.
        criterion: `least-squares` (LSGAN) or `cross-entropy`.
        color_weight: of the color loss beside the adversarial one, the paper's lambda_L1.
        rate: learning rate of both networks.
    """

    epochs: float
    discriminator: str
    criterion: str
    color_weight: float
    rate: float


@dataclass(frozen=True)
class ColorRecipe:
    """Trains a generator that predicts ab from L.

    Attributes:
        title: for tables.
        generator: `resnet18-unet`, `vit-base` or `hybrid-vit`.
        start: where its weights start: `pretrained` (the encoder, see that module), `nothing`, or
            `weights` (an earlier training's, named with --start).
        seed: of weights, data order and augmentation.
        batch: pictures in a step, over all processes.
        size: side of a training picture in pixels.
        late_size: the same in the last 30 % of the head start and in the whole second phase, near
            to what inference sees.
        smallest_crop: of the short side; 1 cuts the largest square.
        aged_share: of inputs with the tones and grain of old film.
        portrait_weight: how many times a portrait comes in an epoch.
        loss: `l1`, `squared`, or `chroma-weighted` smooth L1.
        chroma_target: mean chroma in proportion to the truth's, set at the end (`calibrate`);
            0 leaves colors as they were learned.
        chroma_balance: strength of a in proportion to b's, set before; 1 keeps hues.
        mirrored: measured and used with the mirror image as well (`Mirrored`).
        head_start_epochs: how long the generator trains alone; 0 leaves the phase out.
        validations: how many times each phase is validated.
        patience: validations without progress after which a phase ends, its best weights kept;
            0 trains to the end and keeps the last.
        optimizer: how weights are moved.
        adversarial: the second phase.
    """

    title: str
    generator: str
    start: str
    seed: int
    batch: int
    size: int
    late_size: int
    smallest_crop: float
    aged_share: float
    portrait_weight: int
    loss: str
    chroma_target: float
    chroma_balance: float
    mirrored: bool
    head_start_epochs: float
    validations: int
    patience: int
    optimizer: Optimizer
    adversarial: Adversarial


@dataclass(frozen=True)
class MaskRecipe:
    """Trains a segmenter that tells the subject from the background.

    Attributes:
        title: for tables.
        segmenter: `foreground-lite`.
        start: as in `ColorRecipe`.
        seed: of weights, data order and augmentation.
        batch: pictures in a step, over all processes.
        size: side of a training picture in pixels.
        smallest_area: of the picture that a crop keeps.
        gray_share: of inputs without color, as the real ones are.
        aged_share: of inputs with the tones and grain of old film.
        pasted_share: of inputs whose subject is set before another background.
        empty_share: of inputs that show no subject at all.
        mirrored: as in `ColorRecipe`.
        epochs: how long.
        validations: how many times it is validated.
        patience: validations without progress after which it ends, its best weights kept.
        optimizer: how weights are moved.
    """

    title: str
    segmenter: str
    start: str
    seed: int
    batch: int
    size: int
    smallest_area: float
    gray_share: float
    aged_share: float
    pasted_share: float
    empty_share: float
    mirrored: bool
    epochs: float
    validations: int
    patience: int
    optimizer: Optimizer


Recipe = ColorRecipe | MaskRecipe


def packaged(name: str) -> Path:
    """A file or folder of ours: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).parent
    inside = package / name
    return inside if inside.exists() else package.parent / name


def recipe_names() -> list[str]:
    """The names of all recipes, sorted."""
    return sorted(path.stem for path in packaged("recipes").glob("*.toml"))


def load_recipe(name: str) -> Recipe:
    """Read a recipe by its name.

    Raises:
        RecipeError: there is none of this name, or a setting is missing, unknown or of the wrong
            type.
    """
    path = packaged("recipes") / f"{name}.toml"
    if not path.is_file():
        raise RecipeError(
            f"There is no recipe “{name}”.", f"There are {', '.join(recipe_names())}."
        )
    settings = tomllib.loads(path.read_text(encoding="utf-8"))
    if "segmenter" in settings:
        return settings_from(MaskRecipe, settings, path.name)
    return settings_from(ColorRecipe, settings, path.name)


def settings_from(kind: type[Settings], values: dict[str, Any], place: str) -> Settings:
    """Make a settings dataclass from a TOML table, tables within it included.

    Raises:
        RecipeError: a setting is missing, unknown or of the wrong type.
    """
    types = get_type_hints(kind)
    wrong = sorted(set(types) ^ set(values))
    if wrong:
        raise RecipeError(
            f"{place} lacks or does not know: {', '.join(wrong)}.",
            "selcolor_training/recipe.py explains every setting.",
        )
    made: dict[str, Any] = {}
    for name, wanted in types.items():
        value = values[name]
        if is_dataclass(wanted) and isinstance(wanted, type):
            made[name] = settings_from(wanted, value, f"{place} [{name}]")
        elif isinstance(value, wanted) or (wanted is float and isinstance(value, int)):
            made[name] = wanted(value)
        else:
            raise RecipeError(
                f"{place}: {name} must be {wanted.__name__}, not {value!r}.", "Mend the file."
            )
    return kind(**made)


def settings_of(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain values, for metadata."""
    return {field.name: asdict(recipe)[field.name] for field in fields(recipe)}
