"""`selcolor-train hints`: how much simulated users gain by hints, and what hints leave alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from selcolor_backend.models.predictor import Predictor
from selcolor_backend.pixels.color import AB_SCALE
from selcolor_backend.plan import fit_chroma
from selcolor_training import color_figures
from selcolor_training.colorizer import photos_to_measure
from selcolor_training.hint_locality import (
    EDGE_STEP,
    Locality,
    measure_edges,
    measure_locality,
    select_things,
)
from selcolor_training.hint_systems import BOTH, NETWORK, SOLVE, colored, open_predictor
from selcolor_training.painters import PAINTERS, Scene
from selcolor_training.photos import Photos
from selcolor_training.report.paper import markdown

NUMBERS = (0, 1, 2, 5, 10, 20, 50)
"""Hints that a user paints."""


@dataclass(frozen=True)
class Figures:
    """How near a colored photo is to its truth: PSNR in dB, and CIEDE2000."""

    psnr: float
    ciede2000: float


@dataclass
class Hinted:
    """All that was measured: by painter, system and number of hints; and the locality of things."""

    figures: dict[str, dict[str, dict[int, list[Figures]]]] = field(default_factory=dict)
    localities: dict[str, list[Locality]] = field(default_factory=dict)
    edges: dict[str, Locality] = field(default_factory=dict)

    def add(self, painter: str, system: str, number: int, figures: Figures) -> None:
        """Take in one photo."""
        by_number = self.figures.setdefault(painter, {}).setdefault(system, {})
        by_number.setdefault(number, []).append(figures)


def figures_of(scene: Scene, ab: Tensor) -> Figures:
    """Compare a and b with the truth."""
    level, ours, real = (
        scene.lab[None, :1],
        ab[None] / AB_SCALE,
        scene.lab[None, 1:] / AB_SCALE,
    )
    shown, truth = color_figures.shown(level, ours), color_figures.shown(level, real)
    difference = color_figures.ciede2000(ours, real).mean()
    return Figures(float(color_figures.psnr(shown, truth)), float(difference))


@torch.inference_mode()
def measure_scene(predictor: Predictor, scene: Scene, seed: int, result: Hinted) -> None:
    """Let every simulated user paint on one photo."""
    level = scene.sketch.luminance
    before = fit_chroma(predictor.predict(scene.sketch), level)
    unhinted = figures_of(scene, before.on(level))
    for name, paint in PAINTERS.items():
        for number in NUMBERS:
            if not number:
                for system in (SOLVE, NETWORK, BOTH):
                    result.add(name, system, 0, unhinted)
                continue
            hints = paint(scene, number, np.random.default_rng((seed, number)))
            for system, ab in colored(predictor, scene, hints, before).items():
                result.add(name, system, number, figures_of(scene, ab))


def measure_photos(predictor: Predictor, photos: Photos, result: Hinted) -> None:
    """Let simulated users paint on all photos."""
    for number in tqdm(range(len(photos)), desc="hints"):
        measure_scene(predictor, scene_of(photos, number), number, result)


def scene_of(photos: Photos, number: int) -> Scene:
    """One photo as a scene."""
    return Scene(photos.picture(number).float() / 255)


def measure_file(weights: Path, data: Path, cache: Path, split: str, stride: int) -> Hinted:
    """Measure a weight file on a split, and what hints leave alone where there are masks.

    Raises:
        DatasetError: the split cannot be read.
        RecipeError: the weights are of a network that takes no hints.
    """
    predictor, result = open_predictor(weights), Hinted()
    photos = photos_to_measure(data, cache, split)
    measure_photos(predictor, photos.every(stride), result)
    result.edges = measure_edges()
    if any(row.mask for row in photos.rows):
        things = photos_to_measure(data, cache, split, masks=True)
        for number in tqdm(select_things(things, stride), desc="things"):
            scene, mask = scene_of(things, number), things.mask(number) > 127
            for system, found in measure_locality(predictor, scene, mask, number).items():
                result.localities.setdefault(system, []).append(found)
    return result


def means(found: Sequence[Figures]) -> Figures:
    """The mean of the figures of all photos."""
    return Figures(fmean(each.psnr for each in found), fmean(each.ciede2000 for each in found))


def told(result: Hinted) -> str:
    """Tables in Markdown."""
    parts = [told_figures(painter, systems) for painter, systems in result.figures.items()]
    if result.localities:
        rows = [told_locality(name, found) for name, found in result.localities.items()]
        header = ["one stroke on one thing", "things", "inside", "ΔE outside", "outside below 2"]
        parts.append(markdown(header, rows))
    rows = [[name, f"{e.inside:.2f}", f"{e.outside:.2f}"] for name, e in result.edges.items()]
    parts.append(markdown([f"edge of {EDGE_STEP:g} L", "inside", "largest ΔE beyond"], rows))
    return "\n\n".join(parts)


def told_figures(painter: str, systems: dict[str, dict[int, list[Figures]]]) -> str:
    """PSNR with the gain, and CIEDE2000, by the number of hints."""
    header = [painter, *(f"{name}: {what}" for name in systems for what in ("PSNR", "CIEDE2000"))]
    rows = []
    for number in NUMBERS:
        cells = [str(number)]
        for found in systems.values():
            mean, plain = means(found[number]), means(found[0])
            cells.append(f"{mean.psnr:.2f} ({mean.psnr - plain.psnr:+.2f})")
            cells.append(f"{mean.ciede2000:.2f}")
        rows.append(cells)
    return markdown(header, rows)


def told_locality(name: str, found: Sequence[Locality]) -> list[str]:
    """A row: means over things."""
    inside, outside = fmean(e.inside for e in found), fmean(e.outside for e in found)
    below = fmean(each.outside < 2.0 for each in found)
    return [name, str(len(found)), f"{inside:.2f}", f"{outside:.2f}", f"{below:.0%}"]


def write_json(result: Hinted, file: Path) -> None:
    """Keep the means."""
    figures = {
        painter: {
            system: {number: asdict(means(found)) for number, found in by_number.items()}
            for system, by_number in systems.items()
        }
        for painter, systems in result.figures.items()
    }
    content = {
        "figures": figures,
        "localities": {k: [asdict(e) for e in v] for k, v in result.localities.items()},
        "edges": {name: asdict(each) for name, each in result.edges.items()},
    }
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
