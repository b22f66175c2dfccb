"""`selcolor-train`: train a model by its recipe and export it."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from selcolor_training.colorizer import ColorizerRecipe, train_colorizer
from selcolor_training.export import export
from selcolor_training.foreground import ForegroundRecipe, train_foreground

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RECIPES = Path(__file__).parent.parent / "recipes"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    recipes = sorted(path.stem for path in RECIPES.glob("*.toml"))
    arguments = argparse.ArgumentParser(prog="selcolor-train", description=__doc__)
    arguments.add_argument("recipe", choices=recipes, help="which model to train")
    arguments.add_argument(
        "--data", type=Path, required=True, help="folder with manifest.csv and shards"
    )
    arguments.add_argument("--build", type=Path, default=Path("build/training"), help="checkpoints")
    arguments.add_argument(
        "--out", type=Path, default=Path("build/weights"), help="exported weights"
    )
    return arguments


def main() -> None:
    """Train and export; a killed run goes on from its last checkpoint when called again."""
    chosen = parser().parse_args()
    settings = tomllib.loads((RECIPES / f"{chosen.recipe}.toml").read_text())
    if chosen.recipe == "foreground-lite":
        network, figures = train_foreground(ForegroundRecipe(**settings), chosen.data, chosen.build)
    else:
        network, measured = train_colorizer(ColorizerRecipe(**settings), chosen.data, chosen.build)
        figures = asdict(measured)
    print(export(network, settings, figures, chosen.data, chosen.out))


if __name__ == "__main__":
    main()
