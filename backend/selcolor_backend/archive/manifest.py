"""The manifest: an SQLite file in the folder of the results, one row a photo.

Whoever runs the batch is the only one that writes it; anybody may read it meanwhile. It keeps to
SQLite's plain journal, as the faster one (WAL) does not work on network disks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from pathlib import Path

from filelock import FileLock, Timeout

from selcolor_backend.archive.entry import (
    Entry,
    Look,
    State,
    entry_from,
    values_of,
)
from selcolor_protocol.errors import CannotWrite, FileError

FOLDER = ".selcolor"
"""In the folder of the results: hidden, so that it is never searched for photos."""

NAME = "manifest"
SUFFIX = ".sqlite"
VERSION = 1
PATIENCE = 30.0
"""Seconds to wait for who writes at the moment."""

_COLUMNS = tuple(each.name for each in fields(Entry) if each.name != "look")
_TYPES = {"int": "INTEGER", "float": "REAL"}
_TABLES = f"""
CREATE TABLE IF NOT EXISTS photos (
  {
    ", ".join(
        f"{each.name} {_TYPES.get(str(each.type), 'TEXT')} NOT NULL"
        for each in fields(Entry)
        if each.name != "look"
    )
},
  PRIMARY KEY (photo)
);
CREATE TABLE IF NOT EXISTS looks (
  photo TEXT PRIMARY KEY, before BLOB NOT NULL, colorized BLOB NOT NULL, blended BLOB NOT NULL
);
PRAGMA user_version = {VERSION};
"""
_WRITE = (
    f"INSERT OR REPLACE INTO photos ({', '.join(_COLUMNS)}) "  # noqa: S608
    f"VALUES ({', '.join('?' * len(_COLUMNS))})"
)


class Manifest:
    """One manifest, open; a change is on the disk once `saved` has been left."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def entries(self) -> Iterator[Entry]:
        """Every photo, without its look, in the order of their places."""
        for row in self._database.execute(
            f"SELECT {', '.join(_COLUMNS)} FROM photos ORDER BY photo"  # noqa: S608
        ):
            yield entry_from(dict(zip(_COLUMNS, row, strict=True)))

    def look(self, photo: str) -> Look | None:
        """A photo at a glance; None where nothing was made of it."""
        row = self._database.execute(
            "SELECT before, colorized, blended FROM looks WHERE photo = ?", (photo,)
        ).fetchone()
        return None if row is None else Look(*row)

    def write(self, entry: Entry) -> None:
        """Add an entry, or replace that of the same photo; a look stays until there is another."""
        self._database.execute(_WRITE, tuple(values_of(entry).values()))
        if entry.look is not None:
            look = entry.look
            self._database.execute(
                "INSERT OR REPLACE INTO looks VALUES (?, ?, ?, ?)",
                (entry.photo, look.before, look.colorized, look.blended),
            )

    def adopt(self, other: Manifest) -> None:
        """Take over what another manifest knows later."""
        known = {entry.photo: entry.changed for entry in self.entries()}
        with self.saved():
            for entry in other.entries():
                if entry.changed > known.get(entry.photo, ""):
                    self.write(replace(entry, look=other.look(entry.photo)))

    def photos_done(self) -> list[str]:
        """The places of all photos that are done."""
        query = "SELECT photo FROM photos WHERE state = ?"
        return [photo for (photo,) in self._database.execute(query, (State.DONE.value,))]

    def remove(self, photo: str) -> None:
        """Forget a photo."""
        self._database.execute("DELETE FROM photos WHERE photo = ?", (photo,))
        self._database.execute("DELETE FROM looks WHERE photo = ?", (photo,))

    @contextmanager
    def saved(self) -> Iterator[None]:
        """All changes within are made together, or none.

        Raises:
            CannotWrite: the disk is full, or somebody blocks the file.
        """
        try:
            with self._database:
                yield
        except sqlite3.OperationalError as error:
            raise CannotWrite(
                f"The manifest cannot be written ({error}); finished photos are kept.",
                "Make room or set its permissions right, and give the same command again.",
            ) from error


def manifest_path(out: Path, shard: tuple[int, int] | None = None) -> Path:
    """Where the manifest of a folder of results lies; each shard has its own."""
    name = NAME if shard is None else f"{NAME}-{shard[0]}-of-{shard[1]}"
    return out / FOLDER / f"{name}{SUFFIX}"


def manifests_of(out: Path) -> list[Path]:
    """All manifests of a folder of results.

    Raises:
        FileError: there is none.
    """
    found = sorted((out / FOLDER).glob(f"{NAME}*{SUFFIX}"))
    if not found:
        raise no_manifest(str(out))
    return found


def no_manifest(out: str) -> FileError:
    """The error of a folder that is none of results."""
    return FileError(
        f"No batch has worked in {out}: it has no manifest.",
        "Name the folder of results of a `selcolor batch`.",
    )


@contextmanager
def opened(path: Path) -> Iterator[Manifest]:
    """Open a manifest; it is made where there is none.

    Raises:
        CannotWrite: it can be neither opened nor made.
        FileError: it is none, or was written by a newer version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(path, timeout=PATIENCE)
    except (OSError, sqlite3.OperationalError) as error:
        raise CannotWrite(
            f"The manifest {path} cannot be opened ({error}).", "Choose another folder of results."
        ) from error
    try:
        _prepare(database, path)
        yield Manifest(database)
    finally:
        database.close()


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    try:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version == 0:
            database.executescript(_TABLES)
    except sqlite3.DatabaseError as error:
        raise FileError(
            f"{path} is no manifest that can be used ({error}); it was kept.",
            "Move it away: what lies beside it is taken for results of somebody else then.",
        ) from error
    if version > VERSION:
        raise FileError(
            f"{path} was written by a newer version; it was kept.", "Update Selective Colorize."
        )


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Be the only one that works with a manifest; the system lets go of it when a process dies.

    Raises:
        CannotWrite: somebody else does, or the folder cannot be written.
    """
    lock = FileLock(path.with_suffix(".lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise CannotWrite(
            f"Another `selcolor batch` works with {path}.", "Wait for it, or end it first."
        ) from None
    except OSError as error:
        raise CannotWrite(
            f"Nothing can be written to {path.parent} ({error.strerror}).",
            "Choose another folder of results.",
        ) from error
    try:
        yield
    finally:
        lock.release()


def all_entries(out: Path) -> list[tuple[Path, Entry]]:
    """Every photo of all manifests, each with the manifest that has the latest of it.

    Raises:
        FileError: there is no manifest.
    """
    found: dict[str, tuple[Path, Entry]] = {}
    for path in manifests_of(out):
        with opened(path) as manifest:
            for entry in manifest.entries():
                known = found.get(entry.photo)
                if known is None or entry.changed > known[1].changed:
                    found[entry.photo] = path, entry
    return [found[photo] for photo in sorted(found)]


def merge(out: Path) -> int:
    """Put all shards' manifests into one, and remove them.

    Returns:
        How many photos it has.

    Raises:
        FileError: there is none.
        CannotWrite: somebody still works with one.
    """
    target = manifest_path(out)
    shards = [path for path in manifests_of(out) if path != target]
    with held(target), opened(target) as manifest:
        for shard in shards:
            with held(shard), opened(shard) as part:
                manifest.adopt(part)
            _remove(shard)
        return len(list(manifest.entries()))


def _remove(shard: Path) -> None:
    for path in (shard, shard.with_suffix(".lock")):
        with suppress(FileNotFoundError):
            path.unlink()


def write_all(manifest: Manifest, entries: Iterable[Entry]) -> None:
    """Write entries together."""
    with manifest.saved():
        for entry in entries:
            manifest.write(entry)
