"""Trains `foreground-lite`: which pixels belong to the subject, and of what class it is.

Portraits and street fashion teach *person*, the cat photos *cat*. The moving objects of the video
set have no class of their own: for them only "not background" is learned, whichever class says so.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from selcolor_backend.models.registry import find_model
from selcolor_backend.networks.foreground import ForegroundDeepLab
from selcolor_training.augment import age, random_crop
from selcolor_training.data import Photo, load_photos
from selcolor_training.metrics import intersection_over_union
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

CLASSES = find_model("foreground-lite").classes
CLASS_OF_SOURCE = {"portrait_flickr": 1, "ccp": 1, "humanseg_vikram": 1, "cats_pcashman": 2}
ANY_CLASS = -1
"""Stands for a subject whose class is not known."""

VALIDATION_SIDE = 224
GRAY_WEIGHTS = (0.299, 0.587, 0.114)


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


def to_gray(picture: Tensor) -> Tensor:
    """Luma (BT.601) in all three channels of `[N, 3, H, W]`."""
    weights = torch.tensor(GRAY_WEIGHTS, device=picture.device).view(3, 1, 1)
    return (picture * weights).sum(dim=1, keepdim=True).expand_as(picture)


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


class ForegroundTraining:
    """The state of one training run: network, optimizer, budget."""

    def __init__(self, recipe: ForegroundRecipe, photos: list[Photo]) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.chance = random.Random(recipe.seed)
        self.photos = photos
        self.network = ForegroundDeepLab(len(CLASSES))
        load_pretrained_backbone(self.network.backbone)
        self.network.to(memory_format=torch.channels_last)
        self.average = average_of(self.network)
        groups = parameter_groups(self.network, recipe.backbone_rate, recipe.rate)
        self.optimizer = torch.optim.AdamW(groups, weight_decay=recipe.weight_decay, fused=True)
        self.budget = Budget(recipe.minutes)

    def batch(self) -> tuple[Tensor, Tensor, Tensor]:
        """Draw pictures in [−1, 1], their masks at a quarter of the size, and their classes."""
        recipe = self.recipe
        chosen = self.chance.choices(self.photos, k=recipe.batch)
        pairs = [
            random_crop(
                torch.cat([photo.rgb, photo.mask]), recipe.crop, self.chance, recipe.smallest_crop
            )
            for photo in chosen
            if photo.mask is not None
        ]
        picture, mask = torch.stack(pairs).split([3, 1], dim=1)
        grayed = torch.rand(recipe.batch, 1, 1, 1) < recipe.gray_share
        picture = age(torch.where(grayed, to_gray(picture), picture), recipe.aged_share)
        classes = torch.tensor([CLASS_OF_SOURCE.get(p.row.source, ANY_CLASS) for p in chosen])
        picture = picture.contiguous(memory_format=torch.channels_last)
        return picture * 2 - 1, functional.avg_pool2d(mask, 4), classes

    def train(self, checkpoint: Path) -> None:
        """Train until the budget is spent."""
        saved = time.monotonic()
        with tqdm(desc="foreground", unit="batch") as bar:
            while (progress := self.budget.progress()) < 1.0:
                set_rates(self.optimizer, cosine(progress))
                picture, mask, classes = self.batch()
                loss = mask_loss(self.network(picture), mask, classes)
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
                self.optimizer.step()
                self.average.update_parameters(self.network)
                bar.set_postfix(loss=f"{loss.item():.4f}", share=f"{progress:.3f}", refresh=False)
                bar.update()
                if time.monotonic() - saved > CHECKPOINT_SECONDS:
                    self.save(checkpoint)
                    saved = time.monotonic()
        self.save(checkpoint)

    def save(self, path: Path) -> None:
        """Write everything that a resumed run needs."""
        save_checkpoint(
            path,
            network=self.network.state_dict(),
            average=self.average.state_dict(),
            optimizer=self.optimizer.state_dict(),
            minutes=self.budget.elapsed(),
        )

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint of `save`."""
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.budget = Budget(self.recipe.minutes, spent=state["minutes"])


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


def train_foreground(
    recipe: ForegroundRecipe, data: Path, build: Path
) -> tuple[nn.Module, dict[str, float]]:
    """Train by `recipe` on `data`, checkpoints in `build`; resumes when one is there.

    Returns:
        The averaged network and its mean IoU for each data set of the val split.
    """
    training = ForegroundTraining(recipe, load_photos(data, "train", masked=True))
    checkpoint = build / f"{recipe.model}.ckpt"
    if checkpoint.exists():
        training.resume(checkpoint)
    training.network.train()
    training.train(checkpoint)
    network = training.average.module
    figures = validate(network, load_photos(data, "val", masked=True))
    print("foreground:", figures, flush=True)
    return network, figures
