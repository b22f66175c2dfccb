"""Trains a generator: a head start of its own, then against a discriminator.

The paper's second problem with GANs, a discriminator that wins before the generator has learned
anything, is met as the paper does: the generator trains alone first (supplement, "First
approach"), and the adversarial loss is least squares (supplement, "Fourth approach").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from selcolor_training.augment import center_square
from selcolor_training.calibration import calibrate
from selcolor_training.data import NOISY_COLOR, Photo, load_photos
from selcolor_training.descent import Descent, bare, prepared
from selcolor_training.losses import COLOR_LOSSES, CRITERIA
from selcolor_training.metrics import ColorFigures, ColorMeter, QuickMeter
from selcolor_training.picture_metrics import shown
from selcolor_training.recipe import ColorRecipe
from selcolor_training.samples import ColorSamples, Sides, portraits_repeated, split_lab
from selcolor_training.screening import screen
from selcolor_training.systems import DISCRIMINATORS, as_used
from selcolor_training.trainer import Phase, Trainer

VALIDATION_SIZE = 224
VALIDATION_EXCLUDED = NOISY_COLOR | {"davis_eorvos", "grocery"}
VALIDATION_STRIDE = 4
"""While training, every fourth photo of the val split is enough."""

SHOWN = 6
"""Photos in a sample picture."""

LATE = 0.7
"""Share of the head start after which pictures are larger."""


def validation_photos(data: Path) -> list[Photo]:
    """The val split without the sets whose color is broken or repetitive."""
    photos = load_photos(data, "val", masked=False)
    return [photo for photo in photos if photo.row.source not in VALIDATION_EXCLUDED]


def validation_pair(photo: Photo, device: torch.device) -> tuple[Tensor, Tensor]:
    """L / 50 − 1 and ab / 110 of a photo's central square, a batch of one."""
    rgb = center_square(photo.rgb, VALIDATION_SIZE).unsqueeze(0).to(device)
    return split_lab(rgb)


@torch.inference_mode()
def predict(generator: nn.Module, luminance: Tensor) -> Tensor:
    """Predict ab / 110 at the size of the input, `[N, 2, H, W]`, enlarged bilinearly."""
    chroma: Tensor = functional.interpolate(
        generator(luminance).float(), size=luminance.shape[-2:], mode="bilinear"
    )
    return chroma


def device_of(network: nn.Module) -> torch.device:
    """Where a network's weights are."""
    return next(network.parameters()).device


def add_photos(
    meter: ColorMeter | QuickMeter, generator: nn.Module, photos: Iterable[Photo]
) -> None:
    """Color photos and add what came of it to `meter`."""
    for photo in photos:
        luminance, truth = validation_pair(photo, device_of(generator))
        meter.add((luminance + 1) * 50, predict(generator, luminance), truth)


def measure(generator: nn.Module, photos: Sequence[Photo]) -> ColorFigures:
    """All figures over `photos`: short side to 224, central square, Lab as the paper scales it."""
    meter = ColorMeter()
    add_photos(meter, generator, tqdm(photos, desc="measure"))
    return meter.figures()


class NoColor(nn.Module):
    """Predicts no color at all: what any colorizer must beat."""

    def __init__(self) -> None:
        super().__init__()
        self.chroma = nn.Parameter(torch.zeros(1, 2, 1, 1))

    def forward(self, luminance: Tensor) -> Tensor:
        """L / 50 − 1, `[N, 1, H, W]`, to zeros, `[N, 2, H, W]`."""
        return self.chroma.expand(luminance.shape[0], 2, *luminance.shape[-2:])


class ColorLearner:
    """What both phases share: the generator, how it is validated and shown."""

    def __init__(self, generator: nn.Module, recipe: ColorRecipe, photos: Sequence[Photo]) -> None:
        self.network, self.recipe, self.photos = generator, recipe, photos
        self.color_loss = COLOR_LOSSES[recipe.loss]

    def prepare(self, accelerator: Accelerator) -> None:
        """Bring the generator to the device and make its optimizer."""
        self.network = prepared(self.network, accelerator)
        self.descent = Descent(self.network, self.recipe.optimizer, accelerator)

    def parts(self) -> dict[str, Any]:
        """The generator and its optimizer."""
        return {"network": bare(self.network), "optimizer": self.descent.optimizer}

    def validate(self, network: nn.Module) -> dict[str, float]:
        """R², PSNR and chroma on some of the val photos; the score is the mean R²."""
        meter = QuickMeter()
        add_photos(meter, network, self.photos[::VALIDATION_STRIDE])
        figures = meter.figures()
        return {
            "score": (figures.r2_a + figures.r2_b) / 2,
            "R2 a": figures.r2_a,
            "R2 b": figures.r2_b,
            "PSNR": figures.psnr,
            "chroma ratio": figures.chroma_ratio,
        }

    def show(self, network: nn.Module) -> Tensor:
        """A grid: input, prediction and truth of some val photos, from top to bottom."""
        columns = []
        for photo in self.photos[:: max(len(self.photos) // SHOWN, 1)][:SHOWN]:
            luminance, truth = validation_pair(photo, device_of(network))
            rows = [torch.zeros_like(truth), predict(network, luminance), truth]
            level = (luminance + 1) * 50
            columns.append(torch.cat([shown(level, ab) for ab in rows], dim=2).squeeze(0))
        return torch.cat(columns, dim=2).cpu()


def reduced_to(picture: Tensor, like: Tensor) -> Tensor:
    """Average `picture` down to the size of `like`, which some generators predict smaller."""
    scale = picture.shape[-1] // like.shape[-1]
    return picture if scale == 1 else functional.avg_pool2d(picture, scale)


class HeadStart(ColorLearner):
    """The generator alone learns color."""

    def learn(self, batch: tuple[Tensor, Tensor], progress: float) -> dict[str, Tensor]:
        """One step down the color loss."""
        luminance, chroma = batch
        predicted = self.network(luminance)
        loss = self.color_loss(predicted, reduced_to(chroma, predicted))
        self.descent.step(loss, progress)
        return {"color": loss.detach()}


class AdversarialPhase(ColorLearner):
    """Generator and discriminator in turn (paper, listing "Colorization Model class")."""

    def __init__(self, generator: nn.Module, recipe: ColorRecipe, photos: Sequence[Photo]) -> None:
        rate = recipe.adversarial.rate
        optimizer = replace(recipe.optimizer, rate=rate, backbone_rate=rate, schedule="constant")
        super().__init__(generator, replace(recipe, optimizer=optimizer), photos)
        self.criterion = CRITERIA[recipe.adversarial.criterion]
        self.discriminator = DISCRIMINATORS[recipe.adversarial.discriminator](recipe.late_size)

    def prepare(self, accelerator: Accelerator) -> None:
        """Bring both networks to the device and make their optimizers."""
        super().prepare(accelerator)
        self.discriminator = prepared(self.discriminator, accelerator)
        # The generator's turn must not touch what averages the discriminator's gradients.
        self.judge = accelerator.unwrap_model(self.discriminator)
        self.judge_descent = Descent(self.discriminator, self.recipe.optimizer, accelerator)

    def parts(self) -> dict[str, Any]:
        """Both networks and their optimizers."""
        return {
            **super().parts(),
            "discriminator": self.judge,
            "discriminator optimizer": self.judge_descent.optimizer,
        }

    def learn(self, batch: tuple[Tensor, Tensor], progress: float) -> dict[str, Tensor]:
        """One step of the discriminator, then one of the generator."""
        luminance, chroma = batch
        predicted = self.network(luminance)
        luminance, chroma = (reduced_to(part, predicted) for part in (luminance, chroma))
        fake = torch.cat([luminance, predicted], dim=1)
        real = torch.cat([luminance, chroma], dim=1)
        verdict = (
            self.criterion(self.discriminator(fake.detach()), False)
            + self.criterion(self.discriminator(real), True)
        ) / 2
        self.judge_descent.step(verdict, progress)
        self.judge.requires_grad_(False)
        fooled = self.criterion(self.judge(fake), True)
        self.judge.requires_grad_(True)
        color = self.color_loss(predicted, chroma)
        self.descent.step(fooled + self.recipe.adversarial.color_weight * color, progress)
        return {
            "color": color.detach(),
            "generator": fooled.detach(),
            "discriminator": verdict.detach(),
        }


def train_colorizer(
    recipe: ColorRecipe, generator: nn.Module, data: Path, build: Path, workers: int = 0
) -> nn.Module:
    """Train `generator` by `recipe`, checkpoints and curves in `build`; resumes what is there.

    Args:
        recipe: the settings.
        generator: what to train, started as it shall be.
        data: photos with the splits train and val.
        build: folder of this training.
        workers: processes that make samples.

    Returns:
        The generator to keep, in eval mode.
    """
    torch.manual_seed(recipe.seed)
    photos = screen(load_photos(data, "train", masked=False)).kept
    validation = validation_photos(data)
    alone, against = color_phases(recipe, len(portraits_repeated(photos, recipe)))
    sides = Sides(recipe.size, round(LATE * alone.steps) * recipe.batch, recipe.late_size)
    samples = ColorSamples(photos, recipe, sides)
    for phase, learner in ((alone, HeadStart), (against, AdversarialPhase)):
        if phase.steps:
            # Else a discriminator would start differently after a resumed head start.
            torch.manual_seed(recipe.seed)
            learning = learner(generator, recipe, validation)
            generator = Trainer(phase, learning, samples, build, workers).train()
    generator.eval()
    if recipe.chroma_target:
        device = device_of(generator)
        pairs = [validation_pair(photo, device) for photo in validation]
        used = as_used(generator, recipe.mirrored)
        last = generator.get_submodule("to_chroma")
        calibrate(last, used, pairs, recipe.chroma_target, recipe.chroma_balance)
    return generator


def color_phases(recipe: ColorRecipe, epoch: int) -> tuple[Phase, Phase]:
    """The head start and the adversarial phase, in steps; `epoch` is its number of samples."""
    steps = [
        max(round(epochs * epoch / recipe.batch), 1) if epochs else 0
        for epochs in (recipe.head_start_epochs, recipe.adversarial.epochs)
    ]
    alone = Phase(
        "head start",
        steps[0],
        recipe.batch,
        epoch,
        validations=recipe.validations,
        patience=recipe.patience,
        average=recipe.optimizer.average,
    )
    first = alone.steps * recipe.batch
    return alone, replace(alone, name="adversarial", steps=steps[1], first=first)
