"""Jobs as functions: from a request to its layers, without a socket.

The worker, batches and tests call `colorize` and `blend`; who asks, and how far a job is, is told
to them by a function.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import torch

from selcolor_backend.feather import feather
from selcolor_backend.mask import Mask, Mask8, PaintedMask
from selcolor_backend.paint import Layers, paint, paint_blended
from selcolor_backend.pixels.photo import Photo, is_black_and_white
from selcolor_backend.pixels.samples import view_samples
from selcolor_backend.plan import Given, Networks, Plan, Report, Stage, make_plan, plan_painted
from selcolor_backend.sketch import make_sketch
from selcolor_protocol.messages import Blend, Colorize
from selcolor_protocol.notes import Note
from selcolor_protocol.options import SubjectKind
from selcolor_protocol.raster import Raster


@torch.inference_mode()
def colorize(request: Colorize, networks: Networks, report: Report) -> tuple[Layers, Plan]:
    """Colorize a photo selectively.

    Args:
        request: the photo and what the user chose.
        networks: those that the request names.
        report: called at every tile and between stages.

    Returns:
        The layers, and the plan that they were painted by.

    Raises:
        UnsupportedRaster: a size or profile cannot be used.
        InvalidOptions: the segmenter does not know a class.
        OutOfMemory: not even the CPU has room for a network.
    """
    photo = Photo(request.photo)
    given = given_with(request)
    sketch = make_sketch(photo, partial(report, Stage.READ))
    plan = make_plan(sketch, photo.width, request.options, given, networks, report)
    layers = paint(photo, plan, partial(report, Stage.PAINT), request.channel_order)
    return layers, replace(plan, notes=plan.notes + notes_on(request, photo, layers, plan))


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
    painting = partial(report, Stage.PAINT)
    background, order = request.background, request.channel_order
    return paint_blended(photo, colorized, mask, background, painting, order)


def given_with(request: Colorize) -> Given:
    """The rasters that came with a photo; a subject that is the selection is a mask."""
    mask = None if request.mask is None else view_mask(request.mask)
    selection = None if request.selection is None else view_mask(request.selection)
    if mask is None and request.options.subject.kind is SubjectKind.SELECTION:
        return Given(mask=selection)
    return Given(mask, selection)


def notes_on(request: Colorize, photo: Photo, layers: Layers, plan: Plan) -> tuple[Note, ...]:
    """What the user should know that shows in the rasters themselves."""
    limits = request.selection is not None and bool(view_mask(request.selection).any())
    found = request.mask is None and request.options.subject.is_found and not plan.notes
    holds = {
        Note.MASK_IS_EMPTY: request.mask is not None and not view_mask(request.mask).any(),
        Note.SELECTION_IS_EMPTY: request.selection is not None and not limits,
        Note.NOTHING_IN_SELECTION: found and limits and not view_mask(layers.mask).any(),
        Note.PICTURE_CANNOT_TAKE_COLOR: is_black_and_white(photo),
    }
    return tuple(note for note, is_true in holds.items() if is_true)


def view_mask(raster: Raster) -> Mask8:
    """A gray raster of 8 bits, as the protocol has proven masks to be, as samples `[H, W]`."""
    mask: Mask8 = view_samples(raster)[..., 0]
    return mask
