"""Small stand-ins for networks, and photos to try them on."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy import ndimage

from selcolor_backend.jobs import colorize
from selcolor_backend.models.predictions import Decisions
from selcolor_backend.paint import Layers
from selcolor_backend.plan import Networks, Report, Stage
from selcolor_backend.sketch import LONG_SIDE, Sketch
from selcolor_protocol.messages import Colorize
from selcolor_protocol.options import ColorizeOptions
from selcolor_protocol.raster import Raster


class WarmColorizer:
    """One warm color everywhere. Remembers what it saw."""

    name = "warm"
    device = "cpu"
    classes = ()
    takes_hints = False

    def __init__(self) -> None:
        self.seen: list[Sketch] = []

    def predict(self, sketch: Sketch) -> torch.Tensor:
        self.seen.append(sketch)
        return torch.tensor([18.0, 24.0]).view(2, 1, 1).expand(2, 7, 9)


class MiddleSegmenter:
    """The subject is the middle of the picture, or nothing."""

    name = "middle"
    device = "cpu"
    classes = ("background", "person", "dog")
    sees = LONG_SIDE

    def __init__(self, finds: bool = True) -> None:
        self.finds = finds
        self.calls = 0

    def predict(self, sketch: Sketch) -> torch.Tensor:
        self.calls += 1
        self.seen = (sketch.height, sketch.width)
        probabilities = torch.zeros(3, 12, 12)
        probabilities[0] = 1.0
        if self.finds:
            probabilities[:, 3:9, 3:9] = torch.tensor([0.05, 0.95, 0.0]).view(3, 1, 1)
        return probabilities


def networks(
    colorizer: WarmColorizer | None = None,
    segmenter: MiddleSegmenter | None = None,
    decisions: Decisions | None = None,
) -> Networks:
    """The networks of one job."""
    return Networks(
        colorizer or WarmColorizer(),  # type: ignore[arg-type]
        segmenter or MiddleSegmenter(),  # type: ignore[arg-type]
        decisions or Decisions(),
    )


def quiet(_stage: Stage, _share: float) -> None:
    """Tell nobody."""


def run(
    photo: Raster,
    options: ColorizeOptions | None = None,
    used: Networks | None = None,
    report: Report = quiet,
    **given: Any,
) -> Layers:
    """Colorize a photo."""
    request = Colorize("", 1, options or ColorizeOptions(), photo, **given)
    return colorize(request, used or networks(), report)


def smooth_picture(count: int, height: int = 60, width: int = 72) -> np.ndarray:
    """A picture without edges, `[height, width, count]` in [0.15, 0.85]."""
    noise = np.random.default_rng(4).random((height, width, count))
    smooth = ndimage.gaussian_filter(noise, (4, 4, 0))
    return 0.15 + 0.7 * (smooth - smooth.min()) / np.ptp(smooth)


def drawn_sketch(height: int, width: int) -> Sketch:
    return Sketch(torch.rand(3, height, width), torch.rand(height, width) * 100)
