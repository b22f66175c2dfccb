"""What a manifest says of one photo."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Any

from selcolor_backend.archive.files import DISK, FileFact


class State(str, Enum):
    """How far a photo is."""

    BEGUN = "begun"
    """Somebody works on it, or was killed at it."""

    READY = "ready"
    """Its files are complete and are being given their names."""

    DONE = "done"
    FAILED = "failed"
    """Set aside with a reason, until it changes or --retry-failed asks for it."""


@dataclass(frozen=True)
class Look:
    """A photo and its results at a glance, for the report.

    Attributes:
        before: a small JPEG.
        colorized: the same, of the whole photo in color.
        blended: the same, of the result.
    """

    before: bytes
    colorized: bytes
    blended: bytes


@dataclass(frozen=True)
class Entry:
    """One photo.

    Attributes:
        photo: its place in the archive, with `/`.
        source: its path or address when it was last looked at.
        state: how far it is.
        stamp: size and times of its file, by which most changes are seen without reading it.
        sha256: of its file; empty as long as nobody has read it.
        settings: what decides on its results, as JSON: what was chosen, and digests of all else.
        folder: where its results are, seen from the folder of all results.
        stem: with which their names begin.
        files: its results.
        earlier: results of an earlier run that may still be there while new ones are made.
        networks: those that were used, each as `NAME sha256:DIGEST`.
        device: where the colorizer ran.
        seconds: from reading to the last file.
        notes: codes of what a user should know.
        error: the code of what went wrong.
        sentence: what went wrong, for people.
        hint: what to do about it.
        width: pixels in a row.
        height: rows.
        subject: the class of what was found.
        mask_share: of the picture that gets color, 0 to 1.
        colorfulness: mean chroma where the mask is, in Lab's units.
        raggedness: how much longer the mask's outline is than a smooth one; 0 is smooth.
        runs: how often its results have been made.
        changed: when its state last changed, as ISO 8601 has it.
        host: the machine that did it.
    """

    photo: str
    source: str
    state: State
    stamp: str = ""
    sha256: str = ""
    settings: str = ""
    folder: str = ""
    stem: str = ""
    files: tuple[FileFact, ...] = ()
    earlier: tuple[FileFact, ...] = ()
    networks: tuple[str, ...] = ()
    device: str = ""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    error: str = ""
    sentence: str = ""
    hint: str = ""
    width: int = 0
    height: int = 0
    subject: str = ""
    mask_share: float = 0.0
    colorfulness: float = 0.0
    raggedness: float = 0.0
    runs: int = 0
    changed: str = ""
    host: str = ""
    look: Look | None = field(default=None, compare=False, repr=False)

    def has_its_files(self, out: Path) -> bool:
        """Whether all of its results are there, as they were written.

        Args:
            out: the folder of all results, on a disk.
        """
        return bool(self.files) and DISK.have(self.files, out / self.folder)


def now() -> str:
    """When an entry changes."""
    return datetime.now(timezone.utc).isoformat()


def values_of(entry: Entry) -> dict[str, Any]:
    """An entry without its look, as a row of a table or JSON can hold it."""
    told = {each.name: getattr(entry, each.name) for each in fields(entry) if each.name != "look"}
    return told | {
        "state": entry.state.value,
        "files": _files_as_json(entry.files),
        "earlier": _files_as_json(entry.earlier),
        "networks": json.dumps(entry.networks),
        "notes": json.dumps(entry.notes),
    }


def entry_from(values: Mapping[str, Any]) -> Entry:
    """Back from there."""
    return Entry(
        **dict(values)
        | {
            "state": State(values["state"]),
            "files": _files_from_json(values["files"]),
            "earlier": _files_from_json(values["earlier"]),
            "networks": tuple(json.loads(values["networks"])),
            "notes": tuple(json.loads(values["notes"])),
        }
    )


def _files_as_json(files: Iterable[FileFact]) -> str:
    return json.dumps([[file.name, file.bytes, file.tag] for file in files])


def _files_from_json(text: str) -> tuple[FileFact, ...]:
    return tuple(FileFact(name, size, str(tag)) for name, size, tag in json.loads(text))
