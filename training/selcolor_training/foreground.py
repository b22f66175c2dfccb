"""Trains `foreground-lite`: which pixels belong to the main subject, and of what class each is.

What the photos teach is in `subjects`, how it is compared in `mask_losses`, what the network is
shown in `mask_samples`. Photos without any subject teach to say so, and are what subjects are
pasted on.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from selcolor_backend.networks.foreground import ARCHITECTURE, MAIN_PLANES, ForegroundDeepLab
from selcolor_backend.sketch import Sketch
from selcolor_training.backgrounds import TRAIN, background_photos
from selcolor_training.decoding import Layout
from selcolor_training.descent import Descent
from selcolor_training.errors import DatasetError
from selcolor_training.mask_figures import intersection_over_union
from selcolor_training.mask_losses import class_loss, main_losses
from selcolor_training.mask_samples import MaskSamples
from selcolor_training.photos import Photos, open_photos
from selcolor_training.processes import share_of, share_statistics
from selcolor_training.recipe import MaskRecipe
from selcolor_training.subjects import BACKGROUND, CLASSES
from selcolor_training.systems import device_of, start_stem
from selcolor_training.trainer import Step

VALIDATION_STRIDE = 3
"""While training, every third photo of the val split is enough."""

SHOWN = 6
"""Photos in a sample picture."""

SIDE = 256
"""Short side at which photos are kept that are measured."""


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
def predict(network: nn.Module, photo: Tensor) -> Tensor:
    """What the backend is told of a photo: from gray, at the network's own size.

    Args:
        network: the segmenter.
        photo: uint8 `[3, H, W]`.

    Returns:
        Probabilities as `networks.foreground.answers` gives them, `[K, H, W]`, enlarged.
    """
    rgb = photo.float().div(255)
    sketch = Sketch(rgb, rgb[0]).resized(*ARCHITECTURE.native_size(*rgb.shape[-2:]))
    seen = ARCHITECTURE.prepare(sketch).to(device_of(network))
    likely = ARCHITECTURE.finish(network(seen)[0].float())
    return functional.interpolate(
        likely[None], size=rgb.shape[-2:], mode="bilinear", align_corners=False
    )[0].cpu()


def foreground(network: nn.Module, photo: Tensor) -> Tensor:
    """How likely each pixel of a photo, uint8 `[3, H, W]`, is of the main subject, `[H, W]`."""
    return 1.0 - predict(network, photo)[BACKGROUND]


def freeze(network: nn.Module, stages: int) -> None:
    """Keep the stem and some stages of a backbone, and all statistics of its batch normalization.

    Small batches would spoil the statistics, and edges and textures have been learned long since.
    """
    backbone = network.backbone
    assert isinstance(backbone, nn.Module)
    for part in backbone.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eval()
    kept = [backbone.stem, *list(backbone.stages)[:stages]]  # type: ignore[arg-type]
    for part in kept:
        part.requires_grad_(False)


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
        share_statistics(network)
        self.network: nn.Module = network.to(memory_format=torch.channels_last)
        self.recipe, self.validation = recipe, validation
        self.samples = MaskSamples(photos, backgrounds, recipe)
        self.descent = Descent(self.network, recipe.optimizer)

    def parts(self) -> dict[str, Any]:
        """The network and its optimizer."""
        return {"network": self.network, "descent": self.descent}

    def learn(self, step: Step) -> dict[str, Tensor]:
        """One step down the losses of the main subject and of the classes."""
        if self.recipe.frozen_stages:
            freeze(self.network, self.recipe.frozen_stages)
        batch = share_of(self.samples.batch(step)).to(device_of(self.network))
        logits = self.network(batch.picture)
        losses = main_losses(logits[:, :MAIN_PLANES], batch.mask)
        losses["classes"] = class_loss(
            logits[:, MAIN_PLANES:], batch.targets, batch.shares, batch.background
        )
        self.descent.step(torch.stack(list(losses.values())).sum(), step.progress)
        return {name: loss.detach() for name, loss in losses.items()}

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


def thumbnail(planes: Tensor) -> Tensor:
    """A picture `[C, H, W]` as a square for the journal, `[1, C, 128, 128]`."""
    return functional.interpolate(planes[None], size=(128, 128), mode="bilinear", antialias=True)


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
