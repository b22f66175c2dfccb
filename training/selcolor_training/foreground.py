"""Trains `foreground-lite`: which pixels belong to the subject, and of what class it is.

Portraits and street fashion teach *person*, the cat photos *cat*. The moving objects of the video
set have no class of their own: for them only "not background" is learned, whichever class says so.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from selcolor_backend.color import to_gray
from selcolor_backend.models.registry import find_model
from selcolor_backend.networks.foreground import ForegroundDeepLab
from selcolor_training.augment import age, random_crop
from selcolor_training.data import Photo, load_photos
from selcolor_training.metrics import intersection_over_union
from selcolor_training.run import Rates, Run

CLASSES = find_model("foreground-lite").classes
CLASS_OF_SOURCE = {"portrait_flickr": 1, "ccp": 1, "humanseg_vikram": 1, "cats_pcashman": 2}
ANY_CLASS = -1
"""Stands for a subject whose class is not known."""

VALIDATION_SIDE = 224


@dataclass(frozen=True)
class ForegroundRecipe:
    """The settings of `recipes/foreground-lite.toml`; each is explained there."""

    model: str
    minutes: float
    batch: int
    crop: int
    smallest_crop: float
    gray_share: float
    aged_share: float
    backbone_rate: float
    rate: float
    weight_decay: float
    seed: int


def foreground_probability(logits: Tensor) -> Tensor:
    """How likely each pixel is not background, `[N, 1, H, W]` in [0, 1]."""
    return 1.0 - logits.softmax(dim=1)[:, :1]


def mask_loss(logits: Tensor, mask: Tensor, classes: Tensor) -> Tensor:
    """Cross-entropy on foreground and class, plus Dice on the foreground.

    Args:
        logits: `[N, 4, H, W]`.
        mask: truth in [0, 1], `[N, 1, H, W]`.
        classes: the subject's class of each picture or ANY_CLASS, `[N]`.
    """
    logs = logits.log_softmax(dim=1)
    subject = torch.logsumexp(logs[:, 1:], dim=1, keepdim=True)
    known = torch.gather(logs, 1, classes.clamp(min=0).view(-1, 1, 1, 1).expand_as(subject))
    subject = torch.where((classes >= 0).view(-1, 1, 1, 1), known, subject)
    entropy = -(mask * subject + (1 - mask) * logs[:, :1]).mean()
    likely = 1.0 - logs[:, :1].exp()
    overlap = (likely * mask).sum(dim=(1, 2, 3))
    total = (likely + mask).sum(dim=(1, 2, 3))
    dice = 1.0 - ((2.0 * overlap + 1.0) / (total + 1.0)).mean()
    return entropy + dice


class Batches:
    """Endless training batches, drawn at random."""

    def __init__(self, recipe: ForegroundRecipe, photos: list[Photo]) -> None:
        self.recipe = recipe
        self.photos = photos
        self.chance = random.Random(recipe.seed)

    def draw(self) -> tuple[Tensor, Tensor, Tensor]:
        """Draw pictures in [−1, 1], their masks at a quarter of the size, and their classes."""
        recipe = self.recipe
        chosen = self.chance.choices(self.photos, k=recipe.batch)
        pairs = [
            random_crop(stacked(photo), recipe.crop, self.chance, recipe.smallest_crop)
            for photo in chosen
        ]
        picture, mask = torch.stack(pairs).split([3, 1], dim=1)
        grayed = torch.rand(recipe.batch, 1, 1, 1) < recipe.gray_share
        picture = age(torch.where(grayed, to_gray(picture), picture), recipe.aged_share)
        classes = torch.tensor([CLASS_OF_SOURCE.get(p.row.source, ANY_CLASS) for p in chosen])
        picture = picture.contiguous(memory_format=torch.channels_last)
        return picture * 2 - 1, functional.avg_pool2d(mask, 4), classes


def stacked(photo: Photo) -> Tensor:
    """RGB and mask in one uint8 `[4, H, W]`, so that both are cut alike."""
    assert photo.mask is not None
    return torch.cat([photo.rgb, photo.mask])


@torch.inference_mode()
def validate(
    network: nn.Module, photos: list[Photo], side: int = VALIDATION_SIDE
) -> dict[str, float]:
    """Mean IoU of each data set on gray input, at the masks' own size, threshold 0.5."""
    network.eval()
    found: dict[str, list[float]] = defaultdict(list)
    for photo in tqdm(photos, desc="validate"):
        if photo.mask is None:
            continue
        gray = to_gray(photo.rgb.unsqueeze(0).float() / 255)
        small = functional.interpolate(gray, size=(side, side), mode="bilinear", antialias=True)
        logits = network(small * 2 - 1)
        logits = functional.interpolate(logits, size=photo.mask.shape[-2:], mode="bilinear")
        predicted = foreground_probability(logits)[0, 0] > 0.5
        found[photo.row.source].append(intersection_over_union(predicted, photo.mask[0] > 127))
    return {source: round(mean(values), 4) for source, values in sorted(found.items())}


def validation_photos(data: Path) -> list[Photo]:
    """The val split's 444 photos that have a mask."""
    return load_photos(data, "val", masked=True)


def train_foreground(recipe: ForegroundRecipe, data: Path, build: Path) -> nn.Module:
    """Train by `recipe` on `data`, checkpoints in `build`; resumes when one is there.

    Returns:
        The averaged network.
    """
    torch.manual_seed(recipe.seed)
    batches = Batches(recipe, load_photos(data, "train", masked=True))
    rates = Rates(recipe.backbone_rate, recipe.rate, recipe.weight_decay)
    run = Run(ForegroundDeepLab(len(CLASSES)), rates, recipe.minutes)
    checkpoint = build / f"{recipe.model}.ckpt"
    run.resume(checkpoint)

    def loss_at(_progress: float) -> Tensor:
        picture, mask, classes = batches.draw()
        return mask_loss(run.network(picture), mask, classes)

    run.train("foreground", loss_at, checkpoint)
    return run.average.module
