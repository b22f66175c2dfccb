"""One training from recipe to result: build, start, train, measure, export.

What a recipe makes is kept in `build/<recipe>/`: checkpoints, curves, `<recipe>.safetensors` and
`<recipe>.json`, from which the tables are written.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from torch import nn

from selcolor_training import colorizer, foreground
from selcolor_training.backgrounds import HELD_OUT, background_photos
from selcolor_training.data import Photo, data_digest
from selcolor_training.export import Origin, current_commit, export, load_exported
from selcolor_training.journal import read_history
from selcolor_training.metrics import ColorFigures
from selcolor_training.recipe import ColorRecipe, MaskRecipe, Recipe, load_recipe, settings_of
from selcolor_training.report.table import SystemResult
from selcolor_training.systems import DEFAULT, FROM_NOTHING, GENERATORS, make_generator


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
    """Train by a recipe and export the result; a run that was stopped goes on.

    Returns:
        The weight file.
    """
    recipe, folder = load_recipe(name), options.build / name
    network = make_network(recipe, options)
    if isinstance(recipe, MaskRecipe):
        network = foreground.train_foreground(
            recipe, network, options.data, folder, options.workers
        )
    else:
        network = colorizer.train_colorizer(recipe, network, options.data, folder, options.workers)
    file = folder / f"{name}.safetensors"
    if PartialState().is_main_process:
        figures = measure(recipe, network, options.data)
        origin = Origin(settings_of(recipe), data_digest(options.data), figures, current_commit())
        export(network, file, origin)
        write_result(name, recipe, network, folder, figures)
    return file


def make_network(recipe: Recipe, options: Options) -> nn.Module:
    """Build a recipe's network and start it."""
    torch.manual_seed(recipe.seed)
    pretrained = FROM_NOTHING if options.start else options.pretrained
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
    if isinstance(recipe, ColorRecipe):
        return asdict(colorizer.measure(network, colorizer.validation_photos(data)))
    results = foreground.measure(network, foreground.validation_photos(data))
    empty: Sequence[Photo] = background_photos(data, HELD_OUT)
    return {
        "masks": [asdict(result) for result in results],
        "pictures_without_subject": len(empty),
        "found_none": foreground.share_without_subject(network, empty) if empty else None,
    }


def write_result(
    name: str, recipe: Recipe, network: nn.Module, folder: Path, figures: dict[str, Any]
) -> None:
    """Keep what the tables need: a `SystemResult` for a colorizer, the figures for a segmenter."""
    if isinstance(recipe, ColorRecipe):
        result = asdict(system_result(name, recipe, network, folder, ColorFigures(**figures)))
    else:
        result = {"recipe": name, "title": recipe.title, **figures}
    text = json.dumps(result, indent=2, default=str)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def system_result(
    name: str, recipe: ColorRecipe, network: nn.Module, folder: Path, figures: ColorFigures
) -> SystemResult:
    """One row of the tables."""
    history = read_history(folder / "history.csv")
    last = {entry.phase: entry for entry in history}
    return SystemResult(
        recipe=name,
        title=recipe.title,
        preset="laptop" if name.endswith(("-laptop", "-lite")) else "paper",
        parameters=sum(weights.numel() for weights in network.parameters()),
        epochs=round(sum(entry.epoch for entry in last.values()), 2),
        steps=sum(entry.step for entry in last.values()),
        minutes=round(sum(entry.seconds for entry in last.values()) / 60, 1),
        device=device_name(network),
        figures=figures,
        history=folder / "history.csv",
    )


def device_name(network: nn.Module) -> str:
    """What trained the network, in words."""
    device = colorizer.device_of(network)
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
