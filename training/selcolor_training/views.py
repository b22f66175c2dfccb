"""Cuts views out of photos in batches, on the device where the photos are.

A view is a rectangle of a photo, perhaps mirrored, brought to a square. Pixels are read with one
gather for the whole batch and resized with two matrix products, by the triangle filter that torch's
antialiased bilinear resizing uses.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from selcolor_training.photos import Photos


@dataclass(frozen=True)
class Views:
    """Where to cut, all int64 `[N]` but `mirrored`, on the CPU.

    Attributes:
        photos: the number of each photo.
        tops: first row.
        lefts: first column.
        heights: rows.
        widths: columns.
        mirrored: whether left and right are exchanged, bool `[N]`.
    """

    photos: Tensor
    tops: Tensor
    lefts: Tensor
    heights: Tensor
    widths: Tensor
    mirrored: Tensor


def random_views(
    photos: Photos, numbers: Tensor, smallest: float, chance: torch.Generator
) -> Views:
    """Squares anywhere in the photos, mirrored half of the time.

    Args:
        photos: to cut from.
        numbers: which of them, int64 `[N]`.
        smallest: smallest share of the largest square's area that a view keeps, above 0 to 1.
        chance: on the CPU.
    """
    draws = torch.rand(4, len(numbers), generator=chance)
    heights, widths = photos.heights[numbers], photos.widths[numbers]
    share = smallest + (1.0 - smallest) * draws[0]
    sides = (torch.minimum(heights, widths) * share.sqrt()).round().long().clamp(min=1)
    tops = (draws[1] * (heights - sides + 1)).long()
    lefts = (draws[2] * (widths - sides + 1)).long()
    return Views(numbers, tops, lefts, sides, sides, draws[3] < 0.5)


def random_rectangles(
    photos: Photos, numbers: Tensor, smallest: float, chance: torch.Generator
) -> Views:
    """As `random_views`, but rectangles near the photos' own shape, so that whole photos are seen.

    `smallest` is of the photo's area. What is not square is squeezed into one by `cut`.
    """
    draws = torch.rand(5, len(numbers), generator=chance)
    heights, widths = photos.heights[numbers], photos.widths[numbers]
    area = (smallest + (1.0 - smallest) * draws[0]) * heights * widths
    slant = (0.6 * draws[1] - 0.3).exp() * widths / heights
    tall = torch.minimum(heights, (area / slant).sqrt().round().long().clamp(min=1))
    wide = torch.minimum(widths, (area * slant).sqrt().round().long().clamp(min=1))
    tops = (draws[2] * (heights - tall + 1)).long()
    lefts = (draws[3] * (widths - wide + 1)).long()
    return Views(numbers, tops, lefts, tall, wide, draws[4] < 0.5)


def central_views(photos: Photos, numbers: Tensor) -> Views:
    """The largest square in the middle of each photo."""
    heights, widths = photos.heights[numbers], photos.widths[numbers]
    sides = torch.minimum(heights, widths)
    tops, lefts = (heights - sides) // 2, (widths - sides) // 2
    return Views(numbers, tops, lefts, sides, sides, torch.zeros(len(numbers), dtype=torch.bool))


def cut(plane: Tensor, photos: Photos, views: Views, size: int | tuple[int, int]) -> Tensor:
    """Cut views out of one of the arrays of `photos`.

    Args:
        plane: `photos.rgb` or `photos.masks`; the result is on its device.
        photos: where each photo lies in it.
        views: what to cut.
        size: height and width of the result, or the side of a square, in pixels.

    Returns:
        float32 `[N, C, height, width]` in [0, 1].
    """
    values = gathered(plane, photos, views).float().div_(255.0)
    device = plane.device
    height, width = (size, size) if isinstance(size, int) else size
    across = resampling(views.widths, width, views.mirrored).to(device)
    down = resampling(views.heights, height).to(device)
    # [N, H, W, C] is squeezed to [N, height, W, C], then to [N, C, height, width].
    count, rows, columns, channels = values.shape
    squeezed = torch.bmm(down, values.view(count, rows, columns * channels))
    squeezed = squeezed.view(count, height, columns, channels).permute(0, 3, 1, 2)
    return torch.matmul(squeezed, across.transpose(1, 2).unsqueeze(1)).clamp_(0.0, 1.0)


def cut_classes(plane: Tensor, photos: Photos, views: Views, size: int | tuple[int, int]) -> Tensor:
    """Cut views out of `photos.classes` without mixing classes: the nearest pixel counts.

    Returns:
        int64 `[N, height, width]`, of this `size`.
    """
    values = gathered(plane, photos, views)[..., 0].long()
    sides = (size, size) if isinstance(size, int) else size
    down, across = ((torch.arange(side) + 0.5) / side for side in sides)
    rows = (down * views.heights.unsqueeze(1)).long().to(plane.device)
    columns = (across * views.widths.unsqueeze(1)).long()
    columns = torch.where(views.mirrored.unsqueeze(1), columns.flip(1), columns).to(plane.device)
    each = torch.arange(len(values), device=plane.device).view(-1, 1, 1)
    return values[each, rows.unsqueeze(2), columns.unsqueeze(1)]


def gathered(plane: Tensor, photos: Photos, views: Views) -> Tensor:
    """The pixels of all views, uint8 `[N, H, W, C]`; the ends of smaller ones are repeated."""
    rows = torch.arange(int(views.heights.max())).minimum(views.heights.unsqueeze(1) - 1)
    columns = torch.arange(int(views.widths.max())).minimum(views.widths.unsqueeze(1) - 1)
    starts = photos.starts[views.photos].unsqueeze(1)
    lines = starts + (views.tops.unsqueeze(1) + rows) * photos.widths[views.photos].unsqueeze(1)
    places = lines.unsqueeze(2) + (views.lefts.unsqueeze(1) + columns).unsqueeze(1)
    pixels = plane if plane.ndim == 2 else plane.unsqueeze(1)
    taken = pixels[places.flatten().to(plane.device)]
    return taken.view(*places.shape, -1)


def resampling(lengths: Tensor, size: int, mirrored: Tensor | None = None) -> Tensor:
    """Matrices that resize lines of pixels by the triangle filter.

    Args:
        lengths: pixels in each line, int64 `[N]`.
        size: pixels of the result.
        mirrored: which results are reversed, bool `[N]`.

    Returns:
        `[N, size, longest]`; every row has the sum 1.
    """
    scale = (lengths / size).view(-1, 1, 1)
    centers = (torch.arange(size) + 0.5).view(1, -1, 1) * scale - 0.5
    places = torch.arange(int(lengths.max())).view(1, 1, -1)
    weights = (1.0 - (places - centers).abs() / scale.clamp(min=1.0)).clamp(min=0.0)
    weights = weights * (places < lengths.view(-1, 1, 1))
    weights = weights / weights.sum(dim=2, keepdim=True)
    if mirrored is None:
        return weights
    return torch.where(mirrored.view(-1, 1, 1), weights.flip(1), weights)


class Order:
    """The order in which photos come: shuffled anew in each epoch, each as often as it weighs.

    Args:
        weights: how often a photo comes in an epoch, in proportion to the others, `[N]`.
        seed: another seed gives another order.
    """

    def __init__(self, weights: Tensor, seed: int) -> None:
        self.count = max(round(float(weights.sum())), 1)
        self.weights = weights.double() * (self.count / float(weights.sum()))
        self.seed, self.epoch = seed, -1
        self.shuffled = torch.empty(0, dtype=torch.int64)

    def at(self, first: int, count: int) -> Tensor:
        """The photos of the samples from `first` on, int64 `[count]`."""
        found: list[Tensor] = []
        while count:
            epoch, place = divmod(first, self.count)
            some = self.of_epoch(epoch)[place : place + count]
            found.append(some)
            first, count = first + len(some), count - len(some)
        return torch.cat(found)

    def of_epoch(self, epoch: int) -> Tensor:
        """All photos of an epoch in their order."""
        if epoch != self.epoch:
            chance = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            deal = torch.randperm(len(self.weights), generator=chance)
            # Systematic sampling: the weights lie along a line, and a comb of step 1 is laid on it.
            ends = self.weights[deal].cumsum(0) - torch.rand(1, generator=chance).double()
            teeth = torch.arange(self.count, dtype=torch.float64)
            drawn = deal[torch.searchsorted(ends, teeth).clamp(max=len(deal) - 1)]
            self.shuffled = drawn[torch.randperm(self.count, generator=chance)]
            self.epoch = epoch
        return self.shuffled


def chance_of(seed: int, number: int) -> torch.Generator:
    """The random numbers of the batch that begins with sample `number`."""
    return torch.Generator().manual_seed((seed * 0x9E3779B1 + number) % 2**63)
