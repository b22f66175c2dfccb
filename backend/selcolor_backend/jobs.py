"""Jobs as functions: from a request to its layers, without a socket.

The worker, batches and tests call `colorize` and `blend`; who asks, and how far a job is, is told
to them by a function.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import torch

from selcolor_backend.feather import feather
from selcolor_backend.hints import read_hints
from selcolor_backend.mask import Mask, Mask8, PaintedMask
from selcolor_backend.models.digest import identity_of
from selcolor_backend.models.heartbeat import heard_by
from selcolor_backend.models.loading import WarmModels
from selcolor_backend.models.predictions import Decisions
from selcolor_backend.models.registry import Kind, find_model
from selcolor_backend.paint import Layers, paint, paint_blended
from selcolor_backend.pixels.photo import Photo
from selcolor_backend.pixels.samples import view_samples
from selcolor_backend.plan import (
    Given,
    Networks,
    Plan,
    Report,
    Stage,
    make_plan,
    plan_painted,
)
from selcolor_backend.shortage import shortages
from selcolor_backend.sketch import LONG_SIDE, make_sketch
from selcolor_backend.subjects import class_indices
from selcolor_protocol.messages import Blend, Colorize, Done
from selcolor_protocol.notes import Note
from selcolor_protocol.raster import Raster


@torch.inference_mode()
def colorize(request: Colorize, networks: Networks, report: Report) -> Layers:
    """Colorize a photo selectively.

    Args:
        request: the photo and what the user chose.
        networks: those that the request names.
        report: called at every tile and between stages.

    Raises:
        UnsupportedRaster: a size cannot be used.
        InvalidOptions: the segmenter does not know a class.
        OutOfMemory: not even the CPU has room for a network.
    """
    if networks.segmenter is not None and request.options.subject.is_found:
        # An unknown class is refused before any work.
        class_indices(request.options.subject, networks.segmenter.classes)
    photo = Photo(request.photo)
    side = LONG_SIDE if networks.segmenter is None else max(LONG_SIDE, networks.segmenter.sees)
    sketch = make_sketch(photo, partial(report, Stage.READ), side)
    hints = None if request.hints is None else read_hints(request.hints, sketch)
    given = Given(
        height=photo.height,
        width=photo.width,
        mask=None if request.mask is None else view_mask(request.mask),
        selection=None if request.selection is None else view_mask(request.selection),
        hints=None if hints is None or hints.are_empty else hints,
    )
    plan = make_plan(sketch, given, request.options, networks, report)
    layers = paint(photo, plan, request.channel_order, partial(report, Stage.PAINT))
    notes = _notes_on(photo, given, plan, layers)
    if hints is not None:
        notes += hints.notes(sketch, photo.label.space)
    return replace(layers, notes=notes, subject=plan.subject)


@dataclass(frozen=True)
class Colored:
    """A photo's layers, and what they were made with.

    Attributes:
        layers: with all notes.
        colorizer: its name.
        segmenter: its name; empty where none was asked.
        device: where the colorizer ran.
        networks: those that were used, each as `NAME sha256:DIGEST`.
    """

    layers: Layers
    colorizer: str
    segmenter: str
    device: str
    networks: tuple[str, ...]

    def done(self, job: int) -> Done:
        """The same as a message."""
        layers = self.layers
        return Done(
            job=job,
            colorizer=self.colorizer,
            segmenter=self.segmenter,
            device=self.device,
            notes=layers.notes,
            blended=layers.blended,
            colorized=layers.colorized,
            mask=layers.mask,
            networks=self.networks,
        )


def do(request: Colorize, models: WarmModels, decisions: Decisions, report: Report) -> Colored:
    """Open the networks that a request names, and colorize; raises as these two."""
    options, before = request.options, shortages()
    segmenter = None
    with heard_by(partial(report, Stage.READ)):
        colorizer = models.open(options.colorizer, Kind.COLORIZER)
        if request.mask is None and options.subject.is_found:
            segmenter = models.open(options.segmenter, Kind.SEGMENTER)
    layers = colorize(request, Networks(colorizer, segmenter, decisions), report)
    left = {Note.COLORIZER_LEFT_DEVICE: colorizer, Note.SEGMENTER_LEFT_DEVICE: segmenter}
    notes = tuple(
        note
        for note, network in left.items()
        if network is not None and network.device != models.device
    )
    return Colored(
        layers=replace(layers, notes=(*layers.notes, *notes, *(shortages() - before))),
        colorizer=colorizer.name,
        segmenter=segmenter.name if segmenter else "",
        device=colorizer.device,
        networks=tuple(
            identity_of(find_model(network.name))
            for network in left.values()
            if network is not None
        ),
    )


@torch.inference_mode()
def blend(request: Blend, report: Report) -> Raster:
    """Blend anew after edits by hand, without a network.

    Args:
        request: the photo, its colorized layer and the edited mask.
        report: called at every tile.

    Raises:
        UnsupportedRaster: a profile cannot be used.
    """
    photo, colorized = Photo(request.original), Photo(request.colorized)
    edited, options = view_mask(request.mask), request.mask_options
    mask: Mask = PaintedMask(edited)
    if options.refine or options.feather:
        sketch = make_sketch(photo, partial(report, Stage.READ))
        mask = plan_painted(edited, sketch, options, invert=False)
        mask = feather(mask, options.feather, sketch, photo.width)
    painter = partial(report, Stage.PAINT)
    order = request.channel_order
    return paint_blended(photo, colorized, mask, request.background, order, painter)


def _notes_on(photo: Photo, given: Given, plan: Plan, layers: Layers) -> tuple[Note, ...]:
    """What the user should know of the layers."""
    notes = {
        Note.PICTURE_CANNOT_TAKE_COLOR: photo.is_black_and_white,
        Note.MASK_IS_EMPTY: given.mask is not None and not given.mask.any(),
        Note.SELECTION_IS_EMPTY: given.selection is not None and not given.selection.any(),
    }
    told = tuple(note for note, holds in notes.items() if holds) + plan.notes
    if not told and plan.selection is not None and not view_mask(layers.mask).any():
        told = (Note.NOTHING_IN_SELECTION,)
    return told if photo.profile_note is None else (*told, photo.profile_note)


def view_mask(raster: Raster) -> Mask8:
    """A gray raster of 8 bits, as the protocol has proven masks to be, as samples `[H, W]`."""
    mask: Mask8 = view_samples(raster)[..., 0]
    return mask
