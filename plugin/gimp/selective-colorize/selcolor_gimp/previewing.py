"""The preview's three pictures in the dialog. Imported only when there is a user."""

from __future__ import annotations

from typing import Any

from gi.repository import GdkPixbuf, GLib, Gtk

from selcolor_plugin import texts
from selcolor_plugin.preview import Preview
from selcolor_protocol.raster import Channels, Raster

from .widgets import SPACING, note, show_text

PICTURE = 144
"""Side of the square that a picture lies in, in the units of the user interface."""


class PreviewPanel:
    """The photo, its mask and the result, side by side, with a line below that says how it is.

    Attributes:
        box: the widget.
    """

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self._pictures = [Gtk.Image() for _caption in texts.preview_captions()]
        self._line = note("")
        self.box = Gtk.Grid(row_spacing=SPACING, column_spacing=SPACING)
        for column, caption in enumerate(texts.preview_captions()):
            picture = self._pictures[column]
            picture.set_size_request(PICTURE, PICTURE)
            picture.get_accessible().set_name(caption)
            self.box.attach(picture, column, 0, 1, 1)
            self.box.attach(Gtk.Label(label=caption), column, 1, 1, 1)
        self.box.attach(self._line, 0, 2, len(self._pictures), 1)
        self.box.show_all()

    def refresh(self, is_new: bool) -> None:
        """Show what there is; pictures only where they are others."""
        preview = self._preview
        show_text(self._line, texts.preview_line(preview.trouble, preview.is_current))
        if not is_new:
            return
        for picture, raster in zip(self._pictures, preview.pictures, strict=True):
            if raster is None:
                picture.clear()
            else:
                picture.set_from_pixbuf(picture_of(raster))


def picture_of(raster: Raster) -> Any:
    """A raster of 8 bits as GTK shows it; finer pictures would need cairo, which may be missing."""
    size = raster.format
    pixels = GLib.Bytes.new(with_colors(raster))
    row = pixels.get_size() // size.height
    picture = GdkPixbuf.Pixbuf.new_from_bytes(
        pixels,
        GdkPixbuf.Colorspace.RGB,
        size.channels.has_alpha,
        8,
        size.width,
        size.height,
        row,
    )
    scale = PICTURE / max(size.width, size.height)
    sides = (max(1, round(side * scale)) for side in (size.width, size.height))
    return picture.scale_simple(*sides, GdkPixbuf.InterpType.BILINEAR)


def with_colors(raster: Raster) -> bytes:
    """Bytes of red, green and blue, also of a gray raster."""
    if raster.format.channels is not Channels.GRAY:
        return bytes(raster.pixels)
    colors = bytearray(3 * len(raster.pixels))
    for place in range(3):
        colors[place::3] = raster.pixels
    return bytes(colors)
