"""Trains `foreground-lite`: which pixels belong to the subject, and of what class it is.

Portraits and street fashion teach *person*, the cat photos *cat*. The moving objects of the video
set have no class of their own: for them only "not background" is learned, whichever class says so.
Photos without any subject teach to say so, and are what subjects are pasted on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from selcolor_backend.models.registry import find_model
from selcolor_backend.networks.foreground import ARCHITECTURE, ForegroundDeepLab
from selcolor_backend.pixels.color import to_gray
from selcolor_backend.sketch import Sketch
from selcolor_backend.subjects import covers_subject
from selcolor_training.aging import aged
from selcolor_training.backgrounds import TRAIN, background_photos
from selcolor_training.decoding import Layout
from selcolor_training.descent import Descent
from selcolor_training.errors import DatasetError
from selcolor_training.losses import ANY_CLASS, foreground_probability, mask_loss
from selcolor_training.mask_figures import (
    MaskFigures,
    intersection_over_union,
    mask_figures,
    mean_figures,
)
from selcolor_training.photos import Photos, open_photos
from selcolor_training.recipe import MaskRecipe
from selcolor_training.systems import device_of, start_stem
from selcolor_training.trainer import Step
from selcolor_training.views import Order, chance_of, cut, random_rectangles

CLASSES = find_model("foreground-lite").classes

VALIDATION_STRIDE = 3
"""While training, every third photo of the val split is enough."""

SHOWN = 6
"""Photos in a sample picture."""

SIDE = 256
"""Short side at which photos are kept that are measured."""

CLASS_OF_SOURCE = {"portrait_flickr": 1, "ccp": 1, "humanseg_vikram": 1, "cats_pcashman": 2}
"""Which class of `foreground-lite` the subjects of a data set are."""


@dataclass(frozen=True)
class MaskResult:
    """How well masks fit on one data set.

    Attributes:
        source: the data set.
        photos: how many.
        figures: means over the photos.
        missed: share of the photos in which no subject was found.
    """

    source: str
    photos: int
    figures: MaskFigures
    missed: float


def make_segmenter(pretrained: bool = True) -> ForegroundDeepLab:
    """The network of `foreground-lite`, its backbone started from ImageNet."""
    network = ForegroundDeepLab(len(CLASSES))
    if pretrained:
        start_stem(network, "")
    return network


def masked_photos(data: Path, cache: Path, split: str = "val", side: int = SIDE) -> Photos:
    """The photos of a split that have a mask.

    Raises:
        DatasetError: see `open_photos`.
    """
    return open_photos(data, split, Layout(side, masks=True), cache)


@torch.inference_mode()
def foreground(network: nn.Module, photo: Tensor) -> Tensor:
    """How likely each pixel is not background, as the backend computes it: from gray.

    Args:
        network: the segmenter.
        photo: uint8 `[3, H, W]`.

    Returns:
        `[H, W]`.
    """
    rgb = photo.unsqueeze(0).float().div(255).to(device_of(network))
    size = ARCHITECTURE.native_size(*rgb.shape[-2:])
    small = ARCHITECTURE.prepare(Sketch(rgb[0], rgb[0, 0]).resized(*size))
    logits = functional.interpolate(
        network(small).float(), size=rgb.shape[-2:], mode="bilinear", align_corners=False
    )
    return foreground_probability(logits)[0, 0].cpu()


def thumbnail(planes: Tensor) -> Tensor:
    """A picture `[C, H, W]` as a square for the journal, `[1, C, 128, 128]`."""
    return functional.interpolate(planes[None], size=(128, 128), mode="bilinear", antialias=True)


def found(likely: Tensor) -> bool:
    """Whether the backend would say that there is a subject."""
    return covers_subject(likely)


def measure(network: nn.Module, photos: Photos) -> list[MaskResult]:
    """Figures of each data set, on gray input, threshold 0.5, at the masks' own size."""
    figures: dict[str, list[MaskFigures]] = defaultdict(list)
    missed: dict[str, list[bool]] = defaultdict(list)
    for number in tqdm(range(len(photos)), desc="measure"):
        likely = foreground(network, photos.picture(number))
        source = photos.rows[number].source
        figures[source].append(mask_figures(likely > 0.5, photos.mask(number) > 127))
        missed[source].append(not found(likely))
    return [
        MaskResult(source, len(values), mean_figures(values), fmean(missed[source]))
        for source, values in sorted(figures.items())
    ]


def share_without_subject(network: nn.Module, photos: Sequence[Tensor]) -> float:
    """Share of photos in which the backend would find no subject."""
    return fmean(not found(foreground(network, photo)) for photo in photos)


class MaskLearner:
    """Learns masks from photos with masks.

    Args:
        network: on its device.
        recipe: the settings.
        photos: with masks.
        backgrounds: photos without any subject, where the recipe needs them.
        validation: photos to measure while it learns.
    """

    def __init__(
        self,
        network: nn.Module,
        recipe: MaskRecipe,
        photos: Photos,
        backgrounds: Photos | None,
        validation: Photos,
    ) -> None:
        self.network: nn.Module = network.to(memory_format=torch.channels_last)
        self.recipe, self.photos, self.backgrounds = recipe, photos, backgrounds
        self.validation = validation
        self.order = Order(torch.ones(len(photos)), recipe.seed)
        self.descent = Descent(self.network, recipe.optimizer)
        self.classes = torch.tensor(
            [CLASS_OF_SOURCE.get(row.source, ANY_CLASS) for row in photos.rows]
        )

    def parts(self) -> dict[str, Any]:
        """The network and its optimizer."""
        return {"network": self.network, "descent": self.descent}

    def batch(self, step: Step) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures in [−1, 1] `[N, 3, S, S]`, masks in [0, 1] `[N, 1, S, S]`, classes `[N]`."""
        chance, recipe = chance_of(self.recipe.seed, step.first), self.recipe
        numbers = self.order.at(step.first, step.batch)
        views = random_rectangles(self.photos, numbers, recipe.smallest_area, chance)
        assert self.photos.masks is not None
        picture = cut(self.photos.rgb, self.photos, views, step.size)
        mask = cut(self.photos.masks, self.photos, views, step.size)
        classes = self.classes[numbers]
        kind = torch.rand(step.batch, 1, 1, 1, generator=chance)
        empty, pasted = kind < recipe.empty_share, kind < recipe.empty_share + recipe.pasted_share
        if self.backgrounds is not None:
            others = torch.randint(len(self.backgrounds), (step.batch,), generator=chance)
            views = random_rectangles(self.backgrounds, others, recipe.smallest_area, chance)
            background = cut(self.backgrounds.rgb, self.backgrounds, views, step.size)
            set_before = paste(torch.cat([picture, mask], dim=1), background, chance)
            picture = torch.where(pasted, set_before[:, :3], picture)
            mask = torch.where(pasted, set_before[:, 3:], mask)
            picture, mask = torch.where(empty, background, picture), torch.where(empty, 0.0, mask)
            classes = torch.where(empty.flatten(), ANY_CLASS, classes)
        gray = to_gray(picture)[:, :1]
        old = aged(picture, gray, recipe.aged_share, chance) if recipe.aged_share else gray
        colorless = torch.rand(step.batch, 1, 1, 1, generator=chance) < recipe.gray_share
        device = device_of(self.network)
        seen = torch.where(colorless, old.expand_as(picture), picture) * 2 - 1
        seen = seen.to(device, memory_format=torch.channels_last)
        return seen, mask.to(device), classes.to(device)

    def learn(self, step: Step) -> dict[str, Tensor]:
        """One step down the mask loss; masks are compared at the network's quarter resolution."""
        picture, mask, classes = self.batch(step)
        loss = mask_loss(self.network(picture), functional.avg_pool2d(mask, 4), classes)
        self.descent.step(loss, step.progress)
        return {"mask": loss.detach()}

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Mean IoU of each data set on some of the photos, and their mean."""
        values: dict[str, list[float]] = defaultdict(list)
        for number in range(0, len(self.validation), VALIDATION_STRIDE):
            predicted = foreground(network, self.validation.picture(number)) > 0.5
            overlap = intersection_over_union(predicted, self.validation.mask(number) > 127)
            values[self.validation.rows[number].source].append(overlap)
        means = {source: fmean(overlaps) for source, overlaps in sorted(values.items())}
        return {"IoU": fmean(means.values())} | means

    def show(self, network: nn.Module) -> Tensor:
        """A column for each of some photos: the photo, the prediction, the truth."""
        columns = []
        for number in range(0, len(self.validation), max(len(self.validation) // SHOWN, 1)):
            photo = self.validation.picture(number)
            planes = foreground(network, photo), self.validation.mask(number) / 255
            rows = [photo / 255, *(plane.expand(3, -1, -1) for plane in planes)]
            columns.append(torch.cat([thumbnail(row) for row in rows], dim=2))
        return torch.cat(columns[:SHOWN], dim=3).squeeze(0).clamp(0, 1)


def paste(subjects: Tensor, backgrounds: Tensor, chance: torch.Generator) -> Tensor:
    """Set subjects before other backgrounds, scaled, moved and perhaps mirrored.

    Args:
        subjects: RGB and mask in [0, 1], `[N, 4, H, W]`.
        backgrounds: RGB in [0, 1], `[N, 3, H, W]`.
        chance: on the CPU.

    Returns:
        RGB and mask, `[N, 4, H, W]`.
    """
    draws = torch.rand(4, len(subjects), generator=chance)
    zoom = 1.0 / (0.5 + 0.6 * draws[0])
    mirror = torch.where(draws[1] < 0.5, -1.0, 1.0)
    zero = torch.zeros_like(zoom)
    across = torch.stack([zoom * mirror, zero, draws[2] - 0.5], dim=1)
    down = torch.stack([zero, zoom, 0.8 * draws[3] - 0.4], dim=1)
    places = torch.stack([across, down], dim=1).to(subjects.device)
    grid = functional.affine_grid(places, list(subjects.shape), align_corners=False)
    moved = functional.grid_sample(subjects, grid, align_corners=False)
    mask = moved[:, 3:]
    # Outlines cut with scissors would be learned as the sign of a subject.
    soft = functional.avg_pool2d(mask, 3, stride=1, padding=1, count_include_pad=False)
    pasted = soft * moved[:, :3] + (1.0 - soft) * backgrounds
    return torch.cat([pasted, mask], dim=1).clamp(0.0, 1.0)


def backgrounds_for(recipe: MaskRecipe, data: Path, cache: Path) -> Photos | None:
    """The photos without a subject that a recipe needs.

    Raises:
        DatasetError: it needs some, and `data` has none.
    """
    if not recipe.pasted_share + recipe.empty_share:
        return None
    backgrounds = background_photos(data, TRAIN, "train", cache)
    if backgrounds is None:
        raise DatasetError(
            f"{data} holds none of the photos without a subject that the recipe needs.",
            "Name photos of its own in training/backgrounds.csv, or set pasted_share and "
            "empty_share to 0.",
        )
    return backgrounds
