"""The entry point: parses, runs one subcommand, and turns errors into two lines and a status."""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import Any

from selcolor_backend.version import VERSION
from selcolor_protocol.errors import DaemonAlreadyRunning, FileError, SelectiveColorizeError
from selcolor_protocol.launch import EXIT_ALREADY_RUNNING

MODULES = {
    "colorize": "colorize",
    "batch": "batch",
    "blend": "blend",
    "hints": "hints",
    "daemon": "daemon",
    "status": "daemon",
    "stop": "daemon",
    "logs": "logs",
    "diagnostics": "diagnostics",
    "models": "models",
    "doctor": "doctor",
}
"""In which module each of our own commands is."""

COMMANDS_GROUP = "selcolor.commands"
"""Entry points of further commands: modules with `add_parsers`, such as the installer's."""

EXIT_FAILED = 1
ENDING_SIGNALS = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that the platform has of them."""

EXAMPLES = """\
examples:
  selcolor colorize portrait.jpg -o out/                color the main subject
  selcolor colorize *.tif -o out/ --color person        color people only
  selcolor blend portrait.jpg out/portrait-colorized.png out/portrait-mask.png -o final.png
                                                        blend anew after editing the mask
  selcolor batch scans/ colored/                        color an archive; again to go on
  selcolor hints portrait.jpg -o hints.png              begin a picture to paint known colors on
  selcolor colorize portrait.jpg -o out/ --hints hints.png
                                                        color with these colors
  selcolor doctor                                       what runs where, what is missing

exit status: 0 when all went well, 1 on an error (one photo that failed is enough), 2 for wrong
arguments, 3 when a daemon runs already, 130 on Ctrl+C, 128 plus its number on another signal. For
a name that begins with a dash, write ./-name.jpg.
"""


def build_parser(modules: Iterable[Any]) -> argparse.ArgumentParser:
    """The command line, as far as some modules know it.

    Args:
        modules: each has `add_parsers`.
    """
    parser = argparse.ArgumentParser(
        prog="selcolor",
        description="Believable color for one subject of a black-and-white photo.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"selcolor {VERSION}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in modules:
        module.add_parsers(commands)
    return parser


def modules_for(arguments: Sequence[str]) -> Iterator[Any]:
    """The modules that a command line needs: that of its command, or all of them.

    To import all takes longer than to color a small photo.
    """
    command = next((word for word in arguments if not word.startswith("-")), "")
    names = [MODULES[command]] if command in MODULES else list(dict.fromkeys(MODULES.values()))
    for name in names:
        yield import_module(f"selcolor_backend.cli.{name}")
    if command not in MODULES:
        from importlib.metadata import entry_points

        for point in sorted(entry_points(group=COMMANDS_GROUP)):
            yield point.load()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 when all went well, 1 on an error, 3 when a daemon runs already, 130 on Ctrl+C, 128 and
        the signal's number when a signal ends it.
    """
    given = sys.argv[1:] if arguments is None else arguments
    print_anything()
    chosen = argparse.Namespace()
    try:
        build_parser(modules_for(given)).parse_args(given, chosen)
        with ended_in_order():
            status: int = chosen.run(chosen)
        sys.stdout.flush()
    except SelectiveColorizeError as error:
        show_error(error, as_json=getattr(chosen, "json", "--json" in given))
        return EXIT_ALREADY_RUNNING if isinstance(error, DaemonAlreadyRunning) else EXIT_FAILED
    except KeyboardInterrupt as interrupt:
        print(
            "Interrupted. Finished photos are kept, nothing half-written was left.", file=sys.stderr
        )
        return 128 + (interrupt.number if isinstance(interrupt, Ended) else signal.SIGINT)
    except OSError as error:
        if isinstance(sys.stdout, Output) and error is sys.stdout.failure:
            return give_up_output(error)
        show_error(refusal_of_system(error), as_json=getattr(chosen, "json", "--json" in given))
        return EXIT_FAILED
    return status


class Ended(KeyboardInterrupt):
    """A signal asks this process to end, as Ctrl+C does."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Leave nothing behind when the terminal is closed or the process is told to end."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise Ended(number)

    numbers = [getattr(signal, name) for name in ENDING_SIGNALS if hasattr(signal, name)]
    # A signal that whoever started this process has it ignore, as nohup does, stays ignored.
    heard = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in heard:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, signal.SIG_DFL)


class Output(io.TextIOWrapper):
    """Standard output that remembers why it cannot be written.

    Attributes:
        failure: the error; None as long as there was none.
    """

    failure: OSError | None = None

    def write(self, text: str, /) -> int:
        """Write as usual."""
        with self._remembered():
            return super().write(text)

    def flush(self) -> None:
        """Flush as usual."""
        with self._remembered():
            super().flush()

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.failure = error
            raise


def print_anything() -> None:
    """Print file names in any language, even to a terminal that lacks their letters."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    usual = sys.stdout
    if type(usual) is io.TextIOWrapper:  # not one that somebody put in its place
        encoding, errors, by_line = usual.encoding, usual.errors, usual.line_buffering
        sys.stdout = Output(usual.detach(), encoding, errors, line_buffering=by_line)


def refusal_of_system(error: OSError) -> SelectiveColorizeError:
    """What a person is told of something that the system refused and that nobody expected."""
    place = f": {error.filename}" if error.filename else ""
    return FileError(
        f"The system refused what was needed ({error.strerror or error}){place}.",
        "Files that were reported before are complete. `selcolor doctor` may tell more.",
    )


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
