"""From a layer plan to GIMP's layers, in one undo group.

Every layer and its mask is made and filled before the image is touched; then they are only
inserted. Cancel ends the process, and must not do so amid an undo group; GIMP also ends a plug-in
that writes to a locked layer, and in a locked group all are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gi.repository import Gimp

from selcolor_plugin.editor import Identities, NewGroup
from selcolor_plugin.errors import CannotInsert
from selcolor_plugin.layers import LayerPlan, PlannedLayer, Role
from selcolor_protocol.raster import Raster

from . import records
from .errors import not_taken
from .formats import BLEND_SPACES, trc_of
from .marking import mark_image
from .pixels import write_gray, write_layer
from .records import identity, mask_identity

OPAQUE = 100.0
HINTS_OPACITY = 50.0
"""Strokes that say a color shall not hide what becomes of it."""

LAYER_KINDS = {
    (False, False): Gimp.ImageType.RGB_IMAGE,
    (False, True): Gimp.ImageType.RGBA_IMAGE,
    (True, False): Gimp.ImageType.GRAY_IMAGE,
    (True, True): Gimp.ImageType.GRAYA_IMAGE,
}
"""By whether the image is gray and whether there is alpha."""


@contextmanager
def undo_group(image: Any) -> Iterator[None]:
    """What is done within is one undo step."""
    image.undo_group_start()
    try:
        yield
    finally:
        image.undo_group_end()


def is_gray(image: Any) -> bool:
    """Whether an image is grayscale: colored layers would show gray."""
    return bool(image.get_base_type() == Gimp.ImageBaseType.GRAY)


@contextmanager
def as_rgb(image: Any) -> Iterator[None]:
    """Make a gray image RGB first, in one undo step with what is done within."""
    if not is_gray(image):
        yield
        return
    with undo_group(image):
        image.convert_rgb()
        yield


def make_layers(image: Any, group: NewGroup) -> dict[Role, Any]:
    """Make a result's layers for an image, which is not changed; its group first.

    Raises:
        CannotInsert: GIMP did not take a mask.
    """
    plan = group.plan
    made = Gimp.GroupLayer.new(image, plan.group_name)
    compose_as_encoded(made)
    layers = {Role.GROUP: made} | {
        planned.role: make_layer(image, plan, planned)
        for planned in plan.layers
        if planned.mask_of is None
    }
    for role, layer in layers.items():
        records.mark(layer, role, group.made)
    return layers


def insert_layers(image: Any, layers: dict[Role, Any], group: NewGroup) -> Identities:
    """Add a result's layers to an image; in an undo group.

    Args:
        image: gets the layers.
        layers: what `make_layers` made for it.
        group: what they were made after.

    Returns:
        The identities of the new layers.

    Raises:
        CannotInsert: GIMP did not take them.
    """
    made, *others = layers.values()
    found = (records.layer_of(image, wanted) for wanted in group.below)
    below = next((layer for layer in found if layer is not None), None)
    insert(image, made, *position_of(image, below))
    try:
        for row, layer in enumerate(others):
            insert(image, layer, made, row)
    except CannotInsert:
        image.remove_layer(made)
        raise
    mark_image(image, group.networks)
    known = {role: identity(layer) for role, layer in layers.items()}
    return {**known, Role.MASK: mask_identity(layers[Role.COLORIZED])}


def position_of(image: Any, layer: Any | None) -> tuple[Any | None, int]:
    """The parent of a layer, and the row in it at which something lies directly above."""
    if layer is None:
        return None, 0
    return layer.get_parent(), image.get_item_position(layer)


def make_layer(image: Any, plan: LayerPlan, planned: PlannedLayer) -> Any:
    """A layer with its pixels and its mask, not in the image yet."""
    if planned.raster is None:
        layer = empty_layer(image, planned.name, plan.raster(Role.COLORIZED))
    else:
        layer = new_layer(image, planned.name, planned.raster)
    if planned.role is Role.HINTS:
        layer.set_opacity(HINTS_OPACITY)
    add_masks(layer, planned.role, plan)
    layer.set_offsets(plan.left, plan.top)
    layer.set_visible(planned.visible)
    return layer


def new_layer(image: Any, name: str, raster: Raster) -> Any:
    """A layer of the image's kind with a raster's pixels.

    It has alpha if the raster has: babl's way from three to four float channels is not exact.
    """
    layer = layer_like(image, name, raster, raster.format.channels.has_alpha)
    write_layer(layer, raster)
    return layer


def empty_layer(image: Any, name: str, like: Raster) -> Any:
    """A transparent layer of a raster's size."""
    layer = layer_like(image, name, like, True)
    layer.fill(Gimp.FillType.TRANSPARENT)
    return layer


def layer_like(image: Any, name: str, raster: Raster, has_alpha: bool) -> Any:
    """A layer of the image's kind and a raster's size."""
    size, mode = raster.format, Gimp.LayerMode.NORMAL
    kind = LAYER_KINDS[is_gray(image), has_alpha]
    layer = Gimp.Layer.new(image, name, size.width, size.height, kind, OPAQUE, mode)
    compose_as_encoded(layer)
    return layer


def compose_as_encoded(layer: Any) -> None:
    """Mix at soft edges as the daemon does: encoded samples, not linear light."""
    space = BLEND_SPACES[trc_of(layer.get_image())]
    if layer.get_blend_space() != space:
        layer.set_blend_space(space)
    if layer.get_composite_space() != space:
        layer.set_composite_space(space)


def insert(image: Any, layer: Any, parent: Any | None, place: int) -> None:
    """Add a layer.

    Raises:
        CannotInsert: GIMP did not take it.
    """
    if not image.insert_layer(layer, parent, place):
        raise not_taken()


def add_masks(layer: Any, role: Role, plan: LayerPlan) -> None:
    """Give a layer the mask that the plan has for it; GIMP names masks itself.

    Raises:
        CannotInsert: GIMP did not take it.
    """
    for planned in plan.layers:
        if planned.mask_of is role and planned.raster is not None:
            mask = layer.create_mask(Gimp.AddMaskType.WHITE)
            if not layer.add_mask(mask):
                raise not_taken()
            write_gray(mask, planned.raster)
