"""Trains `vit-lsgan-lite`: a head start of the generator alone, then a short LSGAN phase.

The paper's second problem with GANs, a discriminator that wins before the generator has learned
anything, is met as the paper does: the generator trains alone first (supplement, "First
approach"), and the adversarial loss is least squares (supplement, "Fourth approach").
"""

from __future__ import annotations

import random
import time
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
from selcolor_training.run import (
    CHECKPOINT_SECONDS,
    Budget,
    average_of,
    cosine,
    load_pretrained_backbone,
    parameter_groups,
    save_checkpoint,
    set_rates,
)

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


class ColorizerTraining:
    """The state of one training run: networks, optimizers, budget."""

    def __init__(self, recipe: ColorizerRecipe, photos: list[Photo]) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.chance = random.Random(recipe.seed)
        self.photos = photos
        self.weights = [PORTRAIT_WEIGHT if p.row.kind == "portrait" else 1.0 for p in photos]
        self.generator = HybridViTGenerator()
        load_pretrained_backbone(self.generator.backbone)
        self.generator.to(memory_format=torch.channels_last)
        self.average = average_of(self.generator)
        groups = parameter_groups(self.generator, recipe.backbone_rate, recipe.rate)
        self.optimizer = torch.optim.AdamW(groups, weight_decay=recipe.weight_decay, fused=True)
        self.budget = Budget(recipe.head_start_minutes)

    def batch(self, size: int) -> tuple[Tensor, Tensor]:
        """Draw L / 50 − 1, `[N, 1, size, size]`, aged, and the true ab / 110 at a quarter of it."""
        chosen = self.chance.choices(self.photos, self.weights, k=self.recipe.batch)
        crops = [random_crop(p.rgb, size, self.chance, self.recipe.smallest_crop) for p in chosen]
        luminance, chroma = split_lab(torch.stack(crops))
        aged = age((luminance + 1) / 2, self.recipe.aged_share) * 2 - 1
        return aged, functional.avg_pool2d(chroma, 4)

    def step(self, loss: Tensor, optimizer: torch.optim.Optimizer, network: nn.Module) -> None:
        """One descent step with clipped gradients."""
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()

    def head_start(self, checkpoint: Path) -> None:
        """Train the generator alone until its budget is spent."""
        saved = time.monotonic()
        with tqdm(desc="head start", unit="batch") as bar:
            while (progress := self.budget.progress()) < 1.0:
                size = self.recipe.late_crop if progress > LATE else self.recipe.crop
                set_rates(self.optimizer, cosine(progress))
                luminance, chroma = self.batch(size)
                loss = color_loss(self.generator(luminance), chroma)
                self.step(loss, self.optimizer, self.generator)
                self.average.update_parameters(self.generator)
                bar.set_postfix(loss=f"{loss.item():.4f}", share=f"{progress:.3f}", refresh=False)
                bar.update()
                if time.monotonic() - saved > CHECKPOINT_SECONDS:
                    self.save(checkpoint)
                    saved = time.monotonic()
        self.save(checkpoint)

    def adversarial(self) -> None:
        """Train the generator against a patch discriminator, least squares on both sides."""
        recipe, budget = self.recipe, Budget(self.recipe.adversarial_minutes)
        discriminator = PatchDiscriminator()
        generator_steps, discriminator_steps = (
            torch.optim.Adam(network.parameters(), recipe.adversarial_rate, betas=ADAM_BETAS)
            for network in (self.generator, discriminator)
        )
        with tqdm(desc="LSGAN", unit="batch") as bar:
            while budget.progress() < 1.0:
                luminance, chroma = self.batch(recipe.late_crop)
                small = functional.avg_pool2d(luminance, 4)
                predicted = self.generator(luminance)
                real = discriminator(torch.cat([small, chroma], dim=1))
                fake = discriminator(torch.cat([small, predicted.detach()], dim=1))
                verdict = (least_squares(real, 1.0) + least_squares(fake, 0.0)) / 2
                self.step(verdict, discriminator_steps, discriminator)
                fooled = least_squares(discriminator(torch.cat([small, predicted], dim=1)), 1.0)
                loss = color_loss(predicted, chroma) + recipe.adversarial_weight * fooled
                self.step(loss, generator_steps, self.generator)
                self.average.update_parameters(self.generator)
                bar.set_postfix(
                    discriminator=f"{verdict.item():.3f}", generator=f"{fooled.item():.3f}"
                )
                bar.update()

    def save(self, path: Path) -> None:
        """Write everything that a resumed head start needs."""
        save_checkpoint(
            path,
            generator=self.generator.state_dict(),
            average=self.average.state_dict(),
            optimizer=self.optimizer.state_dict(),
            minutes=self.budget.elapsed(),
        )

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint of `save`."""
        state = torch.load(path, weights_only=True)
        self.generator.load_state_dict(state["generator"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.budget = Budget(self.recipe.head_start_minutes, spent=state["minutes"])


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


def train_colorizer(
    recipe: ColorizerRecipe, data: Path, build: Path
) -> tuple[nn.Module, ColorFigures]:
    """Train by `recipe` on `data`, checkpoints in `build`; resumes when one is there.

    Returns:
        The averaged generator of the phase that validates better, and its figures.
    """
    held_out = [
        photo
        for photo in load_photos(data, "val", masked=False)
        if photo.row.source not in VALIDATION_EXCLUDED
    ]
    training = ColorizerTraining(recipe, colorful(load_photos(data, "train", masked=False)))
    checkpoint = build / f"{recipe.model}.ckpt"
    if checkpoint.exists():
        training.resume(checkpoint)
    training.generator.train()
    training.head_start(checkpoint)
    alone = validate(training.average.module, held_out)
    print("head start:", alone, flush=True)
    save_checkpoint(
        build / f"{recipe.model}-head-start.pt", average=training.average.module.state_dict()
    )
    training.adversarial()
    figures = validate(training.average.module, held_out)
    print("LSGAN:", figures, flush=True)
    return training.average.module, figures
