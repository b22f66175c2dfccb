"""`selcolor colorize`: photos in, separate layers out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

from selcolor_backend.cli.outputs import Outputs, refuse_clashes
from selcolor_backend.cli.session import RenewableSession
from selcolor_backend.pictures.reading import read_mask, read_picture
from selcolor_backend.pictures.writing import PictureFormat
from selcolor_protocol.client import Client
from selcolor_protocol.errors import (
    DaemonError,
    InvalidOptions,
    ProtocolError,
    SelectiveColorizeError,
)
from selcolor_protocol.messages import Colorize, Done, Progress
from selcolor_protocol.notes import Note
from selcolor_protocol.options import (
    DEFAULT_COLORIZER,
    DEFAULT_SEGMENTER,
    FEATHER,
    GAIN,
    SATURATION,
    Background,
    ColorizeOptions,
    MaskOptions,
    Subject,
    SubjectKind,
)

DESCRIPTION = """\
Colorize photos and write, for each, STEM-colorized, STEM-mask, STEM-blended and STEM.ora
(all layers in one file, for Krita and GIMP). The photos themselves are never changed.
"""


BAR = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}"


@dataclass(frozen=True)
class Outcome:
    """What became of one photo: its files, or the error that stopped it."""

    photo: Path
    files: tuple[Path, ...] = ()
    model: str = ""
    device: str = ""
    notes: tuple[Note, ...] = ()
    error: SelectiveColorizeError | None = None


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("colorize", help="color photos", description=DESCRIPTION)
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="a picture file")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="DIR", help="for results")
    add_color_options(parser)
    add_mask_options(parser)
    parser.add_argument("--colorizer", default=DEFAULT_COLORIZER, help="default: %(default)s")
    parser.add_argument("--segmenter", default=DEFAULT_SEGMENTER, help="default: %(default)s")
    parser.add_argument(
        "--format",
        choices=[choice.value for choice in PictureFormat],
        default="png",
        help="of the layers (default: png)",
    )
    parser.add_argument(
        "--depth", type=int, choices=(8, 16), help="bits of the layers (default: the photo's)"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace results of an earlier run"
    )
    parser.add_argument("--json", action="store_true", help="print the outcome for scripts")
    parser.set_defaults(run=run)


def add_color_options(parser: argparse.ArgumentParser) -> None:
    """Add what decides on colors and on the subject."""
    parser.add_argument(
        "--gain",
        type=float,
        default=GAIN.default,
        help=f"brighten what the network sees, {GAIN.lowest:g} to {GAIN.highest:g}; "
        "below 1 helps a burnt-out sky (default: 1)",
    )
    parser.add_argument(
        "--saturation",
        type=float,
        default=SATURATION.default,
        help=f"strength of color, {SATURATION.lowest:g} to {SATURATION.highest:g} (default: 1)",
    )
    parser.add_argument(
        "--color",
        default=SubjectKind.MAIN.value,
        metavar="WHAT",
        help="what to color: main (the default), everything, nothing (an empty mask, to paint on), "
        "or classes that the segmenter knows, joined by commas: person, cat, object; with "
        "--segmenter deeplabv3-resnet101 also dog, car, horse and others",
    )
    parser.add_argument("--invert", action="store_true", help="color all but that")


def add_mask_options(parser: argparse.ArgumentParser) -> None:
    """Add what decides on the mask and the background."""
    parser.add_argument(
        "--feather",
        type=float,
        default=FEATHER.default,
        metavar="PX",
        help="width of the mask's soft edge (default: 0)",
    )
    parser.add_argument("--no-refine", action="store_true", help="do not fit the mask to edges")
    parser.add_argument(
        "--background",
        choices=[choice.value for choice in Background],
        default=Background.KEEP.value,
        help="behind the subject: the photo as it is, or gray (default: keep)",
    )
    parser.add_argument(
        "--mask",
        type=Path,
        metavar="FILE",
        help="color where this mask is white, to the pixel; --invert and --feather still apply",
    )


def options_from(chosen: argparse.Namespace) -> ColorizeOptions:
    """The options as the protocol knows them.

    Raises:
        InvalidOptions: one is out of range.
    """
    if chosen.mask is not None and chosen.color != SubjectKind.MAIN.value:
        raise InvalidOptions(
            "--mask and --color exclude each other: the mask says what is colored.",
            "Leave one of them out.",
        )
    refine = not chosen.no_refine and chosen.mask is None
    return ColorizeOptions(
        gain=chosen.gain,
        saturation=chosen.saturation,
        subject=Subject.named(chosen.color),
        invert=chosen.invert,
        mask=MaskOptions(refine=refine, feather=chosen.feather),
        background=Background(chosen.background),
        colorizer=chosen.colorizer,
        segmenter=chosen.segmenter,
    )


def run(chosen: argparse.Namespace) -> int:
    """Color every photo; one that fails does not stop the others."""
    options = options_from(chosen)
    photos = {photo.resolve(): photo for photo in chosen.photos}.values()
    tasks = {photo: outputs_for(photo, chosen, options) for photo in photos}
    refuse_clashes(tasks, chosen.mask)
    was_there = chosen.out.exists()
    outcomes: list[Outcome] = []
    with RenewableSession() as session:
        for photo, outputs in tasks.items():
            outcomes.append(attempt(session, photo, outputs, chosen, options))
            if not chosen.json:
                print(describe(outcomes[-1]), flush=True, file=stream_for(outcomes[-1]))
    if not was_there:
        with suppress(OSError):
            chosen.out.rmdir()
    summarize(outcomes, chosen.json)
    return 1 if any(outcome.error for outcome in outcomes) else 0


def attempt(
    session: RenewableSession,
    photo: Path,
    outputs: Outputs,
    chosen: argparse.Namespace,
    options: ColorizeOptions,
) -> Outcome:
    """Color one photo; an error becomes its outcome, so that the others are still colored."""
    try:
        request = prepare(photo, chosen.mask, options, outputs, chosen.overwrite)
        return color(session.current(), photo, request, outputs, chosen.overwrite)
    except SelectiveColorizeError as error:
        if isinstance(error, (DaemonError, ProtocolError)):
            session.renew()
        return Outcome(photo, error=error)


def outputs_for(photo: Path, chosen: argparse.Namespace, options: ColorizeOptions) -> Outputs:
    """Where a photo's results go."""
    picture_format = PictureFormat(chosen.format)
    return Outputs(chosen.out, photo.stem, picture_format, chosen.depth, options.background)


def prepare(
    photo: Path, mask: Path | None, options: ColorizeOptions, outputs: Outputs, overwrite: bool
) -> Colorize:
    """Read what is needed and make sure that the results can be written.

    Raises:
        FileError: the photo or the mask cannot be read, or the results not be written.
    """
    raster = read_picture(photo)
    size = raster.format
    outputs.check(overwrite)
    given = read_mask(mask, size.width, size.height) if mask is not None else None
    return Colorize("", 0, options, raster, mask=given)


def color(
    session: Client, photo: Path, request: Colorize, outputs: Outputs, overwrite: bool
) -> Outcome:
    """Have one photo colorized and write its layers."""
    with progress_bar(photo.name) as bar:
        job = session.colorize(request)
        try:
            done = session.wait(job, bar)
        except KeyboardInterrupt:
            session.cancel(job)
            raise
    files = outputs.write(request.photo, done, overwrite)
    notes = (*done.notes, *outputs.notes(request.photo))
    return Outcome(photo, tuple(files), used_models(done), done.device, notes)


def used_models(done: Done) -> str:
    """Names of the models that a result came from."""
    return " + ".join(name for name in (done.colorizer, done.segmenter) if name)


class ProgressBar:
    """One photo's bar: its stage as the label, its fraction as the length."""

    def __init__(self, label: str) -> None:
        self._label = label
        # disable=None: no bar where standard error is not a terminal
        self._bar = tqdm(total=100, desc=label, disable=None, leave=False, bar_format=BAR)

    def __call__(self, progress: Progress) -> None:
        """Show how far a job is."""
        self._bar.set_description(f"{self._label}: {progress.stage or progress.state.value}")
        self._bar.update(int(100 * progress.fraction) - self._bar.n)

    def close(self) -> None:
        """Take the bar off the screen."""
        self._bar.close()


@contextmanager
def progress_bar(label: str) -> Iterator[ProgressBar]:
    """A bar that is gone afterwards, whatever happens."""
    bar = ProgressBar(label)
    try:
        yield bar
    finally:
        bar.close()


def stream_for(outcome: Outcome) -> TextIO:
    """Where an outcome is printed: errors go to standard error."""
    return sys.stderr if outcome.error is not None else sys.stdout


def describe(outcome: Outcome) -> str:
    """What was written and how, or what went wrong and what to do."""
    error = outcome.error
    if error is None:
        written = ", ".join(str(path) for path in outcome.files)
        first = f"{outcome.photo}: {written} ({outcome.model} on {outcome.device})"
        return "\n".join([first, *(f"  note: {note.sentence}" for note in outcome.notes)])
    place = "" if outcome.photo.name in error.sentence else f"{outcome.photo}: "
    return f"selcolor: {place}{error.sentence}\n          {error.hint}"


def summarize(outcomes: list[Outcome], as_json: bool) -> None:
    """After the last photo: how many failed, or all as JSON."""
    if as_json:
        print(json.dumps([as_record(outcome) for outcome in outcomes]))
        return
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    if failed and len(outcomes) > 1:
        names = ", ".join(str(outcome.photo) for outcome in failed)
        print(
            f"selcolor: {len(failed)} of {len(outcomes)} photos failed: {names}.", file=sys.stderr
        )


def as_record(outcome: Outcome) -> dict[str, object]:
    """An outcome for `--json`."""
    record: dict[str, object] = {"photo": str(outcome.photo)}
    if outcome.error is not None:
        error = outcome.error
        return record | {
            "error": {"code": error.code, "sentence": error.sentence, "hint": error.hint}
        }
    return record | {
        "files": [str(path) for path in outcome.files],
        "model": outcome.model,
        "device": outcome.device,
        "notes": [{"code": note.value, "sentence": note.sentence} for note in outcome.notes],
    }
