"""Jobs as functions: from a request to its layers, without a socket.

The worker, batches and tests call `colorize` and `blend`; who asks, and how far a job is, is told
to them by a function.
"""

from __future__ import annotations

from functools import partial

import torch

from selcolor_backend.feather import feather
from selcolor_backend.mask import Mask, Mask8, PaintedMask
from selcolor_backend.paint import Layers, paint, paint_blended
from selcolor_backend.pixels.photo import Photo
from selcolor_backend.pixels.samples import view_samples
from selcolor_backend.plan import Given, Networks, Plan, Report, Stage, make_plan, plan_painted
from selcolor_backend.sketch import make_sketch
from selcolor_protocol.messages import Blend, Colorize
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
    given = Given(
        mask=None if request.mask is None else view_mask(request.mask),
        selection=None if request.selection is None else view_mask(request.selection),
    )
    sketch = make_sketch(photo, partial(report, Stage.READ))
    plan = make_plan(sketch, photo.width, request.options, given, networks, report)
    return paint(photo, plan, partial(report, Stage.PAINT)), plan


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
    return paint_blended(photo, colorized, mask, request.background, partial(report, Stage.PAINT))


def view_mask(raster: Raster) -> Mask8:
    """A gray raster of 8 bits, as the protocol has proven masks to be, as samples `[H, W]`."""
    mask: Mask8 = view_samples(raster)[..., 0]
    return mask
