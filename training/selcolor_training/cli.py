"""`selcolor-train`: train by a recipe, measure, write the paper's tables, look at old photos."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_training.coco import COCO_URL, download_coco
from selcolor_training.recipe import load_recipe, recipe_names
from selcolor_training.systems import DEFAULT
from selcolor_training.training import Options, describe, load_network, measure, train

BUILD = Path("build/training")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    arguments = argparse.ArgumentParser(prog="selcolor-train", description=__doc__)
    commands = arguments.add_subparsers(dest="command", required=True)
    add_train(commands.add_parser("train", help="train by a recipe; goes on where it was stopped"))
    add_evaluate(commands.add_parser("evaluate", help="measure weights on the val split"))
    add_card(commands.add_parser("card", help="measure weights, note it in them, write their card"))
    add_table(commands.add_parser("table", help="train the paper's systems, write RESULTS.md"))
    add_historic(commands.add_parser("historic", help="contact sheets of genuine old photos"))
    add_coco(commands.add_parser("coco", help="fetch the paper's photos, fast.ai's COCO sample"))
    return arguments


def add_data(command: argparse.ArgumentParser) -> None:
    """Options of every command that reads photos."""
    command.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder with manifest.csv and tar shards, or any folder or tar file of photos",
    )


def add_training(command: argparse.ArgumentParser) -> None:
    """Options of every command that trains."""
    add_data(command)
    command.add_argument(
        "--build", type=Path, default=BUILD, help="for checkpoints, curves and results"
    )
    command.add_argument(
        "--workers",
        type=int,
        default=max(min((os.cpu_count() or 2) - 1, 8), 1),
        help="processes that prepare samples",
    )
    command.add_argument(
        "--pretrained",
        default=DEFAULT,
        help="where encoders start: default, none, or a folder or file with the weights",
    )


def add_train(command: argparse.ArgumentParser) -> None:
    """Options of `train`."""
    command.add_argument("recipe", choices=recipe_names(), metavar="RECIPE", help="which model")
    add_training(command)
    command.add_argument(
        "--start",
        type=Path,
        help="weights of an earlier training of the same network to start from",
    )


def add_evaluate(command: argparse.ArgumentParser) -> None:
    """Options of `evaluate`."""
    command.add_argument("recipe", choices=recipe_names(), metavar="RECIPE", help="which model")
    command.add_argument("weights", type=Path, help="its safetensors file")
    add_data(command)


def add_card(command: argparse.ArgumentParser) -> None:
    """Options of `card`."""
    add_evaluate(command)


def add_table(command: argparse.ArgumentParser) -> None:
    """Options of `table`."""
    command.add_argument(
        "--preset",
        choices=("laptop", "paper"),
        help="which size to train; without it, the page is written from what was measured before",
    )
    add_training(command)
    command.add_argument(
        "--out", type=Path, default=Path("training"), help="for RESULTS.md and its figures"
    )


def add_historic(command: argparse.ArgumentParser) -> None:
    """Options of `historic`."""
    command.add_argument("--data", type=Path, required=True, help="folder with a split `historic`")
    command.add_argument("--out", type=Path, default=Path("build/historic"))


def add_coco(command: argparse.ArgumentParser) -> None:
    """Options of `coco`."""
    command.add_argument("--out", type=Path, required=True, help="folder for the photos")
    command.add_argument("--url", default=COCO_URL, help="a mirror of the archive")


def options_of(chosen: argparse.Namespace) -> Options:
    """The training options of a command line."""
    return Options(chosen.data, chosen.build, chosen.workers, chosen.pretrained)


def run(chosen: argparse.Namespace) -> None:
    """Do what was asked."""
    if chosen.command == "train":
        print(train(chosen.recipe, replace(options_of(chosen), start=chosen.start)))
    elif chosen.command == "evaluate":
        recipe = load_recipe(chosen.recipe)
        network = load_network(recipe, chosen.weights)
        print(json.dumps(measure(recipe, network, chosen.data), indent=2))
    elif chosen.command == "card":
        print(describe(chosen.recipe, load_recipe(chosen.recipe), chosen.weights, chosen.data))
    elif chosen.command == "table":
        from selcolor_training.report.results import write_results

        print(write_results(chosen.preset, options_of(chosen), chosen.out))
    elif chosen.command == "historic":
        from selcolor_training.report.sheet import make_historic_sheets

        print(*make_historic_sheets(chosen.data, chosen.out), sep="\n")
    else:
        print(download_coco(chosen.out, chosen.url))


def main() -> None:
    """Run; what a person can mend is said in a sentence, without a traceback."""
    chosen = parser().parse_args()
    try:
        run(chosen)
    except SelectiveColorizeError as error:
        print(f"selcolor-train: {error.sentence} {error.hint}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from the last checkpoint.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
