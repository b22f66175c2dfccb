"""Color hints: what a user painted to say which color something has.

Alpha says where, the chroma says which; how light the paint is says nothing, because the photo
has its own lightness. Hints are reduced to the sketch as they are read, and become a correction of
what the colorizer predicts. How far that reaches is `spread.py`'s concern.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from selcolor_backend.pixels import samples, tiles
from selcolor_backend.pixels.color import lab_to_xyz, matrix_multiply, xyz_to_lab
from selcolor_backend.pixels.guided import Lines, box_mean, cell_radius, fit_lines
from selcolor_backend.pixels.profile import ColorSpace, Space, profile_of
from selcolor_backend.pixels.resample import (
    area_span,
    reduce_columns,
    reduce_rows,
    resize,
)
from selcolor_backend.pixels.samples import Samples
from selcolor_backend.sketch import Sketch
from selcolor_backend.spread import System, grid_size, make_system
from selcolor_protocol.notes import Note
from selcolor_protocol.raster import Channels, Raster

LEAST_CHROMA = 4.0
"""Paint of less chroma than this is gray, and says that something has no color."""

CORRECTION_EPSILON = 1e-4
"""Variance of L/100 below which a correction is averaged instead of following the luminance."""

PIN_RADIUS = 2
"""Pixels of the sketch inward from a stroke's edge to where its color holds exactly."""

LOST_CHROMA = 12.0
"""Chroma that the gamut takes from a hint before somebody who painted it wonders."""

_STRIP_PIXELS = 1 << 20

Planes = NDArray[np.float32]


@dataclass(frozen=True)
class Hints:
    """What was painted, at the size of the sketch.

    Attributes:
        chroma: the painted a and b in Lab's units, 0 where nothing was painted, `[2, h, w]`.
        coverage: how much of each pixel was painted, float32 `[h, w]` in [0, 1].
        are_numbers: whether all samples were finite; those that were not were left out.
    """

    chroma: Tensor
    coverage: Tensor
    are_numbers: bool = True

    def notes(self, sketch: Sketch, space: ColorSpace) -> tuple[Note, ...]:
        """What the user should know of them, beside a photo whose layers are of this space."""
        told = {
            Note.HINTS_ARE_EMPTY: self.are_empty,
            Note.HINTS_ARE_EVERYWHERE: self.are_everywhere,
            Note.HINTS_HAVE_NO_NUMBERS: not self.are_numbers,
            Note.HINTS_ARE_TOO_STRONG: are_too_strong(self, sketch, space),
        }
        return tuple(note for note, holds in told.items() if holds)

    @property
    def are_empty(self) -> bool:
        """Whether nothing was painted."""
        return not bool(self.coverage.any())

    @property
    def are_everywhere(self) -> bool:
        """Whether there is no pixel without paint."""
        return bool((self.coverage > 0).all())

    @property
    def planes(self) -> Tensor:
        """A, b and 1, each times the coverage, `[3, h, w]`: what can be averaged."""
        return torch.cat([self.chroma, torch.ones_like(self.coverage)[None]]) * self.coverage

    @property
    def places(self) -> bytes:
        """What tells where was painted, whatever the colors."""
        return _digest(self.coverage)

    @property
    def digest(self) -> bytes:
        """What tells these hints from others."""
        return _digest(self.planes)


def read_hints(raster: Raster, sketch: Sketch) -> Hints:
    """Reduce hints to the sketch of their photo.

    Only what was painted is looked at: most of a layer of hints is transparent.

    Args:
        raster: RGBA or BGRA, of the photo's size, any number format and profile.
        sketch: of the photo.
    """
    view, sizes = samples.view_samples(raster), (raster.format.height, sketch.height)
    reduced = np.zeros((4, sketch.height, sketch.width), np.float32)
    unsound: list[bool] = []

    def reduce(rows: tuple[int, int]) -> None:
        top, bottom = area_span(*rows, *sizes)
        columns = view[top:bottom, :, -1].any(axis=0).nonzero()[0]
        if not len(columns):
            return
        painted = slice(int(columns[0]), int(columns[-1]) + 1)
        planes, is_sound = _premultiplied(view[top:bottom, painted], raster.format.channels)
        if not is_sound:
            unsound.append(True)
        wide = np.zeros((4, rows[1] - rows[0], raster.format.width), np.float32)
        wide[..., painted] = reduce_rows(planes, top, rows, sizes)
        reduced[:, rows[0] : rows[1]] = reduce_columns(wide, sketch.width)

    step = max(1, _STRIP_PIXELS // 4 * sketch.height // (raster.format.width * sizes[0]))
    tiles.each(list(tiles.spans(sketch.height, step)), reduce, lambda _: None)
    colors, coverage = torch.from_numpy(reduced[:3]), torch.from_numpy(reduced[3])
    chroma = _chroma(colors / coverage.clamp(min=1e-6), profile_of(raster).space)
    return Hints(torch.where(coverage > 0, chroma, 0.0), coverage, not unsound)


def _premultiplied(band: Samples, channels: Channels) -> tuple[Planes, bool]:
    """Red, green, blue, each times alpha, and alpha, `[4, h, w]`; and whether all were finite."""
    colors = samples.decode(samples.view_colors(band, channels)).numpy()
    alpha = samples.decode(band[..., -1:]).numpy()[0].clip(0.0, 1.0)
    is_sound = True
    if band.dtype.kind == "f":
        finite = np.isfinite(band).all(axis=-1)
        alpha, is_sound = alpha * finite, bool(finite.all())
        # Brighter than white: its hue is what is meant.
        colors = colors.clip(0.0) / colors.max(axis=0).clip(1.0)
    return np.concatenate([colors * alpha, alpha[None]]), is_sound


def _chroma(encoded: Tensor, space: Space) -> Tensor:
    """A and b, `[2, h, w]`, of encoded colors `[3, h, w]`; 0 where they are all but gray."""
    linear = space.decode(encoded.clamp(0.0, 1.0))
    ab = xyz_to_lab(matrix_multiply(torch.tensor(space.to_xyz), linear))[1:]
    return torch.where(ab.norm(dim=0) < LEAST_CHROMA, 0.0, ab)


def _digest(planes: Tensor) -> bytes:
    return hashlib.blake2b(planes.contiguous().numpy().data.cast("B"), digest_size=32).digest()


def spread_system(hints: Hints, sketch: Sketch, predicted: Lines) -> System:
    """The system that spreads hints, whatever their colors.

    Args:
        hints: at least one.
        sketch: of the photo.
        predicted: the chroma that the colorizer predicts without hints.
    """
    level, found = sketch.luminance, predicted.on(sketch.luminance)
    planes = torch.cat([level[None], found, hints.coverage[None]])
    guide, coverage = _on_grid(planes).split([3, 1])
    return make_system(guide, coverage[0])


def follow_hints(
    hints: Hints, sketch: Sketch, system: System, predicted: Lines, hinted: Lines
) -> Lines:
    """Correct predicted chroma so that it follows the hints.

    Args:
        hints: at least one.
        sketch: of the photo.
        system: as `spread_system` made it.
        predicted: without hints, as strong as it shall be where none reaches.
        hinted: what the colorizer makes of the hints; the same where it takes none. It counts as
            far as hints reach, for a network may well change its mind on all of the picture.

    Returns:
        Chroma that is the painted one in the middle of each stroke, changes with it what looks
        like the place that was painted, and is as predicted elsewhere.
    """
    found = [chroma.on(sketch.luminance) for chroma in (predicted, hinted)]
    planes = _on_grid(torch.cat([hints.planes, *found]))
    painted, coverage, before, after = planes.split([2, 1, 2, 2])
    correction = system.spread(painted / coverage.clamp(min=1e-6) - after)
    change = (correction + after - before) * system.reach
    return _pinned(Lines(predicted.planes + _enlarged(change, sketch)), hints)


def _enlarged(change: Tensor, sketch: Sketch) -> Tensor:
    """Lines that follow edges of the sketch, `[2·C, h, w]`, from a change at the size of the grid.

    They are fitted at twice the size of the grid, which is enough to see edges, and enlarged.
    """
    height, width = (
        min(2 * cells, pixels)
        for cells, pixels in zip(change.shape[1:], sketch.luminance.shape, strict=True)
    )
    guide = _reduced(sketch.luminance[None], height, width)[0]
    radius = cell_radius(change, guide)
    lines = fit_lines(resize(change, height, width), guide, radius, CORRECTION_EPSILON)
    return resize(lines.planes, sketch.height, sketch.width)


def _on_grid(planes: Tensor) -> Tensor:
    """Average planes `[C, h, w]` of sketch size down to the size of the grid."""
    return _reduced(planes, *grid_size(*planes.shape[1:]))


def _reduced(planes: Tensor, height: int, width: int) -> Tensor:
    """Average planes `[C, h, w]` down to another size."""
    rows = reduce_rows(planes.numpy(), 0, (0, height), (planes.shape[1], height))
    return torch.from_numpy(np.ascontiguousarray(reduce_columns(rows, width)))


def _pinned(chroma: Lines, hints: Hints) -> Lines:
    """Chroma that is exactly the painted one inside of strokes, whatever the luminance there."""
    nearby = torch.from_numpy(box_mean(hints.coverage[None].numpy(), PIN_RADIUS))[0]
    share = (2.0 * nearby - 1.0).clamp(0.0, 1.0) * (hints.coverage > 0)
    painted = torch.cat([torch.zeros_like(hints.chroma), hints.chroma])
    return Lines(torch.lerp(chroma.planes, painted, share))


def are_too_strong(hints: Hints, sketch: Sketch, space: ColorSpace) -> bool:
    """Whether the photo's brightness takes much chroma from most of what was painted."""
    where = hints.coverage > 0.5
    if not where.any():
        return False
    lab = torch.cat([sketch.luminance[None], hints.chroma])[:, where][:, None]
    # Where a color with so much less chroma is still outside, more than that is lost.
    kept = 1.0 - LOST_CHROMA / lab[1:].norm(dim=0).clamp(min=LOST_CHROMA)
    paler = torch.cat([lab[:1], lab[1:] * kept])
    linear = matrix_multiply(torch.tensor(space.from_xyz), lab_to_xyz(paler))
    outside = ((linear < -1e-3) | (linear > 1.001)).any(dim=0)
    return bool(outside.float().mean() > 0.5)
