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
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from selcolor_backend.models.registry import find_model
from selcolor_backend.networks.foreground import ARCHITECTURE, ForegroundDeepLab
from selcolor_backend.sketch import Sketch
from selcolor_backend.subjects import covers_subject
from selcolor_training.backgrounds import TRAIN, background_photos
from selcolor_training.colorizer import device_of
from selcolor_training.data import Photo, load_photos
from selcolor_training.descent import Descent, bare, prepared
from selcolor_training.errors import DatasetError
from selcolor_training.losses import foreground_probability, mask_loss
from selcolor_training.metrics import (
    MaskFigures,
    intersection_over_union,
    mask_figures,
    mean_figures,
)
from selcolor_training.recipe import MaskRecipe
from selcolor_training.samples import MaskSamples
from selcolor_training.systems import start_stem
from selcolor_training.trainer import Phase, Trainer

CLASSES = find_model("foreground-lite").classes

VALIDATION_STRIDE = 3
"""While training, every third photo of the val split is enough."""

SHOWN = 6
"""Photos in a sample picture."""


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


def validation_photos(data: Path) -> list[Photo]:
    """The val split's photos that have a mask."""
    return load_photos(data, "val", masked=True)


def portraits(data: Path) -> list[Photo]:
    """The val split's portraits that have a mask; none where it has no masks."""
    try:
        photos = validation_photos(data)
    except DatasetError:
        return []
    return [photo for photo in photos if photo.row.kind == "portrait"]


@torch.inference_mode()
def foreground(network: nn.Module, photo: Photo) -> Tensor:
    """How likely each pixel is not background, `[H, W]`, as the backend computes it: from gray."""
    rgb = photo.rgb.unsqueeze(0).float().div(255).to(device_of(network))
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


def measure(network: nn.Module, photos: Sequence[Photo]) -> list[MaskResult]:
    """Figures of each data set, on gray input, threshold 0.5, at the masks' own size."""
    figures: dict[str, list[MaskFigures]] = defaultdict(list)
    missed: dict[str, list[bool]] = defaultdict(list)
    for photo in tqdm(photos, desc="measure"):
        assert photo.mask is not None
        likely, source = foreground(network, photo), photo.row.source
        figures[source].append(mask_figures(likely > 0.5, photo.mask[0] > 127))
        missed[source].append(not found(likely))
    return [
        MaskResult(source, len(values), mean_figures(values), fmean(missed[source]))
        for source, values in sorted(figures.items())
    ]


def share_without_subject(network: nn.Module, photos: Sequence[Photo]) -> float:
    """Share of photos in which the backend would find no subject."""
    return fmean(not found(foreground(network, photo)) for photo in photos)


class MaskLearner:
    """Learns masks from photos with masks."""

    def __init__(self, network: nn.Module, recipe: MaskRecipe, photos: Sequence[Photo]) -> None:
        self.network, self.recipe, self.photos = network, recipe, photos

    def prepare(self, accelerator: Accelerator) -> None:
        """Bring the network to the device and make its optimizer."""
        self.network = prepared(self.network, accelerator)
        self.descent = Descent(self.network, self.recipe.optimizer, accelerator)

    def parts(self) -> dict[str, Any]:
        """The network and its optimizer."""
        return {"network": bare(self.network), "optimizer": self.descent.optimizer}

    def learn(self, batch: tuple[Tensor, Tensor, Tensor], progress: float) -> dict[str, Tensor]:
        """One step down the mask loss; masks are compared at the network's quarter resolution."""
        picture, mask, classes = batch
        logits = self.network(picture)
        loss = mask_loss(logits, functional.avg_pool2d(mask, 4), classes)
        self.descent.step(loss, progress)
        return {"mask": loss.detach()}

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Mean IoU of each data set on some of the val photos; the score is their mean."""
        values: dict[str, list[float]] = defaultdict(list)
        for photo in self.photos[::VALIDATION_STRIDE]:
            assert photo.mask is not None
            predicted = foreground(network, photo) > 0.5
            overlap = intersection_over_union(predicted, photo.mask[0] > 127)
            values[photo.row.source].append(overlap)
        means = {source: fmean(overlaps) for source, overlaps in sorted(values.items())}
        return {"score": fmean(means.values())} | means

    def show(self, network: nn.Module) -> Tensor:
        """A column for each of some val photos: the photo, the prediction, the truth."""
        columns = []
        for photo in self.photos[:: max(len(self.photos) // SHOWN, 1)][:SHOWN]:
            assert photo.mask is not None
            planes = foreground(network, photo), photo.mask[0] / 255
            rows = [photo.rgb / 255, *(plane.expand(3, -1, -1) for plane in planes)]
            columns.append(torch.cat([thumbnail(row) for row in rows], dim=2))
        return torch.cat(columns, dim=3).squeeze(0).clamp(0, 1)


def backgrounds_for(recipe: MaskRecipe, data: Path) -> list[Photo]:
    """The photos without a subject that a recipe needs.

    Raises:
        DatasetError: it needs some, and `data` has none.
    """
    if not recipe.pasted_share + recipe.empty_share:
        return []
    backgrounds = background_photos(data, TRAIN)
    if not backgrounds:
        raise DatasetError(
            f"{data} holds none of the photos without a subject that the recipe needs.",
            "Name photos of its own in training/backgrounds.csv, or set pasted_share and "
            "empty_share to 0.",
        )
    return backgrounds


def train_foreground(
    recipe: MaskRecipe, network: nn.Module, data: Path, build: Path, workers: int = 0
) -> nn.Module:
    """Train `network` by `recipe`, checkpoints and curves in `build`; resumes what is there.

    Args:
        recipe: the settings.
        network: what to train, started as it shall be.
        data: photos with masks, with the splits train and val.
        build: folder of this training.
        workers: processes that make samples.

    Returns:
        The network to keep, in eval mode.
    """
    torch.manual_seed(recipe.seed)
    photos = load_photos(data, "train", masked=True)
    samples = MaskSamples(photos, backgrounds_for(recipe, data), recipe)
    phase = Phase(
        "masks",
        max(round(recipe.epochs * len(samples) / recipe.batch), 1),
        recipe.batch,
        len(samples),
        validations=recipe.validations,
        patience=recipe.patience,
        average=recipe.optimizer.average,
    )
    learner = MaskLearner(network, recipe, validation_photos(data))
    return Trainer(phase, learner, samples, build, workers).train()
