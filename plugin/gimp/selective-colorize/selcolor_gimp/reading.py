"""From what is selected in GIMP to what is to be colored: which layers, and what is selected.

Nothing here changes the image.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gi.repository import Gimp

from selcolor_plugin.editor import Rectangle
from selcolor_plugin.errors import CannotRead
from selcolor_protocol.raster import Raster

from .errors import (
    empty_layer,
    floating_selection,
    image_closed,
    indexed_image,
    no_layer,
    not_a_layer,
    not_in_image,
)
from .pixels import read_gray
from .records import identity, layer_of


def obstacle_in(image: Any) -> CannotRead | None:
    """Why the layers of an image cannot be colorized as it is now, with the way out."""
    if not image.is_valid():
        return image_closed()
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        return indexed_image()
    return floating_selection() if image.get_floating_sel() is not None else None


def check_image(image: Any) -> None:
    """Refuse an image whose layers cannot be colorized as it is now.

    Raises:
        CannotRead: with the way out.
    """
    if (obstacle := obstacle_in(image)) is not None:
        raise obstacle


def chosen_layers(image: Any, drawables: Sequence[Any]) -> list[str]:
    """The identities of the layers that are meant by what is selected.

    A layer mask stands for its layer.

    Raises:
        CannotRead: nothing is selected, or something that is no layer of the image.
    """
    layers = [layer_behind(drawable) for drawable in drawables]
    for layer in layers:
        if not layer.is_layer():
            raise not_a_layer(layer.get_name())
        if layer_of(image, identity(layer)) != layer:
            raise not_in_image()
        if layer.is_group() and not layer.get_children():
            raise empty_layer(layer.get_name())
    if not layers:
        raise no_layer()
    return [identity(layer) for layer in layers]


def layer_behind(drawable: Any) -> Any:
    """A drawable, or the layer whose mask it is.

    Raises:
        CannotRead: it is not there any more.
    """
    if not drawable.is_valid():
        raise not_in_image()
    return Gimp.Layer.from_mask(drawable) if drawable.is_layer_mask() else drawable


def read_selection(image: Any, rectangle: Rectangle) -> Raster | None:
    """The image's selection over a rectangle; None when there is none."""
    if Gimp.Selection.is_empty(image):
        return None
    return read_gray(image.get_selection(), rectangle)
