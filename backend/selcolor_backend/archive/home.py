"""Where a batch has its manifest and its report: in the folder of results, if that is on a disk.

SQLite needs a disk. For results in a store the manifest is in a folder of this machine while it is
written, and the store gets copies: when a batch begins and ends, and from time to time. Another
machine goes on from there, with the notes of what came later.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from selcolor_backend.archive import manifest, notes, stores
from selcolor_backend.archive.addresses import is_stored, key_of, name_of, scheme_of
from selcolor_backend.archive.files import FileFact
from selcolor_backend.archive.manifest import FOLDER, NAME, SUFFIX
from selcolor_backend.cli.staging import staging_folder
from selcolor_backend.folders import archives_folder
from selcolor_protocol.errors import CannotWrite

KEEP_SECONDS = 60.0
"""The shortest time between two copies."""

KEEP_SHARE = 20
"""Copies take at most one part of so many of the time."""


class Home:
    """The folder with manifest and report of an archive.

    Attributes:
        folder: on a disk of this machine.
    """

    def __init__(self, out: Path) -> None:
        """Know where it is.

        Args:
            out: the folder of all results.
        """
        self.folder = archives_folder() / scheme_of(out) / key_of(out) if is_stored(out) else out
        self._out = out
        self._seen: dict[str, FileFact] = {}
        self._due = 0.0

    def fetch(self, own: Path | None = None) -> None:
        """Bring the manifests from the store, and take over what they know later.

        Args:
            own: one that is held already; what another process of this machine holds is the latest.

        Raises:
            FileError: the store cannot be asked.
        """
        if not is_stored(self._out):
            return
        for name, fact in list(stores.walk(self._out / FOLDER)):
            path = self.folder / FOLDER / name
            if not (name.startswith(NAME) and name.endswith(SUFFIX)):
                continue
            if path == own:
                self._adopt(path, fact)
            else:
                with suppress(CannotWrite), manifest.held(path):
                    self._adopt(path, fact)

    def check(self) -> None:
        """Make sure that there is a manifest.

        Raises:
            FileError: there is none.
        """
        if not list((self.folder / FOLDER).glob(f"{NAME}*{SUFFIX}")):
            raise manifest.no_manifest(self.called(self.folder))

    def _adopt(self, path: Path, fact: FileFact) -> None:
        """Take over what a manifest in the store knows later than ours."""
        with staging_folder(path.parent) as staging:
            copy = staging / path.name
            stores.fetch(self._out / FOLDER / path.name, copy)
            with manifest.opened(path) as ours, manifest.opened(copy) as theirs:
                ours.adopt(theirs)
        self._seen[path.name] = fact

    def keep(self, path: Path) -> None:
        """Bring a manifest to the store, if it is time; raises as `keep_now`.

        Args:
            path: the manifest, with no change under way.
        """
        if time.monotonic() >= self._due:
            self.keep_now(path)

    def keep_now(self, path: Path) -> None:
        """Bring a manifest to the store, and take away the notes that it makes needless.

        Raises:
            FileError: the store cannot be written.
        """
        if not is_stored(self._out):
            return
        began, place = time.monotonic(), self._out / FOLDER / path.name
        theirs = stores.fact(place)
        if theirs is not None and theirs != self._seen.get(path.name):
            self._adopt(path, theirs)
        with manifest.opened(path) as ours:
            needless = notes.kept_notes(self._out, ours.photos_done())
        self._seen[path.name] = stores.put(path, place)
        for note in needless:
            stores.remove(note)
        self._due = time.monotonic() + max(KEEP_SECONDS, KEEP_SHARE * (time.monotonic() - began))

    def publish(self, file: Path) -> str:
        """Bring a file of this folder to where the results are; returns how people call it.

        Raises:
            FileError: the store cannot be written.
        """
        place = self._place(file)
        if is_stored(place):
            stores.put(file, place)
        return self.called(file)

    def withdraw(self, file: Path) -> None:
        """Take away what is not in this folder any more.

        Raises:
            FileError: the store cannot be written.
        """
        place = self._place(file)
        if is_stored(place):
            stores.remove(place)

    def called(self, file: Path) -> str:
        """How people call a file of this folder."""
        place = self._place(file)
        return name_of(place) if is_stored(place) else str(file)

    def _place(self, file: Path) -> Path:
        return self._out / file.relative_to(self.folder)
