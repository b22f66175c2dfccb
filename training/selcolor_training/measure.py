"""`selcolor-train measure`: what people see of a colorizer, several weight files side by side."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from selcolor_backend.networks.hybrid_vit_bins import READ_BY, HybridViTColorizer
from selcolor_training import color_figures
from selcolor_training.color_meter import ColorMeter
from selcolor_training.colorizer import central_squares, photos_to_measure, predict
from selcolor_training.errors import RecipeError
from selcolor_training.export import described, load_exported
from selcolor_training.features import LiteFeatures, frechet_distance, kernel_distance
from selcolor_training.groups import Group, color_groups
from selcolor_training.hints import points
from selcolor_training.photos import Photos
from selcolor_training.report.paper import markdown
from selcolor_training.systems import GENERATORS, as_used, best_device, device_of
from selcolor_training.views import chance_of

HINT_POINTS = (0, 1, 5, 10, 20, 50)

HINT_STRIDE = 4
"""Hints are measured on every fourth of the photos."""


@dataclass(frozen=True)
class Candidate:
    """A colorizer to measure: its name, and the network as it is used; None for no color at all."""

    name: str
    network: nn.Module | None


@dataclass
class Measured:
    """All that was found of a candidate; `ratio` compares figures with the first candidate's."""

    name: str
    figures: dict[str, float]
    groups: list[Group] = field(default_factory=list)
    hints: dict[int, float] = field(default_factory=dict)


def open_candidates(files: Sequence[Path], readings: Sequence[str]) -> list[Candidate]:
    """No color at all, then each file, in each reading where it predicts a distribution.

    Args:
        files: weights that `selcolor-train` exported.
        readings: as of `read_as`; none for what the file says.

    Raises:
        RecipeError: a file does not say of which network it is, or a reading is none.
    """
    candidates = [Candidate("gray", None)]
    for file in files:
        recipe = described(file).recipe
        if recipe.get("generator") not in GENERATORS:
            raise RecipeError(
                f"{file} does not say that it is a colorizer's.",
                "Name a safetensors file that `selcolor-train` exported.",
            )
        network = GENERATORS[recipe["generator"]]()
        load_exported(network, file)
        network = network.eval().to(best_device())
        if isinstance(network, HybridViTColorizer) and readings:
            for reading in readings:
                read = used(read_as(network, reading), recipe)
                candidates.append(Candidate(f"{file.stem} {reading}", read))
        else:
            candidates.append(Candidate(file.stem, used(network, recipe)))
    return candidates


def used(network: nn.Module, recipe: dict[str, Any]) -> nn.Module:
    """A network as the product uses it, by the recipe in its file."""
    return as_used(network, bool(recipe.get("mirrored")))


def read_as(network: HybridViTColorizer, reading: str) -> HybridViTColorizer:
    """A network whose distribution is read in another way than its weights say.

    Args:
        network: it stays as it is.
        reading: `NAME=VALUE,…` with names of `READ_BY`; what is left out is as the weights say.

    Raises:
        RecipeError: it is no such thing.
    """
    other = copy.deepcopy(network)
    buffers = {name: getattr(other, name) for name in READ_BY}
    try:
        for setting in reading.split(","):
            name, value = setting.split("=")
            buffers[name].fill_(float(value))
    except (ValueError, KeyError) as error:
        names = ", ".join(READ_BY)
        raise RecipeError(
            f"“{reading}” is no way to read a distribution.",
            f"Write --decode temperature=0.5,likeness=0.7; the names are {names}.",
        ) from error
    return other


def true_features(photos: Photos, look: LiteFeatures) -> Tensor:
    """Features of the photos themselves, `[N, FEATURES]`."""
    device = device_of(look)
    return torch.cat(
        [
            look(color_figures.shown((luminance + 1) * 50, truth)).cpu()
            for luminance, truth in central_squares(photos, device)
        ]
    )


@torch.inference_mode()
def measure_candidate(
    candidate: Candidate, photos: Photos, look: LiteFeatures, real: Tensor
) -> Measured:
    """The figures of one candidate over all photos."""
    meter, seen = ColorMeter(), []
    device = device_of(look)
    batches = central_squares(photos, device)
    for luminance, truth in tqdm(batches, desc=candidate.name, total=-(-len(photos) // 16)):
        level = (luminance + 1) * 50
        ab = torch.zeros_like(truth)
        if candidate.network is not None:
            ab = predict(candidate.network, luminance)
        meter.add(level, ab, truth)
        seen.append(look(color_figures.shown(level, ab)).cpu())
    figures = meter.figures()
    ours = torch.cat(seen)
    return Measured(
        candidate.name,
        {
            "kernel distance ×1000": round(1000 * kernel_distance(ours, real), 3),
            "Fréchet distance": round(frechet_distance(ours, real), 3),
            "colorfulness": figures.colorfulness,
            "ΔCF": figures.colorfulness_difference,
            "colorfulness ratio": round(figures.colorfulness / figures.colorfulness_truth, 3),
            "chroma ratio": figures.chroma_ratio,
            "CIEDE2000": figures.ciede2000,
            "PSNR": figures.psnr,
            "AuC": figures.auc,
            "R² a": figures.r2_a,
            "R² b": figures.r2_b,
        },
    )


@torch.inference_mode()
def measure_hints(network: nn.Module, photos: Photos) -> dict[int, float]:
    """PSNR against the number of random points whose true colors are given, two cells wide."""
    found: dict[int, list[Tensor]] = {number: [] for number in HINT_POINTS}
    for batch, (luminance, truth) in enumerate(
        central_squares(photos, device_of(network), HINT_STRIDE)
    ):
        level = (luminance + 1) * 50
        real = color_figures.shown(level, truth)
        quarter = functional.avg_pool2d(truth, 4)
        for number, values in found.items():
            hints = points(quarter, number, chance_of(number, batch)) if number else None
            ours = color_figures.shown(level, predict(network, luminance, hints))
            values.append(color_figures.psnr(ours, real))
    return {number: round(float(torch.cat(values).mean()), 3) for number, values in found.items()}


def takes_hints(network: nn.Module | None) -> bool:
    """Whether hints can be given to a network."""
    inner = getattr(network, "network", network)
    return isinstance(inner, HybridViTColorizer)


def unmirrored(network: nn.Module) -> nn.Module:
    """The network without its mirror image, which does not know of hints."""
    inner = getattr(network, "network", network)
    return inner if isinstance(inner, HybridViTColorizer) else network


def measure_files(
    candidates: Sequence[Candidate], data: Path, cache: Path, split: str, stride: int
) -> list[Measured]:
    """Measure candidates on a split, with groups and hints.

    Raises:
        DatasetError: the split cannot be read.
    """
    photos = photos_to_measure(data, cache, split).every(stride)
    look = LiteFeatures().to(best_device())
    real = true_features(photos, look)
    results = []
    for candidate in candidates:
        measured = measure_candidate(candidate, photos, look, real)
        if candidate.network is not None:
            measured.groups = color_groups(candidate.network, photos, data, cache, split)
            if takes_hints(candidate.network):
                measured.hints = measure_hints(unmirrored(candidate.network), photos)
        results.append(measured)
    return results


def write_json(results: Sequence[Measured], file: Path) -> None:
    """Keep everything that was measured."""
    text = json.dumps([asdict(each) for each in results], indent=2, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")


def told(results: Sequence[Measured]) -> str:
    """Tables in Markdown: figures, groups and hints, a column for each candidate."""
    header = ["", *(each.name for each in results)]
    rows = [[name, *(f"{each.figures[name]:g}" for each in results)] for name in results[0].figures]
    parts = [markdown(header, rows)]
    if len(results) > 2:
        parts.append(ratios(results))
    grouped = [each for each in results if each.groups]
    if grouped:
        parts.append(groups_table(grouped))
    hinted = [each for each in results if each.hints]
    if hinted:
        lines = [
            [str(number), *(f"{each.hints[number]:.2f}" for each in hinted)]
            for number in HINT_POINTS
        ]
        parts.append(markdown(["hint points: PSNR", *(each.name for each in hinted)], lines))
    return "\n\n".join(parts)


def ratios(results: Sequence[Measured]) -> str:
    """Distances of all later files in proportion to those of the first one."""
    first, others = results[1], results[2:]
    rows = [
        [name, *(f"{each.figures[name] / first.figures[name]:.3f}" for each in others)]
        for name in ("kernel distance ×1000", "Fréchet distance")
    ]
    return markdown([f"ratio to {first.name}", *(each.name for each in others)], rows)


def groups_table(results: Sequence[Measured]) -> str:
    """Chroma ratio and CIEDE2000 of every group."""
    header = ["group", "photos"]
    header += [f"{each.name}: {key}" for each in results for key in ("chroma", "CIEDE2000")]
    rows = []
    for place, group in enumerate(results[0].groups):
        values = [each.groups[place] for each in results]
        cells = [f"{value[key]:.2f}" for value in values for key in ("chroma ratio", "CIEDE2000")]
        rows.append([group["group"], str(group["photos"]), *cells])
    return markdown(header, rows)
