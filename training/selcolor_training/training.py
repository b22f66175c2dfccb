"""One training from recipe to result: build, start, train, measure, export.

What a recipe makes is kept in `build/<recipe>/`: checkpoints, curves, `<recipe>.safetensors` and
`<recipe>.json`, from which the tables are written.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from selcolor_training import colorizer, foreground
from selcolor_training.backgrounds import HELD_OUT, background_photos
from selcolor_training.checks import PRETRAINED, check_recipe
from selcolor_training.data import Photo, data_digest
from selcolor_training.errors import RecipeError
from selcolor_training.export import Origin, current_commit, described, export, load_exported
from selcolor_training.groups import Group, color_groups, mask_groups
from selcolor_training.journal import read_history
from selcolor_training.metrics import ColorFigures
from selcolor_training.recipe import ColorRecipe, MaskRecipe, Recipe, load_recipe, settings_of
from selcolor_training.report.card import write_card
from selcolor_training.report.entries import SegmenterResult, SystemResult, segmenter_from
from selcolor_training.systems import DEFAULT, FROM_NOTHING, GENERATORS, as_used, make_generator
from selcolor_training.trainer import process_state


@dataclass(frozen=True)
class Options:
    """What a training needs beside its recipe.

    Attributes:
        data: photos to learn from and to measure with.
        build: for checkpoints, curves and results; one folder a recipe.
        workers: processes that make samples.
        pretrained: where encoders start: `default`, `none`, or a folder or file.
        start: an exported file of the same network to start from, instead.
    """

    data: Path
    build: Path = Path("build/training")
    workers: int = 1
    pretrained: str = DEFAULT
    start: Path | None = None


def train(name: str, options: Options) -> Path:
    """Train by a recipe, export and measure the result; a run that was stopped goes on.

    Returns:
        The weight file.

    Raises:
        RecipeError: the recipe cannot be followed, or the folder holds a training that was begun
            in another way.
    """
    recipe, folder = load_recipe(name), options.build / name
    check_recipe(name, recipe, options.start is not None)
    origin = Origin(settings_of(recipe), data_digest(options.data), {}, {}, current_commit())
    state = process_state()
    with state.main_process_first():
        claim(folder, origin, options)
    network = make_network(recipe, options)
    if isinstance(recipe, MaskRecipe):
        network = foreground.train_foreground(
            recipe, network, options.data, folder, options.workers
        )
    else:
        network = colorizer.train_colorizer(recipe, network, options.data, folder, options.workers)
    file = folder / f"{name}.safetensors"
    if state.is_main_process:
        effort = whole_effort(folder, options.start)
        finish(name, recipe, export(network, file, replace(origin, effort=effort)), options.data)
    state.wait_for_everyone()
    return file


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
    }
    note = folder / "begun.json"
    if not note.exists():
        folder.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps(begun, indent=2) + "\n", encoding="utf-8")
    elif json.loads(note.read_text(encoding="utf-8")) != begun:
        raise RecipeError(
            f"{folder} holds a training that was begun with another recipe, data or start.",
            "Nothing was changed. Move the folder away, or name another one with --build.",
        )


def finish(name: str, recipe: Recipe, file: Path, data: Path) -> None:
    """Measure what is in the weight file; write the figures into it and beside it, and its card."""
    describe(name, recipe, file, data)
    text = json.dumps(asdict(result_of(name, recipe, file)), indent=2, default=str)
    file.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


def describe(name: str, recipe: Recipe, file: Path, data: Path) -> Path:
    """Measure a weight file, note in it what was measured, and write its card.

    Returns:
        The card.
    """
    network = load_network(recipe, file)
    figures, groups = measure(recipe, network, data), measure_groups(recipe, network, data)
    export(network, file, replace(described(file), figures=figures, groups=groups))
    return write_card(name, file, parameters_of(network), data)


def whole_effort(folder: Path, start: Path | None) -> dict[str, Any]:
    """What a training took, all phases together, from its curves; with what it started from."""
    last = {entry.phase: entry for entry in read_history(folder / "history.csv")}.values()
    before = described(start).effort if start else {}
    return {
        "epochs": round(sum(entry.epoch for entry in last) + before.get("epochs", 0), 2),
        "steps": sum(entry.step for entry in last) + before.get("steps", 0),
        "minutes": round(sum(entry.seconds for entry in last) / 60 + before.get("minutes", 0), 1),
        # What only sets the strength of colors has trained nothing.
        "device": device_name() if last else before.get("device", device_name()),
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
    if options.start:
        load_exported(network, options.start)
    return network


def load_network(recipe: Recipe, file: Path) -> nn.Module:
    """An exported network, ready to predict."""
    network: nn.Module = (
        foreground.make_segmenter(pretrained=False)
        if isinstance(recipe, MaskRecipe)
        else GENERATORS[recipe.generator]()
    )
    load_exported(network, file)
    return network.eval()


def measure(recipe: Recipe, network: nn.Module, data: Path) -> dict[str, Any]:
    """All figures of a network on the val split, as plain values."""
    network = as_used(network, recipe.mirrored)
    if isinstance(recipe, ColorRecipe):
        return asdict(colorizer.measure(network, colorizer.validation_photos(data)))
    results = foreground.measure(network, foreground.validation_photos(data))
    empty: Sequence[Photo] = background_photos(data, HELD_OUT)
    return {
        "masks": [asdict(result) for result in results],
        "pictures_without_subject": len(empty),
        "found_none": foreground.share_without_subject(network, empty) if empty else None,
    }


def measure_groups(recipe: Recipe, network: nn.Module, data: Path) -> list[Group]:
    """How a network does on groups of photos."""
    network = as_used(network, recipe.mirrored)
    masked = foreground.portraits(data)
    if isinstance(recipe, MaskRecipe):
        return mask_groups(network, masked)
    return color_groups(network, colorizer.validation_photos(data), masked)


def parameters_of(network: nn.Module) -> int:
    """How many numbers a network has learned."""
    return sum(weights.numel() for weights in network.parameters())


def result_of(name: str, recipe: Recipe, file: Path) -> SystemResult | SegmenterResult:
    """One entry of the tables, from what a weight file tells of itself."""
    origin = described(file)
    figures = origin.figures
    if isinstance(recipe, MaskRecipe):
        return segmenter_from({"recipe": name, "title": recipe.title, **figures})
    return SystemResult(
        recipe=name,
        title=recipe.title,
        preset="laptop" if "-laptop" in name or "-lite" in name else "paper",
        start=recipe.start,
        parameters=parameters_of(GENERATORS[recipe.generator]()),
        figures=ColorFigures(**figures),
        history=Path(f"{name}.csv"),
        **origin.effort,
    )


def device_name() -> str:
    """What trains here, in words."""
    device = process_state().device
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
