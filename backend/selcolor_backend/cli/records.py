"""How a result was made: for its mark, for `--json` and `--sidecar`, and for `--again`."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from selcolor_backend.cli.outputs import Outputs
from selcolor_backend.models.digest import fingerprint_of, weights_digest
from selcolor_backend.models.registry import all_models
from selcolor_backend.pictures.metadata import Metadata
from selcolor_backend.pictures.xmp import Making, marked
from selcolor_backend.version import VERSION
from selcolor_protocol.errors import FileError, UnreadablePicture
from selcolor_protocol.options import Point

PROGRAM = f"Selective Colorize {VERSION}"
NOT_SETTINGS = frozenset(
    ("run", "photos", "out", "overwrite", "json", "skip_existing", "sidecar", "again", "sign")
)
"""What of a command line does not change a picture."""


def settings_of(chosen: argparse.Namespace) -> dict[str, object]:
    """What a user chose, as JSON can hold it; files with their whole paths."""
    return {
        name: _as_json(value)
        for name, value in vars(chosen).items()
        if name not in NOT_SETTINGS and value is not None and value is not False
    }


def _as_json(value: object) -> object:
    if isinstance(value, Point):
        return f"{value.x},{value.y}"
    return str(value.absolute()) if isinstance(value, Path) else value


def networks_of(names: Sequence[str]) -> list[tuple[str, str]]:
    """Networks with the SHA-256 of their weights."""
    return [(name, _digest_of(name)) for name in names if name]


def _digest_of(network: str) -> str:
    """The digest that its weights have to have; empty for a network that nobody knows here."""
    model = all_models().get(network)
    return weights_digest(model) if model else ""


def making(chosen: argparse.Namespace, names: Sequence[str]) -> Making:
    """How a result is being made, now."""
    return Making(PROGRAM, networks_of(names), settings_of(chosen), date_of_now())


def date_of_now() -> str:
    """The date for marks, as ISO 8601 has it.

    SOURCE_DATE_EPOCH, seconds since 1970, stands for now where files have to come out equal
    (reproducible-builds.org).
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.now(timezone.utc)
    if given.isdecimal():
        now = datetime.fromtimestamp(int(given), timezone.utc)
    return now.isoformat(timespec="seconds")


def marked_metadata(metadata: Metadata, made: Making) -> Metadata:
    """The same with the mark that a machine made the colors, as far as it is not there."""
    return replace(metadata, xmp=marked(metadata.xmp, made))


def record_of(photo: Path, made: Making, outputs: Outputs) -> dict[str, object]:
    """What is needed to make a result again."""
    return {
        "program": made.program,
        "photo": str(photo.absolute()),
        "photo_sha256": fingerprint_of(photo).sha256,
        **_digest_of_hints(made.settings),
        "out": str(outputs.folder.absolute()),
        "stem": outputs.stem,
        "networks": [{"name": name, "sha256": sha256} for name, sha256 in made.networks],
        "settings": dict(made.settings),
        "date": made.date,
    }


def _digest_of_hints(settings: Mapping[str, object]) -> dict[str, object]:
    """The digest of the hints that were followed; nothing where there were none."""
    if "hints" not in settings:
        return {}
    return {"hints_sha256": fingerprint_of(Path(str(settings["hints"]))).sha256}


def read_records(path: Path) -> Iterator[Mapping[str, Any]]:
    """The records of a sidecar, or of what `--json` printed; photos that failed have none.

    Raises:
        FileError: the file is not there, or nothing that this program wrote.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        entries = content if isinstance(content, list) else [content]
        records = [entry["made"] for entry in entries if "error" not in entry and "made" in entry]
        complete = all(_is_complete(record) for record in records)
    except OSError as error:
        raise FileError(
            f"{path} cannot be read ({error.strerror}).", "Check the name and the folder."
        ) from error
    except (ValueError, TypeError, KeyError, RecursionError):
        complete, records = False, []
    if not records or not complete:
        raise FileError(
            f"{path} does not say how a result was made.",
            "Name a file that --sidecar wrote, or what --json printed.",
        )
    yield from records


def _is_complete(record: Mapping[str, Any]) -> bool:
    return isinstance(record["photo"], str) and isinstance(record["settings"], dict)


def arguments_of(record: Mapping[str, Any]) -> list[str]:
    """The command line that a record stands for."""
    words = []
    for name, value in record["settings"].items():
        option = "--" + name.replace("_", "-")
        words.append(option if value is True else f"{option}={value}")
    return [*words, "--", record["photo"]]


def check_unchanged(photo: Path, record: Mapping[str, Any]) -> None:
    """Refuse a photo that is not the one of a record, or whose hints are not.

    Raises:
        UnreadablePicture: it has changed.
        OSError: it cannot be read.
    """
    if fingerprint_of(photo).sha256 != record.get("photo_sha256"):
        raise UnreadablePicture(
            f"{photo} has changed since its result was made; nothing was done.",
            "Bring back the photo of that time, or color this one anew without --again.",
        )
    if record.get("hints_sha256") != _digest_of_hints(record["settings"]).get("hints_sha256"):
        raise UnreadablePicture(
            f"The color hints of {photo} have changed since its result was made; nothing was done.",
            "Bring back the hints of that time, or color the photo anew without --again.",
        )


def are_other_networks(record: Mapping[str, Any]) -> bool:
    """Whether the networks of today are not those that made a result."""
    then = record.get("networks", [])
    now = networks_of([str(network.get("name")) for network in then])
    return [(network.get("name"), network.get("sha256")) for network in then] != now
