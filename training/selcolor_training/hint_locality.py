"""What one stroke changes: the thing that it is painted on, and what it shall leave alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from selcolor_backend.hints import Hints, follow_hints, spread_system
from selcolor_backend.models.predictor import Predictor
from selcolor_backend.pixels.guided import Lines
from selcolor_backend.plan import fit_chroma
from selcolor_backend.sketch import Sketch
from selcolor_training.hint_systems import colored
from selcolor_training.painters import Scene, innermost, stroke_along
from selcolor_training.photos import Photos

STROKE_CHROMA = 30.0
"""How far a stroke's color is from the predicted one, where locality is measured."""

SUBJECT_SHARE = (0.03, 0.5)
"""Things of these sizes are painted on to measure locality."""

EDGE_STEP = 10.0
"""A step of L in a drawn picture that color may not cross."""

MARGIN = 8
"""Pixels from a drawn edge at which a color has to have stopped: a 128th of the width."""


@dataclass(frozen=True)
class Locality:
    """What one stroke does to the thing that it is painted on, and to everything else.

    Attributes:
        inside: the share of the way to the painted color, mean over the thing.
        outside: the change of a and b, mean over the rest.
    """

    inside: float
    outside: float


@torch.inference_mode()
def measure_locality(
    predictor: Predictor, scene: Scene, thing: Tensor, seed: int
) -> dict[str, Locality]:
    """Paint one stroke on a thing, bool `[h, w]`, in another color than it is predicted in."""
    chance = np.random.default_rng(seed)
    before = fit_chroma(predictor.predict(scene.sketch), scene.sketch.luminance)
    place = torch.from_numpy(stroke_along(thing.numpy()))
    found = before.on(scene.sketch.luminance)
    angle = chance.uniform(0, 2 * math.pi)
    step = STROKE_CHROMA * torch.tensor([math.cos(angle), math.sin(angle)])
    wanted = found[:, place].mean(dim=1) + step
    hints = Hints(wanted[:, None, None] * place, place.float())
    return {
        name: locality_of(ab - found, step, thing)
        for name, ab in colored(predictor, scene, hints, before).items()
    }


def locality_of(change: Tensor, step: Tensor, thing: Tensor) -> Locality:
    """How a change `[2, h, w]` is shared between a thing, bool `[h, w]`, and the rest."""
    way = torch.einsum("chw,c->hw", change, step) / step.square().sum()
    return Locality(float(way[thing].mean()), float(change.norm(dim=0)[~thing].mean()))


def drawn_pictures(width: int = 1024, height: int = 768) -> dict[str, Tensor]:
    """Even shapes, 0 and 1 with soft edges of a pixel, `[h, w]`."""
    down, across = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    radius = torch.hypot(across - 400.0, down - 380.0)
    return {
        "straight edge": (511.4 - across).clamp(0, 1),
        "slanted edge": ((650.0 - across - 0.37 * down) / 1.07 + 0.5).clamp(0, 1),
        "disk": (230.5 - radius).clamp(0, 1),
        "bar": (60.4 - (across - 512.0).abs()).clamp(0, 1),
    }


def measure_edges() -> dict[str, Locality]:
    """Paint on one side of drawn edges; `outside` is the largest change beyond them, 8 px off."""
    found = {}
    for name, shape in drawn_pictures().items():
        level = 50.0 + EDGE_STEP * shape
        even = Lines(torch.zeros(4, *shape.shape))
        sketch = Sketch(torch.zeros(3, *shape.shape), level)
        thing = shape > 0.5
        row, column, depth = innermost(thing.numpy())
        hints = Hints(torch.zeros(2, *shape.shape), torch.zeros_like(shape))
        reach = min(40, int(depth / 2))
        rows, columns = slice(row - 5, row + 5), slice(column - reach, column + reach)
        step = STROKE_CHROMA * torch.tensor([-0.6, 0.8])
        hints.chroma[:, rows, columns] = step[:, None, None]
        hints.coverage[rows, columns] = 1.0
        system = spread_system(hints, sketch, even)
        change = follow_hints(hints, sketch, system, even, even).on(level)
        found[name] = beyond(change, step, thing)
    return found


def select_things(photos: Photos, stride: int) -> list[int]:
    """Photos whose mask is of a usual size."""
    shares = [float((photos.mask(number) > 127).float().mean()) for number in range(len(photos))]
    low, high = SUBJECT_SHARE
    return [number for number, share in enumerate(shares) if low < share < high][::stride]


def beyond(change: Tensor, step: Tensor, thing: Tensor) -> Locality:
    """The mean change inside of a drawn thing, and the largest one beyond its edge."""
    depth = ndimage.distance_transform_edt(~thing.numpy())
    outside = change.norm(dim=0)[torch.from_numpy(depth > MARGIN)]
    return Locality(locality_of(change, step, thing).inside, float(outside.max()))
