"""Trains a network that colors: alone first, then perhaps against a discriminator.

The paper's second problem with GANs, a discriminator that wins before the generator has learned
anything, is met as the paper does: the generator trains alone first (supplement, "First
approach"), and the adversarial loss is least squares (supplement, "Fourth approach").
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from selcolor_backend.networks.hybrid_vit_bins import READ_BY, HybridViTColorizer
from selcolor_backend.pixels.color import AB_SCALE, srgb_to_lab
from selcolor_training.aging import aged
from selcolor_training.bins import count_bins, start_bins
from selcolor_training.color_figures import shown
from selcolor_training.color_meter import QuickMeter
from selcolor_training.decoding import Layout
from selcolor_training.descent import Descent
from selcolor_training.hints import simulated
from selcolor_training.losses import COLOR_LOSSES, CRITERIA, distribution_losses
from selcolor_training.photos import Photos, open_photos
from selcolor_training.processes import share_of, share_statistics
from selcolor_training.recipe import ColorRecipe, Recipe
from selcolor_training.systems import DISCRIMINATORS, device_of
from selcolor_training.trainer import Step
from selcolor_training.views import Order, central_views, chance_of, cut, random_views

VALIDATION_SIZE = 224
VALIDATION_SIDE = 256
"""Short side at which photos are kept that are measured; they are measured at VALIDATION_SIZE."""

VALIDATION_EXCLUDED = frozenset({"davis_eorvos", "grocery", "weizhorse"})
"""Data sets of frames of the same videos, of one shelf, or recolored, besides unusable photos."""

VALIDATION_STRIDE = 4
"""While training, every fourth photo is enough."""

VALIDATION_BATCH = 16

SHOWN = 6
"""Photos in a sample picture."""

LONGEST = 1.5
"""Photos for training are cut to this share of long and short side: views are squares."""


def training_photos(recipe: ColorRecipe, data: Path, cache: Path) -> Photos:
    """What a recipe learns from.

    Raises:
        DatasetError: see `open_photos`; or there is no color to learn.
    """
    layout = Layout(recipe.side, 0.0 if recipe.squash else LONGEST, recipe.squash)
    photos = open_photos(data, "train", layout, cache)
    return photos.colorful() if recipe.screened else photos


def photos_to_measure(
    data: Path, cache: Path, split: str = "val", squash: bool = False, masks: bool = False
) -> Photos:
    """The photos of a split that figures are taken of: those whose color is a photo's own."""
    side = VALIDATION_SIZE if squash else VALIDATION_SIDE
    photos = open_photos(data, split, Layout(side, squash=squash, masks=masks), cache).colorful()
    kept = [
        number for number, row in enumerate(photos.rows) if row.source not in VALIDATION_EXCLUDED
    ]
    return photos.only(kept)


def split_lab(rgb: Tensor) -> tuple[Tensor, Tensor]:
    """Encoded RGB `[N, 3, H, W]` to the paper's scaling: L / 50 − 1 and ab / 110."""
    lab = srgb_to_lab(rgb)
    return lab[:, :1] / 50 - 1, lab[:, 1:] / AB_SCALE


def central_squares(
    photos: Photos, device: torch.device, stride: int = 1
) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of photos' central squares at VALIDATION_SIZE: L / 50 − 1 and ab / 110."""
    for numbers in torch.arange(0, len(photos), stride).split(VALIDATION_BATCH):
        views = central_views(photos, numbers)
        yield split_lab(cut(photos.rgb, photos, views, VALIDATION_SIZE).to(device))


@torch.inference_mode()
def predict(network: nn.Module, luminance: Tensor, hints: Tensor | None = None) -> Tensor:
    """Predict ab / 110 at the size of the input, `[N, 2, H, W]`, enlarged bilinearly."""
    found = network(luminance) if hints is None else network(luminance, hints)
    return enlarged(found.float(), luminance)


def enlarged(chroma: Tensor, like: Tensor) -> Tensor:
    """Bring chroma to the height and width of `like`, bilinearly."""
    return functional.interpolate(
        chroma, size=like.shape[-2:], mode="bilinear", align_corners=False
    )


def reduced_to(picture: Tensor, like: Tensor) -> Tensor:
    """Average `picture` down to the size of `like`, which some generators predict smaller."""
    scale = picture.shape[-1] // like.shape[-1]
    return picture if scale == 1 else functional.avg_pool2d(picture, scale)


@dataclass(frozen=True)
class Batch:
    """What one step learns from.

    Attributes:
        seen: L / 50 − 1 as the network sees it, perhaps aged, `[N, 1, S, S]`.
        luminance: the same of the photo itself.
        chroma: the true ab / 110, `[N, 2, S, S]`.
        hints: `[N, 3, S / 4, S / 4]`; None for networks that take none.
    """

    seen: Tensor
    luminance: Tensor
    chroma: Tensor
    hints: Tensor | None


class ColorLearner:
    """Learns colors from photos.

    Args:
        network: on its device.
        recipe: the settings.
        photos: to learn from, on the same device where that is a GPU.
        validation: photos to measure while it learns.
    """

    def __init__(
        self, network: nn.Module, recipe: ColorRecipe, photos: Photos, validation: Photos
    ) -> None:
        share_statistics(network)
        self.network: nn.Module = network.to(memory_format=torch.channels_last)
        self.recipe, self.photos, self.validation = recipe, photos, validation
        self.order = Order(emphasis_of(photos, recipe), recipe.seed)
        self.descent = Descent(self.network, recipe.optimizer)
        self.discriminator: nn.Module | None = None
        if recipe.adversarial.start < 1:
            torch.manual_seed(recipe.seed)
            make = DISCRIMINATORS[recipe.adversarial.discriminator]
            self.discriminator = make(recipe.stages[-1].size).to(device_of(network))
            share_statistics(self.discriminator)
            self.criterion = CRITERIA[recipe.adversarial.criterion]
            rate = recipe.adversarial.rate
            constant = replace(recipe.optimizer, rate=rate, schedule="constant", clip=0.0)
            self.judge_descent = Descent(self.discriminator, constant)

    def parts(self) -> dict[str, Any]:
        """Networks and optimizers by name."""
        parts = {"network": self.network, "descent": self.descent}
        if self.discriminator is not None:
            parts |= {"discriminator": self.discriminator, "judge descent": self.judge_descent}
        return parts

    def batch(self, step: Step) -> Batch:
        """Make the samples of a step: the same ones for the same number and size."""
        device, chance = device_of(self.network), chance_of(self.recipe.seed, step.first)
        numbers = self.order.at(step.first, step.batch)
        views = random_views(self.photos, numbers, self.recipe.smallest_crop, chance)
        rgb = cut(self.photos.rgb, self.photos, views, step.size).to(device)
        luminance, chroma = split_lab(rgb)
        seen = luminance
        if self.recipe.aged_share:
            old = aged(rgb, (luminance + 1) / 2, self.recipe.aged_share, chance)
            seen = old * 2 - 1
        hints = None
        if isinstance(self.network, HybridViTColorizer):
            hints = simulated(functional.avg_pool2d(chroma, 4), chance)
        return Batch(seen.contiguous(memory_format=torch.channels_last), luminance, chroma, hints)

    def precision(self) -> AbstractContextManager[Any]:
        """Half precision where the recipe wants it and a GPU has it."""
        device = device_of(self.network)
        if device.type == "cuda" and self.recipe.half and torch.cuda.is_bf16_supported():
            return torch.autocast("cuda", torch.bfloat16)
        return nullcontext()

    def learn(self, step: Step) -> dict[str, Tensor]:
        """One step; of both networks once the adversarial part has begun."""
        batch = share_of(self.batch(step))
        with self.precision():
            chroma, losses = self.predict_and_compare(batch)
        if self.discriminator is None or step.progress < self.recipe.adversarial.start:
            self.descent.step(self.color_loss(losses), step.progress)
        else:
            losses |= self.learn_against(self.discriminator, batch, chroma, losses, step)
        return {name: loss.detach() for name, loss in losses.items()}

    def predict_and_compare(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Predicted ab / 110, and the losses of color by name."""
        if isinstance(self.network, HybridViTColorizer):
            seen = self.network.distribution(batch.seen, batch.hints)
            logits = seen.logits.float()
            truth = reduced_to(batch.chroma, logits)
            hinted = None if batch.hints is None else batch.hints[:, 2:]
            losses = distribution_losses(self.network, logits, truth, self.recipe.balance, hinted)
            adversarial = self.discriminator is not None
            return self.network.read(seen, batch.seen) if adversarial else truth, losses
        chroma = self.network(batch.seen).float()
        loss = COLOR_LOSSES[self.recipe.loss](chroma, reduced_to(batch.chroma, chroma))
        return chroma, {"color": loss}

    def color_loss(self, losses: dict[str, Tensor]) -> Tensor:
        """One number to minimize."""
        if "color" in losses:
            return losses["color"]
        return losses["entropy"] + self.recipe.mean_weight * losses["mean"]

    def learn_against(
        self,
        discriminator: nn.Module,
        batch: Batch,
        chroma: Tensor,
        losses: dict[str, Tensor],
        step: Step,
    ) -> dict[str, Tensor]:
        """One step of the discriminator, then one of the generator.

        The discriminator sees what users see: full-size L with ab enlarged onto it. The true ab is
        as coarse as the predicted one, or sharpness alone would give it away.
        """
        level = batch.luminance
        truth = enlarged(reduced_to(batch.chroma, chroma), level)
        fake = torch.cat([level, enlarged(chroma, level)], dim=1)
        real = torch.cat([level, truth], dim=1)
        with self.precision():
            scores = discriminator(fake.detach()).float(), discriminator(real).float()
        verdict = (self.criterion(scores[0], False) + self.criterion(scores[1], True)) / 2
        self.judge_descent.step(verdict, step.progress)
        discriminator.requires_grad_(False)
        with self.precision():
            fooled = self.criterion(discriminator(fake).float(), True)
        settings = self.recipe.adversarial
        loss = settings.weight * fooled + settings.color_weight * self.color_loss(losses)
        self.descent.step(loss, step.progress)
        discriminator.requires_grad_(True)
        return {"generator": fooled, "discriminator": verdict}

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Figures of some photos that it does not learn from."""
        meter = QuickMeter()
        device = device_of(network)
        for luminance, truth in central_squares(self.validation, device, VALIDATION_STRIDE):
            meter.add((luminance + 1) * 50, predict(network, luminance), truth)
        figures = meter.figures()
        return {
            "PSNR": figures.psnr,
            "R2 a": figures.r2_a,
            "R2 b": figures.r2_b,
            "chroma ratio": figures.chroma_ratio,
            "colorfulness": figures.colorfulness,
        }

    def show(self, network: nn.Module) -> Tensor:
        """A grid: input, prediction and truth of some photos, from top to bottom."""
        stride = max(len(self.validation) // SHOWN, 1)
        luminance, truth = next(central_squares(self.validation, device_of(network), stride))
        level = (luminance[:SHOWN] + 1) * 50
        rows = [torch.zeros_like(truth), predict(network, luminance), truth]
        pictures = [shown(level, ab[:SHOWN]) for ab in rows]
        return torch.cat([torch.cat([*row], dim=2) for row in pictures], dim=1).cpu()


def emphasis_of(photos: Photos, recipe: Recipe) -> Tensor:
    """How often each photo comes in an epoch, `[N]`."""
    words = recipe.emphasis
    return torch.tensor(
        [words.get(row.source, 1.0) * words.get(row.kind, 1.0) for row in photos.rows]
    )


def make_ready(network: nn.Module, recipe: ColorRecipe, photos: Photos, started: bool) -> None:
    """Give a network that predicts a distribution its bins, unless it came with some.

    Args:
        network: the generator.
        recipe: the settings.
        photos: whose colors are counted.
        started: whether `network` has bins already.
    """
    if isinstance(network, HybridViTColorizer):
        if not started:
            start_bins(network, *count_bins(photos, emphasis_of(photos, recipe), recipe.seed))
        for name in READ_BY:
            getattr(network, name).fill_(getattr(recipe, name))
