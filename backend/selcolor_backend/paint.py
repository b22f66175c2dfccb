"""From a photo and its plan to its layers: the only place where full-size pixels are touched.

Tiles are painted independently of each other, each pixel once: luminance, mask, chroma, gamut,
samples, blend. The blend is a sum of *encoded* samples, not of linear light, because Krita and GIMP
show a masked layer over another that way: what they show and what is rendered here must be the
same. Alpha is the photo's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from selcolor_backend.mask import Canvas, Mask, Mask8, quantize
from selcolor_backend.pixels import tiles
from selcolor_backend.pixels.gamut import fit_gamut
from selcolor_backend.pixels.guided import Lines
from selcolor_backend.pixels.layers import Layer, LayerSource, write_linear
from selcolor_backend.pixels.photo import Photo
from selcolor_backend.pixels.samples import LARGEST_SAMPLE, Samples, white_of
from selcolor_backend.pixels.tiles import Tile
from selcolor_backend.plan import Plan
from selcolor_protocol.notes import Note
from selcolor_protocol.options import Background
from selcolor_protocol.raster import ChannelOrder, Channels, Raster, RasterFormat, SampleType

ROOT_SLOPE = 100.0 / 116.0
ROOT_OFFSET = 16.0 / 116.0
"""From L / 100 to the cube root of Y over that of white."""


@dataclass(frozen=True)
class Layers:
    """The result.

    Attributes:
        colorized: the whole photo in color, with the photo's luminance, alpha and number format.
        mask: 8-bit gray; white where color goes.
        blended: the colorized layer over the background, through the mask.
        notes: what the user should know of them.
        subject: the class of what was found, as the segmenter names it; empty where nothing was
            looked for or found.
    """

    colorized: Raster
    mask: Raster
    blended: Raster
    notes: tuple[Note, ...] = ()
    subject: str = ""


def paint(photo: Photo, plan: Plan, order: ChannelOrder, report: Callable[[float], None]) -> Layers:
    """Paint all layers of a photo.

    Args:
        photo: any raster.
        plan: of this photo.
        order: of the colors in the layers.
        report: told the share that is done; it may raise, which ends the work.
    """
    report(0.0)
    colorized = Layer(photo, order)
    report(0.0)
    blended = Layer(photo, order)
    roots, space = root_lines(plan.chroma, plan.saturation), photo.label.space
    mask = np.empty((photo.height, photo.width), np.uint8)
    background = Backdrop(photo, plan.background)

    def paint_band(band: Tile) -> None:
        canvas, colors = LevelOnce(photo), torch.empty(3, *band.shape)
        for tile in tiles.tiles(band):
            rows, columns = tile.within(band)
            colors[:, rows, columns] = paint_roots(canvas, roots, tile)
            mask[tile.area] = paint_mask(canvas, plan.mask, plan.selection, tile)
        linear = fit_gamut(colors, space)
        for tile in tiles.tiles(band):
            upper = colorized.colors[tile.area]
            rows, columns = tile.within(band)
            write_linear(linear[:, rows, columns], space, upper)
            lower = background.samples(tile, mask[tile.area])
            blend(lower, upper, mask[tile.area], blended.colors[tile.area])

    tiles.each(tiles.bands(photo.height, photo.width), paint_band, report)
    return Layers(colorized.raster, mask_raster(mask), blended.raster)


def paint_blended(
    photo: Photo,
    colorized: Photo,
    mask: Mask,
    background: Background,
    order: ChannelOrder,
    report: Callable[[float], None],
) -> Raster:
    """Blend a colorized layer over its photo, after edits by hand.

    Args:
        photo: whose alpha and number format are kept.
        colorized: the colored layer, of the same size; in another number format or profile it is
            converted.
        mask: where the colored layer shows.
        background: the photo's pixels as they are, or the neutrals of the same luminance.
        order: of the colors in the blended layer.
        report: told the share that is done; it may raise, which ends the work.

    Returns:
        A raster in the photo's number format. Where the mask is 0 its samples are exactly the
        background's, where it is 255 exactly the colored layer's.
    """
    report(0.0)
    blended = Layer(photo, order)
    backdrop = Backdrop(photo, background)
    above = LayerSource(colorized, photo)

    def blend_band(band: Tile) -> None:
        for tile in tiles.tiles(band):
            share = paint_mask(photo, mask, None, tile)
            lower = backdrop.samples(tile, share)
            blend(lower, above.colors(tile), share, blended.colors[tile.area])

    tiles.each(tiles.bands(photo.height, photo.width), blend_band, report)
    return blended.raster


class LevelOnce:
    """A photo whose luminance is computed once for each tile, however often it is asked for."""

    def __init__(self, photo: Photo) -> None:
        self.height = photo.height
        self.width = photo.width
        self._photo = photo
        self._tile: Tile | None = None
        self._level: Tensor | None = None

    def level(self, tile: Tile) -> Tensor:
        """L / 100 of a tile, as of `Photo`."""
        if self._level is None or self._tile != tile:
            self._tile, self._level = tile, self._photo.level(tile)
        return self._level


class Backdrop:
    """What lies behind the subject, as samples of the layers."""

    def __init__(self, photo: Photo, background: Background) -> None:
        source = LayerSource(photo, photo)
        self._samples = source.neutrals if background is Background.GRAY else source.colors

    def samples(self, tile: Tile, mask: Mask8) -> Samples | None:
        """Samples `[rows, columns, 1|3]`; None where the mask leaves nothing to see of them."""
        return None if mask.min() == 255 else self._samples(tile)


def root_lines(chroma: Lines, saturation: float) -> Lines:
    """Chroma as lines of the luminance, turned into the roots that `fit_gamut` takes.

    A root is a linear function of L and a or b, and so again a line of the luminance: pixels are
    spared the way over a and b.
    """
    factors = torch.tensor([saturation / 500.0, -saturation / 200.0]).view(2, 1, 1)
    slope, offset = chroma.planes.chunk(2)
    return Lines(torch.cat([slope * factors + ROOT_SLOPE, offset * factors + ROOT_OFFSET]))


def paint_roots(canvas: Canvas, roots: Lines, tile: Tile) -> Tensor:
    """The colors of one tile, `[3, rows, columns]`: its own L, and chroma that follows it."""
    level = canvas.level(tile)
    first, last = roots.apply(level, tile, canvas.height, canvas.width)
    return torch.stack([first, level * ROOT_SLOPE + ROOT_OFFSET, last])


def paint_mask(canvas: Canvas, mask: Mask, selection: Mask8 | None, tile: Tile) -> Mask8:
    """One tile of the mask, within the selection."""
    plane = mask.evaluate(canvas, tile)
    if selection is not None:
        share = selection[tile.area].astype(np.float32) / np.float32(255.0)
        plane = plane * torch.from_numpy(share)
    return quantize(plane)


def blend(lower: Samples | None, upper: Samples, mask: Mask8, out: Samples) -> None:
    """Mask · upper + (1 − mask) · lower.

    Args:
        lower: where the mask is 0, `[h, W, 1|3]`; may be None where the mask is 255 everywhere.
        upper: where the mask is 255, `[h, W, 1|3]`.
        mask: `[h, W]`.
        out: `[h, W, 3]`, of the same number format.
    """
    if lower is None:
        out[...] = upper
        return
    # Channel by channel: numpy copies one gray channel into three slowly.
    for channel in range(3):
        out[..., channel] = lower[..., min(channel, lower.shape[-1] - 1)]
    if not mask.any():
        return
    # Chosen, not multiplied by 0 or 1: floats must come through bit by bit, even a NaN.
    np.copyto(out, upper, where=(mask == 255)[..., None])
    partial = (mask > 0) & (mask < 255)
    share = mask[partial].astype(np.float32)[:, None] / np.float32(255)
    below, above = _as_floats(lower[partial]), _as_floats(upper[partial])
    mixed = below + (above - below) * share
    out[partial] = np.rint(mixed) if white_of(out) > 1 else mixed


def _as_floats(samples: Samples) -> Samples:
    """Samples as float32, with nonsense (NaN, infinity) made sane as in `samples.decode`."""
    floats = samples.astype(np.float32)
    if samples.dtype.kind == "f":
        np.nan_to_num(floats, copy=False, nan=0.0)
        np.clip(floats, -LARGEST_SAMPLE, LARGEST_SAMPLE, out=floats)
    return floats


def mask_raster(mask: Mask8) -> Raster:
    """A mask as a gray raster, without a copy."""
    height, width = mask.shape
    layout = RasterFormat(width, height, Channels.GRAY, SampleType.U8)
    return Raster(layout, mask.data.cast("B"))
