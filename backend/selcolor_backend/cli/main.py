"""The entry point: parses, runs one subcommand, and turns errors into two lines and a status."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points

from selcolor_backend.cli import blend, colorize, daemon, doctor, models
from selcolor_backend.version import VERSION
from selcolor_protocol.errors import DaemonAlreadyRunning, SelectiveColorizeError
from selcolor_protocol.launch import EXIT_ALREADY_RUNNING

COMMANDS_GROUP = "selcolor.commands"
"""Entry points of further commands: modules with `add_parsers`, such as the installer's."""

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130

EXAMPLES = """\
examples:
  selcolor colorize portrait.jpg -o out/                color the main subject
  selcolor colorize *.tif -o out/ --color person        color people only
  selcolor blend portrait.jpg out/portrait-colorized.png out/portrait-mask.png -o final.png
                                                        blend anew after editing the mask
  selcolor doctor                                       what runs where, what is missing

exit status: 0 when all went well, 1 on an error (one photo that failed is enough), 2 for wrong
arguments, 3 when a daemon runs already, 130 on Ctrl+C. For a name that begins with a dash, write
./-name.jpg.
"""


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="selcolor",
        description="Believable color for one subject of a black-and-white photo.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"selcolor {VERSION}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (colorize, blend, daemon, models, doctor):
        command.add_parsers(commands)
    for point in sorted(entry_points(group=COMMANDS_GROUP)):
        point.load().add_parsers(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 when all went well, 1 on an error, 3 when a daemon runs already, 130 on Ctrl+C.
    """
    print_anything()
    chosen = build_parser().parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
        sys.stdout.flush()
    except SelectiveColorizeError as error:
        show_error(error, as_json=getattr(chosen, "json", False))
        return EXIT_ALREADY_RUNNING if isinstance(error, DaemonAlreadyRunning) else EXIT_FAILED
    except KeyboardInterrupt:
        print(
            "Interrupted. Finished photos are kept, nothing half-written was left.", file=sys.stderr
        )
        return EXIT_INTERRUPTED
    except OSError as error:
        return give_up_output(error)
    return status


def print_anything() -> None:
    """Print file names in any language, even to a terminal that lacks their letters."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def give_up_output(error: OSError) -> int:
    """End quietly when nobody reads the output any more, and with a sentence when it is full."""
    # What is still buffered would be written, and fail again, when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):
        print(
            f"selcolor: The output cannot be written ({error.strerror}).\n"
            "          Files that were reported before are complete.",
            file=sys.stderr,
        )
    return EXIT_FAILED


def show_error(error: SelectiveColorizeError, as_json: bool) -> None:
    """Print what happened and what to do, to standard error, or as JSON to standard output."""
    if as_json:
        report = {"error": {"code": error.code, "sentence": error.sentence, "hint": error.hint}}
        print(json.dumps(report))
        return
    print(f"selcolor: {error.sentence}\n          {error.hint}", file=sys.stderr)
