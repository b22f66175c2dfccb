"""From a layer plan to GIMP's layers, in one undo group.

Every layer and its mask is made and filled before the image is touched; then they are only
inserted. Cancel ends the process, and must not do so amid an undo group; GIMP also ends a plug-in
that writes to a locked layer, and in a locked group all are.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from gi.repository import Gimp

from selcolor_plugin.layers import LayerPlan, PlannedLayer, Role
from selcolor_plugin.record import GroupRecord
from selcolor_protocol.options import ColorizeOptions
from selcolor_protocol.raster import Raster

from . import records
from .errors import CannotInsert, not_taken
from .formats import BLEND_SPACES, trc_of
from .marking import mark_image
from .pixels import write_gray, write_layer
from .records import identity

OPAQUE = 100.0
LAYER_KINDS = {
    (False, False): Gimp.ImageType.RGB_IMAGE,
    (False, True): Gimp.ImageType.RGBA_IMAGE,
    (True, False): Gimp.ImageType.GRAY_IMAGE,
    (True, True): Gimp.ImageType.GRAYA_IMAGE,
}
"""By whether the image is gray and whether there is alpha."""


@dataclass(frozen=True)
class MadeLayers:
    """A plan's layers with their pixels, not in the image yet.

    Attributes:
        group: that they will be in.
        layers: top to bottom; masks belong to their layers.
        made: when, in seconds since 1970.
        networks: names of those that made the colors.
    """

    group: Any
    layers: dict[Role, Any]
    made: float
    networks: tuple[str, ...] = ()


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


def make_layers(image: Any, plan: LayerPlan, networks: tuple[str, ...]) -> MadeLayers:
    """Make a plan's layers for an image, which is not changed.

    Args:
        image: that they will be in.
        plan: what to make.
        networks: names of those that made the colors.

    Raises:
        CannotInsert: GIMP did not take a mask.
    """
    made = time.time()
    layers = {
        planned.role: make_layer(image, plan, planned)
        for planned in plan.layers
        if planned.mask_of is None
    }
    group = Gimp.GroupLayer.new(image, plan.group_name)
    compose_as_encoded(group)
    for role, layer in {Role.GROUP: group, **layers}.items():
        records.mark(layer, role, made)
    return MadeLayers(group, layers, made, networks)


def insert_layers(
    image: Any, result: MadeLayers, source: Any | None, options: ColorizeOptions
) -> Any:
    """Add a group with its layers to an image, and remember what it is; in an undo group.

    Args:
        image: gets the group.
        result: what `make_layers` made for it.
        source: the group goes directly above it; None for the top of the image.
        options: what the result was made with.

    Returns:
        The group.

    Raises:
        CannotInsert: GIMP did not take it.
    """
    group, layers = result.group, result.layers
    insert(image, group, *position_of(image, source))
    try:
        for row, layer in enumerate(layers.values()):
            insert(image, layer, group, row)
    except CannotInsert:
        image.remove_layer(group)
        raise
    colorized = layers[Role.COLORIZED]
    known = {
        Role.GROUP: group,
        **layers,
        Role.MASK: colorized.get_mask(),
        **({Role.SOURCE: source} if source is not None else {}),
    }
    identities = {role: (identity(item),) for role, item in known.items()}
    record = GroupRecord(identities, options.mask, options.background, result.made, result.networks)
    records.store(image, record)
    mark_image(image, result.networks)
    image.set_selected_layers([colorized])
    colorized.set_edit_mask(True)
    return group


def position_of(image: Any, layer: Any | None) -> tuple[Any | None, int]:
    """The parent of a layer, and the row in it at which something lies directly above."""
    if layer is None:
        return None, 0
    return layer.get_parent(), image.get_item_position(layer)


def make_layer(image: Any, plan: LayerPlan, planned: PlannedLayer) -> Any:
    """A layer with its pixels and its mask, not in the image yet."""
    layer = new_layer(image, planned.name, planned.raster)
    add_masks(layer, planned.role, plan)
    layer.set_offsets(plan.left, plan.top)
    layer.set_visible(planned.visible)
    return layer


def new_layer(image: Any, name: str, raster: Raster) -> Any:
    """A layer of the image's kind with a raster's pixels.

    It has alpha if the raster has: babl's way from three to four float channels is not exact.
    """
    size, mode = raster.format, Gimp.LayerMode.NORMAL
    kind = LAYER_KINDS[is_gray(image), size.channels.has_alpha]
    layer = Gimp.Layer.new(image, name, size.width, size.height, kind, OPAQUE, mode)
    compose_as_encoded(layer)
    write_layer(layer, raster)
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
        if planned.mask_of is role:
            mask = layer.create_mask(Gimp.AddMaskType.WHITE)
            if not layer.add_mask(mask):
                raise not_taken()
            write_gray(mask, planned.raster)
