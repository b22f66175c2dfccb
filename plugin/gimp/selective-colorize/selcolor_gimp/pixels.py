"""Reading and writing the pixels of drawables. Nothing here knows what they are for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gi.repository import Gegl, Gimp

from selcolor_plugin.editor import Rectangle
from selcolor_protocol.raster import Channels, Raster, RasterFormat, SampleType

from .formats import format_of, label_of, own_format, raster_format

MASK_FORMAT = "Y u8"
"""Masks and selections are linear: 64 of 255 stays 64."""

THUMBNAIL_FORMAT = "R'G'B'A u8"
"""An encoding alone means sRGB."""


def rectangle_of(drawable: Any) -> Rectangle:
    """Where a drawable lies in its image."""
    _found, left, top = drawable.get_offsets()
    return left, top, drawable.get_width(), drawable.get_height()


def read_layer(layer: Any, rectangle: Rectangle | None = None, with_mask: bool = True) -> Raster:
    """A layer's pixels with their meaning.

    Args:
        layer: of pixels or a group, read as it is seen: with its filters.
        rectangle: what to read, in the image's pixels; all of the layer by default.
        with_mask: as its layer mask lets it appear.

    Raises:
        CannotRead: the profile cannot be used.
        ProtocolError: the layer is too large.
    """
    own = rectangle_of(layer)
    left, top, width, height = rectangle or own
    with appearance_of(layer, with_mask) as seen:
        curve, icc = label_of(seen.get_image())
        size = raster_format(seen, width, height, curve)
        name = own_format(seen, size.channels, size.sample_type)
        return Raster(size, read(seen, name, (left - own[0], top - own[1], width, height)), icc)


def read_thumbnail(layer: Any, rectangle: Rectangle, size: tuple[int, int]) -> Raster:
    """A layer's own pixels in a rectangle of the image, reduced to a size."""
    left, top, *_size = rectangle_of(layer)
    scale = size[0] / rectangle[2]
    corner = (round((rectangle[0] - left) * scale), round((rectangle[1] - top) * scale))
    area = Gegl.Rectangle.new(*corner, *size)
    buffer, nothing = layer.get_buffer(), Gegl.AbyssPolicy.NONE
    pixels = bytes(buffer.get(area, scale, THUMBNAIL_FORMAT, nothing))
    return Raster(RasterFormat(*size, Channels.RGBA, SampleType.U8), pixels)


def read_gray(drawable: Any, rectangle: Rectangle) -> Raster:
    """A mask's or the selection's pixels, one byte each; 0 where there are none.

    Args:
        drawable: the mask or the selection.
        rectangle: what to read, in the drawable's own pixels.
    """
    size = RasterFormat(rectangle[2], rectangle[3], Channels.GRAY, SampleType.U8)
    return Raster(size, read(drawable, MASK_FORMAT, rectangle))


def read(drawable: Any, name: str, rectangle: Rectangle) -> bytes:
    """Bytes of a rectangle in a babl format."""
    area = Gegl.Rectangle.new(*rectangle)
    buffer = drawable.get_buffer()
    return bytes(buffer.get(area, 1.0, name, Gegl.AbyssPolicy.NONE))


def write_layer(layer: Any, raster: Raster) -> None:
    """Fill a layer of the raster's size."""
    write(layer, format_of(raster, layer), raster)


def write_gray(mask: Any, raster: Raster) -> None:
    """Fill a mask of the raster's size."""
    write(mask, MASK_FORMAT, raster)


def write(drawable: Any, name: str, raster: Raster) -> None:
    """Fill a drawable with bytes in a babl format; no undo step."""
    width, height = raster.format.width, raster.format.height
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, width, height), name, bytes(raster.pixels))
    buffer.flush()
    drawable.update(0, 0, width, height)


@contextmanager
def appearance_of(layer: Any, with_mask: bool = True) -> Iterator[Any]:
    """A layer with the pixels that a layer shows through its filters, and its mask if wanted."""
    has_mask = with_mask and layer.get_mask() is not None and layer.get_apply_mask()
    if not has_mask and not layer.get_filters():
        yield layer
        return
    image = layer.get_image()
    aside = Gimp.Image.new_with_precision(
        layer.get_width(), layer.get_height(), image.get_base_type(), image.get_precision()
    )
    try:
        aside.undo_disable()
        if (profile := image.get_color_profile()) is not None:
            aside.set_color_profile(profile)
        copy = Gimp.Layer.new_from_drawable(layer, aside)
        aside.insert_layer(copy, None, 0)
        show_alone(copy, has_mask)
        seen = Gimp.Layer.new_from_visible(aside, aside, layer.get_name())
        if not (layer.has_alpha() or has_mask):
            seen.flatten()
        yield seen
    finally:
        aside.delete()


def show_alone(layer: Any, with_mask: bool) -> None:
    """Have an image of a layer's size show the layer, whatever its place and its settings were."""
    layer.set_offsets(0, 0)
    layer.set_visible(True)
    layer.set_opacity(100.0)
    layer.set_mode(Gimp.LayerMode.NORMAL)
    if layer.get_mask() is not None:
        layer.set_show_mask(False)
        layer.set_apply_mask(with_mask)
