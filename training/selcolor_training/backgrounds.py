"""Photos of `../shared/data` that show no subject: landscapes, skies, rooms, walls, textures.

Their names were collected by looking at the scenes (`training/backgrounds.csv`). Those of the train
split teach that there may be nothing to find; 50 others are held out to measure it.
"""

from __future__ import annotations

import csv
from pathlib import Path

from selcolor_training.data import MANIFEST, Photo, load_photos, manifest_rows
from selcolor_training.recipe import packaged

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


def background_photos(data: Path, use: str) -> list[Photo]:
    """Decode the photos without a subject; none where `data` has none of them.

    Args:
        data: the data folder.
        use: TRAIN or HELD_OUT.
    """
    if not (data / MANIFEST).is_file():
        return []
    here = {row.image for row in manifest_rows(data)}
    wanted = {split: names & here for split, names in background_names(use).items()}
    return [
        photo
        for split, names in wanted.items()
        if names
        for photo in load_photos(data, split, masked=False, names=names)
    ]
