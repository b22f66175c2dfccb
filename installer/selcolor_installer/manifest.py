"""The manifest: what the installer wrote, so that uninstalling removes that and nothing else.

    {"version": 1, "records": [{"subject": …, "folder": …, "config": …, "paths": […], "made": […]}]}

It lies in the data folder and is written after each step, so that a broken-off installation can be
removed too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from selcolor_installer.standalone.failures import InstallationFailed
from selcolor_plugin.writing import write_atomically
from selcolor_protocol.folders import data_folder

FILE_NAME = "manifest.json"


@dataclass(frozen=True)
class Record:
    """What was written for one editor, or for something else.

    Attributes:
        subject: `Krita`, `GIMP`, `login`, …; with folder and config it tells one from another.
        folder: the editor's user folder, or the one with the files.
        config: the kritarc that was edited, if any.
        paths: files and folders that were written whole.
        made: folders that did not exist before, outermost first.
    """

    subject: str
    folder: Path
    config: Path | None
    paths: tuple[Path, ...]
    made: tuple[Path, ...]


def manifest_path() -> Path:
    """The manifest's path; it need not exist."""
    return data_folder() / FILE_NAME


def read_manifest() -> list[Record]:
    """All records; none without a manifest.

    Raises:
        InstallationFailed: it is not what we wrote.
        OSError: it cannot be read.
    """
    path = manifest_path()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return [_record(**record) for record in content["records"]]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (ValueError, KeyError, TypeError) as error:
        raise InstallationFailed(
            "manifest_unreadable",
            f"The list of installed files, {path}, cannot be read; nothing was changed.",
            "Delete that file and run `selcolor install all`: it is written anew.",
        ) from error


def add_record(record: Record) -> None:
    """Remember what was written; folders made by an earlier installation stay remembered.

    Raises as `read_manifest`, or an OSError when it cannot be written.
    """
    records = read_manifest()
    earlier = [other for other in records if _same(other, record)]
    # The first record also stands for the folders that the manifest itself needs.
    own = missing_folders([manifest_path()])
    made = dict.fromkeys((*own, *(path for other in (*earlier, record) for path in other.made)))
    whole = replace(record, made=tuple(made))
    _write([*(other for other in records if other not in earlier), whole])


def drop_record(record: Record) -> None:
    """Forget what has been removed; a manifest without records is removed, with its folders."""
    left = [other for other in read_manifest() if not _same(other, record)]
    if left:
        _write(left)
    else:
        manifest_path().unlink(missing_ok=True)
        remove_empty(record.made)


def missing_folders(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The folders that would have to be made for these paths, outermost first."""
    missing = {parent for path in paths for parent in path.parents if not parent.exists()}
    return tuple(sorted(missing, key=lambda path: len(path.parts)))


def remove_empty(made: Iterable[Path]) -> None:
    """Remove those of our folders that hold nothing any more, innermost first."""
    for folder in sorted(made, key=lambda path: -len(path.parts)):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _same(one: Record, other: Record) -> bool:
    return replace(one, paths=(), made=()) == replace(other, paths=(), made=())


def _write(records: list[Record]) -> None:
    content = {"version": 1, "records": list(map(asdict, records))}
    write_atomically(manifest_path(), json.dumps(content, indent=2, default=str) + "\n")


def _record(
    subject: str, folder: str, config: str | None, paths: list[str], made: list[str]
) -> Record:
    changed = Path(config) if config else None
    return Record(subject, Path(folder), changed, tuple(map(Path, paths)), tuple(map(Path, made)))
