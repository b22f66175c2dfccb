"""`selcolor-train`: train a model by its recipe and export it, or measure an exported file."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import nn

from selcolor_backend.networks.foreground import ForegroundDeepLab
from selcolor_backend.networks.hybrid_vit import HybridViTGenerator
from selcolor_training import colorizer, foreground
from selcolor_training.export import export, load_exported

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SEGMENTERS = frozenset({"foreground-lite"})


def recipes_folder() -> Path:
    """Where the recipes lie: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).parent
    inside = package / "recipes"
    return inside if inside.is_dir() else package.parent / "recipes"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    names = sorted(path.stem for path in recipes_folder().glob("*.toml"))
    arguments = argparse.ArgumentParser(
        prog="selcolor-train",
        description="Train a model by its recipe and export it. A run that was stopped goes on "
        "from its last checkpoint when called again.",
    )
    arguments.add_argument("recipe", choices=names, help="which model")
    arguments.add_argument(
        "--data", type=Path, required=True, help="folder with manifest.csv and tar shards"
    )
    arguments.add_argument(
        "--build", type=Path, default=Path("build/training"), help="for checkpoints"
    )
    arguments.add_argument(
        "--out", type=Path, default=Path("build/weights"), help="for the exported weights"
    )
    arguments.add_argument(
        "--evaluate", action="store_true", help="measure the weights in --out, train nothing"
    )
    return arguments


def train(settings: dict[str, Any], data: Path, build: Path, out: Path) -> Path:
    """Train one model and export it; returns the file."""
    if settings["model"] in SEGMENTERS:
        recipe = foreground.ForegroundRecipe(**settings)
        network = foreground.train_foreground(recipe, data, build)
    else:
        network = colorizer.train_colorizer(colorizer.ColorizerRecipe(**settings), data, build)
    return export(network, settings, data, out)


def evaluate(name: str, data: Path, out: Path) -> dict[str, float]:
    """Figures of an exported file on the val split."""
    weights = out / f"{name}.safetensors"
    network: nn.Module
    if name in SEGMENTERS:
        network = ForegroundDeepLab(len(foreground.CLASSES))
        load_exported(network, weights)
        return foreground.validate(network, foreground.validation_photos(data))
    network = HybridViTGenerator()
    load_exported(network, weights)
    return asdict(colorizer.validate(network, colorizer.validation_photos(data)))


def main() -> None:
    """Train, unless only asked to evaluate; then print the figures of the exported file."""
    chosen = parser().parse_args()
    settings = tomllib.loads((recipes_folder() / f"{chosen.recipe}.toml").read_text())
    if not chosen.evaluate:
        print(train(settings, chosen.data, chosen.build, chosen.out))
    print(json.dumps(evaluate(chosen.recipe, chosen.data, chosen.out)))


if __name__ == "__main__":
    main()
