"""One training from recipe to result: build, start, train, measure, export.

What a recipe makes is kept in `build/<recipe>/`: checkpoint, curves, `<recipe>.safetensors` and
`<recipe>.json`, from which the tables are written.
"""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from selcolor_backend.networks.hybrid_vit_bins import HybridViTColorizer
from selcolor_training import colorizer, foreground, mask_measure
from selcolor_training.checks import PRETRAINED, check_recipe
from selcolor_training.color_meter import ColorMeter, figures_from
from selcolor_training.data import data_digest
from selcolor_training.errors import RecipeError
from selcolor_training.export import (
    Origin,
    current_commit,
    described,
    export,
    load_exported,
    start_from,
)
from selcolor_training.groups import Group, color_groups, mask_groups
from selcolor_training.measure import read_as
from selcolor_training.photos import Photos
from selcolor_training.processes import (
    first_goes_ahead,
    folder_for,
    is_first,
    training_together,
)
from selcolor_training.recipe import ColorRecipe, MaskRecipe, Recipe, settings_of
from selcolor_training.report.card import write_card
from selcolor_training.report.entries import SegmenterResult, SystemResult, segmenter_from
from selcolor_training.systems import (
    DEFAULT,
    FROM_NOTHING,
    GENERATORS,
    as_used,
    best_device,
    device_of,
    make_generator,
)
from selcolor_training.trainer import CHECKPOINT, Budget, Learner, Plan, State, Trainer


@dataclass(frozen=True)
class Options:
    """What a training needs beside its recipe.

    Attributes:
        data: photos to learn from and to measure with.
        build: for checkpoints, curves and results; one folder a recipe.
        cache: for the decoded photos.
        pretrained: where encoders start: `default`, `none`, or a folder or file.
        start: an exported file of the same network to start from, instead.
        minutes: how long it takes; None for the recipe's epochs.
        stride: every so many-th photo is measured at the end.
        reading: how a distribution of colors is read from then on; empty for as the weights say.
    """

    data: Path
    build: Path = Path("build/training")
    cache: Path = Path("build/photos")
    pretrained: str = DEFAULT
    start: Path | None = None
    minutes: float | None = None
    stride: int = 1
    reading: str = ""


def train(name: str, recipe: Recipe, options: Options) -> Path | None:
    """Train by a recipe, export and measure the result; a run that was stopped goes on.

    Returns:
        The weight file; None if the training was stopped before its end. Then the newest weights
        are in the same file, not measured.

    Raises:
        RecipeError: the recipe cannot be followed, or the folder holds a training that was begun
            in another way.
    """
    file = options.build / name / f"{name}.safetensors"
    with training_together():
        has_ended = learn(name, recipe, options)
        finishes = has_ended and is_first()
    if finishes:
        finish(name, recipe, file, options)
    return file if has_ended else None


def learn(name: str, recipe: Recipe, options: Options) -> bool:
    """Train by a recipe, perhaps as one of several processes; raises as `train`.

    Returns:
        Whether it came to the end.
    """
    check_recipe(name, recipe, options.start is not None)
    origin = Origin(settings_of(recipe), data_digest(options.data), {}, {}, current_commit())
    with first_goes_ahead():
        claim(options.build / name, origin, options)
        learner, epoch = prepare(recipe, options)

    with folder_for(options.build / name, CHECKPOINT) as folder:

        def keep(newest: nn.Module, state: State) -> None:
            effort = effort_of(state, epoch, options.start)
            export(newest, folder / f"{name}.safetensors", replace(origin, effort=effort))

        plan = plan_of(recipe, epoch, options.minutes)
        return Trainer(plan, learner, folder, keep).train()


def plan_of(recipe: Recipe, epoch: int, minutes: float | None) -> Plan:
    """How long a training goes on, and in which steps."""
    samples = recipe.samples or max(round(recipe.epochs * epoch), 1)
    budget = Budget(samples=samples) if minutes is None else Budget(minutes=minutes)
    return Plan(budget, recipe.stages, epoch, recipe.validations, recipe.optimizer.average)


def prepare(recipe: Recipe, options: Options) -> tuple[Learner, int]:
    """What learns by a recipe, and how many samples an epoch has."""
    device, cache, data = best_device(), options.cache, options.data
    network = make_network(recipe, options).to(device)
    if isinstance(recipe, MaskRecipe):
        photos = foreground.masked_photos(data, cache, "train", recipe.side)
        backgrounds = foreground.backgrounds_for(recipe, data, cache)
        validation = foreground.masked_photos(data, cache)
        masks = foreground.MaskLearner(network, recipe, photos, backgrounds, validation)
        return masks, masks.samples.count
    photos = colorizer.training_photos(recipe, data, cache)
    started = options.start is not None and described(options.start).has_bins
    colorizer.make_ready(network, recipe, photos, started)
    validation = colorizer.photos_to_measure(data, cache, squash=recipe.squash)
    colors = colorizer.ColorLearner(network, recipe, photos.to(device), validation)
    return colors, colors.order.count


def claim(folder: Path, origin: Origin, options: Options) -> None:
    """Note how a training is begun, or check that it goes on in the same way.

    Raises:
        RecipeError: it does not.
    """
    begun = {
        "recipe": origin.recipe,
        "data": origin.data,
        "start": str(options.start),
        "pretrained": options.pretrained,
        "minutes": options.minutes,
    }
    note = folder / "begun.json"
    if not note.exists():
        folder.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps(begun, indent=2) + "\n", encoding="utf-8")
    elif json.loads(note.read_text(encoding="utf-8")) != begun:
        raise RecipeError(
            f"{folder} holds a training that was begun with another recipe, data, start or time.",
            "Nothing was changed. Move the folder away, or name another one with --build.",
        )


def finish(name: str, recipe: Recipe, file: Path, options: Options) -> None:
    """Measure what is in the weight file; write the figures into it and beside it, and its card."""
    describe(name, recipe, file, options)
    text = json.dumps(asdict(result_of(name, recipe, file)), indent=2, default=str)
    file.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


def describe(name: str, recipe: Recipe, file: Path, options: Options) -> Path:
    """Measure a weight file, note in it what was measured, and write its card.

    Returns:
        The card.
    """
    network = load_network(recipe, file)
    if options.reading and isinstance(network, HybridViTColorizer):
        network = read_as(network, options.reading)
    figures, groups = measure(recipe, network, options), measure_groups(recipe, network, options)
    export(network, file, replace(described(file), figures=figures, groups=groups))
    return write_card(name, file, parameters_of(network), options.data)


def effort_of(state: State, epoch: int, start: Path | None) -> dict[str, Any]:
    """What a training has taken so far, with what it started from."""
    before = described(start).effort if start else {}
    return {
        "epochs": round(state.samples / epoch + before.get("epochs", 0), 2),
        "steps": state.steps + before.get("steps", 0),
        "samples": state.samples + before.get("samples", 0),
        "minutes": round(state.seconds / 60 + before.get("minutes", 0), 1),
        "device": device_name(),
    }


def make_network(recipe: Recipe, options: Options) -> nn.Module:
    """Build a recipe's network and start it."""
    torch.manual_seed(recipe.seed)
    bare = options.start or recipe.start != PRETRAINED
    pretrained = FROM_NOTHING if bare else options.pretrained
    network: nn.Module
    if isinstance(recipe, MaskRecipe):
        network = foreground.make_segmenter(pretrained != FROM_NOTHING)
    else:
        network = make_generator(recipe.generator, pretrained)
    if options.start and (fresh := start_from(network, options.start)):
        print(f"{len(fresh)} tensors are not in {options.start} and start anew: {fresh[0]}, …")
    return network


def load_network(recipe: Recipe, file: Path) -> nn.Module:
    """An exported network, ready to predict."""
    network: nn.Module = (
        foreground.make_segmenter(pretrained=False)
        if isinstance(recipe, MaskRecipe)
        else GENERATORS[recipe.generator]()
    )
    load_exported(network, file)
    return network.eval().to(best_device())


def measure(recipe: Recipe, network: nn.Module, options: Options) -> dict[str, Any]:
    """All figures of a network on the val split, as plain values."""
    network = as_used(network, recipe.mirrored)
    data, cache = options.data, options.cache
    if isinstance(recipe, ColorRecipe):
        meter, device = ColorMeter(), device_of(network)
        photos = colors_to_measure(recipe, options)
        for luminance, truth in colorizer.central_squares(photos, device):
            meter.add((luminance + 1) * 50, colorizer.predict(network, luminance), truth)
        return asdict(meter.figures())
    photos = foreground.masked_photos(data, cache).every(options.stride)
    return asdict(
        mask_measure.measure(network, photos, mask_measure.photos_without_subject(data, cache))
    )


def measure_groups(recipe: Recipe, network: nn.Module, options: Options) -> list[Group]:
    """How a network does on groups of photos of the val split."""
    network = as_used(network, recipe.mirrored)
    if isinstance(recipe, MaskRecipe):
        return mask_groups(network, options.data, options.cache)
    photos = colors_to_measure(recipe, options)
    return color_groups(network, photos, options.data, options.cache, "val")


def colors_to_measure(recipe: ColorRecipe, options: Options) -> Photos:
    """The photos of the val split that a colorizer is measured on."""
    squash = recipe.squash
    photos = colorizer.photos_to_measure(options.data, options.cache, squash=squash)
    return photos.every(options.stride)


def parameters_of(network: nn.Module) -> int:
    """How many numbers a network has learned."""
    return sum(weights.numel() for weights in network.parameters())


def result_of(name: str, recipe: Recipe, file: Path) -> SystemResult | SegmenterResult:
    """One entry of the tables, from what a weight file tells of itself."""
    origin = described(file)
    if isinstance(recipe, MaskRecipe):
        return segmenter_from({"recipe": name, "title": recipe.title, "figures": origin.figures})
    return SystemResult(
        recipe=name,
        title=recipe.title,
        preset="paper" if recipe.squash else "laptop",
        start=recipe.start,
        # What ships may be of an earlier recipe.
        parameters=parameters_of(GENERATORS[origin.recipe["generator"]]()),
        figures=figures_from(origin.figures),
        history=Path(f"{name}.csv"),
        **origin.effort,
    )


def device_name() -> str:
    """What trains here, in words."""
    device = best_device()
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"{processor()}, {threads} thread{'s' if threads > 1 else ''}"


def processor() -> str:
    """The processor's name where the system tells it, else its architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
