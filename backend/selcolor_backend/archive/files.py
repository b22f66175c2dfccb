"""What is known of files without reading them, on disks and in object stores.

By such facts a photo that has changed is told from one that has not, and a result of ours from one
that somebody has edited.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from selcolor_backend.archive.addresses import is_stored


@dataclass(frozen=True)
class FileFact:
    """What tells whether a result is still the file that was written.

    Attributes:
        name: in the folder of the results.
        bytes: its size.
        tag: on a disk, when it was written (giving it its name does not change that); in a store,
            its ETag.
    """

    name: str
    bytes: int
    tag: str

    @classmethod
    def of(cls, path: Path) -> FileFact:
        """The facts of a file on a disk; raises OSError where there is none."""
        found = path.stat()
        return cls(path.name, found.st_size, str(found.st_mtime_ns))


@dataclass(frozen=True)
class Files:
    """What is where: on disks as it is now, in stores as it was when they were listed.

    Attributes:
        listed: facts by the paths that stand for addresses.
    """

    listed: Mapping[str, FileFact] = field(default_factory=dict)

    def fact(self, path: Path) -> FileFact | None:
        """The facts of a file; None where there is none."""
        if is_stored(path):
            return self.listed.get(str(path))
        try:
            return FileFact.of(path)
        except OSError:
            return None

    def stamp(self, path: Path) -> str:
        """What changes with a photo; empty where it is not there, which reading it will tell."""
        if is_stored(path):
            fact = self.fact(path)
            return "" if fact is None else f"{fact.bytes}:{fact.tag}"
        try:
            return stamp_of(path)
        except OSError:
            return ""

    def have(self, facts: Iterable[FileFact], folder: Path) -> bool:
        """Whether all files are in a folder, as they were written."""
        return all(self.fact(folder / fact.name) == fact for fact in facts)


DISK = Files()
"""No store is asked."""


def stamp_of(path: Path) -> str:
    """Size and times of a file; ctime, too, as nothing else tells of a copy with an old mtime.

    Raises:
        OSError: it is not there.
    """
    found = os.stat(path)
    return f"{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"
