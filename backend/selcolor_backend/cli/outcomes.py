"""What became of each photo, told to a person or to a script."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from selcolor_protocol.errors import FileError, SelectiveColorizeError
from selcolor_protocol.notes import Note


@dataclass(frozen=True)
class Outcome:
    """What became of one photo: its files, or the error that stopped it."""

    photo: Path
    files: tuple[Path, ...] = ()
    model: str = ""
    device: str = ""
    notes: tuple[Note, ...] = ()
    error: SelectiveColorizeError | None = None
    made: dict[str, object] | None = None
    is_skipped: bool = False


def refused_by_system(photo: Path, error: OSError) -> FileError:
    """The error of a photo that something in the system stopped."""
    return FileError(
        f"{photo} was not colored, because the system refused what was needed "
        f"({error.strerror or error}); it is untouched.",
        "Try again; if it happens again, `selcolor doctor` may tell more.",
    )


def stream_for(outcome: Outcome) -> TextIO:
    """Where an outcome is printed: errors go to standard error."""
    return sys.stderr if outcome.error is not None else sys.stdout


def describe(outcome: Outcome) -> str:
    """What was written and how, or what went wrong and what to do."""
    error = outcome.error
    if outcome.is_skipped:
        return f"{outcome.photo}: skipped, its results are there"
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
    if outcome.is_skipped:
        return record | {"skipped": True, "files": [str(path) for path in outcome.files]}
    return record | {
        "files": [str(path) for path in outcome.files],
        "model": outcome.model,
        "device": outcome.device,
        "notes": [{"code": note.value, "sentence": note.sentence} for note in outcome.notes],
        "made": outcome.made,
    }
