"""Simulates what a user paints: hints of color for training, and points for measuring."""

from __future__ import annotations

import torch
from torch import Tensor

from selcolor_backend.pixels.color import AB_SCALE

NONE_SHARE = 0.5
"""Share of the samples that have no hint at all, because most users give none."""

MEAN_STROKES = 8.0
"""Mean number of strokes; they are drawn from a geometric distribution (Zhang et al. 2017)."""

MOST_STROKES = 32

LARGEST = 5
"""Largest side of a stroke, in cells of the quarter resolution; long ones have three times it."""

LONG_SHARE = 0.2
"""Share of the strokes that are drawn out in one direction."""

NOISE = 2.0
"""Deviation of what a painter takes for the right color, in Lab units, the same for a stroke."""


def simulated(chroma: Tensor, chance: torch.Generator) -> Tensor:
    """Hints that a user might have painted on these pictures.

    Half of the pictures with hints get strokes of one color each, as brushes paint; the other half
    the true colors under them, as a picture does that was colored in part.

    Args:
        chroma: the true ab / 110 at a quarter of the resolution, `[N, 2, h, w]`.
        chance: on the CPU.

    Returns:
        a / 110, b / 110 and the mask, `[N, 3, h, w]`.
    """
    count, _, height, width = chroma.shape
    strokes = drawn_strokes(count, height, width, chance).to(chroma.device)
    painted = strokes.amax(dim=1, keepdim=True)
    areas = strokes.sum(dim=(2, 3)).clamp(min=1.0)
    means = torch.einsum("nkhw,nchw->nkc", strokes, chroma) / areas.unsqueeze(2)
    noise = torch.randn(count, strokes.shape[1], 2, generator=chance).to(chroma.device)
    means = means + noise * (NOISE / AB_SCALE)
    flat = torch.einsum("nkhw,nkc->nchw", strokes, means) / strokes.sum(1, keepdim=True).clamp(
        min=1
    )
    brushed = torch.rand(count, 1, 1, 1, generator=chance).to(chroma.device) < 0.5
    return torch.cat([torch.where(brushed, flat, chroma * painted), painted], dim=1)


def drawn_strokes(count: int, height: int, width: int, chance: torch.Generator) -> Tensor:
    """Rectangles, most of them small, 1 inside and 0 outside, `[N, MOST_STROKES, h, w]`."""
    draws = torch.rand(6, count, MOST_STROKES, generator=chance)
    wanted = torch.rand(2, count, 1, generator=chance)
    strokes = (wanted[0].clamp(min=1e-6).log() / torch.tensor(1 - 1 / MEAN_STROKES).log()).ceil()
    strokes = torch.where(wanted[1] < NONE_SHARE, 0.0, strokes)
    there = torch.arange(MOST_STROKES) < strokes
    # The square favors small strokes, of which there are more.
    rows, columns = (1 + (LARGEST * draw.square()).floor() for draw in draws[:2])
    rows = torch.where(draws[2] < LONG_SHARE / 2, 3 * rows, rows)
    columns = torch.where(draws[2] > 1 - LONG_SHARE / 2, 3 * columns, columns)
    down = within(draws[3], rows, height)
    across = within(draws[4], columns, width)
    return (down.unsqueeze(3) & across.unsqueeze(2) & there.view(*there.shape, 1, 1)).float()


def within(draws: Tensor, lengths: Tensor, size: int) -> Tensor:
    """Which of `size` cells are in an interval of the given length anywhere, bool `[..., size]`."""
    first = (draws * (size - lengths + 1).clamp(min=1.0)).floor().unsqueeze(-1)
    cells = torch.arange(size)
    return (cells >= first) & (cells < first + lengths.unsqueeze(-1))


def points(chroma: Tensor, number: int, chance: torch.Generator, side: int = 2) -> Tensor:
    """Random points with their true colors, as Zhang et al. 2017 measure.

    Args:
        chroma: as in `simulated`.
        number: of points in each picture.
        chance: on the CPU.
        side: of a point, in cells.

    Returns:
        `[N, 3, h, w]`.
    """
    count, _, height, width = chroma.shape
    draws = torch.rand(2, count, number, generator=chance)
    lengths = torch.full((count, number), float(side))
    down, across = within(draws[0], lengths, height), within(draws[1], lengths, width)
    mask = (down.unsqueeze(3) & across.unsqueeze(2)).any(dim=1, keepdim=True).float()
    mask = mask.to(chroma.device)
    return torch.cat([chroma * mask, mask], dim=1)
