"""Training samples by number: number n is the same picture, cut and aged alike, in every run.

That is what makes a run resume exactly and several processes see what one would see: neither the
order of the data nor its augmentation depends on anything but the seed and the number.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import Dataset

from selcolor_backend.pixels.color import AB_SCALE, srgb_to_lab, to_gray
from selcolor_training.augment import age, paste, random_square, random_view
from selcolor_training.data import Photo
from selcolor_training.recipe import ColorRecipe, MaskRecipe

CLASS_OF_SOURCE = {"portrait_flickr": 1, "ccp": 1, "humanseg_vikram": 1, "cats_pcashman": 2}
"""Which class of `foreground-lite` the subjects of a data set are."""

ANY_CLASS = -1
"""Stands for a subject whose class is not known."""


def chance_of(seed: int, number: int) -> random.Random:
    """The random numbers of one sample."""
    return random.Random(f"{seed}/{number}")


class Order:
    """The order in which photos come: shuffled anew in each epoch, every photo once."""

    def __init__(self, count: int, seed: int) -> None:
        self.count, self.seed = count, seed
        self.epoch, self.shuffled = -1, list(range(count))

    def __getitem__(self, number: int) -> int:
        """Which photo sample `number` shows."""
        epoch, place = divmod(number, self.count)
        if epoch != self.epoch:
            self.shuffled = list(range(self.count))
            random.Random(f"{self.seed}/epoch {epoch}").shuffle(self.shuffled)
            self.epoch = epoch
        return self.shuffled[place]


def split_lab(rgb: Tensor) -> tuple[Tensor, Tensor]:
    """Encoded RGB `[N, 3, H, W]` to the paper's scaling: L / 50 − 1 and ab / 110."""
    lab = srgb_to_lab(rgb)
    return lab[:, :1] / 50 - 1, lab[:, 1:] / AB_SCALE


def portraits_repeated(photos: Sequence[Photo], recipe: ColorRecipe) -> list[Photo]:
    """The photos of one epoch: portraits more than once, as the recipe says."""
    return [
        photo
        for photo in photos
        for _ in range(recipe.portrait_weight if photo.row.kind == "portrait" else 1)
    ]


@dataclass(frozen=True)
class Sides:
    """The side of sample n: `size` until sample `late`, then `late_size`."""

    size: int
    late: int
    late_size: int

    def at(self, number: int) -> int:
        """The side in pixels."""
        return self.size if number < self.late else self.late_size


class ColorSamples(Dataset[tuple[Tensor, Tensor]]):
    """L / 50 − 1, perhaps aged, and the true ab / 110; `[1, S, S]` and `[2, S, S]`.

    Args:
        photos: what to learn from.
        recipe: sizes and augmentation.
        sides: the side S of each sample.
    """

    def __init__(self, photos: Sequence[Photo], recipe: ColorRecipe, sides: Sides) -> None:
        self.photos = portraits_repeated(photos, recipe)
        self.recipe, self.sides = recipe, sides
        self.order = Order(len(self.photos), recipe.seed)

    def __len__(self) -> int:
        """Samples in one epoch."""
        return len(self.photos)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor]:
        """Make sample `number`, from 0 without end."""
        recipe, chance = self.recipe, chance_of(self.recipe.seed, number)
        photo = self.photos[self.order[number]]
        rgb = random_square(photo.rgb, self.sides.at(number), chance, recipe.smallest_crop)
        luminance, chroma = (part.squeeze(0) for part in split_lab(rgb.unsqueeze(0)))
        if chance.random() < recipe.aged_share:
            luminance = age((luminance + 1) / 2, chance) * 2 - 1
        return luminance, chroma


class MaskSamples(Dataset[tuple[Tensor, Tensor, int]]):
    """A picture in [−1, 1] `[3, S, S]`, its mask in [0, 1] `[1, S, S]`, and the subject's class.

    Args:
        photos: photos with masks.
        backgrounds: photos without any subject.
        recipe: sizes and augmentation.
    """

    def __init__(
        self, photos: Sequence[Photo], backgrounds: Sequence[Photo], recipe: MaskRecipe
    ) -> None:
        self.photos, self.backgrounds, self.recipe = photos, backgrounds, recipe
        self.order = Order(len(photos), recipe.seed)

    def __len__(self) -> int:
        """Samples in one epoch."""
        return len(self.photos)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor, int]:
        """Make sample `number`, from 0 without end."""
        recipe, chance = self.recipe, chance_of(self.recipe.seed, number)
        photo = self.photos[self.order[number]]
        stacked, class_index = self.stacked(photo, chance)
        picture, mask = stacked.split([3, 1])
        if chance.random() < recipe.gray_share:
            picture = to_gray(picture.unsqueeze(0)).squeeze(0).expand(3, -1, -1)
        if chance.random() < recipe.aged_share:
            picture = age(picture, chance)
        return picture * 2 - 1, mask, class_index

    def stacked(self, photo: Photo, chance: random.Random) -> tuple[Tensor, int]:
        """RGB and mask, `[4, S, S]`, and the class: as it is, pasted elsewhere, or a background."""
        recipe, kind = self.recipe, chance.random()
        if kind < recipe.empty_share + recipe.pasted_share:
            other = chance.choice(self.backgrounds)
            background = random_view(other.rgb, recipe.size, chance, recipe.smallest_area)
            if kind < recipe.empty_share:
                return torch.cat([background, torch.zeros_like(background[:1])]), ANY_CLASS
        assert photo.mask is not None
        together = torch.cat([photo.rgb, photo.mask])
        subject = random_view(together, recipe.size, chance, recipe.smallest_area)
        if kind < recipe.empty_share + recipe.pasted_share:
            subject = paste(subject, background, chance)
        return subject, CLASS_OF_SOURCE.get(photo.row.source, ANY_CLASS)
