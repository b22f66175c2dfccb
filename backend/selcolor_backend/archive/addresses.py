"""Addresses in object stores, and the paths that stand for them.

A batch reckons with paths, of photos, of results, of folders. For `s3://bucket/scans/a.jpg` it
reckons with `/s3:/bucket/scans/a.jpg`, at which nothing is ever looked for on the disk.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from selcolor_protocol.errors import InvalidOptions

EXTRAS = {"s3": "s3", "gs": "gcs"}
"""What is understood, each with the extra of our package that it needs."""

_ROOTS = frozenset(f"{scheme}:" for scheme in EXTRAS)
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://(.*)", re.DOTALL)


def path_of(text: str) -> Path:
    """The path that is meant, or the one that stands for an address.

    Raises:
        InvalidOptions: the address is of a kind that is not understood, or none.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return Path(text)
    scheme, place = found.groups()
    if scheme not in EXTRAS:
        raise InvalidOptions(
            f"Addresses that begin with {scheme}:// are not understood.",
            "Use s3:// or gs://, or a folder.",
        )
    parts = place.rstrip("/").split("/")
    if "@" in parts[0]:
        raise InvalidOptions(
            "An address must not hold credentials.",
            "Name only bucket and folder; credentials are taken from where your other programs "
            "have them.",
        )
    if not are_names(parts):
        raise InvalidOptions(
            f"{text} does not name a bucket and a folder in it.",
            f"Write it as {scheme}://bucket/folder.",
        )
    return Path("/", f"{scheme}:", *parts)


def disk_path(text: str) -> Path:
    """A path as it is written on the command line, where no address is understood.

    Raises:
        InvalidOptions: it is an address.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None or os.path.lexists(text):
        return Path(text)
    hint = "Download it first, and name the file."
    if found[1] in EXTRAS:
        hint = (
            "`selcolor batch IN OUT` takes photos from stores and puts results there; other files "
            "are to be copied to this machine first."
        )
    raise InvalidOptions(  # which may hold credentials, and is not repeated
        f"An address ({found[1]}://) stands where a place on this machine is needed.",
        hint,
    )


def are_names(parts: list[str]) -> bool:
    """Whether the parts of an address can be those of a path: none is empty or goes upwards."""
    return not any(part in ("", ".", "..") or "\0" in part for part in parts)


def is_stored(path: Path) -> bool:
    """Whether a path stands for an address."""
    return len(path.parts) > 2 and path.parts[1] in _ROOTS


def scheme_of(path: Path) -> str:
    """`s3` or `gs`, of a path that stands for an address."""
    return path.parts[1].removesuffix(":")


def key_of(path: Path) -> str:
    """Bucket and name, as `bucket/scans/a.jpg`, of a path that stands for an address."""
    return "/".join(path.parts[2:])


def name_of(path: Path) -> str:
    """How people call a photo, a result or a folder: by its address or its whole path."""
    return f"{scheme_of(path)}://{key_of(path)}" if is_stored(path) else str(path.absolute())
