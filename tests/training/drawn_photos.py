"""Photos for tests that need no files: arrays as `photos` makes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from drawn_data import draw_data
from torch import Tensor

from selcolor_training.data import Row
from selcolor_training.decoding import Layout
from selcolor_training.photos import Photos, open_photos


def photos_of(pictures: Sequence[Tensor], masks: Sequence[Tensor] = (), kind: str = "") -> Photos:
    """Photos from pictures, uint8 `[3, H, W]`, and perhaps masks, uint8 `[H, W]`."""
    heights, widths = (
        torch.tensor([picture.shape[side] for picture in pictures]) for side in (1, 2)
    )
    sizes = heights * widths
    return Photos(
        rows=tuple(Row("val", f"drawn/{n}.png", "", kind) for n in range(len(pictures))),
        unusable=("",) * len(pictures),
        starts=sizes.cumsum(0) - sizes,
        heights=heights,
        widths=widths,
        rgb=torch.cat([picture.permute(1, 2, 0).reshape(-1, 3) for picture in pictures]),
        masks=torch.cat([mask.flatten() for mask in masks]) if masks else None,
    )


def drawn_disks(folder: Path, masks: bool = False) -> Photos:
    """The train split of `draw_data`."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "manifest.csv").exists():
        draw_data(folder)
    return open_photos(folder, "train", Layout(64, masks=masks), folder / "cache")
