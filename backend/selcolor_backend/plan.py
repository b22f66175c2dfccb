"""The plan for a photo: everything that networks and the user decide, small and of sketch size.

What is large, the photo's own pixels, is a pure function of the plan and is left to `paint.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial

import torch
from torch import Tensor

from selcolor_backend.feather import feather
from selcolor_backend.hints import Hints, follow_hints, spread_system
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
from selcolor_backend.models.heartbeat import beat, heard_by
from selcolor_backend.models.predictions import Decisions, digest_of
from selcolor_backend.models.predictor import Predictor
from selcolor_backend.pixels.guided import Lines, cell_radius, fit_lines
from selcolor_backend.pixels.resample import resize
from selcolor_backend.sketch import Sketch
from selcolor_backend.subjects import (
    connected_part,
    prevailing_class,
    shows_subject,
    subject_probability,
    without_doubtful_parts,
)
from selcolor_protocol.notes import Note
from selcolor_protocol.options import (
    Background,
    ColorizeOptions,
    MaskOptions,
    Subject,
    SubjectKind,
)

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
    """What else came with a photo, as samples of its size.

    Attributes:
        height: rows of the photo.
        width: columns of the photo.
        mask: replaces segmentation; None where the subject is to be found.
        selection: limits the mask; None for no limit.
        hints: say which color something has; None where nothing was painted.
    """

    height: int
    width: int
    mask: Mask8 | None = None
    selection: Mask8 | None = None
    hints: Hints | None = None


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
        chroma: a and b as lines of the luminance, as the colorizer predicted and the user
            painted them.
        saturation: factor on chroma.
        mask: where color goes.
        selection: the mask is multiplied with it; None for no limit.
        background: kept as it is, or made gray.
        notes: what a user should know of the decisions.
        subject: the class of what was found; empty where nothing was looked for or found.
    """

    chroma: Lines
    saturation: float
    mask: Mask
    selection: Mask8 | None
    background: Background
    notes: tuple[Note, ...] = ()
    subject: str = ""


@torch.inference_mode()
def make_plan(
    sketch: Sketch, given: Given, options: ColorizeOptions, networks: Networks, report: Report
) -> Plan:
    """Decide where color goes and which.

    Args:
        sketch: of the photo.
        given: what came with the photo.
        options: what the user chose.
        networks: what is asked.
        report: called between the stages, and between the layers of the networks.

    Raises:
        InvalidOptions: the segmenter does not know a class.
        OutOfMemory: not even the CPU has room for a network.
    """
    digest = digest_of(sketch)
    report(Stage.SEGMENT, 0.0)
    with heard_by(partial(report, Stage.SEGMENT)):
        mask, notes, found = _plan_mask(sketch, digest, given, options, networks)
    report(Stage.COLORIZE, 0.0)
    is_hinted = given.hints is not None
    with heard_by(partial(report, Stage.COLORIZE)):
        chroma = _guess_chroma(sketch, digest, options.gain, networks)
        if given.hints is not None:
            chroma = _hinted_chroma(given.hints, chroma, sketch, digest, options, networks)
    return Plan(
        chroma=chroma,
        saturation=1.0 if is_hinted else options.saturation,
        mask=feather(mask, options.mask.feather, sketch, given.width),
        selection=None if options.subject.kind is SubjectKind.SELECTION else given.selection,
        background=options.background,
        notes=notes,
        subject=found,
    )


def plan_painted(samples: Mask8, sketch: Sketch, options: MaskOptions, invert: bool) -> Mask:
    """The mask that was painted by hand, fitted to edges if that is wanted."""
    painted = PaintedMask(255 - samples if invert else samples)
    return fit_painted(painted, sketch) if options.refine else painted


def _plan_mask(
    sketch: Sketch, digest: bytes, given: Given, options: ColorizeOptions, networks: Networks
) -> tuple[Mask, tuple[Note, ...], str]:
    """The mask before its edge is feathered, what is to be said of it, and what was found."""
    subject, painted = options.subject, given.mask
    if painted is None and subject.kind is SubjectKind.SELECTION:
        painted = given.selection
    if painted is not None:
        return plan_painted(painted, sketch, options.mask, options.invert), (), ""
    if not subject.is_found:
        return EvenMask(float((subject.kind is SubjectKind.EVERYTHING) != options.invert)), (), ""
    soft, notes, found = _find_subject(sketch, digest, given, subject, networks)
    if notes:
        return EvenMask(float(options.invert)), notes, ""
    soft = 1.0 - soft if options.invert else soft
    if not options.mask.refine:
        return SoftMask(soft, EDGE_CONTRAST), (), found
    assert networks.segmenter is not None, "something was found"
    key = ("edges", networks.segmenter.name, digest, subject, options.invert)
    beat()
    return networks.decisions.recall(key, lambda: fit_probability(soft, sketch)), (), found


def _find_subject(
    sketch: Sketch, digest: bytes, given: Given, subject: Subject, networks: Networks
) -> tuple[Tensor, tuple[Note, ...], str]:
    """How likely each part is the subject, a note if nothing is, and the class of what is."""
    segmenter = networks.segmenter
    assert segmenter is not None, "a mask or a segmenter is needed"
    probabilities = networks.decisions.recall(
        ("probabilities", segmenter.name, digest), lambda: segmenter.predict(sketch)
    )
    soft = subject_probability(probabilities, subject, segmenter.classes)
    if not shows_subject(soft, subject):
        return soft, (Note.NOTHING_FOUND,), ""
    if subject.at is not None:
        x, y = subject.at.x + 0.5, subject.at.y + 0.5
        soft = connected_part(soft, (x / given.width, y / given.height))
    elif subject.kind is SubjectKind.MAIN:
        soft = without_doubtful_parts(soft)
    if not soft.any():
        return soft, (Note.NOTHING_AT_POINT,), ""
    return soft, (), prevailing_class(probabilities, soft, segmenter.classes)


def _guess_chroma(sketch: Sketch, digest: bytes, gain: float, networks: Networks) -> Lines:
    """Chroma as lines of the luminance, guessed or remembered."""
    colorizer = networks.colorizer
    key = ("chroma", colorizer.name, digest, gain)
    return networks.decisions.recall(
        key, lambda: fit_chroma(colorizer.predict(sketch.brightened(gain)), sketch.luminance)
    )


def _hinted_chroma(
    hints: Hints,
    unhinted: Lines,
    sketch: Sketch,
    digest: bytes,
    options: ColorizeOptions,
    networks: Networks,
) -> Lines:
    """Chroma that follows hints; what was painted is as strong as it was painted."""
    colorizer, gain = networks.colorizer, options.gain
    key = ("spread", colorizer.name, digest, gain, hints.places)
    beat()
    system = networks.decisions.recall(key, lambda: spread_system(hints, sketch, unhinted))
    hinted = unhinted
    if colorizer.takes_hints:
        seen = replace(sketch.brightened(gain), hints=hints.planes)
        key = ("hinted chroma", colorizer.name, digest, gain, hints.digest)
        hinted = networks.decisions.recall(
            key, lambda: fit_chroma(colorizer.predict(seen), sketch.luminance)
        )
    beat()
    predicted, hinted = (Lines(chroma.planes * options.saturation) for chroma in (unhinted, hinted))
    return follow_hints(hints, sketch, system, predicted, hinted)


def fit_chroma(ab: Tensor, luminance: Tensor) -> Lines:
    """Fit a network's ab `[2, h, w]`, of any size, on the sketch's L `[H, W]`."""
    beat()
    radius = cell_radius(ab, luminance)
    return fit_lines(resize(ab, *luminance.shape), luminance, radius, CHROMA_EPSILON)
