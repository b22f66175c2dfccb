"""Where color goes: from class probabilities to an 8-bit mask with clean edges.

What the mask then does to the picture is left to `blend.py`. A mask is 8 bits deep in the end,
because editors' masks are, and because the blend must follow from what the user sees. Inverting
is plain 1 − mask; the paper's listing applies `~` to integers there, which gives −1 and −2 where 1
and 0 are meant, and is not followed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

from selcolor_backend.feather import feather
from selcolor_backend.pixels.guided import Lines, cell_radius, fit_lines, resize_to
from selcolor_backend.pixels.resample import enlarge_rows, reduce_area
from selcolor_backend.pixels.samples import decode_strip, strips, view_colors, view_samples
from selcolor_protocol.errors import InvalidOptions, UnsupportedRaster
from selcolor_protocol.options import MAIN_SUBJECT
from selcolor_protocol.raster import Channels, Raster, RasterFormat, SampleType

SUBJECT_SHARE = 0.001
"""A subject covers at least this share of the picture; less is noise."""

MASK_EPSILON = 1e-4
"""Variance of L/100 below which the mask ignores the luminance: 0.01²."""

HAND_MADE_RADIUS = 8
"""Window radius, in pixels of the guide, for masks that are full-size already."""

_EDGE_CONTRAST = 2.0
_HALF = 128

Progress = Callable[[float], None]


def class_indices(wanted: tuple[str, ...], known: tuple[str, ...]) -> tuple[int, ...]:
    """Find classes by name.

    Args:
        wanted: names, among them perhaps `main` for everything but the background.
        known: the segmenter's classes, the background first.

    Raises:
        InvalidOptions: the segmenter does not know a name.
    """
    if MAIN_SUBJECT in wanted:
        return tuple(range(1, len(known)))
    for name in wanted:
        if name not in known:
            raise InvalidOptions(
                f"The segmenter does not know “{name}”; it knows "
                f"{', '.join((MAIN_SUBJECT, *known[1:]))}.",
                "Choose one of these, or the segmenter with the 20 VOC classes: "
                "--segmenter deeplabv3-resnet101.",
            )
    return tuple(dict.fromkeys(known.index(name) for name in wanted))


def select_classes(probabilities: Tensor, indices: tuple[int, ...]) -> Tensor:
    """Sum the probabilities `[K, h, w]` of some classes, to `[h, w]` in [0, 1]."""
    return probabilities[list(indices)].sum(dim=0).clamp(0.0, 1.0)


def covers_subject(mask: Tensor) -> bool:
    """Whether at least 0.1 % of a uint8 mask `[H, W]` is 128 or more: else nothing was found."""
    return int((mask >= _HALF).sum()) >= SUBJECT_SHARE * mask.numel()


def quantize(mask: Tensor) -> Tensor:
    """Round a mask in [0, 1] to uint8, of the same shape."""
    return (mask * 255.0).round_().clamp_(0.0, 255.0).to(torch.uint8)


@dataclass(frozen=True)
class EdgeLines:
    """A mask that follows edges, at guide size.

    Attributes:
        lines: the mask as straight lines of the luminance.
        bounds: lowest and highest mask value nearby, float32 `[2, h, w]`.
    """

    lines: Lines
    bounds: Tensor

    def apply(self, luminance: Tensor, top: int, height: int) -> Tensor:
        """Evaluate a strip of the full-size mask, `[rows, W]`; arguments as of `Lines.apply`.

        Values are spread between the nearby extremes, so that an edge is steep, and where these
        are equal, the mask is exactly that: no gray haze far from edges.
        """
        rows, width = luminance.shape
        low, high = enlarge_rows(self.bounds, (top, top + rows), height, width)
        value = self.lines.apply(luminance, top, height)[0]
        middle = (low + high) / 2.0
        return torch.clamp((value - middle) * _EDGE_CONTRAST + middle, low, high)


def fit_edges(mask: Tensor, luminance: Tensor, radius: int) -> EdgeLines:
    """Fit a mask to the edges of the luminance.

    Args:
        mask: at guide size, float32 `[h, w]` in [0, 1].
        luminance: the guide, L in [0, 100], float32 `[h, w]`.
        radius: of the windows; edges move by at most twice as much.
    """
    plane = mask[None]
    bounds = torch.cat([-_dilate(-plane, 2 * radius), _dilate(plane, 2 * radius)])
    return EdgeLines(fit_lines(plane, luminance, radius, MASK_EPSILON), bounds)


def fit_probability(soft: Tensor, luminance: Tensor) -> EdgeLines:
    """Fit a segmenter's `[h, w]`, of any size, to edges: decided first, then refined.

    A network's doubt (0.3 all over a wall) is not half-transparency; hence every pixel belongs
    to the subject or not before the edges are made soft as the luminance tells.
    """
    decided = (resize_to(soft[None], luminance) >= 0.5).float()
    # A network errs by about a pixel of its own; the window must see beyond that.
    return fit_edges(decided[0], luminance, 2 * cell_radius(soft[None], luminance))


def fit_painted(plane: Tensor, luminance: Tensor) -> EdgeLines:
    """Fit a full-size mask `[H, W]` to edges; even areas of any gray stay what they are."""
    height, width = luminance.shape
    reduced = reduce_area(plane[None], height, width)[0]
    return fit_edges(reduced, luminance, HAND_MADE_RADIUS)


def refine(edges: EdgeLines, luminance: Tensor, report: Progress) -> Tensor:
    """Evaluate a mask `[H, W]` at the size of the full luminance `[H, W]`, in strips."""
    height, width = luminance.shape
    plane = torch.empty_like(luminance)
    for top, bottom in strips(height, width):
        report(top / height)
        plane[top:bottom] = edges.apply(luminance[top:bottom], top, height)
    return plane


def enlarge(soft: Tensor, height: int, width: int) -> Tensor:
    """Enlarge a segmenter's `[h, w]` to a mask without looking at edges.

    Half the range of doubt around 0.5 becomes the soft edge; beyond it the mask is 0 or 1.
    """
    plane = torch.empty(height, width)
    for top, bottom in strips(height, width):
        strip = enlarge_rows(soft[None], (top, bottom), height, width)[0]
        plane[top:bottom] = ((strip - 0.5) * 2.0 + 0.5).clamp_(0.0, 1.0)
    return plane


def finish(plane: Tensor, feather_px: float, selection: Tensor | None) -> Tensor:
    """Soften the edge, keep to the selection, and round.

    Args:
        plane: float32 `[H, W]` in [0, 1]; may be overwritten.
        feather_px: width of the soft edge in pixels, twice the Gaussian's standard deviation.
        selection: uint8 `[H, W]` that the mask is multiplied with, or None.

    Returns:
        uint8 `[H, W]`.
    """
    soft = feather(plane, feather_px / 2.0)
    mask = torch.empty(soft.shape, dtype=torch.uint8)
    for top, bottom in strips(*soft.shape):
        strip = soft[top:bottom]
        if selection is not None:
            strip = strip * (selection[top:bottom].float() / 255.0)
        mask[top:bottom] = quantize(strip)
    return mask


def mask_from_raster(raster: Raster, photo: RasterFormat, what: str = "mask") -> Tensor:
    """Read a gray raster as a uint8 mask `[H, W]`; its numbers are taken as they are.

    Raises:
        UnsupportedRaster: it is not gray, or not of the photo's size.
    """
    layout = raster.format
    if (layout.width, layout.height) != (photo.width, photo.height):
        raise UnsupportedRaster(
            f"The {what} is {layout.width} × {layout.height} pixels, "
            f"but the photo is {photo.width} × {photo.height}.",
            f"Use a {what} of the photo's size.",
        )
    if not layout.channels.is_gray:
        raise UnsupportedRaster(
            f"The {what} is in color.", f"Save the {what} as a gray picture, then try again."
        )
    samples = view_colors(view_samples(raster), layout.channels)
    mask = torch.empty(layout.height, layout.width, dtype=torch.uint8)
    for top, bottom in strips(*mask.shape):
        mask[top:bottom] = quantize(decode_strip(samples[top:bottom])[0])
    return mask


def mask_to_raster(mask: Tensor) -> Raster:
    """Wrap a uint8 mask `[H, W]` as a gray raster, without a copy."""
    height, width = mask.shape
    layout = RasterFormat(width, height, Channels.GRAY, SampleType.U8)
    return Raster(layout, mask.contiguous().numpy().data.cast("B"))


def _dilate(planes: Tensor, radius: int) -> Tensor:
    """The highest value of `[C, h, w]` in square windows of side 2·radius + 1."""
    return _highest_along(_highest_along(planes, -2, radius), -1, radius)


def _highest_along(planes: Tensor, axis: int, radius: int) -> Tensor:
    """The highest value in windows along one axis, by windows that double in length."""
    size, side, span = planes.shape[axis], 2 * radius + 1, 1
    padding = (0, 0, radius, radius) if axis == -2 else (radius, radius)
    highest = F.pad(planes, padding, value=float("-inf"))
    while 2 * span <= side:
        count = highest.shape[axis] - span
        highest = torch.maximum(highest.narrow(axis, 0, count), highest.narrow(axis, span, count))
        span *= 2
    return torch.maximum(highest.narrow(axis, 0, size), highest.narrow(axis, side - span, size))
