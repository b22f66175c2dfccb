"""Digests of weight files: computing them, and remembering those of imported files.

A published file's digest stands in `models.toml`. A file that a user imported has none there, nor
one that was converted from a published file. `FILE.json` beside it keeps what was written; every
later load is checked against that.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from selcolor_backend.models.registry import NO_DIGEST, Model, how_to_install
from selcolor_protocol.errors import CorruptWeights

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Fingerprint:
    """What a file has to be: its size in bytes and its SHA-256 in hex."""

    bytes: int
    sha256: str


def fingerprint_of(path: Path) -> Fingerprint:
    """Measure a file.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return Fingerprint(size, digest.hexdigest())


def record_path(weights: Path) -> Path:
    """Where the fingerprint of an imported file is kept: `FILE.json` beside it."""
    return weights.with_name(weights.name + ".json")


@dataclass(frozen=True)
class Record(Fingerprint):
    """What a file has to be that the registry cannot know.

    Attributes:
        published: the SHA-256 of the published file that it was converted from; NO_DIGEST for one
            that was imported as it is.
    """

    published: str = NO_DIGEST


def write_record(weights: Path, fingerprint: Fingerprint, published: str = NO_DIGEST) -> None:
    """Remember the fingerprint of an imported or converted file."""
    record = asdict(fingerprint) | {"published": published}
    record_path(weights).write_text(json.dumps(record) + "\n", encoding="utf-8")


def read_record(weights: Path) -> Record | None:
    """What `write_record` kept; None when there is nothing readable."""
    try:
        kept = json.loads(record_path(weights).read_text(encoding="utf-8"))
        published = str(kept.get("published", NO_DIGEST))
        return Record(int(kept["bytes"]), str(kept["sha256"]), published)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def weights_digest(model: Model) -> str:
    """The SHA-256 of the published or of the imported file; empty where nothing says it."""
    if model.sha256 != NO_DIGEST:
        return model.sha256
    imported = read_record(model.path)
    return imported.sha256 if imported else ""


def identity_of(model: Model) -> str:
    """The model with its weights' digest, as marks and records name it."""
    return f"{model.name} sha256:{weights_digest(model)}"


def conversion_of(model: Model, weights: Path) -> Fingerprint | None:
    """What a file has to be that was converted from the model's published one; None if it was not.

    A record of another published file does not count: the registry has named a newer one since.
    """
    record = read_record(weights)
    if record is None or not record.published or record.published != model.sha256:
        return None
    return Fingerprint(record.bytes, record.sha256)


def expected_fingerprint(model: Model, weights: Path) -> Fingerprint:
    """What the model's file has to be, by the registry or by the record beside it.

    Raises:
        CorruptWeights: nothing says what the file has to be; it is never loaded unchecked.
    """
    if model.is_converted:
        if converted := conversion_of(model, weights):
            return converted
        raise CorruptWeights(
            f"Nothing vouches for {weights.name}: its record is gone, or of another file. "
            "It was not loaded.",
            how_to_install(model),
        )
    if model.sha256 != NO_DIGEST:
        return Fingerprint(model.bytes, model.sha256)
    if model.embedded:
        raise CorruptWeights(
            f"The registry has no digest for {weights.name}, so it was not loaded.",
            "Run `python -m selcolor_backend.models.seal` in the checkout that has these weights.",
        )
    if recorded := read_record(weights):
        return recorded
    raise CorruptWeights(
        f"Nothing vouches for {weights.name}: it was copied by hand, or its record is gone. "
        "It was not loaded.",
        f"Run `selcolor models get {model.name} --file PATH` to import it.",
    )


def corrupt(model: Model, path: Path) -> CorruptWeights:
    """The error for a file that is not what it has to be."""
    return CorruptWeights(
        f"{path.name} is damaged: its size or SHA-256 is not the recorded one. It was not loaded.",
        how_to_install(model),
    )
