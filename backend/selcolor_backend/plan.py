"""The plan for a photo: everything that networks and the user decide, small and of sketch size.

What is large, the photo's own pixels, is a pure function of the plan and is left to `paint.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor

from selcolor_backend.feather import feather
from selcolor_backend.mask import (
    EDGE_CONTRAST,
    EvenMask,
    Mask,
    Mask8,
    PaintedMask,
    SoftMask,
    fit_painted,
    fit_probability,
)
from selcolor_backend.models.predictions import Decisions, digest_of
from selcolor_backend.models.predictor import Predictor
from selcolor_backend.pixels.guided import Lines, cell_radius, fit_lines
from selcolor_backend.pixels.resample import resize
from selcolor_backend.sketch import Sketch
from selcolor_backend.subjects import (
    class_indices,
    covers_subject,
    select_classes,
    subject_at,
)
from selcolor_protocol.notes import Note
from selcolor_protocol.options import Background, ColorizeOptions, MaskOptions, SubjectKind

CHROMA_EPSILON = 1.6e-3
"""Variance of L/100 below which chroma is averaged instead of following the luminance: 0.04²."""


class Stage(str, Enum):
    """What is being done, as users are told."""

    READ = "read"
    SEGMENT = "segment"
    COLORIZE = "colorize"
    PAINT = "paint"


Report = Callable[[Stage, float], None]
"""Told the stage and the share of it that is done; it may raise, which ends the work."""


@dataclass(frozen=True)
class Given:
    """Rasters that came with a photo, as samples of its size.

    Attributes:
        mask: replaces segmentation; None where the subject is to be found.
        selection: limits the mask; None for no limit.
    """

    mask: Mask8 | None = None
    selection: Mask8 | None = None


@dataclass(frozen=True)
class Networks:
    """The networks of one job.

    Attributes:
        colorizer: guesses chroma.
        segmenter: finds the subject; None where nothing is to be found.
        decisions: what networks said before.
    """

    colorizer: Predictor
    segmenter: Predictor | None
    decisions: Decisions


@dataclass(frozen=True)
class Plan:
    """How a photo becomes its layers.

    Attributes:
        chroma: a and b as lines of the luminance, as the colorizer predicted them.
        saturation: factor on chroma.
        mask: where color goes.
        selection: the mask is multiplied with it; None for no limit.
        background: kept as it is, or made gray.
        notes: what a user should know of the decisions.
    """

    chroma: Lines
    saturation: float
    mask: Mask
    selection: Mask8 | None
    background: Background
    notes: tuple[Note, ...] = ()


@torch.inference_mode()
def make_plan(
    sketch: Sketch,
    photo_width: int,
    options: ColorizeOptions,
    given: Given,
    networks: Networks,
    report: Report,
) -> Plan:
    """Decide where color goes and which.

    Args:
        sketch: of the photo.
        photo_width: columns of the photo.
        options: what the user chose.
        given: masks that came along.
        networks: what is asked.
        report: called between the stages.

    Raises:
        InvalidOptions: the segmenter does not know a class.
        OutOfMemory: not even the CPU has room for a network.
    """
    digest = digest_of(sketch)
    report(Stage.SEGMENT, 0.0)
    if given.mask is not None:
        mask = plan_painted(given.mask, sketch, options.mask, options.invert)
        notes: tuple[Note, ...] = ()
    elif options.subject.is_found:
        mask, notes = _find_subject(sketch, photo_width, digest, options, networks)
    else:
        is_everything = options.subject.kind is SubjectKind.EVERYTHING
        mask, notes = EvenMask(float(is_everything is not options.invert)), ()
    report(Stage.COLORIZE, 0.0)
    return Plan(
        chroma=_guess_chroma(sketch, digest, options.gain, networks),
        saturation=options.saturation,
        mask=feather(mask, options.mask.feather, sketch, photo_width),
        selection=given.selection,
        background=options.background,
        notes=notes,
    )


def plan_painted(samples: Mask8, sketch: Sketch, options: MaskOptions, invert: bool) -> Mask:
    """The mask that was painted by hand, fitted to edges if that is wanted."""
    painted = PaintedMask(255 - samples if invert else samples)
    return fit_painted(painted, sketch) if options.refine else painted


def _find_subject(
    sketch: Sketch, photo_width: int, digest: bytes, options: ColorizeOptions, networks: Networks
) -> tuple[Mask, tuple[Note, ...]]:
    """The mask of what the user wants colored, and what is to be said of it."""
    segmenter, at = networks.segmenter, options.subject.at
    assert segmenter is not None, "a mask or a segmenter is needed"
    wanted = class_indices(options.subject, segmenter.classes)
    recall = networks.decisions.recall
    probabilities = recall(
        ("probabilities", segmenter.name, digest), lambda: segmenter.predict(sketch)
    )
    soft = select_classes(probabilities, wanted)
    if not covers_subject(soft):
        return EvenMask(float(options.invert)), (Note.NOTHING_FOUND,)
    if at is not None:
        # A sketch has its photo's proportions.
        photo_height = sketch.height * photo_width / sketch.width
        soft = subject_at(soft, ((at.x + 0.5) / photo_width, (at.y + 0.5) / photo_height))
        if not soft.any():
            return EvenMask(float(options.invert)), (Note.NOTHING_AT_POINT,)
    soft = 1.0 - soft if options.invert else soft
    if not options.mask.refine:
        return SoftMask(soft, EDGE_CONTRAST), ()
    key = ("edges", segmenter.name, digest, wanted, at, options.invert)
    return recall(key, lambda: fit_probability(soft, sketch)), ()


def _guess_chroma(sketch: Sketch, digest: bytes, gain: float, networks: Networks) -> Lines:
    """A and b as lines of the luminance."""
    colorizer = networks.colorizer
    key = ("chroma", colorizer.name, digest, gain)
    return networks.decisions.recall(
        key, lambda: fit_chroma(colorizer.predict(sketch.brightened(gain)), sketch.luminance)
    )


def fit_chroma(ab: Tensor, luminance: Tensor) -> Lines:
    """Fit a network's ab `[2, h, w]`, of any size, on the sketch's L `[H, W]`."""
    radius = cell_radius(ab, luminance)
    return fit_lines(resize(ab, *luminance.shape), luminance, radius, CHROMA_EPSILON)
