"""Trains `vit-lsgan-lite`: a head start of the generator alone, then a short LSGAN phase.

The paper's second problem with GANs, a discriminator that wins before the generator has learned
anything, is met as the paper does: the generator trains alone first (supplement, "First
approach"), and the adversarial loss is least squares (supplement, "Fourth approach").
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from selcolor_backend.color import AB_SCALE, srgb_to_lab
from selcolor_backend.networks.hybrid_vit import HybridViTGenerator
from selcolor_training.augment import age, center_crop, random_crop
from selcolor_training.data import COLORFULNESS_FLOOR, NOISY_COLOR, Photo, load_photos
from selcolor_training.discriminators import PatchDiscriminator, least_squares
from selcolor_training.metrics import ColorFigures, ColorMeter
from selcolor_training.run import Budget, Rates, Run, descend, save_checkpoint

VALIDATION_SIZE = 224
VALIDATION_EXCLUDED = NOISY_COLOR | {"davis_eorvos", "grocery"}
LATE = 0.7
"""Share of the head start after which crops are larger, near to what inference sees."""

ADAM_BETAS = (0.5, 0.999)
"""Of the LSGAN phase, as in the paper."""

PORTRAIT_WEIGHT = 2.0
"""Portraits come twice as often as other photos, so that skin is right."""


@dataclass(frozen=True)
class ColorizerRecipe:
    """The settings of `recipes/vit-lsgan-lite.toml`; each is explained there."""

    model: str
    head_start_minutes: float
    adversarial_minutes: float
    batch: int
    crop: int
    late_crop: int
    smallest_crop: float
    aged_share: float
    backbone_rate: float
    rate: float
    weight_decay: float
    adversarial_rate: float
    adversarial_weight: float
    seed: int


def colorful(photos: list[Photo]) -> list[Photo]:
    """Leave out photos that are gray, toned, or of a set with broken color."""

    def mean_chroma(photo: Photo) -> float:
        small = functional.interpolate(
            photo.rgb.unsqueeze(0).float() / 255, size=(32, 32), mode="area"
        )
        return float(srgb_to_lab(small)[:, 1:].norm(dim=1).mean()) / AB_SCALE

    usable = [photo for photo in photos if photo.row.source not in NOISY_COLOR]
    return [photo for photo in usable if mean_chroma(photo) >= COLORFULNESS_FLOOR]


def split_lab(rgb: Tensor) -> tuple[Tensor, Tensor]:
    """Encoded RGB `[N, 3, H, W]` to the paper's scaling: L / 50 − 1 and ab / 110."""
    lab = srgb_to_lab(rgb)
    return lab[:, :1] / 50 - 1, lab[:, 1:] / AB_SCALE


def color_loss(predicted: Tensor, truth: Tensor) -> Tensor:
    """Smooth L1, weighted by the truth's chroma: unweighted it rewards gray-brown averages."""
    weight: Tensor = 0.3 + 3.0 * truth.norm(dim=1, keepdim=True)
    distance = functional.smooth_l1_loss(predicted, truth, beta=0.05, reduction="none")
    return (weight * distance).mean()


class Batches:
    """Endless training batches, drawn at random."""

    def __init__(self, recipe: ColorizerRecipe, photos: list[Photo]) -> None:
        self.recipe = recipe
        self.photos = photos
        self.weights = [PORTRAIT_WEIGHT if p.row.kind == "portrait" else 1.0 for p in photos]
        self.chance = random.Random(recipe.seed)

    def draw(self, size: int) -> tuple[Tensor, Tensor]:
        """Draw L / 50 − 1, `[N, 1, size, size]`, aged, and the true ab / 110 at a quarter of it."""
        chosen = self.chance.choices(self.photos, self.weights, k=self.recipe.batch)
        crops = [random_crop(p.rgb, size, self.chance, self.recipe.smallest_crop) for p in chosen]
        luminance, chroma = split_lab(torch.stack(crops))
        aged = age((luminance + 1) / 2, self.recipe.aged_share) * 2 - 1
        return aged, functional.avg_pool2d(chroma, 4)


def train_alone(run: Run, batches: Batches, checkpoint: Path) -> None:
    """The head start: the generator learns color without a discriminator."""

    def loss_at(progress: float) -> Tensor:
        late = progress > LATE
        luminance, chroma = batches.draw(batches.recipe.late_crop if late else batches.recipe.crop)
        return color_loss(run.network(luminance), chroma)

    run.train("head start", loss_at, checkpoint)


def train_adversarially(run: Run, batches: Batches) -> None:
    """The LSGAN phase: a patch discriminator, least squares on both sides (paper, supplement)."""
    recipe, budget = batches.recipe, Budget(batches.recipe.adversarial_minutes)
    discriminator = PatchDiscriminator()
    generator_steps, discriminator_steps = (
        torch.optim.Adam(network.parameters(), recipe.adversarial_rate, betas=ADAM_BETAS)
        for network in (run.network, discriminator)
    )
    with tqdm(desc="LSGAN", unit="batch") as bar:
        while budget.progress() < 1.0:
            luminance, chroma = batches.draw(recipe.late_crop)
            small = functional.avg_pool2d(luminance, 4)
            predicted = run.network(luminance)
            real = discriminator(torch.cat([small, chroma], dim=1))
            fake = discriminator(torch.cat([small, predicted.detach()], dim=1))
            verdict = (least_squares(real, 1.0) + least_squares(fake, 0.0)) / 2
            descend(verdict, discriminator_steps, discriminator)
            fooled = least_squares(discriminator(torch.cat([small, predicted], dim=1)), 1.0)
            loss = color_loss(predicted, chroma) + recipe.adversarial_weight * fooled
            descend(loss, generator_steps, run.network)
            run.average.update_parameters(run.network)
            bar.set_postfix(discriminator=f"{verdict.item():.3f}", generator=f"{fooled.item():.3f}")
            bar.update()


@torch.inference_mode()
def validate(
    generator: nn.Module, photos: list[Photo], size: int = VALIDATION_SIZE
) -> ColorFigures:
    """Figures over `photos`, short side to `size`, center crop, ab upsampled bilinearly."""
    generator.eval()
    meter = ColorMeter()
    for photo in tqdm(photos, desc="validate"):
        lab = srgb_to_lab(center_crop(photo.rgb, size).unsqueeze(0))
        predicted = generator(lab[:, :1] / 50 - 1)
        predicted = functional.interpolate(predicted, size=(size, size), mode="bilinear")
        meter.add(lab[:, :1], predicted, lab[:, 1:] / AB_SCALE)
    return meter.figures()


def validation_photos(data: Path) -> list[Photo]:
    """The val split without the sets whose color is broken or repetitive: 850 photos."""
    photos = load_photos(data, "val", masked=False)
    return [photo for photo in photos if photo.row.source not in VALIDATION_EXCLUDED]


def train_colorizer(recipe: ColorizerRecipe, data: Path, build: Path) -> nn.Module:
    """Train by `recipe` on `data`, checkpoints in `build`; resumes when one is there.

    The generator as it was after the head start stays in `build`, to compare and to fall back on.

    Returns:
        The averaged generator.
    """
    torch.manual_seed(recipe.seed)
    batches = Batches(recipe, colorful(load_photos(data, "train", masked=False)))
    rates = Rates(recipe.backbone_rate, recipe.rate, recipe.weight_decay)
    run = Run(HybridViTGenerator(), rates, recipe.head_start_minutes)
    checkpoint = build / f"{recipe.model}.ckpt"
    run.resume(checkpoint)
    train_alone(run, batches, checkpoint)
    alone = run.average.module.state_dict()
    save_checkpoint(build / f"{recipe.model}-head-start.pt", average=alone)
    train_adversarially(run, batches)
    return run.average.module
