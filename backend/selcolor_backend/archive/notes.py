"""Notes of single photos in a store, beside their results: what any machine can go on from.

A manifest in a store can only be replaced whole, so that it always lags behind. Before results get
their places there, a note tells of them with their digests; once they have, with their facts. It is
taken away when the manifest in the store has caught up.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from selcolor_backend.archive import stores
from selcolor_backend.archive.entry import Entry, Look, entry_from, values_of
from selcolor_backend.archive.manifest import FOLDER

NOTES = "notes"


def note_path(out: Path, photo: str) -> Path:
    """Where the note of a photo is.

    Args:
        out: the folder of all results.
        photo: its place in the archive.
    """
    digest = hashlib.sha256(photo.encode("utf-8", "surrogateescape")).hexdigest()
    return out / FOLDER / NOTES / f"{digest[:32]}.json"


def write_note(out: Path, entry: Entry) -> None:
    """Note an entry; raises FileError where the store cannot be written."""
    look = entry.look
    pictures = {} if look is None else {name: _text(data) for name, data in vars(look).items()}
    stores.write(json.dumps(values_of(entry) | {"look": pictures}), note_path(out, entry.photo))


def read_note(out: Path, photo: str) -> Entry | None:
    """What is noted of a photo; None where nothing is, or nothing that can be understood."""
    text = stores.read(note_path(out, photo))
    try:
        return None if text is None else _entry_of(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _entry_of(told: dict[str, Any]) -> Entry:
    pictures = told.pop("look")
    entry = entry_from(told)
    look = {name: base64.b64decode(text) for name, text in pictures.items()}
    return replace(entry, look=Look(**look) if look else None)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def kept_notes(out: Path, photos: Iterable[str]) -> list[Path]:
    """Which notes there are of some photos."""
    paths = {note_path(out, photo).name for photo in photos}
    folder = out / FOLDER / NOTES
    return [folder / name for name, _ in stores.walk(folder) if name in paths]
