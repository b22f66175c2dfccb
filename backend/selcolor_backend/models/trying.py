"""Tries a network on this machine: does it load, how long does it take, how much memory."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import torch

from selcolor_backend.models.loading import open_model
from selcolor_backend.models.registry import find_model
from selcolor_backend.models.speeds import remember_speed
from selcolor_backend.pixels.color import srgb_to_lab
from selcolor_backend.sketch import Sketch, sketch_size

PHOTO = (3000, 4000)
"""Rows and columns of the photo that is imagined: what it shows makes no difference."""


@dataclass(frozen=True)
class Trial:
    """What one network took.

    Attributes:
        name: of the model.
        device: where it ran.
        loading: seconds until it was ready.
        seconds: of one prediction.
        peak_bytes: the most memory of this process so far; None where the system does not tell.
    """

    name: str
    device: str
    loading: float
    seconds: float
    peak_bytes: int | None


def imagined(height: int, width: int) -> Sketch:
    """A gray sketch of soft noise."""
    noise = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))[:, :1]
    rgb = torch.nn.functional.interpolate(noise, (height, width), mode="bilinear")[0]
    rgb = rgb.expand(3, -1, -1).contiguous()
    return Sketch(rgb, srgb_to_lab(rgb)[0])


def try_model(name: str, device: str | None = None) -> Trial:
    """Load a model and predict once, as for a photo of 12 megapixels; remembers the seconds.

    Raises:
        UnknownModel, ModelNotInstalled, CorruptWeights, InvalidOptions, OutOfMemory: see
            `open_model` and `Predictor.predict`.
        OSError: the figure cannot be kept.
    """
    began = time.perf_counter()
    network = open_model(name, find_model(name).kind, device)
    loaded = time.perf_counter()
    network.predict(imagined(*sketch_size(*PHOTO, network.sees)))
    seconds = time.perf_counter() - loaded
    remember_speed(name, round(seconds, 3))
    return Trial(name, network.device, loaded - began, seconds, peak_bytes())


def peak_bytes() -> int | None:
    """The most memory that this process has had so far."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
