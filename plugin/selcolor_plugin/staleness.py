"""Whether the image is still the one that a job was started from.

An adapter takes a `Snapshot` when it reads the pixels and another when the result is there. A
result for an image that changed meanwhile is offered to the user, never forced upon the image.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum

from selcolor_plugin.translation import translate as _
from selcolor_protocol.raster import Buffer


class Change(str, Enum):
    """What happened to an image while a job ran."""

    CLOSED = "closed"
    RESIZED = "resized"
    CONVERTED = "converted"
    LAYER_GONE = "layer gone"
    LAYER_MOVED = "layer moved"
    LAYER_EDITED = "layer edited"
    RESULT_GONE = "result gone"
    RESULT_EDITED = "result edited"


@dataclass(frozen=True)
class Snapshot:
    """What a result depends on.

    Attributes:
        image_size: of the whole image, in pixels.
        color_space: of the image, in whatever terms the editor has.
        layer: the source layer's identity.
        rectangle: left, top, width and height of the source layer.
        pixels: of the source layer.
    """

    image_size: tuple[int, int]
    color_space: Hashable
    layer: str
    rectangle: tuple[int, int, int, int]
    pixels: Buffer


def change_between(before: Snapshot, after: Snapshot | None) -> Change | None:
    """The gravest change from one snapshot to the other; None when there is none.

    Args:
        before: when the job was started.
        after: now; None when the image was closed, and without a layer ("") when that is gone.
    """
    if after is None:
        return Change.CLOSED
    compared = {
        Change.RESIZED: (before.image_size, after.image_size),
        Change.CONVERTED: (before.color_space, after.color_space),
        Change.LAYER_GONE: (before.layer, after.layer),
        Change.LAYER_MOVED: (before.rectangle, after.rectangle),
        Change.LAYER_EDITED: (before.pixels, after.pixels),
    }
    return next((change for change, (old, new) in compared.items() if old != new), None)


def describe_change(change: Change) -> str:
    """What happened, for the user who is asked what to do with the result."""
    return {
        Change.CLOSED: _("The image was closed while its photo was colorized."),
        Change.RESIZED: _("The image was resized or cropped while its photo was colorized."),
        Change.CONVERTED: _("The image's color space was changed while its photo was colorized."),
        Change.LAYER_GONE: _("The photo's layer was removed while it was colorized."),
        Change.LAYER_MOVED: _("The photo's layer was moved or resized while it was colorized."),
        Change.LAYER_EDITED: _("The photo's layer was edited while it was colorized."),
        Change.RESULT_GONE: _("Layers of the result were removed while it was updated."),
        Change.RESULT_EDITED: _("The mask or the hints were painted on while it was updated."),
    }[change]


def describe_update_change(change: Change) -> str:
    """The same when a result was updated meanwhile."""
    return {
        Change.CLOSED: _("The image was closed while Blended was rendered."),
        Change.RESULT_GONE: _("Layers of the result were removed while Blended was rendered."),
    }.get(change, _("The layers were edited while Blended was rendered; nothing was changed."))


def describe_update_offer(change: Change) -> str:
    """What can be done with an update that comes too late."""
    if change is Change.CLOSED:
        return describe_offer(change)
    return _(
        "The result shows the layers as they were. It can be inserted as a new group, or "
        "discarded. Update again for the layers as they are now."
    )


def describe_offer(change: Change) -> str:
    """What inserting the result nevertheless would do."""
    if change is Change.CLOSED:
        return _("The result can be opened as a new image, or discarded.")
    return _(
        "The result shows the photo as it was. It can be inserted as a new group, or discarded."
    )
