"""What every decoder gives: a file's samples before they are turned upright, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass

from selcolor_backend.pictures.arrays import Pixels
from selcolor_backend.pictures.metadata import NO_METADATA, Metadata
from selcolor_protocol.notes import Note


@dataclass(frozen=True)
class Decoded:
    """One picture of a file.

    Attributes:
        pixels: `[H, W, C]`, alpha straight, integers over their whole range.
        profile: the ICC profile that says what they mean, if anything does.
        orientation: 1 to 8 as in EXIF.
        notes: what a user should know of how they were read.
        metadata: what else belongs to the photo.
    """

    pixels: Pixels
    profile: bytes | None = None
    orientation: int = 1
    notes: tuple[Note, ...] = ()
    metadata: Metadata = NO_METADATA
