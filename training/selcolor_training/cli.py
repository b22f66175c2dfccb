"""`selcolor-train`: train by a recipe, measure, write the paper's tables, look at old photos."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from selcolor_protocol.errors import SelectiveColorizeError

READING = "NAME=VALUE,…"
BUILD = Path("build/training")
CACHE = Path("build/photos")

STOPPED = 130
"""Exit status of a training that was asked to end before its end, as of Ctrl+C."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    arguments = argparse.ArgumentParser(prog="selcolor-train", description=__doc__)
    commands = arguments.add_subparsers(dest="command", required=True)
    add_train(commands.add_parser("train", help="train by a recipe; goes on where it was stopped"))
    add_measure(commands.add_parser("measure", help="measure weights side by side"))
    add_hints(commands.add_parser("hints", help="measure what users gain by painting colors"))
    add_pairs(commands.add_parser("pairs", help="write blind sheets of two weight files"))
    add_card(commands.add_parser("card", help="measure weights, note it in them, write their card"))
    add_table(commands.add_parser("table", help="train the paper's systems, write RESULTS.md"))
    add_historic(commands.add_parser("historic", help="contact sheets of genuine old photos"))
    add_coco(commands.add_parser("coco", help="fetch the paper's photos, fast.ai's COCO sample"))
    add_speed(commands.add_parser("speed", help="count the pictures a second that a recipe trains"))
    return arguments


def add_data(command: argparse.ArgumentParser) -> None:
    """Options of every command that reads photos."""
    command.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder with manifest.csv and tar shards, or any folder or tar file of photos",
    )
    command.add_argument(
        "--cache",
        type=Path,
        default=CACHE,
        help="folder for the decoded photos, several GB (default: %(default)s)",
    )


def add_recipe(command: argparse.ArgumentParser) -> None:
    """Options of every command that follows a recipe."""
    command.add_argument(
        "recipe", metavar="RECIPE", help="one of training/recipes, or a file that ends with .toml"
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a setting, such as optimizer.rate=1e-3; may be given several times",
    )


def add_training(command: argparse.ArgumentParser) -> None:
    """Options of every command that trains."""
    add_data(command)
    command.add_argument(
        "--build", type=Path, default=BUILD, help="for checkpoints, curves and results"
    )
    command.add_argument(
        "--pretrained",
        default="default",
        help="where encoders start: default, none, or a folder or file with the weights",
    )
    command.add_argument(
        "--minutes", type=float, help="train for so long, instead of the recipe's epochs"
    )


def add_train(command: argparse.ArgumentParser) -> None:
    """Options of `train`."""
    add_recipe(command)
    add_training(command)
    command.add_argument(
        "--start", type=Path, help="weights to start from; what does not fit starts anew"
    )


def add_measure(command: argparse.ArgumentParser) -> None:
    """Options of `measure`."""
    command.add_argument(
        "weights", type=Path, nargs="+", help="safetensors files; ratios are to the first"
    )
    add_data(command)
    command.add_argument("--split", default="val", help="val to choose, eval to report")
    command.add_argument(
        "--decode",
        action="append",
        default=[],
        metavar=READING,
        help="read distributions so, instead of as the file says; may be given several times",
    )
    add_stride(command)
    command.add_argument("--json", type=Path, help="write all figures there, too")


def add_stride(command: argparse.ArgumentParser) -> None:
    """How many photos are measured."""
    command.add_argument("--stride", type=int, default=1, help="measure every so many-th photo")


def add_hints(command: argparse.ArgumentParser) -> None:
    """Options of `hints`."""
    command.add_argument("weights", type=Path, help="a safetensors file of a network with hints")
    add_data(command)
    command.add_argument("--split", default="val", help="val to choose, eval to report")
    add_stride(command)
    command.add_argument("--json", type=Path, help="write all figures there, too")
    command.add_argument("--plot", type=Path, help="draw PSNR by the number of hints, a PNG")


def add_pairs(command: argparse.ArgumentParser) -> None:
    """Options of `pairs`."""
    command.add_argument("first", type=Path, help="a safetensors file")
    command.add_argument("second", type=Path, help="another")
    command.add_argument("--data", type=Path, required=True, help="folder with historic and eval")
    command.add_argument("--out", type=Path, default=Path("build/pairs"))
    command.add_argument("--seed", type=int, default=0, help="another one mixes the sides anew")


def add_card(command: argparse.ArgumentParser) -> None:
    """Options of `card`."""
    add_recipe(command)
    command.add_argument("weights", type=Path, help="its safetensors file")
    add_data(command)
    command.add_argument(
        "--decode",
        default="",
        metavar=READING,
        help="from now on a distribution of colors is read so; written into the weights",
    )
    add_stride(command)


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
    command.add_argument("--url", default="", help="a mirror of the archive")


def add_speed(command: argparse.ArgumentParser) -> None:
    """Options of `speed`."""
    add_recipe(command)
    add_data(command)
    command.add_argument("--steps", type=int, default=10, help="steps that are timed")


def run(chosen: argparse.Namespace) -> int:
    """Do what was asked; returns the exit status."""
    # Before torch is loaded: beside other programs, threads that spin long make each other wait
    # (docs/decisions/007).
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    from selcolor_training import commands

    status: int = getattr(commands, chosen.command)(chosen)
    return status


def main() -> None:
    """Run; what a person can mend is said in a sentence, without a traceback."""
    chosen = parser().parse_args()
    try:
        sys.exit(run(chosen))
    except SelectiveColorizeError as error:
        print(f"selcolor-train: {error.sentence} {error.hint}", file=sys.stderr)
        sys.exit(1)
    except ModuleNotFoundError as error:
        print(
            f"selcolor-train: {error.name} is not installed; training needs more than coloring. "
            "pip install 'selective-colorize[train]'",
            file=sys.stderr,
        )
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from the last checkpoint.", file=sys.stderr)
        sys.exit(STOPPED)


if __name__ == "__main__":
    main()
