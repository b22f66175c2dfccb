"""Batches for a segmenter: pictures as the network sees them, and what their pixels teach.

The pictures of a batch are all wide or all tall, so that photos keep their proportions and whole
photos can be seen: what the subject is, only the whole picture tells.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from selcolor_backend.pixels.color import to_gray
from selcolor_training.aging import aged
from selcolor_training.colorizer import emphasis_of
from selcolor_training.photos import Photos
from selcolor_training.recipe import MaskRecipe
from selcolor_training.subjects import BACKGROUND, subject_shares, targets_of
from selcolor_training.trainer import Step
from selcolor_training.views import Order, Views, chance_of, cut, cut_classes

SHORT_SIDE = 0.75
"""Of a training picture, in proportion to its long side: most photos are 3 : 4."""

SIDE_STEP = 32

NEARLY_SQUARE = 1.1
"""Photos whose sides differ by less are shown wide as well as tall."""

STRETCH = 0.14
"""Proportions of a view differ by up to a factor of exp(STRETCH) from those of the picture."""

WHOLE_SHARE = 0.4
"""Of views that are as large as the photo allows."""


@dataclass(frozen=True)
class MaskBatch:
    """Pictures and what they teach.

    Attributes:
        picture: gray in three channels, in [−1, 1], `[N, 3, H, W]`.
        mask: where the main subject is, in [0, 1], `[N, 1, H, W]`.
        targets: see `subjects.targets_of`, `[N, H / 2, W / 2]`.
        shares: see `subjects.subject_shares`, `[N, K]`.
        background: how much background counts for the classes, `[N]`.
    """

    picture: Tensor
    mask: Tensor
    targets: Tensor
    shares: Tensor
    background: Tensor

    def to(self, device: torch.device) -> MaskBatch:
        """On a device, the picture laid out as convolutions want it."""
        return MaskBatch(
            self.picture.to(device, memory_format=torch.channels_last),
            *(each.to(device) for each in (self.mask, self.targets, self.shares, self.background)),
        )


@dataclass(frozen=True)
class Cuts:
    """Cut photos with all that is known of them, before anything is made of it.

    Attributes:
        rgb: in [0, 1], `[N, 3, H, W]`.
        mask: in [0, 1], `[N, 1, H, W]`.
        classes: of VOC, `[N, H / 2, W / 2]`.
    """

    rgb: Tensor
    mask: Tensor
    classes: Tensor


class MaskSamples:
    """Makes batches by number: a number is the same picture, cut and aged alike, in every run.

    Args:
        photos: with masks and maps of classes.
        backgrounds: photos without any subject, where the recipe needs them.
        recipe: sizes and augmentation.
    """

    def __init__(self, photos: Photos, backgrounds: Photos | None, recipe: MaskRecipe) -> None:
        self.photos, self.backgrounds, self.recipe = photos, backgrounds, recipe
        emphasis = emphasis_of(photos, recipe)
        slant = photos.widths / photos.heights
        self.wide_share = float(emphasis[slant >= 1].sum() / emphasis.sum())
        allowed = slant > 1 / NEARLY_SQUARE, slant < NEARLY_SQUARE
        self.wide, self.tall = (
            Order(torch.where(allow, emphasis, 0.0), recipe.seed) if allow.any() else None
            for allow in allowed
        )
        self.count = max(round(float(emphasis.sum())), 1)
        self.shares = subject_shares(photos.rows, recipe.weak_subjects, recipe.doubt)
        self.mapped = torch.tensor([bool(row.classes) for row in photos.rows])

    def batch(self, step: Step) -> MaskBatch:
        """The batch of a step."""
        chance, recipe = chance_of(self.recipe.seed, step.first), self.recipe
        wide = bool(torch.rand(1, generator=chance) < self.wide_share)
        order = self.wide if wide else self.tall
        assert order is not None, "there are photos of that shape"
        numbers, shape = order.at(step.first, step.batch), shape_of(step.size, wide)
        cuts, shares, mapped = self.cut(numbers, shape, chance), self.shares[numbers], self.mapped
        background = torch.where(mapped[numbers], 1.0, recipe.background_weight)
        kind = torch.rand(step.batch, generator=chance)
        empty, pasted = kind < recipe.empty_share, kind < recipe.empty_share + recipe.pasted_share
        if self.backgrounds is not None:
            cuts = self.set_before(cuts, empty, pasted, chance)
            background = torch.where(pasted, 1.0, background)
        gray = to_gray(cuts.rgb)[:, :1]
        old = aged(cuts.rgb, gray, recipe.aged_share, chance) if recipe.aged_share else gray
        inside = functional.avg_pool2d(cuts.mask, 2)[:, 0] >= 0.5
        targets = targets_of(inside, cuts.classes, mapped[numbers].to(inside.device))
        picture = (old * 2 - 1).expand(-1, 3, -1, -1)
        return MaskBatch(picture, cuts.mask, targets, shares, background)

    def cut(self, numbers: Tensor, shape: tuple[int, int], chance: torch.Generator) -> Cuts:
        """Cut views of photos with their masks and maps."""
        photos = self.photos
        assert photos.masks is not None, "the layout left masks out"
        assert photos.classes is not None, "the layout left masks out"
        views = framed_views(photos, numbers, shape, self.recipe.smallest_area, chance)
        half = shape[0] // 2, shape[1] // 2
        return Cuts(
            cut(photos.rgb, photos, views, shape),
            cut(photos.masks, photos, views, shape),
            cut_classes(photos.classes, photos, views, half),
        )

    def set_before(
        self, cuts: Cuts, empty: Tensor, pasted: Tensor, chance: torch.Generator
    ) -> Cuts:
        """Exchange the background of some pictures, and leave the subject out of some of them.

        Args:
            cuts: pictures with subjects.
            empty: which of them show only another background, bool `[N]`.
            pasted: which of them have another background, those included, bool `[N]`.
            chance: on the CPU.
        """
        assert self.backgrounds is not None, "the recipe needs backgrounds"
        shape = int(cuts.rgb.shape[-2]), int(cuts.rgb.shape[-1])
        others = torch.randint(len(self.backgrounds), (len(empty),), generator=chance)
        smallest = self.recipe.smallest_area
        views = framed_views(self.backgrounds, others, shape, smallest, chance)
        behind = cut(self.backgrounds.rgb, self.backgrounds, views, shape)
        before = paste(cuts, behind, places_of(len(empty), chance))
        empty, pasted = (each.view(-1, 1, 1, 1).to(behind.device) for each in (empty, pasted))
        rgb = torch.where(empty, behind, torch.where(pasted, before.rgb, cuts.rgb))
        mask = torch.where(empty, 0.0, torch.where(pasted, before.mask, cuts.mask))
        classes = torch.where(pasted[:, 0], before.classes, cuts.classes)
        return Cuts(rgb, mask, torch.where(empty[:, 0], BACKGROUND, classes))


def shape_of(size: int, wide: bool) -> tuple[int, int]:
    """Height and width of a training picture whose long side is `size`."""
    short = max(round(size * SHORT_SIDE / SIDE_STEP), 1) * SIDE_STEP
    return (short, size) if wide else (size, short)


def framed_views(
    photos: Photos,
    numbers: Tensor,
    shape: tuple[int, int],
    smallest: float,
    chance: torch.Generator,
) -> Views:
    """Rectangles nearly of a picture's proportions, many of them as large as the photo allows.

    Args:
        photos: to cut from.
        numbers: which of them, int64 `[N]`.
        shape: height and width of the picture.
        smallest: smallest share of the largest rectangle that a view keeps, above 0 to 1.
        chance: on the CPU.
    """
    draws = torch.rand(6, len(numbers), generator=chance)
    heights, widths = photos.heights[numbers], photos.widths[numbers]
    slant = shape[1] / shape[0] * (STRETCH * (2.0 * draws[0] - 1.0)).exp()
    share = torch.where(draws[1] < WHOLE_SHARE, 1.0, smallest + (1.0 - smallest) * draws[2])
    tall = torch.minimum(heights, widths / slant) * share.sqrt()
    rows = tall.round().long().clamp(min=1).minimum(heights)
    columns = (tall * slant).round().long().clamp(min=1).minimum(widths)
    tops = (draws[3] * (heights - rows + 1)).long()
    lefts = (draws[4] * (widths - columns + 1)).long()
    return Views(numbers, tops, lefts, rows, columns, draws[5] < 0.5)


def places_of(count: int, chance: torch.Generator) -> Tensor:
    """Where subjects are set: scaled, moved and perhaps mirrored, `[N, 2, 3]`."""
    draws = torch.rand(4, count, generator=chance)
    zoom = 1.0 / (0.5 + 0.6 * draws[0])
    mirror = torch.where(draws[1] < 0.5, -1.0, 1.0)
    zero = torch.zeros_like(zoom)
    across = torch.stack([zoom * mirror, zero, draws[2] - 0.5], dim=1)
    down = torch.stack([zero, zoom, 0.8 * draws[3] - 0.4], dim=1)
    return torch.stack([across, down], dim=1)


def paste(subjects: Cuts, behind: Tensor, places: Tensor) -> Cuts:
    """Set subjects before other backgrounds.

    Args:
        subjects: pictures with masks and classes.
        behind: the backgrounds, `[N, 3, H, W]`.
        places: see `places_of`.

    Returns:
        The pictures with the soft masks that they were composed by, and nothing but background
        where the subject is not.
    """
    places = places.to(behind.device)
    planes = moved(torch.cat([subjects.rgb, subjects.mask], dim=1), places, "bilinear")
    # Outlines cut with scissors would be learned as the sign of a subject.
    soft = functional.avg_pool2d(planes[:, 3:], 3, stride=1, padding=1, count_include_pad=False)
    classes = moved(subjects.classes[:, None].float(), places, "nearest")[:, 0].long()
    touched = functional.max_pool2d(soft, 2)[:, 0] > 0
    rgb = (soft * planes[:, :3] + (1.0 - soft) * behind).clamp(0.0, 1.0)
    return Cuts(rgb, soft, torch.where(touched, classes, BACKGROUND))


def moved(planes: Tensor, places: Tensor, mode: str) -> Tensor:
    """Move planes `[N, C, H, W]`; what comes from outside is 0."""
    grid = functional.affine_grid(places, list(planes.shape), align_corners=False)
    return functional.grid_sample(planes, grid, mode=mode, align_corners=False)
