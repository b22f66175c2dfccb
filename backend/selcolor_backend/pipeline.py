"""From a photo to its layers, step by step as the paper tells it.

Each step lives in the module that it is called from; networks come as `Colorizer` and `Segmenter`.
Planes of the full size rest on the CPU, and strips of them travel to the network's device.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial

import torch
from torch import Tensor

from selcolor_backend import mask as masks
from selcolor_backend.blend import blend_rasters, empty_layer
from selcolor_backend.luminance import Photo, check_size, read_photo
from selcolor_backend.models.predictions import PredictionCache
from selcolor_backend.models_api import Colorizer, Segmenter
from selcolor_backend.pixels.gamut import fit_gamut
from selcolor_backend.pixels.guided import Lines, fit_chroma
from selcolor_backend.pixels.profile import ColorSpace, layer_profile_of
from selcolor_backend.pixels.samples import encode_strip, strips
from selcolor_protocol.errors import NoSubjectFound
from selcolor_protocol.options import MAIN_SUBJECT, Background, ColorizeOptions, MaskOptions
from selcolor_protocol.raster import Raster

__all__ = ["Layers", "PredictionCache", "Report", "Stage", "recomposite", "run"]


class Stage(str, Enum):
    """What is being done, as users are told."""

    READ = "read"
    SEGMENT = "segment"
    COLORIZE = "colorize"
    BLEND = "blend"


Report = Callable[[Stage, float], None]
"""Told the stage and the share of it that is done; it may raise, which ends the work."""


@dataclass(frozen=True)
class Layers:
    """The result.

    Attributes:
        colorized: the whole photo in color, with the photo's luminance, alpha and number format.
        mask: 8-bit gray; white where color goes.
        blended: the colorized layer over the background, through the mask.
    """

    colorized: Raster
    mask: Raster
    blended: Raster


@torch.inference_mode()
def run(  # noqa: PLR0913 - the last three are optional and named
    photo: Raster,
    options: ColorizeOptions,
    colorizer: Colorizer,
    segmenter: Segmenter | None,
    report: Report,
    *,
    mask: Raster | None = None,
    selection: Raster | None = None,
    cache: PredictionCache | None = None,
) -> Layers:
    """Colorize a photo selectively.

    Args:
        photo: any raster of at least 16 × 16 pixels.
        options: what the user chose.
        colorizer: guesses chroma.
        segmenter: finds the subject; needed unless there is a mask.
        report: called at every strip and between stages.
        mask: replaces segmentation; gray, of the photo's size. It is inverted, refined and
            feathered as the options say.
        selection: limits the mask; gray, of the photo's size.
        cache: remembers what the networks said.

    Raises:
        UnsupportedRaster: a size, profile or channel order cannot be used.
        InvalidOptions: the segmenter does not know a class.
        NoSubjectFound: nothing of what was asked for is in the photo.
    """
    check_size(photo)
    cache = cache if cache is not None else PredictionCache()
    given = None if mask is None else masks.mask_from_raster(mask, photo.format)
    limit = (
        None if selection is None else masks.mask_from_raster(selection, photo.format, "selection")
    )
    wanted = () if segmenter is None else masks.class_indices(options.classes, segmenter.classes)

    pixels = read_photo(photo, partial(report, Stage.READ))
    report(Stage.SEGMENT, 0.0)
    if given is None:
        assert segmenter is not None, "a mask or a segmenter is needed"
        probabilities = cache.predict(segmenter.name, pixels.reduced_rgb[None], segmenter.predict)
        soft = _find_subject(probabilities, wanted, options.classes)
        plane = _mask_from_network(soft, pixels, options, report)
    else:
        plane = _mask_from_hand(given, options.invert, options.mask, pixels, report)
    final = masks.finish(plane, options.mask.feather, limit)
    _check_selection(final, limit, given)
    del plane

    report(Stage.COLORIZE, 0.0)
    seen = (pixels.reduced_luminance * options.gain).clamp(0.0, 100.0)
    ab = cache.predict(colorizer.name, seen[None, None], colorizer.predict)
    chroma = fit_chroma(ab * options.saturation, pixels.reduced_luminance)
    colorized = _render(photo, pixels.luminance, chroma, colorizer.device, report)
    del pixels

    blended = blend_rasters(
        photo, colorized, final, options.background, partial(report, Stage.BLEND)
    )
    return Layers(colorized, masks.mask_to_raster(final), blended)


@torch.inference_mode()
def recomposite(
    original: Raster,
    colorized: Raster,
    mask: Raster,
    mask_options: MaskOptions,
    background: Background,
    report: Report = lambda _stage, _share: None,
) -> Raster:
    """Blend anew after hand edits, without a network.

    Args:
        original: the photo.
        colorized: the colorized layer, of the same size.
        mask: the edited mask, gray, of the same size.
        mask_options: refinement and feather of the edited mask.
        background: kept as it is, or made gray.
        report: called at every strip.

    Raises:
        UnsupportedRaster: the sizes differ, or a profile cannot be used.
    """
    edited = masks.mask_from_raster(mask, original.format)
    if mask_options.refine or mask_options.feather:
        pixels = read_photo(original, partial(report, Stage.READ)) if mask_options.refine else None
        plane = _mask_from_hand(edited, False, mask_options, pixels, report)
        edited = masks.finish(plane, mask_options.feather, None)
    return blend_rasters(original, colorized, edited, background, partial(report, Stage.BLEND))


def _find_subject(probabilities: Tensor, wanted: tuple[int, ...], names: tuple[str, ...]) -> Tensor:
    """The soft mask `[h, w]` of the wanted classes, at the segmenter's size."""
    soft = masks.select_classes(probabilities, wanted)
    if not masks.covers_subject(masks.quantize(soft)):
        raise NoSubjectFound(
            "No subject was found in the photo."
            if names == (MAIN_SUBJECT,)
            else f"Nothing was found in the photo for “{', '.join(names)}”.",
            "Nothing was changed. Choose another class or segmenter; `selcolor colorize --mask` "
            "takes a mask of your own.",
        )
    return soft


def _mask_from_network(
    soft: Tensor, pixels: Photo, options: ColorizeOptions, report: Report
) -> Tensor:
    """The full-size mask plane `[H, W]` of a segmenter's soft mask `[h, w]`."""
    soft = 1.0 - soft if options.invert else soft
    if not options.mask.refine:
        return masks.enlarge(soft, *pixels.luminance.shape)
    edges = masks.fit_probability(soft, pixels.reduced_luminance)
    return masks.refine(edges, pixels.luminance, partial(report, Stage.SEGMENT))


def _mask_from_hand(
    given: Tensor, invert: bool, options: MaskOptions, pixels: Photo | None, report: Report
) -> Tensor:
    """The full-size mask plane `[H, W]` of a uint8 mask `[H, W]`."""
    plane = given.float().div_(255.0)
    if invert:
        plane = plane.neg_().add_(1.0)
    if not options.refine or pixels is None:
        return plane
    edges = masks.fit_painted(plane, pixels.reduced_luminance)
    return masks.refine(edges, pixels.luminance, partial(report, Stage.SEGMENT))


def _check_selection(final: Tensor, limit: Tensor | None, given: Tensor | None) -> None:
    if limit is not None and given is None and not final.any():
        raise NoSubjectFound(
            "Nothing of the subject lies within the selection.",
            "Select a larger part of the photo, or remove the selection.",
        )


def _render(photo: Raster, luminance: Tensor, chroma: Lines, device: str, report: Report) -> Raster:
    """The photo in color: its own L `[H, W]`, and chroma that follows it."""
    layer, out = empty_layer(photo)
    space: ColorSpace = layer_profile_of(photo).space
    lines = Lines(chroma.planes.to(device))
    height, width = luminance.shape
    for top, bottom in strips(height, width):
        report(Stage.COLORIZE, top / height)
        level = luminance[top:bottom].to(device)
        ab = lines.apply(level, top, height)
        encode_strip(space.encode(fit_gamut(level, ab, space)), out[top:bottom])
    return layer
