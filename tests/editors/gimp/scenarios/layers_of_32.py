"""Layers that GIMP has since 3.2: those that show a file, and those that show a path."""

from __future__ import annotations

from pathlib import Path

from gi.repository import Gegl, Gimp, Gio
from helpers import (
    UPDATE,
    call,
    done,
    dump_group,
    open_photo,
    parts,
    read,
    tree,
    write,
)


def colored_and_updated(photo, kind, folder):
    """Colorize such a layer, paint its mask, update; what it is and shows before and after."""
    image, _source = open_photo(photo)
    layer = {"link": link_layer, "vector": vector_layer}[kind](image, photo)
    before = read(layer, "R'G'B'A u8")
    group = done(call(image, [layer], classes="everything"))
    facts = {"tree": tree(image)}
    dump_group(group, Path(folder), "first")
    mask = parts(group)[1]
    write(mask, "Y u8", bytes(mask.get_width() * mask.get_height()))
    done(call(image, [layer], UPDATE))
    dump_group(group, Path(folder), "updated")
    return {
        **facts,
        "kind": type(layer).__name__,
        "is_rasterized": layer.is_rasterized(),
        "untouched": read(layer, "R'G'B'A u8") == before,
        "size": [layer.get_width(), layer.get_height()],
    }


def link_layer(image, photo):
    """A layer that shows a file."""
    layer = Gimp.LinkLayer.new(image, Gio.File.new_for_path(photo))
    image.insert_layer(layer, None, 0)
    return layer


def vector_layer(image, _photo):
    """A layer that shows a filled ellipse."""
    path = Gimp.Path.new(image, "ellipse")
    path.bezier_stroke_new_ellipse(100.0, 80.0, 60.0, 50.0, 0.0)
    image.insert_path(path, None, 0)
    layer = Gimp.VectorLayer.new(image, path)
    image.insert_layer(layer, None, 0)
    layer.set_fill_color(Gegl.Color.new("#808080"))
    layer.refresh()
    return layer
