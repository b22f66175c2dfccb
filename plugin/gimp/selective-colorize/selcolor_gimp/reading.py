"""From what is selected in GIMP to what the daemon is given: which layers, which pixels.

Nothing here changes the image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gi.repository import Gimp

from selcolor_plugin.staleness import Snapshot
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.raster import Buffer, Raster

from .errors import (
    empty_layer,
    floating_selection,
    image_closed,
    indexed_image,
    no_layer,
    not_a_layer,
    not_in_image,
)
from .pixels import Rectangle, read_gray, read_layer, rectangle_of
from .records import identity, layer_of, photo_of

NOWHERE: Rectangle = (0, 0, 0, 0)


@dataclass(frozen=True)
class Source:
    """A layer to be colorized, and its pixels.

    Attributes:
        image: the layer's.
        layer: identity of the layer.
        photo: its pixels.
        selection: the image's selection over the layer; None when there is none.
        snapshot: what the result will depend on.
    """

    image: Any
    layer: str
    photo: Raster
    selection: Raster | None
    snapshot: Snapshot


def check_image(image: Any) -> None:
    """Refuse an image whose layers cannot be colorized as it is now.

    Raises:
        CannotRead: with the way out.
    """
    if not image.is_valid():
        raise image_closed()
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise indexed_image()
    if image.get_floating_sel() is not None:
        raise floating_selection()


def chosen_layers(image: Any, drawables: Sequence[Any]) -> list[Any]:
    """The layers that are meant by what is selected, each once.

    A layer mask stands for its layer, and a layer of an earlier result for its photo.

    Raises:
        CannotRead: nothing is selected, or something that is no layer of the image.
    """
    found: dict[str, Any] = {}
    for drawable in drawables:
        layer = layer_behind(drawable)
        if not layer.is_layer():
            raise not_a_layer(layer.get_name())
        if layer_of(image, identity(layer)) != layer:
            raise not_in_image()
        layer = photo_of(image, layer) or layer
        found[identity(layer)] = layer
    if not found:
        raise no_layer()
    return list(found.values())


def layer_behind(drawable: Any) -> Any:
    """A drawable, or the layer whose mask it is.

    Raises:
        CannotRead: it is not there any more.
    """
    if not drawable.is_valid():
        raise not_in_image()
    return Gimp.Layer.from_mask(drawable) if drawable.is_layer_mask() else drawable


def read_source(image: Any, layer: Any) -> Source:
    """Read what Selective Colorize needs.

    Raises:
        CannotRead: the layer is empty, or its color profile cannot be used.
        ProtocolError: the layer is too large.
    """
    if layer.is_group() and not layer.get_children():
        raise empty_layer(layer.get_name())
    photo = read_layer(layer)
    return Source(
        image=image,
        layer=identity(layer),
        photo=photo,
        selection=read_selection(image, rectangle_of(layer)),
        snapshot=snapshot_of(image, identity(layer), rectangle_of(layer), photo.pixels),
    )


def read_selection(image: Any, rectangle: Rectangle) -> Raster | None:
    """The image's selection over a rectangle; None when there is none."""
    if Gimp.Selection.is_empty(image):
        return None
    return read_gray(image.get_selection(), rectangle)


def snapshot_of(image: Any, layer: str, rectangle: Rectangle, pixels: Buffer) -> Snapshot:
    """What a result made from these pixels depends on."""
    profile = image.get_color_profile()
    return Snapshot(
        image_size=(image.get_width(), image.get_height()),
        color_space=(
            image.get_base_type().value_nick,
            image.get_precision().value_nick,
            bytes(profile.get_icc_profile()) if profile is not None else b"",
        ),
        layer=layer,
        rectangle=rectangle,
        pixels=pixels,
    )


def current_snapshot(source: Source) -> Snapshot | None:
    """The same as the source's snapshot, but now; None when the image was closed."""
    image = source.image
    if not image.is_valid():
        return None
    layer = layer_of(image, source.layer)
    if layer is None:
        return snapshot_of(image, "", NOWHERE, b"")
    try:
        pixels = read_layer(layer).pixels
    except SelectiveColorizeError:
        # Of a kind that cannot be read: not what it was, and no reason to lose the result.
        pixels = b""
    return snapshot_of(image, source.layer, rectangle_of(layer), pixels)
