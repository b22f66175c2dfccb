"""Photos of `../shared/data` that show no subject: landscapes, skies, rooms, walls, textures.

Their names were collected by looking at the scenes (`training/backgrounds.csv`). Those of the train
split teach that there may be nothing to find; 50 others are held out to measure it.
"""

from __future__ import annotations

import csv
from pathlib import Path

from selcolor_training.data import MANIFEST, manifest_rows
from selcolor_training.decoding import Layout
from selcolor_training.photos import Photos, open_photos
from selcolor_training.recipe import packaged

SIDE = 208
"""Short side at which they are kept."""

TRAIN = "train"
HELD_OUT = "held out"


def background_names(use: str) -> dict[str, set[str]]:
    """The names of photos without a subject, by split.

    Args:
        use: TRAIN or HELD_OUT.
    """
    names: dict[str, set[str]] = {}
    with packaged("backgrounds.csv").open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["use"] == use:
                names.setdefault(row["split"], set()).add(row["image"])
    return names


def background_photos(data: Path, use: str, split: str, cache: Path) -> Photos | None:
    """The photos without a subject of one split; None where `data` has none of them.

    Args:
        data: the data folder.
        use: TRAIN or HELD_OUT.
        split: TRAIN is of `train`, HELD_OUT of `val` and `eval`.
        cache: folder of the decoded photos.
    """
    if not (data / MANIFEST).is_file():
        return None
    names = background_names(use).get(split, set())
    here = frozenset(row.image for row in manifest_rows(data) if row.split == split) & names
    return open_photos(data, split, Layout(SIDE), cache, here) if here else None
