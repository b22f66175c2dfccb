"""What the process that runs a batch and its workers say to each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from selcolor_backend.archive.entry import Entry
from selcolor_backend.cli.tasks import Task

GO_ON = "Set that right, and give the same command again: it goes on from here."
"""What is said whenever a batch had to be ended."""


@dataclass(frozen=True)
class Work:
    """What is to be done for one photo.

    Attributes:
        number: by which it is told from the others.
        entry: as the manifest has it when the work begins.
        task: the photo and where its results go.
        out: the folder of all results.
        known_sha256: if the file still has this digest, nothing is to be done.
    """

    number: int
    entry: Entry
    task: Task
    out: Path
    known_sha256: str = ""


@dataclass(frozen=True)
class Result:
    """What became of it.

    Attributes:
        entry: as the manifest shall have it.
        is_unchanged: nothing had to be done.
        wants_room: memory ran out; it may succeed when nothing else runs.
        stops: why no other photo could be done either; empty where that is not so.
        trace: of an error that nobody expected, for the log.
    """

    entry: Entry
    is_unchanged: bool = False
    wants_room: bool = False
    stops: str = ""
    trace: str = ""


@dataclass(frozen=True)
class Ready:
    """The files of a photo are complete; the worker waits until it may give them their names."""

    number: int
    entry: Entry


@dataclass(frozen=True)
class Ended:
    """A photo is done, or has failed."""

    number: int
    result: Result


@dataclass(frozen=True)
class GoOn:
    """The manifest knows of the files that are ready."""

    number: int
