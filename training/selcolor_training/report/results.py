"""`selcolor-train table`: trains what is not trained yet, then writes the page and its pictures.

What was measured lies in `training/results/` as JSON and CSV, so that the page can be written anew,
and so that laptop and paper size stand on it together, whichever was trained last.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from selcolor_backend.models.registry import find_model, installed_path
from selcolor_training.color_figures import shown
from selcolor_training.color_meter import ColorFigures, ColorMeter
from selcolor_training.colorizer import central_squares, photos_to_measure, predict, split_lab
from selcolor_training.data import data_digest
from selcolor_training.export import described
from selcolor_training.journal import read_history
from selcolor_training.recipe import load_recipe
from selcolor_training.report import curves, grids, table
from selcolor_training.report.entries import (
    Picture,
    Results,
    SegmenterResult,
    SystemResult,
    segmenter_from,
    system_from,
)
from selcolor_training.systems import device_of
from selcolor_training.training import Options, load_network, result_of, train

SYSTEMS = ("unet-resnet18", "unet-vit-discriminator", "vit-gan", "vit-lsgan")
"""The paper's systems, in its order."""

SHIPPED = ("vit-lsgan-lite",)
SEGMENTERS = ("foreground-lite",)
GRID_PHOTOS = 8
"""Val photos in a grid of the build folder."""


def recipes_of(preset: str) -> list[str]:
    """The four recipes of a preset, `laptop` or `paper`."""
    return [f"{name}-laptop" if preset == "laptop" else name for name in SYSTEMS]


def write_results(preset: str | None, options: Options, out: Path) -> Path:
    """Train and measure the four systems of a preset, unless that is done, and write the page.

    Args:
        preset: `laptop` or `paper`; None writes the page from what was measured before.
        options: data and build folder.
        out: folder for RESULTS.md, `results/` and `figures/`.

    Returns:
        RESULTS.md.
    """
    for name in (*SHIPPED, *SEGMENTERS):
        write_result(name, installed_path(find_model(name)), out / "results")
    for name in recipes_of(preset) if preset else []:
        if not (options.build / name / f"{name}.json").exists():
            train(name, load_recipe(name), options)
        keep_result(name, options.build / name, out / "results")
        draw_grids(name, options, out / "figures")
    command = "selcolor-train table --preset laptop|paper --data DATA"
    results = Results(
        command,
        data_digest(options.data),
        tuple(kept_systems(out / "results")),
        tuple(kept_segmenters(out / "results")),
        tuple(draw_curves(out)),
        gray_figures(options),
    )
    return table.write(results, out / "RESULTS.md")


def gray_figures(options: Options) -> ColorFigures:
    """The figures of pictures without any color: what any colorizer must beat."""
    meter = ColorMeter()
    photos = photos_to_measure(options.data, options.cache)
    for luminance, truth in central_squares(photos, torch.device("cpu")):
        meter.add((luminance + 1) * 50, torch.zeros_like(truth), truth)
    return meter.figures()


def write_result(name: str, file: Path, folder: Path) -> None:
    """Write what a shipped weight file tells of itself, if it does, to where results are kept."""
    if not file.exists() or not described(file).effort:
        return
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(result_of(name, load_recipe(name), file)), indent=2, default=str)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def keep_result(name: str, build: Path, folder: Path) -> None:
    """Copy a training's figures and curves to where they are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(build / f"{name}.json", folder)
    if (build / "history.csv").exists():
        shutil.copy(build / "history.csv", folder / f"{name}.csv")


def kept_systems(folder: Path) -> Iterator[SystemResult]:
    """Every colorizer that was measured: laptop size, paper size, shipped."""
    for name in (*recipes_of("laptop"), *recipes_of("paper"), *SHIPPED):
        file = folder / f"{name}.json"
        if file.exists():
            yield system_from(json.loads(file.read_text(encoding="utf-8")))


def kept_segmenters(folder: Path) -> Iterator[SegmenterResult]:
    """Every segmenter that was measured."""
    for name in SEGMENTERS:
        file = folder / f"{name}.json"
        if file.exists():
            yield segmenter_from(json.loads(file.read_text(encoding="utf-8")))


def draw_curves(out: Path) -> Iterator[Picture]:
    """Draw the learning curves of all that is kept; yields what the page shows."""
    histories = {}
    for result in kept_systems(out / "results"):
        history = read_history(out / "results" / f"{result.recipe}.csv")
        if history:
            histories[f"{result.title}, {result.preset}"] = history
            file = curves.draw_system(
                result.title, history, out / "figures" / f"curves-{result.recipe}.png"
            )
            yield Picture(f"Learning curves: {result.recipe}", f"figures/{file.name}")
        grid = out / "figures" / f"grid-{result.recipe}.jpg"
        if grid.exists():
            yield Picture(f"Input, prediction, truth: {result.recipe}", f"figures/{grid.name}")
    if histories:
        curves.draw_comparison(histories, out / "figures" / "curves.png")
        yield Picture("Validation while training", "figures/curves.png")


def draw_grids(name: str, options: Options, figures: Path) -> None:
    """Draw what a system does: with scikit-image's photos to show, with val photos to look at."""
    network = load_network(load_recipe(name), options.build / name / f"{name}.safetensors")
    grids.write_sample_grid(lambda rgb: colorized(network, rgb), figures / f"grid-{name}.jpg")
    photos = photos_to_measure(options.data, options.cache)
    chosen = range(0, len(photos), max(len(photos) // GRID_PHOTOS, 1))[:GRID_PHOTOS]
    squares = [grids.square(grids.to_picture(photos.picture(number))) for number in chosen]
    grid = grids.figure_grid(squares, lambda rgb: colorized(network, rgb))
    grids.save(grid, options.build / name / "grid.jpg")


@torch.inference_mode()
def colorized(network: nn.Module, rgb: Tensor) -> Tensor:
    """Color a picture by its luminance; RGB, uint8 `[3, H, W]`, sides multiples of 32."""
    luminance, _ = split_lab(rgb.unsqueeze(0).float().to(device_of(network)) / 255)
    picture = shown((luminance + 1) * 50, predict(network, luminance))
    return picture.squeeze(0).cpu().mul(255).round().to(torch.uint8)
